package quota

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/rueidis"

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

// ErrUnavailable is wrapped by every error of [Redis.Take] but that of a window that is not positive: the store could
// not be asked in time, refused, or is being left alone after it did. The rest of the text says which, and why.
var ErrUnavailable = errors.New("quota store unavailable")

var errClosed = errors.New("the counter is closed")

// Redis counts in a Redis, for all processes that share it. It is safe for concurrent use, keeps at most four
// connections, and no goroutine between Takes.
type Redis struct {
	url     RedisURL
	tls     *tls.Config // nil for plain connections
	lookup  dial.Lookup
	maxIdle time.Duration

	slots   chan struct{} // holds one value for each Take that is asking
	breaker breaker

	mu     sync.Mutex
	home   *node // nil before the first Take and after a failure
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
	r := &Redis{url: u, lookup: net.DefaultResolver.LookupNetIP, maxIdle: maxIdle, slots: make(chan struct{}, maxConnections)}
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
	defer r.mu.Unlock()
	r.closed = true
	r.leave()
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
	q := question{
		key:    RedisKey(key),
		limit:  strconv.FormatInt(min(int64(limit), maxLimit), 10),
		window: strconv.FormatInt(window.Milliseconds(), 10),
		token:  newToken(),
	}

	deadline := time.Now().Add(budget)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	// Looked at before waiting as well as after: while Redis rests nobody waits, and those who were waiting for their
	// turn when it failed do not go on to ask.
	if err := r.breaker.check(); err != nil {
		return false, err
	}
	if err := r.acquire(ctx, deadline); err != nil {
		return false, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	probe, err := r.breaker.admit()
	if err != nil {
		<-r.slots
		return false, err
	}

	// A caller who loses interest does not wait for what the client has begun, which ends at the deadline and is worth
	// knowing all the same.
	answers := make(chan answer, 1)
	go func() {
		defer func() { <-r.slots }()
		answers <- r.askOnce(context.WithoutCancel(ctx), deadline, probe, q)
	}()
	var a answer
	select {
	case a = <-answers:
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.Canceled) {
			return false, fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
		}
		a = <-answers
	}
	if a.err != nil {
		return false, fmt.Errorf("%w: %w", ErrUnavailable, a.err)
	}
	return a.taken, nil
}

// acquire waits until this Take may ask.
func (r *Redis) acquire(ctx context.Context, deadline time.Time) error {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case r.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("none of %d connections became free: %w", maxConnections, ctx.Err())
	}
}

type answer struct {
	taken bool
	err   error
}

// askOnce asks, and tells the breaker what came of it.
func (r *Redis) askOnce(ctx context.Context, deadline time.Time, probe bool, q question) (a answer) {
	allowed := time.Until(deadline)
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	defer func() {
		// The client may panic at what no Redis says, and the probe must not be the last one for good.
		if p := recover(); p != nil {
			a = answer{err: fmt.Errorf("%w: %v", errNotAnswer, p)}
		}
		// A failure is Redis's or the network's, unless there was too little time for the lack of an answer to mean
		// anything.
		var timeout net.Error
		conclusive := !errors.Is(a.err, errClosed) &&
			(!errors.As(a.err, &timeout) || !timeout.Timeout() || allowed >= fair)
		r.breaker.settle(probe, a.err, conclusive)
		if a.err != nil && conclusive {
			// Whatever befell one connection has befallen the others, and a node that failed may have lost its place.
			r.mu.Lock()
			r.leave()
			r.mu.Unlock()
		}
	}()
	taken, err := r.ask(ctx, q)
	return answer{taken, err}
}

// ask puts q to Redis, and again where that is right: on a new connection when a kept one fails, which q's token makes
// safe (see takeScript), and elsewhere when a node of a cluster says that it does not have the key. All counts lie in
// one slot, so that is all there is to a cluster.
func (r *Redis) ask(ctx context.Context, q question) (bool, error) {
	deadline, _ := ctx.Deadline()
	n, err := r.settle(nil, "")
	for range 5 {
		if err != nil {
			return false, err
		}
		var taken bool
		taken, err = n.take(ctx, q)
		to, asking := redirected(err, n)
		switch {
		case err == nil:
			return taken, nil
		case asking:
			return r.askElsewhere(ctx, q, to)
		case to != "":
		case time.Now().Before(deadline) && (errors.Is(err, errStale) || errors.Is(err, errReplaced)):
			to = n.address
		default:
			return false, n.explain(ctx, err)
		}
		n, err = r.settle(n, to)
	}
	return false, errors.New("the nodes of the cluster send each question on to another one")
}

// askElsewhere asks a node that a slot is on its way to: in a way of its own, and only this once
// (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/).
func (r *Redis) askElsewhere(ctx context.Context, q question, address string) (bool, error) {
	n, err := newNode(r.url, address, r.open)
	if err != nil {
		return false, err
	}
	defer n.Close()
	taken, err := verdict(n.DoMulti(ctx, n.B().Asking().Build(), q.command(n))[1])
	return taken, n.explain(ctx, err)
}

// settle returns the node to ask: one at an address instead of old, unless another Take has settled that already.
// Without an address it is the URL's.
func (r *Redis) settle(old *node, address string) (*node, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, errClosed
	}
	if r.home == nil || r.home == old {
		open := r.open
		if address == "" && r.url.master != "" {
			open = r.openMaster
		}
		n, err := newNode(r.url, cmp.Or(address, r.url.hosts()[0]), open)
		if err != nil {
			return nil, err
		}
		r.leave()
		r.home = n
	}
	return r.home, nil
}

// leave gives up the node that is asked. Its connections are closed, those in use once they have answered.
func (r *Redis) leave() {
	if r.home != nil {
		r.home.Close()
		r.home = nil
	}
}

// redirected returns where a node of a cluster sends the question: "MOVED 4711 host:port", or ASK. An empty host is the
// same as from's.
func redirected(err error, from *node) (to string, asking bool) {
	var reply *rueidis.RedisError
	if !errors.As(err, &reply) {
		return "", false
	}
	fields := strings.Fields(reply.Error())
	if len(fields) != 3 || fields[0] != "MOVED" && fields[0] != "ASK" {
		return "", false
	}
	colon := strings.LastIndexByte(fields[2], ':') // IPv6 addresses come without brackets
	if colon < 0 {
		return "", false
	}
	host, port := strings.Trim(fields[2][:colon], "[]"), fields[2][colon+1:]
	if host == "" {
		host, _, _ = net.SplitHostPort(from.address)
	}
	return net.JoinHostPort(host, port), fields[0] == "ASK"
}

func newToken() string {
	var random [8]byte
	binary.LittleEndian.PutUint64(random[:], rand.Uint64()) //nolint:gosec // it keeps nothing secret: it tells a Take from its repetition
	return base64.RawURLEncoding.EncodeToString(random[:tokenSize*6/8])
}
