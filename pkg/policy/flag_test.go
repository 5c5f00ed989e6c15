package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A rule that flags marks, and decides nothing: those behind it do, or the default.
func TestFlag(t *testing.T) {
	var (
		watched = Rule{Name: "watched", Match: &Match{Name: containing("acme").Name}, Action: Flag}
		seen    = Rule{Name: "seen", Action: Flag}
		staff   = Rule{Name: "staff", Match: &Match{Operator: in("admin")}, Action: Allow}
		spam    = Rule{Name: "spam", Match: &Match{Name: containing("spam").Name}, Action: Refuse}
		trySpam = Rule{Name: "try-spam", Match: &Match{Name: containing("spam").Name}, Action: Refuse, Mode: DryRun}
	)
	tests := []struct {
		name string
		spec Spec
		cr   Creation
		want Decision
	}{
		{"it matches", rules(watched), named("acme"), Decision{Allowed: true, Flags: []string{"watched"}}},
		{"it does not", rules(watched), named("ham"), Decision{Allowed: true}},
		{"the default refuses", Spec{Default: Refuse, Rules: []Rule{watched}}, named("acme"), Decision{Code: 1, Flags: []string{"watched"}}},
		{"two, and a rule that refuses", rules(watched, seen, spam), named("acme spam"), Decision{Code: 1, Rule: "spam", Detail: "spam", Flags: []string{"watched", "seen"}}},
		{"a rule that allows", rules(seen, staff), Creation{Operator: "admin"}, Decision{Allowed: true, Rule: "staff", Detail: "admin", Flags: []string{"seen"}}},
		{"behind what decides", rules(spam, seen), named("spam"), Decision{Code: 1, Rule: "spam", Detail: "spam"}},
		{"beside a trial", rules(seen, trySpam), named("spam"), Decision{Allowed: true, Detail: "spam", WouldRefuse: []string{"try-spam"}, WouldDetail: []string{"spam"}, Flags: []string{"seen"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, dryRun := range []bool{false, true} {
				if diff := cmp.Diff(tt.want, mustCompile(t, tt.spec).Decide(t.Context(), tt.cr, nil, dryRun)); diff != "" {
					t.Errorf("dry run %v: -want +got:\n%s", dryRun, diff)
				}
			}
		})
	}
}

func TestFlagProblems(t *testing.T) {
	flag := Rule{Name: "r", Match: &isLeckie, Action: Flag}
	changed := func(change func(*Rule)) Spec { r := flag; change(&r); return rules(r) }
	const refusals = "rules[0].action | code and message belong to a refusal; this rule flags"
	tests := []struct {
		name string
		spec Spec
		want []string
	}{
		{"nothing else", rules(flag), nil},
		{"a mode that is the default", changed(func(r *Rule) { r.Mode = Enforce }), nil},
		{"a code", changed(func(r *Rule) { r.Code = 10100 }), []string{refusals}},
		{"a message", changed(func(r *Rule) { r.Message.Default = "Hm." }), []string{refusals}},
		{"a quota", changed(func(r *Rule) { r.Quota = &Quota{Limit: 1, Window: hour} }), []string{"rules[0].quota | quota: belongs to a rule that refuses; this one flags"}},
		{"on trial", changed(func(r *Rule) { r.Mode = DryRun }), []string{"rules[0].mode | mode: dry_run means nothing to a rule that flags, which refuses nobody; leave it out"}},
		{"a default", Spec{Default: Flag}, []string{`default | default: "flag" is not one of allow, refuse`}},
		{"on_error", Spec{OnError: Flag}, []string{`on_error | on_error: "flag" is not one of allow, refuse`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, problems, _ := Compile(tt.spec)
			if diff := cmp.Diff(tt.want, lines(problems)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// What is behind a rule that flags everything, or that has an end, is reached; a quota
// does not count too early for what only flags.
func TestFlagWarnings(t *testing.T) {
	one := Rule{Name: "one", Match: &isLeckie, Action: Refuse}
	all := Rule{Name: "all", Action: Flag}
	ends := Rule{Name: "ends", Action: Refuse, Until: "2099-01-31"}
	quota := quotaRule(Quota{Limit: 1, Window: hour})
	for name, spec := range map[string]Spec{
		"flags":                        rules(all, one),
		"ends":                         rules(ends, one),
		"a quota before flags":         rules(quota, all),
		"a quota before flags, quotas": rules(quota, all, Rule{Name: "more", Quota: quota.Quota, Action: Refuse}),
	} {
		if _, problems, warnings := Compile(spec); problems != nil || warnings != nil {
			t.Errorf("%s: problems %q, warnings %q", name, lines(problems), lines(warnings))
		}
	}
	_, _, warnings := Compile(rules(Rule{Name: "always", Action: Refuse}, all))
	if diff := cmp.Diff([]string{`rules[1].name | is never reached: rule "always" before it matches everything`}, lines(warnings)); diff != "" {
		t.Errorf("flags behind everything: -want +got:\n%s", diff)
	}
	_, _, warnings = Compile(rules(quota, all, one))
	if diff := cmp.Diff([]string{`rules[0].quota | quota: stands before rule "one", which costs nothing; put it after`}, lines(warnings)); diff != "" {
		t.Errorf("a quota before flags and a rule: -want +got:\n%s", diff)
	}
}
