package livetest

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
)

// Proxy is an HTTP proxy that leads whoever wants to connect anywhere to one address.
type Proxy struct {
	server *httptest.Server

	mu      sync.Mutex
	refusal int
	asked   []string
}

// NewProxy starts a proxy to an address.
func NewProxy(t testing.TB, address string) *Proxy {
	t.Helper()
	p := &Proxy{}
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.asked = append(p.asked, r.Method+" "+r.Host)
		refusal := p.refusal
		p.mu.Unlock()
		if r.Method != http.MethodConnect {
			refusal = http.StatusMethodNotAllowed
		}
		if refusal != 0 {
			w.WriteHeader(refusal)
			return
		}
		upstream, err := net.Dial("tcp", address)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer func() { _ = upstream.Close() }()
		client, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer func() { _ = client.Close() }()
		_, _ = io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n")
		go func() {
			_, _ = io.Copy(upstream, client)
			_ = upstream.Close()
		}()
		_, _ = io.Copy(client, upstream)
	}))
	t.Cleanup(p.server.Close)
	return p
}

// URL is what HTTPS_PROXY should be.
func (p *Proxy) URL() string { return p.server.URL }

// Refuse makes the proxy answer a status instead of connecting.
func (p *Proxy) Refuse(status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refusal = status
}

// Asked returns what it was asked to connect to, in order: "CONNECT host:443".
func (p *Proxy) Asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.asked)
}
