package cli

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"topicgate/pkg/history"
)

// shownNames is how many names a moderator reads of one rule.
const shownNames = 20

// replayText is a result that is read top down: totals, then rules, then names, in the
// order of how many decisions they are.
func replayText(r *history.Result) string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	say("%s", replayed(r))
	for _, t := range totals(&r.Totals) {
		say("%8d %s", t.n, t.what)
	}
	for _, note := range notes(r) {
		say("%s", oneLine(note))
	}
	if len(r.Policies) > 1 {
		say("\nBy the policy that decided then:")
		for _, p := range r.Policies {
			say("  %s: %s", policyName(p.Policy), totalsLine(&p.Totals))
		}
	}
	for i := range r.Rules {
		rule := &r.Rules[i]
		say("\n%s (%d)", oneLine(changed(rule)), rule.Times)
		names := r.Names(rule)
		for _, n := range names[:min(len(names), shownNames)] {
			say("%8d %s", n.Times, describeName(n, quote(n.Name), quote))
		}
		if more := len(names) - shownNames; more > 0 {
			say("         and %s; -json lists all", plural(more, "more name"))
		}
	}
	return b.String()
}

// replayed says how much was replayed.
func replayed(r *history.Result) string {
	if r.Decisions == 0 {
		return plural(0, "decision")
	}
	return plural(r.Decisions, "decision") + " from " + r.From.UTC().Format(time.RFC3339) + " to " + r.To.UTC().Format(time.RFC3339)
}

type total struct {
	n    int
	what string
}

func totals(t *history.Totals) []total {
	return []total{
		{t.Same, "stay"}, {t.NewlyRefused, string(history.NewlyRefused)}, {t.NewlyAllowed, string(history.NewlyAllowed)},
		{t.Other, "by another rule, or with another code"}, {t.NotReplayed, "not replayed"},
	}
}

func totalsLine(t *history.Totals) string {
	parts := []string{plural(t.Decisions, "decision")}
	for _, one := range totals(t) {
		if one.n > 0 {
			parts = append(parts, strconv.Itoa(one.n)+" "+one.what)
		}
	}
	return strings.Join(parts, ", ")
}

// notes say what cannot be told from a log, and what was made of it.
func notes(r *history.Result) (notes []string) {
	if r.NotReplayed > 0 {
		var parts []string
		for _, why := range slices.SortedFunc(maps.Keys(r.Why), func(a, b string) int { return cmp.Or(r.Why[b]-r.Why[a], cmp.Compare(a, b)) }) {
			parts = append(parts, fmt.Sprintf("%d: %s", r.Why[why], why))
		}
		notes = append(notes, "Not replayed: "+strings.Join(parts, "; ")+".")
	}
	if r.Resting > 0 {
		notes = append(notes, fmt.Sprintf("Quotas are taken to have units left; %d would be answered otherwise, were one used up.", r.Resting))
	}
	if r.Frozen {
		notes = append(notes, "The policy is frozen, which is passed over.")
	}
	if r.Unlisted > 0 {
		notes = append(notes, fmt.Sprintf("%d changes are counted, but were too many to list.", r.Unlisted))
	}
	return notes
}

func policyName(digest string) string { return printable(cmp.Or(digest, "none")) }

// changed says what becomes of decisions, by rule.
func changed(c *history.RuleChange) string {
	switch c.Kind {
	case history.NewlyRefused:
		return "Newly refused by " + by(c.New) + ", before allowed by " + by(c.Old)
	case history.NewlyAllowed:
		return "Newly allowed by " + by(c.New) + ", before refused by " + by(c.Old)
	}
	past := map[string]string{history.Allow: "Allowed", history.Refuse: "Refused"}[c.New.Verdict]
	if c.Old == c.New {
		return past + " by " + by(c.New) + " with another code"
	}
	return past + " by " + by(c.New) + ", before by " + by(c.Old)
}

func by(a history.Answer) string {
	if a.Rule == "" {
		return "default"
	}
	return "rule " + printable(a.Rule)
}

// describeName is a name as it is shown, with what matched.
func describeName(n *history.NameChange, name string, show func(string) string) string {
	if n.Word != "" && n.Word != n.Name {
		name += " on " + show(n.Word)
	}
	if n.People > 1 {
		name += " (" + strconv.Itoa(n.People) + " people)"
	}
	return name
}
