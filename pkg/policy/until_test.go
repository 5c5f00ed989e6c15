package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A rule with an end is asked through the end of that day, or until that moment.
func TestUntil(t *testing.T) {
	tests := []struct {
		name, until, zone string
		when              string
		asked             bool
	}{
		{"the day before", "2026-01-31", "", "2026-01-30T12:00:00Z", true},
		{"its last moment", "2026-01-31", "", "2026-01-31T23:59:59.999999999Z", true},
		{"the first after it", "2026-01-31", "", "2026-02-01T00:00:00Z", false},
		{"a zone that is ahead", "2026-01-31", "Asia/Shanghai", "2026-01-31T15:59:59Z", true},
		{"a zone that is ahead, over", "2026-01-31", "Asia/Shanghai", "2026-01-31T16:00:00Z", false},
		{"a zone that is behind", "2026-01-31", "America/New_York", "2026-02-01T04:59:59Z", true},
		{"a zone that is behind, over", "2026-01-31", "America/New_York", "2026-02-01T05:00:00Z", false},
		{"the day on which clocks change", "2026-03-29", "Europe/Berlin", "2026-03-29T21:59:59Z", true},
		{"the day on which clocks change, over", "2026-03-29", "Europe/Berlin", "2026-03-29T22:00:00Z", false},
		{"the last of a year", "2026-12-31", "", "2027-01-01T00:00:00Z", false},
		{"a leap day", "2028-02-29", "", "2028-02-29T23:00:00Z", true},
		{"before a time", "2026-01-31T18:30:00+08:00", "", "2026-01-31T10:29:59Z", true},
		{"at a time", "2026-01-31T18:30:00+08:00", "", "2026-01-31T10:30:00Z", false},
		{"no end", "", "", "2999-01-01T00:00:00Z", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := mustCompile(t, rules(Rule{Name: "r", Match: &isLeckie, Action: Refuse, Until: tt.until, Zone: tt.zone}))
			d := p.Decide(t.Context(), Creation{Operator: "leckie", At: at(tt.when)}, nil, false)
			if got := d.Rule == "r"; got != tt.asked {
				t.Errorf("decides = %v, want %v", got, tt.asked)
			}
			if tt.asked && d.Detail != "leckie" {
				t.Errorf("detail %q, want leckie alone", d.Detail)
			}
		})
	}
}

// What is over takes no unit of its quota, and would refuse nothing on trial.
func TestUntilIsPassedOver(t *testing.T) {
	over := func(r Rule) Rule { r.Until = "2026-01-31"; return r }
	p := mustCompile(t, rules(
		over(Rule{Name: "tried", Action: Refuse, Mode: DryRun}), over(Rule{Name: "watched", Action: Flag}), over(quotaRule(Quota{Limit: 1, Window: hour})),
	))
	c, cr := &counter{}, by("a", "", "1")
	cr.At = at("2026-02-01T00:00:00Z")
	if diff := cmp.Diff(Decision{Allowed: true}, p.Decide(t.Context(), cr, c, false)); diff != "" || c.asked != nil {
		t.Errorf("the counter was asked %q, -want +got:\n%s", c.asked, diff)
	}
}

func TestUntilProblems(t *testing.T) {
	const tail = " is neither a date such as 2026-01-31 nor a time such as 2026-01-31T18:30:00Z"
	tests := []struct {
		until, zone string
		want        []string
	}{
		{"2026-01-31", "", nil},
		{"2026-01-31", "Asia/Shanghai", nil},
		{"2026-01-31T18:30:00Z", "", nil},
		{"2026-02-30", "", []string{`rules[0].until | until: "2026-02-30"` + tail}},
		{"31.01.2026", "", []string{`rules[0].until | until: "31.01.2026"` + tail}},
		{"2026-01-31 18:30", "", []string{`rules[0].until | until: "2026-01-31 18:30"` + tail}},
		{"2026-01-31T18:30:00", "", []string{`rules[0].until | until: "2026-01-31T18:30:00"` + tail}},
		{"tomorrow", "", []string{`rules[0].until | until: "tomorrow"` + tail}},
		{"", "UTC", []string{"rules[0].zone | zone: modifies until, which is not here"}},
		{"2026-01-31", "Local", []string{`rules[0].zone | zone: "Local" is not a time zone such as Asia/Shanghai`}},
		{"2026-01-31", "Beijing", []string{`rules[0].zone | zone: "Beijing" is not a time zone such as Asia/Shanghai`}},
	}
	for _, tt := range tests {
		_, problems, warnings := Compile(rules(Rule{Name: "r", Action: Refuse, Until: tt.until, Zone: tt.zone}))
		if !cmp.Equal(tt.want, lines(problems)) || warnings != nil {
			t.Errorf("%s %s: problems %q, want %q; warnings %q", tt.until, tt.zone, lines(problems), tt.want, lines(warnings))
		}
	}
	_, _, warnings := Compile(rules(Rule{Name: "r", Action: Refuse, Until: "2026-01-31T18:30:00Z", Zone: "Asia/Shanghai"}))
	want := []string{"rules[0].zone | zone: means nothing beside a time, which has a zone of its own; leave it out"}
	if diff := cmp.Diff(want, lines(warnings)); diff != "" {
		t.Errorf("a zone beside a time: -want +got:\n%s", diff)
	}
}

// The rules that are over are told, whatever they do.
func TestUntilWarnings(t *testing.T) {
	spec := rules(
		Rule{Name: "past", Match: &isLeckie, Action: Refuse, Until: "2026-01-31", Zone: "Asia/Shanghai"},
		Rule{Name: "future", Match: &isLeckie, Action: Allow, Until: "2026-02-01"},
		Rule{Name: "moment", Action: Flag, Until: "2026-01-31T16:00:00Z"},
		Rule{Name: "wrong", Action: Flag, Until: "2026-01-32"},
		Rule{Name: "no-end", Action: Refuse},
	)
	const tail = " has passed: the rule is not asked any more; remove the rule, or write a later end"
	want := []string{"rules[0].until | until: 2026-01-31" + tail, "rules[2].until | until: 2026-01-31T16:00:00Z" + tail}
	if diff := cmp.Diff(want, lines(WarningsAt(spec, at("2026-01-31T16:00:00Z")))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := WarningsAt(spec, at("2026-01-31T15:59:59Z")); got != nil {
		t.Errorf("a second before: %q", lines(got))
	}
}

// An end is part of what a policy does, why it is there is not.
func TestUntilDigest(t *testing.T) {
	rule := func(until, zone, note string) string {
		return Digest(rules(Rule{Name: "r", Action: Refuse, Until: until, Zone: zone, Note: note}))
	}
	if rule("2026-01-31", "", "") != rule("2026-01-31", "UTC", "legal asked") {
		t.Error("the zone's default or a note changes the digest")
	}
	seen := map[string]bool{}
	for _, digest := range []string{rule("", "", ""), rule("2026-01-31", "", ""), rule("2026-02-01", "", ""), rule("2026-01-31", "Asia/Shanghai", ""), rule("2026-01-31T00:00:00Z", "", "")} {
		if seen[digest] {
			t.Error("two ends have one digest")
		}
		seen[digest] = true
	}
	spec := rules(Rule{Name: "r", Action: Refuse, Note: "kept"})
	if Digest(spec); spec.Rules[0].Note != "kept" || spec.WithDefaults().Rules[0].Note != "kept" {
		t.Error("the note is lost")
	}
}

// Explain says of a rule that is over when it ended, and that its conditions hold.
func TestUntilExplained(t *testing.T) {
	p := mustCompile(t, rules(Rule{Name: "r", Match: &isLeckie, Action: Refuse, Until: "2026-01-31", Zone: "Asia/Shanghai"}))
	for when, want := range map[string]Step{
		"2026-01-31T12:00:00Z": {Rule: "r", Action: Refuse, Mode: Enforce, Matched: true, Decides: true, Conditions: []Finding{{"until", true, ""}, {"operator in", true, "leckie"}}},
		"2026-01-31T16:00:00Z": {Rule: "r", Action: Refuse, Mode: Enforce, Conditions: []Finding{{"until", false, "it ended at 2026-02-01T00:00:00+08:00"}, {"operator in", true, "leckie"}}},
	} {
		steps, _ := p.Explain(t.Context(), Creation{Operator: "leckie", At: at(when)}, nil, false)
		if diff := cmp.Diff([]Step{want}, steps); diff != "" {
			t.Errorf("at %s: -want +got:\n%s", when, diff)
		}
	}
}
