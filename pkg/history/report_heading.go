package history

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"topicgate/pkg/textfold"
)

// named is the most of a kind that a heading names.
const named = 8

// Heading says what a report is about, in lines.
func (r *Report) Heading(t Texts) []string {
	first := t.say("decisions", r.Decisions)
	if r.Decisions > 0 {
		first += " " + t.say("period", stamp(r.From), stamp(r.To)) + ". " + t.say("utc")
	}
	lines := []string{first}
	if r.Decisions > 0 {
		lines = append(lines, t.say("totals", r.Allowed, r.Refused, r.WouldRefuse))
	}
	list := func(id string, parts []string) {
		if more := len(parts) - named; more > 0 {
			parts = append(parts[:named:named], t.say("and more", more))
		}
		if len(parts) > 0 {
			lines = append(lines, t.say(id, strings.Join(parts, ", ")))
		}
	}
	var policies, skipped []string
	for _, p := range r.Policies {
		name := t.say("no policy")
		if p.Policy != "" {
			name = textfold.Printable(p.Policy)
		}
		policies = append(policies, t.say("policy", name, p.Decisions))
	}
	for _, kind := range slices.SortedFunc(maps.Keys(r.Skipped), func(a, b string) int { return cmp.Or(r.Skipped[b]-r.Skipped[a], cmp.Compare(a, b)) }) {
		skipped = append(skipped, t.say("skip", r.Skipped[kind], kind))
	}
	counted := func(counts []Count) (parts []string) {
		for _, c := range counts {
			parts = append(parts, t.say("policy", textfold.Printable(c.What), c.Times))
		}
		return parts
	}
	list("policies", policies)
	list("versions", counted(r.Versions))
	list("modes", counted(r.Modes))
	list("skipped", skipped)
	return lines
}

// Facts are what the log says of the gate itself, as far as there is something to say.
func (s *Service) Facts(t Texts) (facts []Count) {
	for _, fact := range []struct {
		id string
		n  int
	}{
		{"starts", s.Starts}, {"broken starts", s.BrokenStarts}, {"reloads", s.Reloads}, {"refused reloads", s.RefusedReloads},
		{"dropped", s.Dropped}, {"unchecked", s.Unchecked}, {"relay failures", s.RelayFailures}, {"stale", s.Stale},
		{"quota failures", s.QuotaFailures}, {"reviews", s.Reviews}, {"reviews refused", s.ReviewsRefused}, {"slipped", s.Slipped},
	} {
		if fact.n > 0 {
			facts = append(facts, Count{t.say("fact " + fact.id), fact.n})
		}
	}
	return facts
}

// Took is so many microseconds as a person says it.
func Took(us int64) string { return short(time.Duration(us) * time.Microsecond) }

// stamp is a time as a report shows it.
func stamp(at time.Time) string { return at.UTC().Format("2006-01-02 15:04") }

// short is a duration as a person says it.
func short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute && d%time.Second != 0:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
	return fmt.Sprintf("%.1f h", d.Hours())
}
