package quota

import (
	"context"
	"crypto/tls"
	"math/rand/v2"
	"net"
	"os"

	"github.com/redis/rueidis"

	"topicgate/pkg/dial"
)

// openError is a failure before Redis could be asked anything.
type openError struct {
	doing string
	err   error
}

func (e openError) Error() string { return e.doing + ": " + e.err.Error() }
func (e openError) Unwrap() error { return e.err }

// open connects to a Redis or a sentinel.
func (r *Redis) open(ctx context.Context, address string) (net.Conn, error) {
	plain, err := dial.Host(ctx, r.lookup, address)
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
	var attempts []dial.Attempt
	for _, sentinel := range r.url.hosts() {
		attempts = append(attempts, func(ctx context.Context) (net.Conn, error) { return r.open(ctx, sentinel) })
	}
	rand.Shuffle(len(attempts), func(i, j int) { attempts[i], attempts[j] = attempts[j], attempts[i] }) //nolint:gosec // it keeps nothing secret
	as := RedisURL{password: r.url.sentinelPassword}
	n, err := newNode(as, r.url.hosts()[0], func(ctx context.Context, _ string) (net.Conn, error) { return dial.Race(ctx, attempts) })
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
