// Package gate is the shared core: it authenticates a callback, decodes it, decides
// it by the policy, logs the decision and answers. It knows no transport; each of
// them turns what its platform hands it into a Request, and a Response back.
//
// Judge is the heart, and its order is that of the table of answers in the README.
package gate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"topicgate/pkg/chat"
	"topicgate/pkg/config"
	"topicgate/pkg/policy"
)

// A Request is one HTTP request, whatever it came through.
type Request struct {
	Method    string
	Params    chat.Params
	Body      []byte    // not kept after Handle returns; nil when it could not be read
	RequestID string    // the platform's, for the log
	Received  time.Time // when it arrived: the deadline counts from here
	// Original is what only a relay passes on; it may be empty when none is set.
	Original Original
}

// Original is what of an HTTP request is passed on to another handler.
type Original struct {
	Query       string // as it came where the event carries it so, else encoded again
	ContentType string
	Relayed     bool // it came from a gate already
	Incomplete  bool // the body broke off, was late or is too large
}

// RelayHeader marks what a gate has relayed, so that none relays it to itself.
const RelayHeader = "Topicgate-Relay"

// A Response is what the transport sends back.
type Response struct {
	Status      int
	ContentType string
	Allow       string // the Allow header; "" for none
	Body        string
}

// Settings are what a Gate works with.
type Settings struct {
	Config *config.Config
	Log    zerolog.Logger
	// Counter counts for quotas; nil where the policy has none.
	Counter policy.Counter

	// Relay passes what is not governed on to another handler; nil answers "go ahead".
	// Its error is why there is no answer.
	Relay func(context.Context, *Request) (Response, error)

	// Unauthenticated is for tools that replay requests: neither app nor signature
	// is checked.
	Unauthenticated bool
	// Observer is told what is counted; its fields may be nil.
	Observer Observer
	// Clock is time.Now unless a test or a replay sets it.
	Clock func() time.Time
}

// An Observer is told what became of callbacks, and how long after their arrival. It
// gets copies, so that what is decided stays off the heap when nobody listens.
type Observer struct {
	Decision func(Outcome, time.Duration)
	// Relay is told the status of the answer, and whether there was none of the
	// upstream's.
	Relay func(status int, failed bool, took time.Duration)
}

// A Gate answers callbacks. It is safe for concurrent use.
type Gate struct {
	Settings
	dryRun   bool
	redactor redactor
	warm     atomic.Bool // something was decided before
	warned   atomic.Bool // of signatures that nobody checks
}

// New makes a gate. A broken configuration makes one that answers all the same: see
// config.Config.
func New(s Settings) *Gate {
	if s.Clock == nil {
		s.Clock = time.Now
	}
	spec := &s.Config.Spec
	return &Gate{
		Settings: s,
		dryRun:   spec.Mode == policy.DryRun,
		redactor: redactor{s.Config.LogPersonal, s.Config.LogKey},
	}
}

const jsonType = "application/json"

// Handle answers one request, and logs it when it is governed. It never panics, and
// returns within the deadline of the configuration.
func (g *Gate) Handle(ctx context.Context, r Request) Response {
	if r.Method != http.MethodPost {
		return Response{Status: http.StatusMethodNotAllowed, ContentType: jsonType, Allow: http.MethodPost, Body: chat.FailureJSON()}
	}
	o := g.Judge(ctx, r)
	switch {
	case o.Governed:
		g.warnUnchecked(&r)
		g.logDecision(&r, &o)
		if g.Observer.Decision != nil {
			g.Observer.Decision(o, g.Clock().Sub(r.Received))
		}
	case g.Relay != nil:
		return g.relay(ctx, r, o.Command)
	}
	return Response{Status: http.StatusOK, ContentType: jsonType, Body: o.Verdict.JSON()}
}

// A Reason says in one stable word what decided.
type Reason string

// The reasons, in the order in which they are looked for.
const (
	ReasonConfig   Reason = "config"           // the configuration is broken
	ReasonRepeated Reason = "repeated"         // an authenticated parameter came twice
	ReasonAppID    Reason = "sdk_app_id"       // SdkAppid is missing or not ours
	ReasonMissing  Reason = "sign_missing"     // no Sign or RequestTime
	ReasonWrong    Reason = "sign_wrong"       // no token gives this Sign
	ReasonStale    Reason = "sign_stale"       // RequestTime is over 60 s off
	ReasonDeadline Reason = "deadline"         // no decision in time
	ReasonOversize Reason = "oversized"        // the body is over 256 KiB
	ReasonBody     Reason = "body"             // the body cannot be read, or lacks a field
	ReasonMismatch Reason = "command_mismatch" // query and body name different commands
	ReasonPanic    Reason = "panic"            // a bug of ours
	ReasonRule     Reason = "rule"             // a rule matched
	ReasonDefault  Reason = "default"          // none did
)

// Reasons lists them all.
var Reasons = [...]Reason{
	ReasonConfig, ReasonRepeated, ReasonAppID, ReasonMissing, ReasonWrong, ReasonStale, ReasonDeadline,
	ReasonOversize, ReasonBody, ReasonMismatch, ReasonPanic, ReasonRule, ReasonDefault,
}

// Undecidable reports whether on_error decided, for want of anything better.
func (r Reason) Undecidable() bool {
	switch r {
	case ReasonConfig, ReasonDeadline, ReasonOversize, ReasonBody, ReasonMismatch, ReasonPanic:
		return true
	}
	return false
}

// An Outcome is what Judge found: the verdict, and everything there is to say of it.
type Outcome struct {
	Governed bool // whether there was anything to decide
	Verdict  chat.Verdict
	Reason   Reason
	Rule     string // the rule that decided, or ""
	Detail   string // what matched, or by how many seconds a time was off
	// WouldRefuse names what would have refused, had dry runs been enforced.
	WouldRefuse []string
	// Creation is what was asked; of an unauthenticated callback only the subject
	// and the app.
	Creation policy.Creation
	Command  chat.Command
	Err      error // why nothing could be decided, or a quota not be asked
	// QuotaFailed says that a quota could not be asked.
	QuotaFailed bool
}

// Judge says what becomes of a POST, without logging it.
func (g *Gate) Judge(ctx context.Context, r Request) (o Outcome) {
	defer func() {
		if p := recover(); p != nil && o.Governed {
			o.fail(g, ReasonPanic, panicError(p))
		}
		g.applyDryRun(&o)
	}()
	o.Command = g.queryCommand(&r.Params)
	o.Governed = o.Command != ""
	body, bodyErr := r.body()
	if !o.Governed {
		o.Governed = g.governs(body.Command)
		if o.Command = body.Command; !o.Governed {
			if r.Params.Command != "" {
				o.Command = r.Params.Command
			}
			return o
		}
	}
	o.Creation = policy.Creation{Subject: policy.Subject(o.Command.Subject()), App: r.Params.SDKAppID, At: r.Received}
	if g.Config.Broken() {
		o.fail(g, ReasonConfig, errors.New(strings.Join(policy.Texts(g.Config.Problems), "; ")))
		return o
	}
	now := g.Clock()
	if reason, detail := g.authenticate(&r.Params, now); reason != "" {
		o.Reason, o.Detail = reason, detail
		o.Verdict = chat.Refused(policy.CodeRefused, "")
		return o
	}
	describe(&o.Creation, &r.Params, &body)
	deadline := r.Received.Add(g.Config.Timeout)
	switch {
	case !now.Before(deadline):
		o.fail(g, ReasonDeadline, errLate)
	case len(r.Body) > chat.MaxBody:
		o.fail(g, ReasonOversize, fmt.Errorf("the body is over %d bytes", chat.MaxBody))
	case bodyErr != nil:
		o.fail(g, ReasonBody, bodyErr)
	case r.Params.Command != "" && body.Command != "" && r.Params.Command != body.Command:
		o.fail(g, ReasonMismatch, fmt.Errorf("the query names %q, the body %q", r.Params.Command, body.Command))
	case body.Problem(o.Command) != nil:
		o.fail(g, ReasonBody, body.Problem(o.Command))
	default:
		g.decide(ctx, &o, deadline)
	}
	return o
}

var errLate = errors.New("no decision within the time allowed")

// fail makes an outcome that on_error decides.
func (o *Outcome) fail(g *Gate, reason Reason, err error) {
	o.Reason, o.Err, o.Rule, o.Detail = reason, err, "", ""
	o.Verdict = chat.Allowed()
	if g.Config.Spec.OnError == policy.Refuse {
		o.Verdict = chat.Refused(policy.CodeRefused, "")
	}
}

// applyDryRun turns a refusal that is only tried out into permission, and keeps what
// enforcing would have done.
func (g *Gate) applyDryRun(o *Outcome) {
	if !g.dryRun || o.Verdict.Allows() {
		return
	}
	what := o.Rule
	if what == "" {
		what = string(o.Reason)
	}
	o.WouldRefuse = append(o.WouldRefuse, what)
	o.Verdict = chat.Allowed()
}

// decide asks the policy, within the deadline.
func (g *Gate) decide(ctx context.Context, o *Outcome, deadline time.Time) {
	d, err := g.decideBy(ctx, o.Creation, deadline)
	o.WouldRefuse, o.QuotaFailed = d.WouldRefuse, d.QuotaError != nil
	switch {
	case errors.Is(err, errLate), err == nil && !g.Clock().Before(deadline):
		late := errLate
		if d.QuotaError != nil {
			late = fmt.Errorf("%w; %w", errLate, d.QuotaError)
		}
		o.fail(g, ReasonDeadline, late)
		return
	case err != nil:
		o.fail(g, ReasonPanic, err)
		return
	}
	o.Reason, o.Rule, o.Detail, o.Err = ReasonRule, d.Rule, d.Detail, d.QuotaError
	if d.Rule == "" {
		o.Reason = ReasonDefault
	}
	o.Verdict = verdict(&d)
}

// longName is the name length, in bytes, from which a decision is not trusted to
// finish in time. Chat sends at most 150; a forged name can have as many as the body,
// and a moderator's expression may take longer than the deadline over them.
const longName = 4 << 10

// decideBy decides here and now, but a long name aside, where it can be left behind.
func (g *Gate) decideBy(ctx context.Context, c policy.Creation, deadline time.Time) (policy.Decision, error) {
	if g.Config.Policy.Counts() || len(c.Name) > longName {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, deadline.Sub(g.Clock()))
		defer cancel()
	}
	if len(c.Name) <= longName {
		return g.Config.Policy.Decide(ctx, c, g.Counter, g.dryRun), nil
	}
	return g.decideApart(ctx, c)
}

// decideApart decides in a goroutine of its own, which is left behind at the deadline.
func (g *Gate) decideApart(ctx context.Context, c policy.Creation) (policy.Decision, error) {
	type result struct {
		decision policy.Decision
		err      error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		defer func() {
			if p := recover(); p != nil {
				r.err = panicError(p)
			}
			done <- r
		}()
		r.decision = g.Config.Policy.Decide(ctx, c, g.Counter, g.dryRun)
	}()
	select {
	case r := <-done:
		return r.decision, r.err
	case <-ctx.Done():
		return policy.Decision{}, errLate
	}
}

// panicError keeps what a bug report needs: the value, and where it was thrown.
func panicError(value any) error {
	pc := make([]uintptr, 16)
	frames := runtime.CallersFrames(pc[:runtime.Callers(3, pc)])
	var where []string
	for {
		frame, more := frames.Next()
		if !strings.HasPrefix(frame.Function, "runtime.") && len(where) < 3 {
			where = append(where, fmt.Sprintf("%s:%d", frame.Function, frame.Line))
		}
		if !more {
			break
		}
	}
	return fmt.Errorf("%v at %s", value, strings.Join(where, " < "))
}
