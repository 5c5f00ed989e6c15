package policy

import (
	"context"
	"slices"
)

// A Step is what one rule makes of a creation.
type Step struct {
	Rule       string    `json:"rule"`
	Action     Action    `json:"action"`
	Mode       Mode      `json:"mode"`
	Matched    bool      `json:"matched"`
	Decides    bool      `json:"decides"` // the first enforced rule that matched
	Conditions []Finding `json:"conditions,omitempty"`

	Written []string `json:"-"` // the parts of the name that made conditions hold
}

// A Finding is what one condition of a rule makes of a creation.
type Finding struct {
	Condition string `json:"condition"`
	Matched   bool   `json:"matched"`
	Detail    string `json:"detail,omitempty"`
}

// Explain is Decide with every rule in order, those behind the one that decides too, and
// at last the freeze, if one is written. It asks quotas only up to there, as Decide does.
func (p *Policy) Explain(ctx context.Context, cr Creation, counter Counter, dryRun bool) ([]Step, Decision) {
	decision := p.Decide(ctx, cr, counter, dryRun)
	q := &question{Creation: cr, shown: true}
	defer q.end()
	steps := make([]Step, len(p.rules))
	for i := range p.rules {
		r := &p.rules[i]
		step := Step{Rule: r.Name, Action: r.Action, Mode: r.Mode, Matched: true, Decides: r.Name == decision.Rule}
		for _, one := range r.tests {
			h, ok := one.holds(q)
			step.Conditions = append(step.Conditions, Finding{one.label, ok, h.detail})
			if ok && h.written != "" {
				step.Written = append(step.Written, h.written)
			}
			step.Matched = step.Matched && ok
		}
		if step.Matched && r.Quota != nil {
			used := step.Decides || slices.Contains(decision.WouldRefuse, r.Name)
			step.Conditions = append(step.Conditions, Finding{"quota", used, q.allowance(r)})
			step.Matched = used
		}
		steps[i] = step
	}
	if p.freeze != nil {
		steps = append(steps, p.freeze.explain(q.At, &decision))
	}
	return steps, decision
}
