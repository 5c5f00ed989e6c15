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
	trials bool            // one of them is in dry run
}

func newSide(spec *policy.Spec) *side {
	thawed := spec.WithDefaults()
	thawed.Freeze = ""
	compiled, problems, _ := policy.Compile(thawed)
	if problems != nil {
		panic("a policy is replayed that does not load: " + problems[0].String())
	}
	s := &side{policy: compiled, govern: thawed.Govern, quotas: map[string]bool{}}
	for i := range thawed.Rules {
		if thawed.Rules[i].Quota != nil {
			s.quotas[thawed.Rules[i].Name] = true
			s.trials = s.trials || thawed.Rules[i].Mode == policy.DryRun
		}
	}
	return s
}

// A tap is the counter of quotas that all have units left, or none.
type tap struct{ left, asked bool }

func (t *tap) Take(context.Context, string, int, time.Duration) (bool, error) {
	t.asked = true
	return t.left, nil
}

// asked is what a policy would answer, were it enforced: while quotas have units left, and
// whether it would be another answer were they used up.
type asked struct {
	NewAnswer
	governed, resting bool
}

// ask asks about a creation. What the policy does not govern it lets pass.
func (s *side) ask(ctx context.Context, c policy.Creation) asked {
	if !slices.Contains(s.govern, c.Subject) {
		return asked{NewAnswer: NewAnswer{Answer: Answer{Verdict: Allow}}}
	}
	open := tap{left: true}
	a := asked{NewAnswer: answerOf(s.policy.Decide(ctx, c, &open, false)), governed: true}
	if a.resting = open.asked; open.asked && s.trials { // one that is enforced would have refused
		a.resting = answerOf(s.policy.Decide(ctx, c, &tap{}, false)) != a.NewAnswer
	}
	return a
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
