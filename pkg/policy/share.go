package policy

import "slices"

// Rules of one share have one count, of which one creation takes one unit, however many of
// them it meets. Each has its own limit, and matches when the unit is not within it: with
// the limits 5 and 50 the sixth creation of a window is within 50 and beyond 5.
//
// The counter says no more than whether fewer than a limit were taken, and takes a unit by
// saying so. So a rule asks for its own limit only after those smaller ones of the rules
// of its share that stand behind it, the smallest first: the unit is taken at the first
// limit that it is within, and is known to be beyond all that were asked before. Rules
// that come later need not ask any more. Where the smaller limits stand first, or are not
// used up, that is one question for the whole share.
//
// It follows that
//
//   - the unit is taken by the first rule of the share that is met and has units left. A
//     rule behind it that refuses gives nothing back: small limits belong first;
//   - a rule that refuses takes nothing, as without a share;
//   - once a question got no answer, which may have taken a unit, no other is asked for the
//     share in that decision: each rule does what its if_unavailable says, and two units
//     are never taken;
//   - what is on trial counts apart, as without a share: where the policy is in dry run, a
//     creation takes a unit of the trial's count, and nothing of what is enforced. Where
//     one rule is, it shares the trial's count with those rules of its share that are on
//     trial too, and a creation may take one unit of either count. Passing over a rule on
//     trial that is used up, it goes on and takes its unit from the next with units left.
type drawn struct {
	key    string
	within int   // the limit at which the creation's unit was taken; 0 while it has none
	beyond int   // the largest limit that was used up
	err    error // why nobody knows
}

// drawn is what is known of a share's count.
func (q *question) drawn(key string) *drawn {
	c := q.remembered()
	for _, d := range c.shares {
		if d.key == key {
			return d
		}
	}
	c.shares = append(c.shares, &drawn{key: key})
	return c.shares[len(c.shares)-1]
}

// exhausted reports whether a share is used up for a rule whose limits it is asked for,
// the rule's own last.
func (d *drawn) exhausted(limits []int, take func(limit int) (bool, error)) (bool, error) {
	for _, limit := range limits {
		if d.within > 0 || d.err != nil {
			break
		}
		if limit <= d.beyond {
			continue
		}
		taken, err := take(limit)
		switch {
		case err != nil:
			d.err = err
		case taken:
			d.within = limit
		default:
			d.beyond = limit
		}
	}
	own := limits[len(limits)-1]
	switch {
	case d.within > 0:
		return own < d.within, nil
	case own <= d.beyond:
		return true, nil
	}
	return false, d.err
}

// shares looks for rules of one share that count differently, and tells each rule what to
// ask for.
func (c *compiler) shares(rules []rule) {
	first := map[string]*rule{}
	for i := range rules {
		r := &rules[i]
		if r.Quota == nil || r.Quota.Share == "" {
			continue
		}
		q := r.Quota
		if before := first[q.Share]; before == nil {
			first[q.Share] = r
		} else if b := before.Quota; b.Per != q.Per || b.Window != q.Window || b.Zone != q.Zone {
			c.add(PathOf("rules").Item(i).Key("quota").Key("share"), "share", "give both the same per and window, or shares of their own",
				"%s is that of rule %q, which has %s, and this one has %s", q.Share, before.Name, b.way(), q.way())
		}
		for _, later := range rules[i:] {
			if l := later.Quota; l != nil && l.Share == q.Share && l.Limit <= q.Limit {
				r.count.limits = append(r.count.limits, l.Limit)
			}
		}
		slices.Sort(r.count.limits)
		r.count.limits = slices.Compact(r.count.limits)
	}
}

// way is how a quota counts, as it is written.
func (q *Quota) way() string {
	way := "per: " + q.Per + ", window: " + q.Window.String()
	if q.Zone != "" {
		way += ", zone: " + q.Zone
	}
	return way
}
