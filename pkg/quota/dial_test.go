//go:build unix

package quota

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// blackHole makes an address at which packets to port are lost: a listener that accepts nobody and whose queue is full.
func blackHole(t *testing.T, addr netip.Addr, port int) {
	t.Helper()
	s, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(s) })
	if err := syscall.Bind(s, &syscall.SockaddrInet4{Port: port, Addr: addr.As4()}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(s, 0); err != nil {
		t.Fatal(err)
	}
	address := netip.AddrPortFrom(addr, uint16(port)).String()
	for range 10 {
		c, err := net.DialTimeout("tcp", address, 100*time.Millisecond)
		if err != nil {
			return
		}
		t.Cleanup(func() { _ = c.Close() })
	}
	t.Fatalf("%s goes on accepting", address)
}

// A name server may give a dead address first: two of a kind, or IPv6 where there is none. Redis is reached within the
// same time all the same, and its answer counts.
func TestDeadAddressFirst(t *testing.T) {
	s := redisServer(t)
	_, port, _ := net.SplitHostPort(s.Address())
	number, _ := strconv.Atoi(port)
	good, hole, refusing := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("127.0.0.3")
	blackHole(t, hole, number)
	for name, addrs := range map[string][]netip.Addr{
		"IPv4 that loses packets":     {hole, good},
		"IPv4 that refuses":           {refusing, good},
		"several":                     {refusing, hole, refusing, good},
		"IPv6 without a way":          {netip.MustParseAddr("2001:db8::1"), good},
		"IPv6 that nobody listens at": {netip.MustParseAddr("::1"), netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("::ffff:127.0.0.1")},
		"the good one first":          {good, hole},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRedis(t, "redis://redis.example:"+port)
			r.lookup = func(context.Context, string, string) ([]netip.Addr, error) { return addrs, nil }
			start := time.Now()
			mustTake(t, r, name, 1, time.Hour)
			if lasted := time.Since(start); lasted > promised+late {
				t.Errorf("Take lasted %v, want %v at most", lasted, promised)
			} else {
				t.Logf("after %v", lasted.Round(time.Millisecond))
			}
			if mustTake(t, r, name, 1, time.Hour) {
				t.Error("took 2 units of 1")
			}
		})
	}
	t.Run("all dead", func(t *testing.T) {
		r := newRedis(t, "redis://:hunter2@redis.example:"+port)
		r.lookup = func(context.Context, string, string) ([]netip.Addr, error) { return []netip.Addr{refusing, hole}, nil }
		if err := failure(t, r, "connecting", "127.0.0.3", "127.0.0.2", "i/o timeout"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("not ECONNREFUSED: %v", err)
		}
	})
	t.Run("no address", func(t *testing.T) {
		r := newRedis(t, "redis://:hunter2@redis.example:"+port)
		r.lookup = func(context.Context, string, string) ([]netip.Addr, error) { return nil, nil }
		failing(t, r, "connecting", "no address")
	})
}
