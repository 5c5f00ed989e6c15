package quota

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

const (
	// budget is the most that a Take may last: connecting, asking, and asking again.
	budget = 300 * time.Millisecond

	// patience is how long a kept connection may take to answer before a new one is tried, for which the other two
	// thirds are left: a connection that was forgotten by a router on the way looks just like a slow answer.
	patience = budget / 3

	// maxIdle is the age at which a kept connection is replaced unasked, before the shortest time after which routers
	// of the clouds and managed Redis forget or close an idle one (350 s on AWS, minutes elsewhere).
	maxIdle = time.Minute

	// maxConnections bounds what one process opens. One suffices a function; four carry some 10,000 Takes a second on
	// a local network, while a Redis for small change allows a few hundred connections to all instances together.
	maxConnections = 4

	// fair is the least time after which no answer counts against Redis and not against the caller's deadline.
	fair = 20 * time.Millisecond
)

// ErrUnavailable is wrapped by every error of [Redis.Take] but that of a window that is not positive: the store could
// not be asked in time, refused, or is being left alone after it did. The rest of the text says which, and why.
var ErrUnavailable = errors.New("quota store unavailable")

var errClosed = errors.New("the counter is closed")

// Redis counts in a Redis, for all processes that share it. It is safe for concurrent use, keeps at most four
// connections and no goroutine.
type Redis struct {
	url RedisURL
	tls *tls.Config // nil for plain connections

	slots   chan struct{} // holds one value for each Take that may use a connection
	breaker breaker

	mu     sync.Mutex
	home   string        // the address to ask: the URL's, until a node of a cluster names another
	idle   []*connection // the one used last is last
	closed bool
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
	r := &Redis{url: u, home: u.address(), slots: make(chan struct{}, maxConnections)}
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
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.closeIdle()
	return nil
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

	start := time.Now()
	deadline := start.Add(budget)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	// Looked at before waiting as well as after: while Redis rests nobody waits, and those who were waiting for a
	// connection when it failed do not go on to ask.
	if err := r.breaker.check(); err != nil {
		return false, err
	}
	if err := r.acquire(ctx, deadline); err != nil {
		return false, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	defer func() { <-r.slots }()
	probe, err := r.breaker.admit()
	if err != nil {
		return false, err
	}

	// Should asking panic, the probe must not be the last one for good.
	failure, conclusive := errors.New("a Take was aborted"), true
	defer func() { r.breaker.settle(probe, failure, conclusive) }()
	taken, failure = r.ask(ctx, deadline, question{
		key:    RedisKey(key),
		limit:  min(int64(limit), maxLimit),
		window: window.Milliseconds(),
		token:  newToken(),
	})
	if failure == nil {
		return taken, nil
	}
	conclusive = blamesRedis(ctx, failure, deadline.Sub(start))
	if conclusive {
		// Whatever befell one connection has befallen the others, and a node that failed may have lost its place.
		r.closeIdle()
		r.setHome(r.url.address())
	}
	return false, fmt.Errorf("%w: %w", ErrUnavailable, failure)
}

// acquire waits until this Take may use a connection.
func (r *Redis) acquire(ctx context.Context, deadline time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case r.slots <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case r.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return fmt.Errorf("none of %d connections became free in time", maxConnections)
	}
}

// ask puts q to Redis: on a kept connection if there is one, else on a new one. It asks again, at most three times,
// where that is right: on a new connection when a kept one fails, which is no news of Redis and which q's token makes
// safe (see takeScript), and elsewhere when a node of a cluster says that it does not have the key.
func (r *Redis) ask(ctx context.Context, deadline time.Time, q question) (taken bool, err error) {
	to := redirection{address: r.currentHome()}
	for range 4 {
		c, kept := r.kept(to.address)
		until := deadline
		if kept {
			until = earlier(deadline, time.Now().Add(patience))
		} else if c, err = r.dial(ctx, deadline, to.address); err != nil {
			return false, err
		}
		taken, err = c.take(ctx, until, q, to.asking)
		if err == nil {
			r.keep(c)
			return taken, nil
		}
		c.close()

		if next, ok := redirected(err, to.address); ok {
			to = next
			if !to.asking {
				r.setHome(to.address)
			}
			continue
		}
		if !kept || answered(err) || ctx.Err() != nil || !time.Now().Before(deadline) {
			return false, err
		}
		r.closeIdle()
	}
	return false, err
}

// kept takes the youngest kept connection to address. It closes those that are of no more use.
func (r *Redis) kept(address string) (*connection, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	// By the wall clock, as the monotonic one may stand still while a function is frozen.
	now := time.Now().Round(0)
	for len(r.idle) > 0 {
		last := len(r.idle) - 1
		c := r.idle[last]
		r.idle[last] = nil
		r.idle = r.idle[:last]
		if age := now.Sub(c.used); c.address == address && age >= 0 && age < maxIdle {
			return c, true
		}
		c.close()
	}
	return nil, false
}

// keep makes c available to the next Take. As a Take holds a slot, there are never more than maxConnections.
func (r *Redis) keep(c *connection) {
	c.used = time.Now().Round(0)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || c.interrupted || c.address != r.home || len(r.idle) >= maxConnections {
		c.close()
		return
	}
	r.idle = append(r.idle, c)
}

func (r *Redis) closeIdle() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.idle {
		c.close()
	}
	r.idle = nil
}

func (r *Redis) currentHome() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.home
}

func (r *Redis) setHome(address string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.home = address
}

// dial opens a connection to address.
func (r *Redis) dial(ctx context.Context, deadline time.Time, address string) (*connection, error) {
	r.mu.Lock()
	closed := r.closed
	r.mu.Unlock()
	if closed {
		return nil, errClosed
	}
	dialer := net.Dialer{Deadline: deadline}
	plain, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	if r.tls == nil {
		return newConnection(plain, plain, address, r.url), nil
	}
	config := r.tls.Clone()
	config.ServerName = r.serverName(address)
	secure := tls.Client(plain, config)
	_ = plain.SetDeadline(deadline) // an error would be repeated by the handshake
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = plain.Close()
		return nil, fmt.Errorf("opening TLS: %w", err)
	}
	return newConnection(secure, plain, address, r.url), nil
}

// serverName is the name for which the certificate at address must be. A node that is named by its IP address, as
// clusters do, has to prove that it is one of the host's.
func (r *Redis) serverName(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil || net.ParseIP(host) != nil {
		return r.url.host
	}
	return host
}

// blamesRedis reports whether a failure is Redis's or the network's: it is not when the caller lost interest, or had
// too little time left for the lack of an answer to mean anything.
func blamesRedis(ctx context.Context, failure error, allowed time.Duration) bool {
	if errors.Is(ctx.Err(), context.Canceled) || errors.Is(failure, errClosed) {
		return false
	}
	var timeout net.Error
	return !errors.As(failure, &timeout) || !timeout.Timeout() || allowed >= fair
}

func newToken() string {
	var random [8]byte
	binary.LittleEndian.PutUint64(random[:], rand.Uint64()) //nolint:gosec // it keeps nothing secret: it tells a Take from its repetition
	return base64.RawURLEncoding.EncodeToString(random[:tokenSize*6/8])
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
