package quota

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

const (
	// patience is how long a kept connection may take to answer before a new one is tried, for which the other two
	// thirds are left: a connection that was forgotten by a router on the way looks just like a slow answer.
	patience = budget / 3

	// maxIdle is the age at which a kept connection is replaced unasked, before the shortest time after which routers
	// of the clouds and managed Redis forget or close an idle one (350 s on AWS, minutes elsewhere).
	maxIdle = time.Minute

	// maxHeard is the most that is read of one answer, and the most that the lengths in it may announce together. The
	// longest that is asked for is Redis's introduction of itself, a few hundred bytes, a few thousand with modules.
	maxHeard = 16 << 10
)

var (
	errNotAnswer = errors.New("not an answer that Redis gives to this question")

	// errStale is the failure of a connection that was kept from an earlier Take: no news of Redis.
	errStale = errors.New("a kept connection is dead")
)

// wire is what the client knows as a network connection. It holds what the client cannot be told: that a kept
// connection deserves less time than a new one, and that a peer that is no Redis, or means harm, must not announce so
// much that allocating it would end the process. It is used by one Take at a time.
type wire struct {
	net.Conn
	plain   net.Conn // beneath TLS
	maxIdle time.Duration

	questions int       // the first one is the client's greeting
	asked     time.Time // the last of them, by the wall clock

	heard, announced int // bytes of the answers, and what their lengths amount to
	length           int // the one that is being read
	counting         bool
	said             []byte // the first answer, as long as it is an error
}

func (w *wire) kept() bool { return w.questions > 2 }

// SetDeadline is called once for each question, before it is put. The age goes by the wall clock, as the monotonic one
// may stand still while a function is frozen.
func (w *wire) SetDeadline(t time.Time) error {
	now := time.Now()
	age := now.Round(0).Sub(w.asked)
	w.questions++
	w.asked = now.Round(0)
	w.heard, w.announced, w.length, w.counting, w.said = 0, 0, 0, false, nil
	if w.kept() {
		if latest := now.Add(patience); latest.Before(t) {
			t = latest
		}
		if age < 0 || age >= w.maxIdle {
			t = time.Unix(1, 0)
		}
	}
	return w.Conn.SetDeadline(t)
}

func (w *wire) Write(p []byte) (int, error) {
	n, err := w.Conn.Write(p)
	return n, w.cause(err)
}

func (w *wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	for _, c := range p[:n] {
		if !w.plausible(c) {
			return 0, errNotAnswer
		}
	}
	return n, w.cause(err)
}

// Close leaves out TLS's farewell, for which [crypto/tls.Conn.Close] may wait 5 s on a dead connection.
func (w *wire) Close() error { return w.plain.Close() }

// plausible takes note of the next byte of an answer, and reports whether the answer can be Redis's. Whatever follows a
// type that has a length is added up wherever it stands, so nothing that the client takes for one escapes notice.
func (w *wire) plausible(c byte) bool {
	if w.heard == 0 && c == '-' || len(w.said) > 0 && c != '\r' && len(w.said) == w.heard {
		w.said = append(w.said, c)
	}
	w.heard++
	switch {
	case w.counting && '0' <= c && c <= '9':
		w.length = w.length*10 + int(c-'0')
	case w.counting && c == '-': // of a length below 0, which some clients' arithmetic turns into a large one
	default:
		w.announced, w.length = w.announced+w.length, 0
		w.counting = strings.IndexByte("$*%~|>=!;", c) >= 0
	}
	return w.heard <= maxHeard && w.announced+w.length <= maxHeard
}

// cause is what is to be known of a connection's failure. A Redis that turns a client away says why and closes; the
// client has put two questions by then, and would report the want of the second answer.
func (w *wire) cause(err error) error {
	switch {
	case err == nil:
		return nil
	case len(w.said) > 0:
		return refusal(w.said[1:])
	case w.kept():
		return fmt.Errorf("%w: %v", errStale, err) //nolint:errorlint // the client would put another in the place of a time-out
	}
	return err
}

// refusal is an error in Redis's own words, which may repeat what it was sent: see [RedisURL.refused].
type refusal string

func (e refusal) Error() string { return string(e) }
