package policy

import (
	"context"
	"fmt"
)

// Decide says what becomes of a creation: the first enforced rule that matches
// decides, else the default. The context bounds what a quota may wait; nothing else
// waits. dryRun says that the answer will not be acted on: quotas then count apart.
func (p *Policy) Decide(ctx context.Context, cr Creation, dryRun bool) Decision {
	q := ask(&cr)
	defer q.end()
	var d Decision
	for i := range p.rules {
		r := &p.rules[i]
		h, matched := holds(r.conditions, q)
		if matched && r.Quota != nil {
			var err error
			matched, err = p.exhausted(ctx, q, r, dryRun || r.Mode == DryRun)
			d.addQuotaError(err)
		}
		switch {
		case !matched:
		case r.Mode == DryRun:
			if r.Action == Refuse {
				d.WouldRefuse = append(d.WouldRefuse, r.Name)
			}
		default:
			d.conclude(r, &q.Creation, h)
			return d
		}
	}
	d.conclude(&p.fallback, &q.Creation, hit{})
	return d
}

func (d *Decision) addQuotaError(err error) {
	switch {
	case err == nil:
	case d.QuotaError == nil:
		d.QuotaError = err
	default: // the first says why; those behind it mostly that the store is left alone
		d.QuotaError = fmt.Errorf("%w; %w", d.QuotaError, err)
	}
}

func (d *Decision) conclude(r *rule, cr *Creation, h hit) {
	d.Allowed = r.Action == Allow
	d.Rule = r.Name
	d.Detail = h.detail
	if !d.Allowed {
		d.Code = r.code
		d.Message = r.message.render(cr, h)
	}
}

// WithCounter is the policy with its quotas counted by a Counter: what is checked
// without one can be used with one, and is not compiled twice.
func (p *Policy) WithCounter(c Counter) *Policy {
	counted := *p
	counted.counter = c
	return &counted
}

// Counts reports whether any rule has a quota.
func (p *Policy) Counts() bool { return p.counts }
