package gate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"topicgate/pkg/chat"
	"topicgate/pkg/policy"
)

// An Outcome is what Judge found: the verdict, and everything there is to say of it.
type Outcome struct {
	Governed bool // whether there was anything to decide
	Mode     policy.Mode
	Verdict  chat.Verdict
	Ref      string // of a refusal that the policy decided, once it is answered
	Reason   Reason
	Rule     string // the rule that decided, or ""
	Detail   string // what matched, by how many seconds a time was off, how long a name is
	// WouldRefuse names what would have refused, had dry runs been enforced.
	WouldRefuse []string
	Flags       []string // the rules that flagged it
	// Creation is what was asked; of an unauthenticated callback only the subject
	// and the app.
	Creation policy.Creation
	Command  chat.Command
	Err      error // why nothing could be decided, or a quota not be asked
	// QuotaFailed says that a quota could not be asked.
	QuotaFailed bool
	refAt       []int // where the message names the reference
}

// judge says what becomes of a POST. Its order is that of the table of answers in the
// README.
func (g *Gate) judge(ctx context.Context, s *Snapshot, r Request) (o Outcome) {
	defer func() {
		if p := recover(); p != nil && o.Governed {
			o.fail(s, ReasonPanic, panicError(p))
		}
		o.applyDryRun(s)
	}()
	o.Mode = s.Mode
	o.Command = s.queryCommand(&r.Params)
	o.Governed = o.Command != ""
	body, bodyErr := r.body()
	if !o.Governed {
		o.Governed = s.governs(body.Command)
		if o.Command = body.Command; !o.Governed {
			o.Command = cmp.Or(r.Params.Command, body.Command)
			return o
		}
	}
	o.Creation = policy.Creation{Subject: policy.Subject(o.Command.Subject()), App: r.Params.SDKAppID, At: r.Received}
	if s.Broken() {
		o.fail(s, ReasonConfig, errors.New(strings.Join(s.Problems, "; ")))
		return o
	}
	now := g.Clock()
	if r.Unread {
		now = r.Received // as when its body was left unread
	}
	if !g.Unauthenticated {
		o.Reason, o.Detail = s.authenticate(&r.Params, now)
	}
	if o.Reason == "" {
		o.Reason, o.Detail = TooLong(body.Operator, body.Name)
	}
	if o.Reason != "" {
		o.Verdict = chat.Refused(policy.CodeRefused, "")
		return o
	}
	describe(&o.Creation, &r.Params, &body)
	deadline := r.Received.Add(s.Timeout)
	switch {
	case !now.Before(deadline):
		o.fail(s, ReasonDeadline, errLate)
	case len(r.Body) > chat.MaxBody:
		o.fail(s, ReasonOversize, fmt.Errorf("the body is over %d bytes", chat.MaxBody))
	case bodyErr != nil:
		o.fail(s, ReasonBody, bodyErr)
	case r.Params.Command != "" && body.Command != "" && r.Params.Command != body.Command:
		o.fail(s, ReasonMismatch, fmt.Errorf("the query names %q, the body %q", commandWord(&r, r.Params.Command), commandWord(&r, body.Command)))
	case body.Problem(o.Command) != nil:
		o.fail(s, ReasonBody, body.Problem(o.Command))
	default:
		g.decide(ctx, s, &o, deadline, r.looked)
	}
	return o
}

var errLate = errors.New("no decision within the time allowed")

// fail makes an outcome that on_error decides.
func (o *Outcome) fail(s *Snapshot, reason Reason, err error) {
	o.Reason, o.Err, o.Rule, o.Detail = reason, err, "", ""
	o.Verdict = chat.Allowed()
	if s.OnError == policy.Refuse {
		o.Verdict = chat.Refused(policy.CodeRefused, "")
	}
}

// applyDryRun turns a refusal that is only tried out into permission, and keeps what
// enforcing would have done.
func (o *Outcome) applyDryRun(s *Snapshot) {
	if !s.dryRun() || o.Verdict.Allows() {
		return
	}
	o.WouldRefuse = append(o.WouldRefuse, cmp.Or(o.Rule, string(o.Reason)))
	o.Verdict = chat.Allowed()
}

const (
	// waitTime is the most that a decision waits for what is not its own, looks and quotas
	// together.
	waitTime = 600 * time.Millisecond
	// leastQuotaTime is what quotas have after the longest look.
	leastQuotaTime = 100 * time.Millisecond
)

// decide asks the policy. Only a quota can wait, and it is told for how long, less after a
// look that took its time; all else ends in time because a creation is not long.
func (g *Gate) decide(ctx context.Context, s *Snapshot, o *Outcome, deadline time.Time, looked time.Duration) {
	if s.Policy.Counts() {
		left := deadline.Sub(g.Clock())
		if looked > 0 {
			left = min(left, max(waitTime-looked, leastQuotaTime))
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, left)
		defer cancel()
	}
	d := s.Policy.Decide(ctx, o.Creation, g.Counter, s.dryRun())
	o.WouldRefuse, o.Flags, o.QuotaFailed = d.WouldRefuse, d.Flags, d.QuotaError != nil
	if !g.Clock().Before(deadline) {
		late := errLate
		if d.QuotaError != nil {
			late = fmt.Errorf("%w; %w", errLate, d.QuotaError)
		}
		o.fail(s, ReasonDeadline, late)
		return
	}
	o.Reason, o.Rule, o.Detail, o.Err = ReasonRule, d.Rule, d.Detail, d.QuotaError
	if d.Rule == "" {
		o.Reason = ReasonDefault
	}
	if !d.Allowed {
		o.Verdict, o.refAt = chat.Refused(d.Code, d.Message), d.RefAt
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

// body reads the request's body, once, unless it is too large to be a callback.
func (r *Request) body() (chat.Body, error) {
	if len(r.Body) > chat.MaxBody {
		return chat.Body{}, chat.ErrUnreadable
	}
	return chat.ParseBody(r.Body)
}

// queryCommand is the governed command that the query names, or "". A repeated
// parameter that names one among others counts: what only half looks like a governed
// callback must not pass as another.
func (s *Snapshot) queryCommand(p *chat.Params) chat.Command {
	for c := range p.Commands {
		if s.governs(c) {
			return c
		}
	}
	return ""
}

// describe maps Chat's callback onto what the policy decides about. A platform or an address
// that has swallowed another parameter is none: it would reach the log with a signature in it.
func describe(c *policy.Creation, p *chat.Params, b *chat.Body) {
	c.Operator, c.Type, c.Name = b.Operator, b.Type, b.Name
	if !p.Reveals(p.Platform) {
		c.Platform = p.Platform
	}
	if !p.Reveals(p.ClientIP) {
		c.ClientIP = p.ClientIP
	}
}
