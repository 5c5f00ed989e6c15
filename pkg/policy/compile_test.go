package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCompileProblems(t *testing.T) {
	const badCode = " means nothing to Chat; use 1 or 10100 to 10200"
	rule := func(r Rule) Spec { return rules(r) }
	tests := []struct {
		name string
		spec Spec
		want []string
	}{
		{"nothing written", Spec{}, nil},
		{"an older version", Spec{Version: -1}, []string{"version | version: -1 is not known; this topicgate speaks version 1"}},
		{"a newer version", Spec{Version: 2}, []string{"version | version: 2 is not known; this topicgate speaks version 1"}},
		{"both governed", Spec{Govern: []Subject{Group, Topic}}, nil},
		{"nothing governed", Spec{Govern: []Subject{}}, []string{"govern | govern: names nothing; write [topic], [group] or [topic, group]"}},
		{"unknown settings", Spec{Govern: []Subject{"topics", "Group"}, Mode: "dryrun", Default: "deny", OnError: "Allow"}, []string{
			`govern[0] | govern: "topics" is not one of topic, group`,
			`govern[1] | govern: "Group" is not one of topic, group`,
			`mode | mode: "dryrun" is not one of enforce, dry_run`,
			`default | default: "deny" is not one of allow, refuse`,
			`on_error | on_error: "Allow" is not one of allow, refuse`,
		}},
		{"the policy's code", Spec{Refusal: Refusal{Code: 2}}, []string{"refusal.code | code: 2" + badCode}},

		{"no name", rule(Rule{Action: Allow}), []string{"rules[0].name | name: is missing; every rule needs one, such as no-adverts"}},
		{"no action", rule(Rule{Name: "r"}), []string{"rules[0].action | action: is missing; write allow, refuse or flag"}},
		{"unknown action and mode", rule(Rule{Name: "r", Action: "deny", Mode: "off"}), []string{
			`rules[0].action | action: "deny" is not one of allow, refuse, flag`,
			`rules[0].mode | mode: "off" is not one of enforce, dry_run`,
		}},
		{"the same name", rules(Rule{Name: "r", Action: Allow, Mode: DryRun}, Rule{Name: "s", Match: &isLeckie, Action: Allow}, Rule{Name: "r", Action: Refuse}), []string{
			"rules[2].name | name: another rule above has this name; rename one of them",
		}},
		{"a code that allows", rule(Rule{Name: "r", Action: Allow, Code: 10100}), []string{"rules[0].action | code and message belong to a refusal; this rule allows"}},
		{"a message that allows", rule(Rule{Name: "r", Action: Allow, Message: Text{Default: "Welcome."}}), []string{"rules[0].action | code and message belong to a refusal; this rule allows"}},
		{"codes", rules(
			Rule{Name: "a", Action: Refuse, Mode: DryRun, Code: -1}, Rule{Name: "b", Action: Refuse, Mode: DryRun, Code: 10099},
			Rule{Name: "c", Action: Refuse, Mode: DryRun, Code: 10201}, Rule{Name: "d", Action: Refuse, Mode: DryRun, Code: 10016},
			Rule{Name: "e", Action: Refuse, Mode: DryRun, Code: 1}, Rule{Name: "f", Action: Refuse, Mode: DryRun, Code: 10100}, Rule{Name: "g", Action: Refuse, Code: 10200},
		), []string{
			"rules[0].code | code: -1" + badCode, "rules[1].code | code: 10099" + badCode, "rules[2].code | code: 10201" + badCode, "rules[3].code | code: 10016" + badCode,
		}},
		{"all at once", Spec{Version: 9, Mode: "x", Refusal: Refusal{Message: Text{Default: "{{x}}"}}, Rules: []Rule{
			{Match: &Match{Name: &Name{Matches: "("}}, Quota: &Quota{Window: hour}, Message: Text{Default: "{{limit}} {{y}}"}},
			{Name: "No", Match: &Match{}, Action: Refuse},
		}}, []string{
			"version | version: 9 is not known; this topicgate speaks version 1",
			`mode | mode: "x" is not one of enforce, dry_run`,
			"refusal.message | message: {{x}} is not known; use {{word}}, {{name}}, {{operator}}, {{ref}} or, beside a quota, {{limit}}",
			"rules[0].name | name: is missing; every rule needs one, such as no-adverts",
			"rules[0].action | action: is missing; write allow, refuse or flag",
			"rules[0].match.name.matches | matches: \"(\" is not a regular expression: error parsing regexp: missing closing ): `(`",
			"rules[0].quota.limit | limit: 0 is not a positive number of creations",
			"rules[0].message | message: {{y}} is not known; use {{word}}, {{name}}, {{operator}}, {{ref}} or, beside a quota, {{limit}}",
			`rules[1].name | name: "No" is not kebab-case; use lower-case letters, digits and single hyphens`,
			"rules[1].match | match: is empty; leave it out to match everything",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, problems, _ := Compile(tt.spec)
			if diff := cmp.Diff(tt.want, lines(problems)); diff != "" {
				t.Errorf("problems -want +got:\n%s", diff)
			}
			if got, want := p != nil, len(tt.want) == 0; got != want {
				t.Errorf("there is a policy: %v, want %v", got, want)
			}
		})
	}
}

func TestCompileRuleNames(t *testing.T) {
	good := []string{"r", "7", "no-adverts", "a-b-c", "banned-words-2", "0-0"}
	bad := []string{"R", "noAdverts", "no_adverts", "no adverts", "-a", "a-", "a--b", "-", "ä", "a.b", "a\n", "a\u200Bb", "ａ", "广告", "\x00", "\xff"}
	for i, names := range [][]string{good, bad} {
		for _, name := range names {
			_, problems, _ := Compile(rules(Rule{Name: name, Action: Allow}))
			if got, want := len(problems), i; got != want {
				t.Errorf("%q: %d problems, want %d: %v", name, got, want, problems)
			}
		}
	}
}

func TestCompileWarnings(t *testing.T) {
	always := Rule{Name: "always", Action: Refuse}
	tried := Rule{Name: "tried", Action: Refuse, Mode: DryRun}
	one := Rule{Name: "one", Match: &isLeckie, Action: Refuse}
	two := Rule{Name: "two", Match: &isMallory, Action: Refuse}
	const code1 = "code: 1 is written with a message, which may not reach the user; use 10100 to 10200"
	tests := []struct {
		name string
		spec Spec
		want []string
	}{
		{"a rule for everything at the end", rules(one, two, always), nil},
		{"rules behind it", rules(always, one, two), []string{
			`rules[1].name | is never reached: rule "always" before it matches everything`,
			`rules[2].name | is never reached: rule "always" before it matches everything`,
		}},
		{"one behind it", rules(one, always, two), []string{`rules[2].name | is never reached: rule "always" before it matches everything`}},
		{"two of them", rules(always, Rule{Name: "again", Action: Allow}, one), []string{
			`rules[1].name | is never reached: rule "always" before it matches everything`,
			`rules[2].name | is never reached: rule "always" before it matches everything`,
		}},
		{"rules on trial behind it", rules(always, tried), []string{`rules[1].name | is never reached: rule "always" before it matches everything`}},
		{"on trial it decides nothing", rules(tried, one), nil},
		{"in a policy on trial it does", Spec{Mode: DryRun, Rules: []Rule{always, one}}, []string{`rules[1].name | is never reached: rule "always" before it matches everything`}},
		// A quota lets some pass, and yet it should be asked last.
		{"a quota before a rule", rules(quotaRule(Quota{Limit: 1, Window: hour}), one, two), []string{
			`rules[0].quota | quota: stands before rule "one", which costs nothing; put it after`,
		}},
		{"a quota behind the rules", rules(one, two, quotaRule(Quota{Limit: 1, Window: hour})), nil},
		// Nothing subtler is attempted.
		{"a match of everything", rules(Rule{Name: "all", Match: &Match{Operator: in("*")}, Action: Refuse}, one), nil},

		{"code 1 with a message", rules(Rule{Name: "r", Action: Refuse, Code: 1, Message: Text{Default: "No."}}), []string{"rules[0].code | " + code1}},
		{"code 1 with a message, for all", Spec{Refusal: Refusal{Code: 1, Message: Text{Default: "No."}}}, []string{"refusal.code | " + code1}},
		{"code 1 alone", rules(Rule{Name: "r", Action: Refuse, Code: 1}), nil},
		{"a message alone", rules(Rule{Name: "r", Action: Refuse, Message: Text{Default: "No."}}), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, problems, warnings := Compile(tt.spec)
			if p == nil || problems != nil {
				t.Errorf("problems %v, want a policy", problems)
			}
			if diff := cmp.Diff(tt.want, lines(warnings)); diff != "" {
				t.Errorf("warnings -want +got:\n%s", diff)
			}
		})
	}
}

// Warnings are told beside problems: all is put right in one go.
func TestCompileWarningsBesideProblems(t *testing.T) {
	_, problems, warnings := Compile(Spec{Mode: "x", Rules: []Rule{{Name: "a", Action: Allow}, {Name: "b", Action: Allow}}})
	if len(problems) != 1 || len(warnings) != 1 {
		t.Errorf("problems %v and warnings %v, want one of each", problems, warnings)
	}
}

func TestProblemString(t *testing.T) {
	tests := []struct {
		problem Problem
		want    string
	}{
		{Problem{Path: PathOf("mode"), Key: "mode", What: "is wrong"}, "mode: is wrong"},
		{Problem{Rule: "r", Path: PathOf("rules").Item(0).Key("code"), Key: "code", What: "is wrong"}, `rule "r": code: is wrong`},
		{Problem{Rule: "a\nb", Key: "name", What: "is wrong"}, `rule "a\nb": name: is wrong`},
	}
	for _, tt := range tests {
		if got := tt.problem.String(); got != tt.want {
			t.Errorf("String of %+v = %s, want %s", tt.problem, got, tt.want)
		}
	}
}
