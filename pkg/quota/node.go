package quota

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"

	// rueidis is the client: the Redis organisation's own, released every month or two (v1.0.79 is of October 2026),
	// under Apache 2.0. It adds 0.5 MB to a function and links nothing but golang.org/x/sys; go-redis v9.23 adds 2.4 MB,
	// more than a function may weigh, and needs five round trips to a first answer. It takes a function that dials, which gives us
	// the addresses side by side, TLS within the time of a Take and a bound on what is read (dial.go, wire.go), and it
	// can be had without goroutines and timers, which a frozen function would find run out. Of its modes we use that
	// of a single Redis alone: its cluster and sentinel clients connect on their own time and listen in the background,
	// and as all counts lie in one slot a cluster comes down to following one MOVED, sentinels to one question.
	"github.com/redis/rueidis"
)

// errReplaced is the failure of a client that another Take has closed meanwhile.
var errReplaced = errors.New("another Take has given up this connection")

// node is a client of one Redis: the library's, with its pool of connections.
type node struct {
	rueidis.Client
	as      RedisURL
	address string

	// failed is why no connection could be opened the last time. At the end of its context the client says no more than
	// that, as when a certificate took too long to be found bad.
	failed atomic.Pointer[error]
}

// newNode returns a client for an address, which opens connections in the way given, as the user of as. It opens
// nothing yet.
func newNode(as RedisURL, address string, open func(context.Context, string) (net.Conn, error)) (*node, error) {
	lazy := true
	n := &node{as: as, address: address}
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{address},
		Username:    as.user,
		Password:    as.password,
		SelectDB:    as.database,
		DialCtxFn: func(ctx context.Context, address string, _ *net.Dialer, _ *tls.Config) (net.Conn, error) {
			if lazy {
				return nil, errReplaced
			}
			conn, err := open(ctx, address)
			n.failed.Store(nil)
			if err != nil {
				n.failed.Store(&err)
			}
			return conn, err
		},

		// NewClient connects, for as long as it likes. That is refused; with this option the client is usable anyway,
		// and connects when it is asked, within the time of a Take.
		ForceSingleClient: true,

		// A command has a connection of the pool to itself. Sharing one, commands would wait in a goroutine, which
		// panics, and so ends the process, at an answer to no question.
		DisableAutoPipelining: true,
		BlockingPoolSize:      maxConnections,

		// One greeting that all versions of Redis answer, in one round trip: AUTH, HELLO 2, SELECT. The rest of it
		// would want rights of its own.
		AlwaysRESP2:   true,
		DisableCache:  true,
		ClientSetInfo: rueidis.DisableClientSetInfo,

		DisableRetry:        true, // ask knows what may be repeated, and for how long
		ReadBufferEachConn:  4 << 10,
		WriteBufferEachConn: 4 << 10,
	})
	if client == nil {
		return nil, fmt.Errorf("making a client: %w", err)
	}
	lazy = false
	n.Client = client
	return n, nil
}

// question is what a Take asks.
type question struct {
	key, limit, window, token string // the window in milliseconds
}

func (q question) command(n *node) rueidis.Completed {
	return n.B().Eval().Script(takeScript).Numkeys(1).Key(q.key).Arg(q.limit, q.window, q.token).Build()
}

// take puts q, on a connection that was kept or on a new one.
func (n *node) take(ctx context.Context, q question) (bool, error) {
	return verdict(n.Do(ctx, q.command(n)))
}

func verdict(result rueidis.RedisResult) (bool, error) {
	number, err := result.ToInt64()
	if err == nil && number != 0 && number != 1 {
		err = fmt.Errorf("%w: %d", errNotAnswer, number)
	}
	return number == 1, err
}

// explain says of an error of the client's what an operator needs, and no password.
func (n *node) explain(ctx context.Context, err error) error {
	failed := n.failed.Load()
	var (
		reply   *rueidis.RedisError
		turned  refusal
		open    openError
		network net.Error
	)
	switch {
	case err == nil, errors.As(err, &open), errors.Is(err, errNotAnswer):
		return err
	case errors.As(err, &turned):
		return n.as.refused(string(turned))
	case errors.As(err, &reply) && !reply.IsNil():
		return n.as.refused(reply.Error())
	case failed != nil:
		return *failed
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("waiting for the answer: %w", os.ErrDeadlineExceeded)
	case errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("waiting for the answer: %w", err)
	default:
		return fmt.Errorf("%w: %w", errNotAnswer, err)
	}
}

// refused is the error with which Redis answered, without what it repeats of a command that it does not know and where
// in the script it was. Where it repeats a password nevertheless, only its code is left. (ERR is the code of whatever
// has no other; the client leaves it out.)
func (u RedisURL) refused(text string) error {
	text = strings.TrimPrefix(text, "ERR ")
	code, _, _ := strings.Cut(text, " ")
	if code == "WRONGPASS" {
		return errors.New("Redis refuses the user or password: WRONGPASS; percent-encode what is special in them")
	}
	for _, tail := range []string{", with args beginning with", " script: ", " (call to "} {
		text, _, _ = strings.Cut(text, tail)
	}
	for _, secret := range []string{u.user, u.password, u.sentinelPassword} {
		if secret != "" && secret != "default" && strings.Contains(text, secret) {
			text = "an error that repeats the user or password"
			if code == strings.ToUpper(code) && !strings.Contains(code, secret) {
				text = code
			}
		}
	}
	const most = 200
	if len(text) > most {
		text = text[:most]
	}
	return errors.New("Redis answered: " + strings.ToValidUTF8(text, ""))
}
