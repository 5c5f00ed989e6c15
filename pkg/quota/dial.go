package quota

import (
	"context"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"slices"
	"time"

	"github.com/redis/rueidis"
)

// stagger is how long one address is waited for before the next is tried beside it. RFC 8305 recommends 250 ms and
// allows 10; of the 300 that a Take has there must be time for several.
const stagger = 50 * time.Millisecond

// openError is a failure before Redis could be asked anything.
type openError struct {
	doing string
	err   error
}

func (e openError) Error() string { return e.doing + ": " + e.err.Error() }
func (e openError) Unwrap() error { return e.err }

// open connects to a Redis or a sentinel.
func (r *Redis) open(ctx context.Context, address string) (net.Conn, error) {
	plain, err := dialHost(ctx, r.lookup, address)
	if err != nil {
		return nil, openError{"connecting", err}
	}
	if r.tls == nil {
		return &wire{Conn: plain, plain: plain, maxIdle: r.maxIdle}, nil
	}
	config := r.tls.Clone()
	config.ServerName = r.url.serverName(address)
	secure := tls.Client(plain, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = plain.Close()
		if ctx.Err() != nil {
			err = os.ErrDeadlineExceeded
		}
		return nil, openError{"opening TLS", err}
	}
	return &wire{Conn: secure, plain: plain, maxIdle: r.maxIdle}, nil
}

// openMaster connects to the Redis that the sentinels name. They are asked for each connection and not listened to: a
// master that was replaced fails, or answers READONLY. The first to be reached is asked, one at random before the
// others, lest a stalled one comes first for ever.
func (r *Redis) openMaster(ctx context.Context, _ string) (net.Conn, error) {
	var attempts []attempt
	for _, sentinel := range r.url.hosts() {
		attempts = append(attempts, func(ctx context.Context) (net.Conn, error) { return r.open(ctx, sentinel) })
	}
	rand.Shuffle(len(attempts), func(i, j int) { attempts[i], attempts[j] = attempts[j], attempts[i] }) //nolint:gosec // it keeps nothing secret
	as := RedisURL{password: r.url.sentinelPassword}
	n, err := newNode(as, r.url.hosts()[0], func(ctx context.Context, _ string) (net.Conn, error) { return race(ctx, attempts) })
	if err != nil {
		return nil, err
	}
	defer n.Close()
	at, err := n.Do(ctx, n.B().SentinelGetMasterAddrByName().Master(r.url.master).Build()).AsStrSlice()
	if rueidis.IsRedisNil(err) {
		err = refusal("ERR no such master; its name is in the path of the URL")
	} else if err == nil && len(at) != 2 {
		err = errNotAnswer
	}
	if err != nil {
		return nil, openError{"asking the sentinels", n.explain(ctx, err)}
	}
	return r.open(ctx, net.JoinHostPort(at[0], at[1]))
}

// lookup resolves a host, as [net.Resolver.LookupNetIP] does.
type lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)

// dialHost connects to whichever of a host's addresses answers first. [net.Dialer] would race the first IPv6 address
// with the first IPv4 one, but of two of a kind, of which the first is dead, it would give the first one half the time.
func dialHost(ctx context.Context, resolve lookup, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	addrs, err := resolve(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	attempts := make([]attempt, len(addrs))
	for i, addr := range alternating(addrs) {
		attempts[i] = func(ctx context.Context) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, "tcp", net.JoinHostPort(addr.String(), port))
		}
	}
	return race(ctx, attempts)
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

type attempt func(context.Context) (net.Conn, error)

// race begins the attempts one after the other, the next one when a stagger has passed or the one before has failed,
// and returns the first connection. Those that come after it are closed.
func race(ctx context.Context, attempts []attempt) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type result struct {
		conn net.Conn
		err  error
	}
	results, over := make(chan result), make(chan struct{})
	defer close(over)
	begin := func(attempt attempt) {
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
