// Package dial connects to a host that has several addresses, of which some may be dead:
// they are tried side by side, staggered, as RFC 8305 says. A Transport asks such a host
// over HTTP, from a process that may have been frozen.
package dial

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"
)

// stagger is how long one address is waited for before the next is tried beside it. RFC 8305 recommends 250 ms and
// allows 10; of the 300 that a quota has, and the 1,700 of a relay, there must be time for several.
const stagger = 50 * time.Millisecond

// A Lookup resolves a host, as [net.Resolver.LookupNetIP] does.
type Lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)

// Host connects to whichever of a host's addresses answers first. [net.Dialer] would race the first IPv6 address
// with the first IPv4 one, but of two of a kind, of which the first is dead, it would give the first one half the time.
func Host(ctx context.Context, resolve Lookup, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	addrs, err := resolve(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	attempts := make([]Attempt, len(addrs))
	for i, addr := range alternating(addrs) {
		attempts[i] = func(ctx context.Context) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, "tcp", net.JoinHostPort(addr.String(), port))
		}
	}
	return Race(ctx, attempts)
}

// alternating returns addrs with IPv6 and IPv4 in turns, beginning with the kind of the first, as RFC 8305 says: a
// whole family that is dead must not come before the other one's first.
func alternating(addrs []netip.Addr) []netip.Addr {
	var kinds [2][]netip.Addr
	for _, a := range addrs {
		a = a.Unmap()
		kind := 0
		if a.Is4() != addrs[0].Unmap().Is4() {
			kind = 1
		}
		kinds[kind] = append(kinds[kind], a)
	}
	for i, a := range kinds[1] {
		kinds[0] = slices.Insert(kinds[0], min(2*i+1, len(kinds[0])), a)
	}
	return kinds[0]
}

// An Attempt connects to one address, or fails, or ends with its context.
type Attempt func(context.Context) (net.Conn, error)

// Race begins the attempts one after the other, the next one when a stagger has passed or the one before has failed,
// and returns the first connection. Those that come after it are closed.
func Race(ctx context.Context, attempts []Attempt) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type result struct {
		conn net.Conn
		err  error
	}
	results, over := make(chan result), make(chan struct{})
	defer close(over)
	begin := func(attempt Attempt) {
		conn, err := attempt(ctx)
		select {
		case results <- result{conn, err}:
		case <-over:
			if conn != nil {
				_ = conn.Close()
			}
		}
	}
	var failure error
	next := time.NewTimer(0)
	defer next.Stop()
	for begun, ended := 0, 0; ended < len(attempts); {
		select {
		case <-next.C:
			if begun < len(attempts) {
				go begin(attempts[begun])
				begun++
				next.Reset(stagger)
			}
		case r := <-results:
			if r.err == nil {
				return r.conn, nil
			}
			ended++
			if failure == nil {
				failure = r.err
			} else {
				failure = fmt.Errorf("%w; %w", failure, r.err)
			}
			next.Reset(0)
		}
	}
	if failure == nil {
		failure = &net.AddrError{Err: "no address"}
	}
	return nil, failure
}
