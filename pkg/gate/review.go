package gate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"topicgate/pkg/chat"
	"topicgate/pkg/policy"
)

// reviewTime is until when after a callback's arrival what slipped past is acted on: Chat
// waits two seconds, though it ignores the answer.
const reviewTime = 1800 * time.Millisecond

// A Remedy acts on topics that exist although the policy refuses them.
type Remedy interface {
	// Word is what it does, as the log calls it.
	Word() string
	// Act acts within the context's time, if at all, and tells what became of each topic.
	// It must believe nothing of what was found that it has not seen for itself.
	Act(context.Context, Found) []Act
	// Would reports whether it would act, were what was found there and nothing a dry run.
	Would(Found) bool
}

// A Found is what a review leads a remedy to.
type Found struct {
	Event            chat.Event
	GroupID, TopicID string          // TopicID is "" of a rename, whose callback names none
	Creation         policy.Creation // who did it, and to what name, as the callback says
	Policy           *policy.Policy  // that refuses it
}

// A Result is what became of an act.
type Result string

// The results. A topic that is skipped is only reported.
const (
	Done    Result = "done"
	Failed  Result = "failed"
	Skipped Result = "skipped"
)

// An Act is what a remedy did about one topic, or why it did not.
type Act struct {
	GroupID, TopicID string
	Before, After    string // its names
	Rule, Detail     string // that refuses Before
	Unless           string // the rule before it that may allow it, of an act that hangs on that
	Result           Result
	Reason           string // one stable word, of one that was skipped
	Quiet            bool   // that it was skipped need not alarm anybody
	Err              error
}

// A Review is what was made of a callback that tells what was done.
type Review struct {
	Event            chat.Event
	Command          chat.Command
	GroupID, TopicID string
	// Creation is what the policy was asked about; of an unauthenticated callback only the
	// subject and the app.
	Creation    policy.Creation
	Mode        policy.Mode
	Refused     bool // and not only in a dry run
	Slipped     bool // it was created all the same
	Reason      Reason
	Rule        string
	Detail      string
	WouldRefuse []string
	WouldRemedy string // what would be done, were nothing a dry run
	Flags       []string
	Err         error

	remediable bool // a rule refuses it that looks at the name
}

// Found is what a remedy is led to, by the policy that was asked.
func (v *Review) Found(p *policy.Policy) Found {
	return Found{v.Event, v.GroupID, v.TopicID, v.Creation, p}
}

// Verdict is what the policy says of what was done. Of what it was not asked about it says
// nothing, and nothing is refused.
func (v *Review) Verdict() chat.Verdict {
	if v.Refused {
		return chat.Refused(policy.CodeRefused, "")
	}
	return chat.Allowed()
}

// reviews reports whether a command tells of what is to be looked at.
func (s *Snapshot) reviews(c chat.Command) bool {
	if len(s.Review) == 0 || s.Policy == nil {
		return false
	}
	event, subject := c.Tells()
	return event != "" && slices.Contains(s.Review, event) && slices.Contains(s.Govern, policy.Subject(subject))
}

// review answers a callback that tells what was done: as any that is not governed. What was
// made of it is logged, and acted on, once another handler has had it.
func (g *Gate) review(ctx context.Context, s *Snapshot, r Request, command chat.Command) Response {
	v, reviewed := g.judgeAfter(ctx, s, &r, command)
	answered := answer(http.StatusOK, chat.Allowed().JSON())
	switch {
	case g.Relay != nil:
		answered = g.relay(ctx, s, r, command)
	case !reviewed:
		g.logUndecided(s, "callback", &r, command, http.StatusOK, nil)
	}
	if reviewed {
		g.report(ctx, s, &r, &v)
	}
	return answered
}

// report logs a review, and lets a remedy act.
func (g *Gate) report(ctx context.Context, s *Snapshot, r *Request, v *Review) {
	g.logReview(s, r, v)
	if g.Observer.Review != nil {
		g.Observer.Review(*v)
	}
	// An act needs somebody who signed for it, whatever else says so.
	if s.Remedy == nil || !v.remediable || g.Unauthenticated || len(s.Apps[v.Creation.App]) == 0 {
		return
	}
	for _, act := range g.act(ctx, s, r, v) {
		g.logAct(s, r, v, &act)
		if g.Observer.Act != nil {
			g.Observer.Act(s.Remedy.Word(), act)
		}
	}
}

// Review says what becomes of a callback that tells what was done, without logging it or
// acting; reviewed is false of one that is not looked at.
func (g *Gate) Review(ctx context.Context, r Request) (v Review, reviewed bool) {
	s := g.Snapshot()
	body, _ := r.body()
	command := cmp.Or(r.Params.Command, body.Command)
	if !s.reviews(command) {
		return Review{}, false
	}
	return g.judgeAfter(ctx, s, &r, command)
}

// judgeAfter decides about what was done as it would have been decided before. It is not
// reviewed when it is no rename, or our own act.
func (g *Gate) judgeAfter(ctx context.Context, s *Snapshot, r *Request, command chat.Command) (v Review, reviewed bool) {
	defer func() {
		if p := recover(); p != nil {
			v = Review{Event: v.Event, Command: v.Command, Mode: v.Mode, Creation: policy.Creation{Subject: v.Creation.Subject, App: v.Creation.App}, Reason: ReasonPanic, Err: panicError(p)}
			reviewed = true
		}
	}()
	event, subject := command.Tells()
	v = Review{Event: event, Command: command, Mode: s.Mode}
	v.Creation = policy.Creation{Subject: policy.Subject(subject), App: r.Params.SDKAppID, At: r.Received}
	if !g.Unauthenticated {
		if v.Reason, v.Detail = s.authenticate(&r.Params, g.Clock()); v.Reason != "" {
			return v, true
		}
	}
	var after chat.After
	err := chat.ErrUnreadable
	if len(r.Body) <= chat.MaxBody {
		after, err = chat.ParseAfter(r.Body)
	}
	switch {
	case len(r.Body) > chat.MaxBody:
		v.Reason, v.Err = ReasonOversize, fmt.Errorf("the body is over %d bytes", chat.MaxBody)
	case err != nil:
		v.Reason, v.Err = ReasonBody, err
	case r.Params.Command != "" && after.Command != "" && r.Params.Command != after.Command:
		v.Reason, v.Err = ReasonMismatch, errors.New("query and body name different commands")
	case event == chat.Renamed && (!after.Names() || after.Name == ""):
		return v, false
	case after.Problem(command) != nil:
		v.Reason, v.Err = ReasonBody, after.Problem(command)
	default:
		v.Reason, v.Detail = TooLong(after.Operator, after.Name)
	}
	if v.Reason != "" {
		return v, true
	}
	describe(&v.Creation, &r.Params, &after.Body)
	if strings.EqualFold(v.Creation.Platform, platformREST) && v.Creation.Operator == s.Admin {
		return v, false
	}
	v.GroupID, v.TopicID = after.GroupID, after.TopicID
	if event == chat.Renamed || v.Creation.Subject != policy.Topic {
		v.TopicID = "" // where the protocol has none, one that came all the same is nobody's
	}
	s.decideAfter(ctx, &v)
	return v, true
}

// platformREST is where calls of the REST API come from.
const platformREST = "RESTAPI"

// decideAfter asks the policy. What is done is not counted once more: quotas pass.
func (s *Snapshot) decideAfter(ctx context.Context, v *Review) {
	d := s.Policy.Decide(ctx, v.Creation, Uncounted, s.dryRun())
	v.Rule, v.Detail, v.WouldRefuse, v.Flags = d.Rule, d.Detail, d.WouldRefuse, d.Flags
	v.Reason = ReasonRule
	if d.Rule == "" {
		v.Reason = ReasonDefault
	}
	switch {
	case d.Allowed:
	case s.dryRun():
		v.WouldRefuse = append(v.WouldRefuse, cmp.Or(d.Rule, string(v.Reason)))
	default:
		v.Refused, v.Slipped, v.remediable = true, v.Event == chat.Created, s.Policy.ReadsName(d.Rule)
	}
	if s.Remedy != nil && !v.Refused && len(v.WouldRefuse) > 0 && s.Remedy.Would(v.Found(s.Policy)) {
		v.WouldRemedy = s.Remedy.Word()
	}
}

// Uncounted is a counter by which no quota is used up: what was done is not counted again.
var Uncounted policy.Counter = uncounted{}

type uncounted struct{}

func (uncounted) Take(context.Context, string, int, time.Duration) (bool, error) { return true, nil }

// act lets the remedy act with what is left of the time.
func (g *Gate) act(ctx context.Context, s *Snapshot, r *Request, v *Review) (acts []Act) {
	defer func() {
		if p := recover(); p != nil {
			acts = append(acts, Act{GroupID: v.GroupID, TopicID: v.TopicID, Before: v.Creation.Name, Rule: v.Rule, Result: Failed, Err: panicError(p)})
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, r.Received.Add(reviewTime).Sub(g.Clock()))
	defer cancel()
	return s.Remedy.Act(ctx, v.Found(s.Policy))
}
