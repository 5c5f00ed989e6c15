package dial

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAlternating(t *testing.T) {
	addrs := func(texts string) (list []netip.Addr) {
		for text := range strings.FieldsSeq(texts) {
			list = append(list, netip.MustParseAddr(text))
		}
		return list
	}
	for in, want := range map[string]string{
		"":                              "",
		"10.0.0.1":                      "10.0.0.1",
		"10.0.0.1 10.0.0.2":             "10.0.0.1 10.0.0.2",
		"::1 ::2 10.0.0.1 10.0.0.2":     "::1 10.0.0.1 ::2 10.0.0.2",
		"10.0.0.1 ::1 ::2 ::3":          "10.0.0.1 ::1 ::2 ::3",
		"::ffff:10.0.0.1 10.0.0.2 ::1":  "10.0.0.1 ::1 10.0.0.2",
		"10.0.0.1 10.0.0.2 10.0.0.3 ::": "10.0.0.1 :: 10.0.0.2 10.0.0.3",
	} {
		if got := alternating(addrs(in)); !slices.Equal(got, addrs(want)) {
			t.Errorf("alternating(%s) = %v, want %s", in, got, want)
		}
	}
}

// Whoever comes second is closed, and leaves nothing behind.
func TestRaceClosesTheLosers(t *testing.T) {
	closed := make(chan struct{})
	slow := func(context.Context) (net.Conn, error) {
		time.Sleep(2 * stagger)
		return closing{closed: closed}, nil
	}
	fast := func(context.Context) (net.Conn, error) { return closing{}, nil }
	if c, err := Race(t.Context(), []Attempt{slow, fast}); err != nil || c != (closing{}) {
		t.Fatalf("Race: %v, %v", c, err)
	}
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Error("the second connection was not closed")
	}
}

type closing struct {
	net.Conn
	closed chan struct{}
}

func (c closing) Close() error {
	close(c.closed)
	return nil
}
