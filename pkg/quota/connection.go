package quota

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"time"

	// redigo is the client: v1.9.3 of October 2025, under Apache 2.0, which links nothing else. All that this package does
	// with Redis adds 0.11 MB to a function, on Lambda and on SCF. With rueidis v1.0.79 that was 0.53 MB on Lambda and
	// 10.3 MB on SCF: Tencent's library links net/rpc, which looks methods up by reflection, so the linker keeps all that
	// there are, and rueidis has thousands that build commands. go-redis v9.23 adds 2.4 MB everywhere. redigo keeps the
	// connections, introduces us and speaks the protocol; how to connect, for how long, and what to believe is ours.
	"github.com/gomodule/redigo/redis"

	"topicgate/pkg/dial"
)

const (
	// patience is how long a kept connection may take to answer before a new one is tried, for which the other two
	// thirds are left: a connection that was forgotten by a router on the way looks just like a slow answer.
	patience = budget / 3

	// maxIdle is the age at which a kept connection is replaced unasked, before the shortest time after which routers
	// of the clouds and managed Redis forget or close an idle one (350 s on AWS, minutes elsewhere).
	maxIdle = time.Minute
)

// errStale is the failure of a connection that was kept from an earlier Take: no news of Redis.
var errStale = errors.New("a kept connection is dead")

// node is the Redis that is asked. After a failure there is a new one, even at the same address, so that connections
// to the old one are recognised.
type node struct {
	address string // empty for the one that the URL names, or its sentinels do
}

// connection is what the pool keeps.
type connection struct {
	redis.ConnWithContext
	to   *node
	kept bool // from an earlier Take
}

// DoContext asks, and gives a kept connection less time than a new one.
func (c *connection) DoContext(ctx context.Context, command string, args ...any) (any, error) {
	if !c.kept {
		return c.ConnWithContext.DoContext(ctx, command, args...)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	reply, err := c.ConnWithContext.DoContext(ctx, command, args...)
	if c.Err() != nil {
		err = fmt.Errorf("%w: %w", errStale, err)
	}
	return reply, err
}

// reuse is asked by the pool whether a connection that was kept is of any more use. Its age goes by the wall clock, as
// the monotonic one may stand still while a function is frozen.
func (r *Redis) reuse(kept redis.Conn, used time.Time) error {
	c := kept.(*connection)
	c.kept = true
	age := time.Now().Round(0).Sub(used.Round(0))
	if age < 0 || age >= r.maxIdle || c.to != r.node.Load() {
		return errStale
	}
	return nil
}

// connect opens a connection on which Redis knows who we are.
func (r *Redis) connect(ctx context.Context, to *node) (*connection, error) {
	address := cmp.Or(to.address, r.url.hosts()[0])
	if to.address == "" && r.url.master != "" {
		var err error
		if address, err = r.askSentinels(ctx); err != nil {
			return nil, explained{fmt.Errorf("asking the sentinels: %w", r.explain(ctx, err))}
		}
	}
	c, err := redis.DialContext(ctx, "tcp", address, redis.DialContextFunc(r.open),
		redis.DialUsername(r.url.user), redis.DialPassword(r.url.password), redis.DialDatabase(r.url.database))
	if err != nil {
		return nil, err
	}
	return &connection{ConnWithContext: c.(redis.ConnWithContext), to: to}, nil
}

// askSentinels returns the address of the master. They are asked for each connection and not listened to: a master that
// was replaced fails, or answers READONLY. The first to be reached is asked, one at random before the others, lest a
// stalled one comes first for ever.
func (r *Redis) askSentinels(ctx context.Context) (address string, err error) {
	var attempts []dial.Attempt
	for _, sentinel := range r.url.hosts() {
		attempts = append(attempts, func(ctx context.Context) (net.Conn, error) { return r.open(ctx, "tcp", sentinel) })
	}
	rand.Shuffle(len(attempts), func(i, j int) { attempts[i], attempts[j] = attempts[j], attempts[i] }) //nolint:gosec // it keeps nothing secret
	first := func(ctx context.Context, _, _ string) (net.Conn, error) { return dial.Race(ctx, attempts) }
	c, err := redis.DialContext(ctx, "", "", redis.DialContextFunc(first), redis.DialPassword(r.url.sentinelPassword))
	if err != nil {
		return "", err
	}
	defer func() { _ = c.Close() }()
	at, err := redis.Strings(redis.DoContext(c, ctx, "SENTINEL", "get-master-addr-by-name", r.url.master))
	switch {
	case errors.Is(err, redis.ErrNil):
		return "", redis.Error("no such master; its name is in the path of the URL")
	case err == nil && len(at) != 2:
		return "", errNotAnswer
	case err != nil:
		return "", err
	}
	return net.JoinHostPort(at[0], at[1]), nil
}

// open opens what lies beneath a connection to a Redis or a sentinel.
func (r *Redis) open(ctx context.Context, _, address string) (net.Conn, error) {
	plain, err := dial.Host(ctx, r.lookup, address)
	if err != nil {
		return nil, explained{fmt.Errorf("connecting: %w", err)}
	}
	if r.tls == nil {
		return &wire{Conn: plain, plain: plain}, nil
	}
	config := r.tls.Clone()
	config.ServerName = r.url.serverName(address)
	secure := tls.Client(plain, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = plain.Close()
		if ctx.Err() != nil {
			err = os.ErrDeadlineExceeded
		}
		return nil, explained{fmt.Errorf("opening TLS: %w", err)}
	}
	return &wire{Conn: secure, plain: plain}, nil
}
