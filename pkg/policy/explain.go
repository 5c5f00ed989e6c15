package policy

import (
	"context"
	"strconv"
)

// A Step is what one rule makes of a creation.
type Step struct {
	Rule       string      `json:"rule"`
	Action     Action      `json:"action"`
	Mode       Mode        `json:"mode"`
	Matched    bool        `json:"matched"`
	Decides    bool        `json:"decides"` // the first enforced rule that matched
	Conditions []Condition `json:"conditions,omitempty"`
}

// A Condition is what one condition of a rule makes of a creation.
type Condition struct {
	Condition string `json:"condition"`
	Matched   bool   `json:"matched"`
	Detail    string `json:"detail,omitempty"`
}

// Explain is Decide with every rule in order, those behind the one that decides too.
// It asks quotas only up to there, as Decide does.
func (p *Policy) Explain(ctx context.Context, cr Creation, counter Counter, dryRun bool) ([]Step, Decision) {
	decision := p.Decide(ctx, cr, counter, dryRun)
	q := &question{Creation: cr}
	defer q.end()
	decided := false
	steps := make([]Step, len(p.rules))
	for i := range p.rules {
		r := &p.rules[i]
		step := Step{Rule: r.Name, Action: r.Action, Mode: r.Mode, Matched: true}
		for j := range r.conditions {
			h, ok := r.conditions[j].test(q)
			step.Conditions = append(step.Conditions, Condition{r.conditions[j].label, ok, h.detail})
			step.Matched = step.Matched && ok
		}
		if step.Matched && r.Quota != nil {
			used := decision.quotaUsed(r)
			step.Conditions = append(step.Conditions, Condition{"quota", used, quotaText(r.Quota)})
			step.Matched = used
		}
		if step.Matched && r.Mode == Enforce && !decided {
			decided, step.Decides = true, true
		}
		steps[i] = step
	}
	return steps, decision
}

// quotaUsed reports whether a rule matched because its quota was used up.
func (d *Decision) quotaUsed(r *rule) bool {
	if d.Rule == r.Name {
		return true
	}
	for _, name := range d.WouldRefuse {
		if name == r.Name {
			return true
		}
	}
	return false
}

// quotaText is a quota as a person says it: 5/1h per operator.
func quotaText(q *Quota) string {
	return strconv.Itoa(q.Limit) + "/" + q.Window.String() + " per " + q.Per
}
