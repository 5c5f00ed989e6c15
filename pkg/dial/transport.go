package dial

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	// MaxUnused is how long a connection may have been unused, by the wall clock, and still be trusted: a function is
	// frozen between callbacks, and timers with it. The other end may be long gone when it thaws, and nobody said so.
	MaxUnused = 10 * time.Second
	// MaxHeader bounds what a server makes a Transport keep besides its answer, in bytes.
	MaxHeader = 64 << 10
)

// A Transport asks one server, over HTTP/1.1 unless it is told otherwise, on connections that it keeps and drops when nobody has used them for
// MaxUnused. Its fields may be set until the first request. It speaks TLS 1.2 and later, goes through the proxy that the
// environment names (see [http.ProxyFromEnvironment]) unless the server is this machine itself, and trusts the
// authorities that the system trusts.
type Transport struct {
	*http.Transport
	// Lookup resolves the server, but for localhost.
	Lookup Lookup
	// Clock is time.Now.
	Clock func() time.Time

	mu   sync.Mutex
	used time.Time // without its monotonic part, which stands still in a frozen process
}

// NewTransport returns what a server is asked by: on how many connections at a time that are kept afterwards, and with
// so much time for each to come about, also when whoever asked for it has given up.
func NewTransport(server *url.URL, kept int, connecting time.Duration) *Transport {
	t := &Transport{Lookup: net.DefaultResolver.LookupNetIP, Clock: time.Now}
	t.Transport = &http.Transport{
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			ctx, cancel := context.WithTimeout(ctx, connecting)
			defer cancel()
			return Host(ctx, t.resolve, address)
		},
		Proxy: http.ProxyFromEnvironment,
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, response *http.Response) error {
			if response.StatusCode != http.StatusOK {
				return ProxyError(response.StatusCode)
			}
			return nil
		},
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    connecting,
		IdleConnTimeout:        MaxUnused,
		MaxIdleConns:           kept,
		MaxIdleConnsPerHost:    kept,
		MaxResponseHeaderBytes: MaxHeader,
	}
	if Loopback(server.Hostname()) {
		t.Proxy = nil
	}
	return t
}

// RoundTrip makes a request, see [http.RoundTripper].
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	t.dropUnused(t.Clock().Round(0))
	return t.Transport.RoundTrip(r)
}

// dropUnused closes connections that may be dead, and notes that they are used now. By a clock that was set back nobody
// knows.
func (t *Transport) dropUnused(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if unused := now.Sub(t.used); unused < 0 || unused > MaxUnused {
		t.CloseIdleConnections()
	}
	t.used = now
}

// resolve asks nobody who localhost is (RFC 6761): where no file says it, a server of names might.
func (t *Transport) resolve(ctx context.Context, network, host string) ([]netip.Addr, error) {
	if strings.EqualFold(host, "localhost") {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}, nil
	}
	return t.Lookup(ctx, network, host)
}

// A ProxyError is the status with which a proxy refuses to connect to a server.
type ProxyError int

func (e ProxyError) Error() string {
	return fmt.Sprintf("the proxy that HTTPS_PROXY names answered %d; let it pass this host, or name the host in NO_PROXY", int(e))
}
