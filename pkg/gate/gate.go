// Package gate is the shared core: it authenticates a callback, decodes it, decides
// it by the policy, logs the decision and answers. It knows no transport; each of
// them turns what its platform hands it into a Request, and a Response back.
//
// Judge is the heart, and its order is that of the table of answers in deploy/reference.md.
package gate

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"topicgate/pkg/chat"
	"topicgate/pkg/policy"
)

// Settings are what a Gate works with for as long as it lives.
type Settings struct {
	Log zerolog.Logger
	// Counter counts for quotas; nil where no policy has any.
	Counter policy.Counter

	// Relay passes what is not governed on to another handler; nil answers "go ahead".
	// Its error is why there is no answer.
	Relay func(context.Context, *Request) (Response, error)

	// Unauthenticated is for tools that replay requests: neither app nor signature
	// is checked.
	Unauthenticated bool
	// Unchecked is what the log says, once, when callbacks are signed and no signature
	// is checked; "" says nothing.
	Unchecked string
	// Source is where the configuration comes from while callbacks are decided; nil where
	// it does not change by itself.
	Source Source
	// Observer is told what is counted; its fields may be nil.
	Observer Observer
	// Clock is time.Now unless a test or a replay sets it.
	Clock func() time.Time
}

// An Observer is told what became of callbacks, and how long after their arrival. It
// gets copies, so that what is decided stays off the heap when nobody listens.
type Observer struct {
	// Callback is told of every POST, and the command that it counts as: one of Chat's,
	// other or none.
	Callback func(command string)
	// NoCallback is told of every request that is no POST.
	NoCallback func()
	Decision   func(Outcome, time.Duration)
	// Review is told of what was looked at afterwards, Act of each topic that a remedy was
	// to be for.
	Review func(Review)
	Act    func(remedy string, act Act)
	// Relay is told the status of the answer, and whether there was none of the
	// upstream's.
	Relay func(status int, failed bool, took time.Duration)
}

// A Source keeps a gate's snapshot up to date.
type Source interface {
	// Due reports whether a decision should look first.
	Due(now time.Time) bool
	// Look swaps in what it finds. It returns well within a decision's timeout, which
	// counts from the callback's arrival.
	Look(received time.Time, timeout time.Duration)
	// Stale is how long ago the last good look was, when that is worth a warning, else 0.
	Stale(now time.Time) time.Duration
}

// A Gate answers callbacks. It is safe for concurrent use.
type Gate struct {
	Settings
	snapshot atomic.Pointer[Snapshot]
	warm     atomic.Bool // something was decided before
	warned   atomic.Bool // of signatures that nobody checks

	run      string // what requests without an id are called
	requests atomic.Uint64
}

// New makes a gate that answers by a snapshot. A broken one makes a gate that answers
// all the same: by OnError.
func New(s *Snapshot, settings Settings) *Gate {
	if settings.Clock == nil {
		settings.Clock = time.Now
	}
	g := &Gate{Settings: settings, run: rand.Text() + "-"}
	g.Swap(s)
	return g
}

// Swap makes the gate answer by another snapshot. Requests that are being answered go on
// by theirs.
func (g *Gate) Swap(s *Snapshot) { g.snapshot.Store(s) }

// Snapshot is what the gate answers by now.
func (g *Gate) Snapshot() *Snapshot { return g.snapshot.Load() }

// Handle answers one request, and logs it: at debug when nothing was decided. It never
// panics, and returns within the deadline of the configuration.
func (g *Gate) Handle(ctx context.Context, r Request) Response {
	r.RequestID = g.requestID(&r)
	if g.Source != nil {
		g.look(&r)
	}
	s := g.Snapshot()
	if r.Method != http.MethodPost {
		if g.Observer.NoCallback != nil {
			g.Observer.NoCallback()
		}
		g.logUndecided(s, "callback", &r, r.Params.Command, http.StatusMethodNotAllowed, nil)
		refused := answer(http.StatusMethodNotAllowed, chat.FailureJSON())
		refused.Allow = http.MethodPost
		return refused
	}
	o := g.judge(ctx, s, r)
	if g.Observer.Callback != nil {
		g.Observer.Callback(o.Command.Counted())
	}
	switch {
	case o.Governed:
		o.refer()
		g.warnUnchecked(s, &r)
		probe := s.probed(&r.Params, g.Clock())
		g.logDecision(s, &r, &o, probe)
		if g.Observer.Decision != nil && !probe {
			g.Observer.Decision(o, g.Clock().Sub(r.Received))
		}
	case s.reviews(o.Command):
		return g.review(ctx, s, r, o.Command)
	case g.Relay != nil:
		return g.relay(ctx, s, r, o.Command)
	default:
		g.logUndecided(s, "callback", &r, o.Command, http.StatusOK, nil)
	}
	return answer(http.StatusOK, o.Verdict.JSON())
}

// look lets the source look, when one of Chat's callbacks is to be decided: strangers do
// not make it look.
func (g *Gate) look(r *Request) {
	now := g.Clock()
	if r.Method != http.MethodPost || !g.Source.Due(now) {
		return
	}
	s := g.Snapshot()
	if reason, _ := s.authenticate(&r.Params, now); reason != "" && !g.Unauthenticated {
		return
	}
	if body, _ := r.body(); r.Params.Command.Subject() == "" && body.Command.Subject() == "" && !s.reviews(cmp.Or(r.Params.Command, body.Command)) {
		return
	}
	g.Source.Look(r.Received, s.Timeout)
	r.looked = g.Clock().Sub(now)
}

// NotHTTP answers an event that carries no HTTP request as the function of this name does,
// and leaves the same trace as for what is no callback.
func (g *Gate) NotHTTP(requestID string, received time.Time) Response {
	g.logUndecided(g.Snapshot(), "callback", &Request{RequestID: requestID, Received: received}, "", http.StatusBadRequest, nil)
	return NotHTTP()
}

// Judge says what becomes of a POST, without logging it; so it gives no reference.
func (g *Gate) Judge(ctx context.Context, r Request) Outcome { return g.judge(ctx, g.Snapshot(), r) }
