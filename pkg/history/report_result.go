package history

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Report is what was found so far. counts is what the Reader counted.
func (r *Reporter) Report(counts Counts, o ReportOptions) *Report {
	if o.Texts == nil {
		o.Texts = English
	}
	report := &Report{
		From: r.from, To: r.to, Lines: counts.Lines, Skipped: maps.Clone(counts.Skipped), Verdicts: r.all,
		Policies: r.policyUses(), Versions: countsOf(r.versions), Modes: countsOf(r.modes),
		Days: r.cellsOf(secondsDay, shownDays), Hours: r.cellsOf(secondsHour, shownHours), HoursOfDay: r.hoursOfDay(),
		Rules: r.ruleUses(), Reasons: r.reasonUses(), Words: r.wordUses(o.Names), Names: r.nameUses(), People: r.personUses(), Persons: len(r.people.of),
		Unused: r.unused(), Silences: r.silences(), Latency: r.took.latency(), Cold: r.cold.latency(), Bands: r.bandsOf(), Service: r.service,
		ShowsNames: o.Names, ShowsOperators: o.Operators,
	}
	for _, kind := range []string{"start", "reload", "review"} { // which are reported
		delete(report.Skipped, kind)
	}
	f := &finder{Report: report, Reporter: r, o: o}
	report.Findings, report.Notes = append([]Finding{}, f.findings()...), append([]string{}, f.notes()...)
	report.Names, report.People = report.Names[:min(len(report.Names), listed)], report.People[:min(len(report.People), listed)]
	for i := range report.Names {
		if !o.Names {
			report.Names[i].Name = ""
		}
	}
	for i := range report.People {
		if !o.Operators {
			report.People[i].Operator = ""
		}
	}
	return report
}

// notes say what is not in a report, and why.
func (f *finder) notes() (notes []string) {
	say := func(when bool, id string, args ...any) {
		if when {
			notes = append(notes, f.say(id, args...))
		}
	}
	say(!f.o.Names && len(f.Names) > 0, "note names")
	say(!f.o.Operators && len(f.People) > 0, "note operators")
	say(f.hashed > 0, "note hashed", f.hashed)
	say(f.withheld > 0, "note withheld", f.withheld)
	if u := f.Unused; u != nil {
		say(u.Unknown && u.InAll > 0, "note unknown")
		say(u.Decisions == 0, "note other", f.vocab.digest[:shortDigest])
		say(u.Decisions > 0 && u.Decisions < f.all.Decisions, "note part", u.Decisions, f.all.Decisions)
		say(!u.Unknown && u.AllWords > 0, "note first")
		for _, rule := range slices.Sorted(maps.Keys(f.vocab.untold)) {
			say(!u.Unknown && len(f.vocab.rules[rule]) > 0, "note untold", f.ruleName(rule))
		}
	} else {
		say(true, "note no policy")
	}
	for _, of := range []struct {
		forgot bool
		what   string
	}{{f.Reporter.names.forgot, "names"}, {f.people.forgot, "operators"}, {f.words.forgot, "words"}, {f.rules.forgot || f.reasons.forgot || f.policies.forgot || f.versions.forgot, "rules"}} {
		say(of.forgot, "note forgot", f.say(of.what))
	}
	say(f.from.Before(f.to.Add(-shownHours*time.Hour)), "note long", min(len(f.Days), shownDays), len(f.Hours))
	return notes
}

func (r *Reporter) policyUses() []PolicyUse {
	uses := []PolicyUse{}
	for _, c := range r.policies.of {
		c.value.Decisions = c.times
		uses = append(uses, c.value)
	}
	slices.SortFunc(uses, func(a, b PolicyUse) int { return cmp.Or(a.First.Compare(b.First), cmp.Compare(a.Policy, b.Policy)) })
	return uses
}

func countsOf(t *tally[string, struct{}]) []Count {
	counts := []Count{}
	for what, c := range t.of {
		counts = append(counts, Count{what, c.times})
	}
	slices.SortFunc(counts, func(a, b Count) int { return cmp.Or(cmp.Compare(b.Times, a.Times), cmp.Compare(a.What, b.What)) })
	return counts
}

func (r *Reporter) ruleUses() []RuleUse {
	uses := []RuleUse{}
	for rule, c := range r.rules.of {
		c.value.Rule = rule
		uses = append(uses, c.value)
	}
	slices.SortFunc(uses, func(a, b RuleUse) int {
		return cmp.Or(cmp.Compare(b.all(), a.all()), cmp.Compare(a.Rule, b.Rule))
	})
	return uses
}

func (r *Reporter) reasonUses() []ReasonUse {
	uses := []ReasonUse{}
	for reason, c := range r.reasons.of {
		uses = append(uses, ReasonUse{reason, c.value})
	}
	slices.SortFunc(uses, func(a, b ReasonUse) int {
		return cmp.Or(cmp.Compare(b.Decisions, a.Decisions), cmp.Compare(a.Reason, b.Reason))
	})
	return uses
}

func (r *Reporter) personUses() []PersonUse {
	uses := make([]PersonUse, 0, len(r.people.of))
	for _, c := range r.people.of {
		uses = append(uses, c.value)
	}
	slices.SortFunc(uses, func(a, b PersonUse) int {
		return cmp.Or(cmp.Compare(b.Refused, a.Refused), cmp.Compare(b.Decisions, a.Decisions), cmp.Compare(a.Operator, b.Operator))
	})
	return uses
}

func (r *Reporter) bandsOf() []Band {
	bands := make([]Band, len(r.bands))
	for i, n := range r.bands {
		bands[i].Decisions = n
		if i < len(latencyBands) {
			bands[i].UpTo = latencyBands[i].Microseconds()
		}
	}
	return bands
}
