package relay

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"topicgate/pkg/gate"
)

// TestDeadAddressFirst: a name server may give dead addresses first. The upstream is
// reached all the same, within the callback's time.
func TestDeadAddressFirst(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
	defer server.Close()
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	good := netip.MustParseAddr("127.0.0.1")
	for name, first := range map[string]string{
		"IPv4 that refuses":           "127.0.0.3",
		"IPv4 without a way":          "192.0.2.1", // for documentation: nobody is there
		"IPv6 without a way":          "2001:db8::1",
		"IPv6 that nobody listens at": "::1",
	} {
		t.Run(name, func(t *testing.T) {
			up := New(&url.URL{Scheme: "http", Host: "upstream.example:" + port})
			up.transport.Lookup = func(context.Context, string, string) ([]netip.Addr, error) {
				return []netip.Addr{netip.MustParseAddr(first), good}, nil
			}
			answer, err := up.Relay(t.Context(), &gate.Request{Received: time.Now()})
			if err != nil || answer.Status != http.StatusOK || answer.Body != "ok" {
				t.Errorf("got %+v (%v)", answer, err)
			}
		})
	}
}

// TestFullRelay: what finds the relay full is told so at once, and the next one that
// finds room is relayed.
func TestFullRelay(t *testing.T) {
	waiting, release := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case waiting <- struct{}{}:
		case <-r.Context().Done():
		}
		<-release
		_, _ = io.WriteString(w, "ok")
	}))
	defer server.Close()
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	up := New(u)
	received := time.Now().Add(time.Hour) // nobody runs out of time here
	results := make(chan error)
	for range MaxAtOnce {
		go func() {
			_, err := up.Relay(t.Context(), &gate.Request{Received: received})
			results <- err
		}()
	}
	for range MaxAtOnce {
		<-waiting
	}
	if _, err := up.Relay(t.Context(), &gate.Request{Received: received}); !errors.Is(err, errFull) {
		t.Errorf("got %v, want %v", err, errFull)
	}
	close(release)
	for range MaxAtOnce {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	go func() { <-waiting }()
	if _, err := up.Relay(t.Context(), &gate.Request{Received: received}); err != nil {
		t.Errorf("got %v after the others were answered", err)
	}
}
