package policy

import (
	"regexp"
	"sync"
	"time"
)

const (
	datePattern = `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`

	// TimePattern is RFC 3339, which Go reads more loosely.
	TimePattern = `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2})$`
)

// timeForm is compiled when a time is first read: most policies hold none.
var timeForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(TimePattern) })

// ParseTime reads an RFC 3339 time.
func ParseTime(text string) (at time.Time, ok bool) {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || !timeForm().MatchString(text) {
		return time.Time{}, false
	}
	return at, true
}

// isDate reports whether a rule's end is a day, and not a time.
func isDate(until string) bool { return len(until) == len(time.DateOnly) }

// until makes the test that passes over a rule whose time has come; none where it has no
// end.
func (c *compiler) until(r *Rule) []test {
	switch {
	case r.Until == "" && r.Zone != "":
		c.problem("zone", "", "modifies until, which is not here")
		return nil
	case r.Until == "":
		return nil
	case !isDate(r.Until) && r.Zone != "":
		c.warn(c.path.Key("zone"), "zone", "leave it out", "means nothing beside a time, which has a zone of its own")
	}
	end, ok := r.end(c.location(r.Zone))
	if !ok {
		c.problem("until", "", "%q is neither a date such as 2026-01-31 nor a time such as 2026-01-31T18:30:00Z", r.Until)
	}
	return []test{{"until", func(q *question) (hit, bool) {
		if q.At.Before(end) {
			return hit{}, true // which says nothing of a creation
		}
		return hit{detail: "it ended at " + end.Format(time.RFC3339)}, false
	}}}
}

// end is when a rule begins to be passed over: at a time, or when a day is over in a zone.
func (r *Rule) end(zone *time.Location) (end time.Time, ok bool) {
	if !isDate(r.Until) {
		return ParseTime(r.Until)
	}
	day, err := time.ParseInLocation(time.DateOnly, r.Until, zone)
	if err != nil {
		return time.Time{}, false
	}
	return time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, zone), true
}

// expired reports whether a rule is passed over at a time.
func (c *compiler) expired(r *Rule, now time.Time) bool {
	end, ok := r.end(c.location(r.Zone))
	return r.Until != "" && ok && !now.Before(end)
}

// WarningsAt are those of a spec that a time brings about: rules that are passed over by
// then, and what a freeze does that lasts.
func WarningsAt(spec Spec, now time.Time) []Problem {
	c := &compiler{spec: spec.WithDefaults()}
	f := c.freeze()
	for i := range c.spec.Rules {
		if r := &c.spec.Rules[i]; c.expired(r, now) {
			c.warn(PathOf("rules").Item(i).Key("until"), "until", "remove the rule, or write a later end", "%s has passed: the rule is not asked any more", r.Until)
		}
	}
	if len(c.problems) == 0 { // else Compile has said so, and nothing serves
		c.warnFreeze(f, now)
	}
	return c.warnings
}
