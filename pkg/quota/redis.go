package quota

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gomodule/redigo/redis"
	"golang.org/x/sync/semaphore"

	"topicgate/pkg/dial"
)

const (
	// budget is the most that a Take may last: connecting, asking, and asking again.
	budget = 300 * time.Millisecond

	// maxConnections bounds what one process opens. One suffices a function; four carry some 10,000 Takes a second on
	// a local network, while a Redis for small change allows a few hundred connections to all instances together.
	maxConnections = 4

	// fair is the least time after which no answer counts against Redis and not against the caller's deadline.
	fair = 20 * time.Millisecond
)

var (
	// ErrUnavailable is wrapped by every error of [Redis.Take] but that of a window that is not positive: the store could
	// not be asked in time, refused, or is being left alone after it did. The rest of the text says which, and why.
	ErrUnavailable = errors.New("quota store unavailable")

	errClosed    = errors.New("the counter is closed")
	errNotAnswer = errors.New("not an answer that Redis gives to this question")
)

// Redis counts in a Redis, for all processes that share it. It is safe for concurrent use, keeps at most four
// connections, and no goroutine between Takes.
type Redis struct {
	url     RedisURL
	tls     *tls.Config // nil for plain connections
	lookup  dial.Lookup
	maxIdle time.Duration

	turns   *semaphore.Weighted // of maxConnections: who waited for the pool itself would connect, without asking breaker
	breaker breaker
	node    atomic.Pointer[node]
	pool    redis.Pool
	closed  atomic.Bool
}

// NewRedis returns a counter in the Redis at url, for whose forms see [ParseRedisURL]. It opens nothing: the first
// Take does.
//
// A rediss URL is held to TLS 1.2 or later and to a certificate for its host from an authority that the system trusts;
// the variables SSL_CERT_FILE and SSL_CERT_DIR name others, see [crypto/x509.SystemCertPool].
func NewRedis(url string) (*Redis, error) {
	u, err := ParseRedisURL(url)
	if err != nil {
		return nil, err
	}
	r := &Redis{url: u, lookup: net.DefaultResolver.LookupNetIP, maxIdle: maxIdle, turns: semaphore.NewWeighted(maxConnections)}
	r.node.Store(&node{})
	r.pool.MaxIdle = maxConnections
	r.pool.TestOnBorrow = r.reuse
	r.pool.DialContext = func(ctx context.Context) (redis.Conn, error) { return r.connect(ctx, r.node.Load()) }
	if u.tls {
		r.tls = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return r, nil
}

// String returns where r counts, without user and password.
func (r *Redis) String() string { return r.url.String() }

// GoString is String, so that %#v shows no password either.
func (r *Redis) GoString() string { return r.url.String() }

// Close closes the connections that are not in use, the others once they have answered. A later Take fails.
func (r *Redis) Close() error {
	r.closed.Store(true)
	return r.pool.Close()
}

// Take takes one unit of key's quota when fewer than limit were taken in its current window, and reports whether it
// did. It returns within 300 ms, or when ctx ends if that is sooner. When err is not nil the unit may have been taken
// nevertheless, once at most.
func (r *Redis) Take(ctx context.Context, key string, limit int, window time.Duration) (taken bool, err error) {
	window, err = wholeMilliseconds(window)
	if err != nil {
		return false, err
	}
	if limit < 1 {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	if err := r.turns.Acquire(ctx, 1); err != nil {
		return false, fmt.Errorf("%w: none of %d connections became free: %w", ErrUnavailable, maxConnections, err)
	}
	defer r.turns.Release(1)
	probe, err := r.breaker.admit()
	if err != nil {
		return false, err
	}

	deadline, _ := ctx.Deadline()
	allowed := time.Until(deadline)
	taken, err = r.ask(ctx, question{
		key:    RedisKey(key),
		limit:  strconv.FormatInt(min(int64(limit), maxLimit), 10),
		window: strconv.FormatInt(window.Milliseconds(), 10),
		token:  newToken(),
	})
	err = r.explain(ctx, err)
	// A failure is Redis's or the network's, unless the caller lost interest, or left too little time for the lack of
	// an answer to mean anything.
	var timeout net.Error
	conclusive := !errors.Is(err, context.Canceled) && !errors.Is(err, errClosed) &&
		(!errors.As(err, &timeout) || !timeout.Timeout() || allowed >= fair)
	r.breaker.settle(probe, err, conclusive)
	if err == nil {
		return taken, nil
	}
	if conclusive {
		// Whatever befell one connection has befallen the others, and a node that failed may have lost its place.
		r.node.Store(&node{})
	}
	return false, fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// ask puts q to Redis, and again where that is right: on a new connection when a kept one fails, which q's token makes
// safe (see takeScript), and elsewhere when a node of a cluster says that it does not have the key. All counts lie in
// one slot, so that is all there is to a cluster.
func (r *Redis) ask(ctx context.Context, q question) (bool, error) {
	for range 5 {
		asked := r.node.Load()
		taken, err := r.askOnce(ctx, q)
		to, asking := redirected(err, cmp.Or(asked.address, r.url.hosts()[0]))
		switch {
		case asking:
			return r.askElsewhere(ctx, q, to)
		case to != "":
		case errors.Is(err, errStale) && ctx.Err() == nil:
			to = asked.address
		default:
			return taken, err
		}
		r.node.CompareAndSwap(asked, &node{to}) // unless another Take was faster
	}
	return false, explained{errors.New("the nodes of the cluster send each question on to another one")}
}

// askOnce puts q to the node, on a connection that was kept or on a new one.
func (r *Redis) askOnce(ctx context.Context, q question) (bool, error) {
	c, err := r.pool.GetContext(ctx)
	if err != nil {
		return false, err
	}
	defer func() { _ = c.Close() }() // back into the pool, unless it has failed
	return q.put(ctx, c)
}

// askElsewhere asks a node that a slot is on its way to: in a way of its own, and only this once
// (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/).
func (r *Redis) askElsewhere(ctx context.Context, q question, address string) (bool, error) {
	c, err := r.connect(ctx, &node{address})
	if err != nil {
		return false, err
	}
	defer func() { _ = c.Close() }()
	if _, err := c.DoContext(ctx, "ASKING"); err != nil {
		return false, err
	}
	return q.put(ctx, c)
}

// question is what a Take asks.
type question struct {
	key, limit, window, token string // the window in milliseconds
}

func (q question) put(ctx context.Context, c redis.Conn) (taken bool, err error) {
	reply, err := redis.DoContext(c, ctx, "EVAL", takeScript, 1, q.key, q.limit, q.window, q.token)
	taken = reply == int64(1)
	if err == nil && !taken && reply != int64(0) {
		err = fmt.Errorf("%w: a %T", errNotAnswer, reply)
	}
	return taken, err
}

// redirected returns where the node at from sends the question: "MOVED 4711 host:port", or ASK. An empty host is the
// same as from's.
func redirected(err error, from string) (to string, asking bool) {
	var reply redis.Error
	if !errors.As(err, &reply) {
		return "", false
	}
	fields := strings.Fields(string(reply))
	if len(fields) != 3 || fields[0] != "MOVED" && fields[0] != "ASK" {
		return "", false
	}
	colon := strings.LastIndexByte(fields[2], ':') // IPv6 addresses come without brackets
	if colon < 0 {
		return "", false
	}
	host, port := strings.Trim(fields[2][:colon], "[]"), fields[2][colon+1:]
	if host == "" {
		host, _, _ = net.SplitHostPort(from)
	}
	return net.JoinHostPort(host, port), fields[0] == "ASK"
}

// explained is an error that says already what an operator needs.
type explained struct{ error }

func (e explained) Unwrap() error { return e.error }

// explain says of a failure what an operator needs, and no password.
func (r *Redis) explain(ctx context.Context, err error) error {
	var (
		done    explained
		reply   redis.Error
		network net.Error
	)
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case r.closed.Load():
		return errClosed
	case errors.As(err, &done), errors.Is(err, errNotAnswer):
		return err
	case errors.As(err, &reply):
		return r.url.refused(string(reply))
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("waiting for the answer: %w", os.ErrDeadlineExceeded)
	case errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("waiting for the answer: %w", err)
	default:
		return fmt.Errorf("%w: %w", errNotAnswer, err)
	}
}

func newToken() string {
	var random [tokenSize * 6 / 8]byte
	_, _ = rand.Read(random[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(random[:])
}
