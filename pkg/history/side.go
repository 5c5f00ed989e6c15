package history

import (
	"context"
	"slices"
	"time"

	"topicgate/pkg/policy"
)

// A side is one of the two policies of a replay.
type side struct {
	policy *policy.Policy
	govern []policy.Subject
	quotas map[string]bool // rules that have one
	counts bool            // there is one
}

func newSide(spec *policy.Spec) *side {
	thawed := spec.WithDefaults()
	thawed.Freeze = ""
	compiled, problems, _ := policy.Compile(thawed)
	if problems != nil {
		panic("a policy is replayed that does not load: " + problems[0].String())
	}
	s := &side{policy: compiled, govern: thawed.Govern, quotas: map[string]bool{}, counts: compiled.Counts()}
	for i := range thawed.Rules {
		if thawed.Rules[i].Quota != nil {
			s.quotas[thawed.Rules[i].Name] = true
		}
	}
	return s
}

// left is the counter of quotas that all have units left, or none.
type left bool

func (l left) Take(context.Context, string, int, time.Duration) (bool, error) { return bool(l), nil }

// ask is what a policy would answer, were it enforced: while quotas have units left, and
// whether it would be another answer were they used up. What it does not govern it lets
// pass.
func (s *side) ask(ctx context.Context, c policy.Creation) (a NewAnswer, governed, resting bool) {
	if !slices.Contains(s.govern, c.Subject) {
		return NewAnswer{Answer: Answer{Verdict: Allow}}, false, false
	}
	a = answerOf(s.policy.Decide(ctx, c, left(true), false))
	if s.counts {
		resting = answerOf(s.policy.Decide(ctx, c, left(false), false)) != a
	}
	return a, true, resting
}

func answerOf(d policy.Decision) NewAnswer {
	a := NewAnswer{Answer: Answer{Refuse, d.Rule}, Code: d.Code}
	if d.Allowed {
		a.Verdict = Allow
	}
	if d.Rule != "" { // else it is what rules on trial matched
		a.Word = d.Detail
	}
	return a
}
