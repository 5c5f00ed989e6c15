package policy

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// Decide says what becomes of a creation: the first enforced rule that matches
// decides, those that flag aside; else a freeze, else the default. Quotas ask the counter,
// which may be nil where there are none; the context bounds what they may wait, and nothing
// else waits. dryRun says that the answer will not be acted on: quotas then count apart.
func (p *Policy) Decide(ctx context.Context, cr Creation, counter Counter, dryRun bool) Decision {
	q := &question{Creation: cr}
	defer q.end()
	var d Decision
	for i := range p.rules {
		r := &p.rules[i]
		h, matched := allHold(r.tests, q)
		if matched && r.Quota != nil {
			var err error
			matched, err = exhausted(ctx, q, r, counter, dryRun || r.Mode == DryRun)
			d.QuotaError = both(d.QuotaError, err)
		}
		switch {
		case !matched:
		case r.Action == Flag:
			d.Flags = append(d.Flags, r.Name)
		case r.Mode == DryRun:
			if r.Action == Refuse {
				d.WouldRefuse = append(d.WouldRefuse, r.Name)
				d.WouldDetail = append(d.WouldDetail, h.detail)
			}
		default:
			d.conclude(r, &q.Creation, h)
			return d
		}
	}
	if p.freeze.lasts(q.At) {
		d.conclude(&p.freeze.rule, &q.Creation, hit{detail: p.freeze.until()})
		return d
	}
	d.conclude(&p.fallback, &q.Creation, hit{detail: joined("; ", d.WouldDetail...)})
	return d
}

// both is two errors, either of which may be nil, on one line. The first says why; those
// behind it mostly that the store is left alone.
func both(first, second error) error {
	if first == nil || second == nil {
		return cmp.Or(first, second)
	}
	return fmt.Errorf("%w; %w", first, second)
}

func (d *Decision) conclude(r *rule, cr *Creation, h hit) {
	d.Allowed = r.Action == Allow
	d.Rule = r.Name
	d.Detail = h.detail
	if !d.Allowed {
		d.Code = r.Code
		d.Message, d.RefAt = r.refuse(cr, h)
	}
}

// Counts reports whether any rule has a quota.
func (p *Policy) Counts() bool {
	return slices.ContainsFunc(p.rules, func(r rule) bool { return r.Quota != nil })
}
