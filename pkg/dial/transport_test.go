package dial

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func parse(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// What is far is asked through the proxy of the environment and over no old TLS; this machine is asked by itself.
func TestTransport(t *testing.T) {
	far := NewTransport(parse(t, "https://console.tim.qq.com"), 16, time.Second)
	if far.Proxy == nil || far.TLSClientConfig.MinVersion < tls.VersionTLS12 || far.TLSClientConfig.InsecureSkipVerify {
		t.Errorf("got %+v", far.Transport)
	}
	for _, here := range []string{"http://127.0.0.1", "https://[::1]:8443", "http://LocalHost:80"} {
		if NewTransport(parse(t, here), 1, time.Second).Proxy != nil {
			t.Errorf("%s is asked through a proxy", here)
		}
	}
}

// A proxy that lets nothing through is named, with its answer.
func TestProxyRefuses(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	defer proxy.Close()
	transport := NewTransport(parse(t, "https://far.example"), 1, time.Minute)
	transport.Proxy = http.ProxyURL(parse(t, proxy.URL))
	response, err := (&http.Client{Transport: transport}).Get("https://far.example/?secret")
	if err == nil {
		_ = response.Body.Close()
	}
	if said, ok := errors.AsType[ProxyError](err); !ok || said != http.StatusForbidden || !strings.Contains(said.Error(), "HTTPS_PROXY names answered 403;") {
		t.Errorf("got %v", err)
	}
}

// No server of names is asked who this machine is.
func TestLocalhost(t *testing.T) {
	transport := NewTransport(parse(t, "http://LocalHost"), 1, time.Second)
	transport.Lookup = func(context.Context, string, string) ([]netip.Addr, error) {
		t.Error("somebody was asked")
		return nil, errors.New("asked")
	}
	addrs, err := transport.resolve(t.Context(), "ip", "LocalHost")
	if err != nil || len(addrs) != 2 || !addrs[0].IsLoopback() || !addrs[1].IsLoopback() {
		t.Errorf("got %v (%v)", addrs, err)
	}
}

// A connection is kept until nobody knows whether the other end still has it: it was not used for long, by the wall
// clock, or by a clock that was set back.
func TestDropsUnused(t *testing.T) {
	var connections atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	transport := NewTransport(parse(t, server.URL), 1, time.Minute)
	transport.IdleConnTimeout = 0 // which the machine's clock would decide
	now := time.Now()
	transport.Clock = func() time.Time { return now }
	for i, step := range []struct {
		pass time.Duration
		want int32
	}{{0, 1}, {MaxUnused, 1}, {time.Second, 1}, {MaxUnused + 1, 2}, {0, 2}, {-time.Second, 3}, {time.Hour, 4}} {
		now = now.Add(step.pass)
		response, err := (&http.Client{Transport: transport}).Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if connections := connections.Load(); connections != step.want {
			t.Errorf("step %d, after %v: %d connections, want %d", i, step.pass, connections, step.want)
		}
	}
}

func TestHosts(t *testing.T) {
	for host, want := range map[string]struct{ loopback, plain bool }{
		"":                 {},
		"example.com":      {plain: true},
		"localhost":        {true, true},
		"LOCALHOST":        {true, true},
		"localhost.":       {plain: true},
		"127.0.0.1":        {true, true},
		"127.8.9.10":       {true, true},
		"::1":              {true, true},
		"::ffff:127.0.0.1": {true, true},
		"0.0.0.0":          {plain: true},
		"fe80::1%eth0":     {},
		"a b":              {},
		"a%20b":            {},
		"127.0.0.1.nip.io": {plain: true},
		"例子":               {},
	} {
		if Loopback(host) != want.loopback || PlainHost(host) != want.plain {
			t.Errorf("%s: loopback %v, plain %v; want %v", host, Loopback(host), PlainHost(host), want)
		}
	}
}
