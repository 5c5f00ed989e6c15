package policy

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// A Freeze says that nothing is created but what a rule allows: Frozen, until somebody
// ends it; an RFC 3339 time, until then; "", not at all.
type Freeze string

// Frozen is a freeze without an end of its own.
const Frozen Freeze = "true"

// MarshalJSON writes what has no end as true.
func (f Freeze) MarshalJSON() ([]byte, error) {
	if f == Frozen {
		return []byte("true"), nil
	}
	return json.Marshal(string(f))
}

// FreezeRule is what a freeze is called where rules are named. No rule can have the name.
const FreezeRule = "freeze"

// A freeze is a Freeze compiled. The policy decides as always, quotas counting, and what
// no rule has decided then, or only the default, is refused. So it never allows what the
// policy refuses, and what is refused anyway keeps its rule, code and message.
type freeze struct {
	rule
	end time.Time // zero: somebody ends it
}

func (c *compiler) freeze() *freeze {
	written := c.spec.Freeze
	if written == "" {
		return nil
	}
	f := &freeze{rule: rule{Rule: c.refusal(Rule{Name: FreezeRule, Action: Refuse, Code: cmp.Or(c.spec.Refusal.Code, CodeMin)})}}
	if written != Frozen {
		end, ok := ParseTime(string(written))
		if !ok {
			c.problem("freeze", "", "%q is neither true, false nor a time such as 2026-01-31T18:30:00Z", written)
		}
		f.end = end
	}
	return f
}

// lasts reports whether there is a freeze at a time.
func (f *freeze) lasts(at time.Time) bool {
	return f != nil && (f.end.IsZero() || at.Before(f.end))
}

// until is when it ends, for the log.
func (f *freeze) until() string {
	if f.end.IsZero() {
		return "until somebody ends it"
	}
	return "until " + f.end.Format(time.RFC3339)
}

// explain is what the freeze makes of a creation that was decided.
func (f *freeze) explain(at time.Time, d *Decision) Step {
	lasts, allowed := f.lasts(at), d.Allowed && d.Rule != ""
	none := Finding{"allowed by no rule", !allowed, ""}
	if allowed {
		none.Detail = d.Rule
	}
	return Step{
		Rule: f.Name, Action: Refuse, Mode: Enforce, Matched: lasts && !allowed, Decides: d.Rule == f.Name,
		Conditions: []Finding{{"frozen", lasts, f.until()}, none},
	}
}

// warnFreeze looks for what a freeze does that nobody may have meant, and for one that is
// over.
func (c *compiler) warnFreeze(f *freeze, now time.Time) {
	const restAPI = "RESTAPI" // where a back end's requests come from
	at := PathOf("freeze")
	switch {
	case f == nil:
		return
	case !f.lasts(now):
		c.warn(at, "freeze", "remove it, or write a later time", "ended at %s", f.end.Format(time.RFC3339))
		return
	case c.spec.Mode == DryRun:
		c.warn(at, "freeze", "set the mode to enforce", "refuses nothing, for the policy is in dry run")
	}
	backEnd := false
	for i := range c.spec.Rules {
		r := &c.spec.Rules[i]
		switch {
		case r.Action != Allow || r.Mode != Enforce || c.expired(r, now):
		case r.Match == nil:
			c.warn(PathOf("rules").Item(i).Key("action"), "", "give it a match, or remove it while frozen", "allows everything, so that the freeze refuses nothing")
			backEnd = true
		default:
			backEnd = backEnd || r.Match.names(restAPI)
		}
	}
	if !backEnd {
		c.warn(at, "freeze", "add a rule that allows platform: {in: ["+restAPI+"]}, unless that is meant", "no rule allows %s, so that your back end creates nothing either", restAPI)
	}
}

// names reports whether a match, or one in its all or any, is for a platform.
func (m *Match) names(platform string) bool {
	same := func(one string) bool { return strings.EqualFold(one, platform) }
	in := func(m Match) bool { return m.names(platform) }
	return m.Platform != nil && slices.ContainsFunc(m.Platform.In, same) ||
		slices.ContainsFunc(m.All, in) || slices.ContainsFunc(m.Any, in)
}
