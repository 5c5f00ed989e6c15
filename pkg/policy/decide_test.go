package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDecide(t *testing.T) {
	var (
		staff   = Rule{Name: "staff", Match: &Match{Operator: in("admin")}, Action: Allow}
		spam    = Rule{Name: "spam", Match: &Match{Name: containing("spam").Name}, Action: Refuse}
		web     = Rule{Name: "web", Match: &likesWeb, Action: Refuse, Code: 10101, Message: Text{Default: "Not from {{operator}}."}}
		tryWeb  = Rule{Name: "try-web", Match: &likesWeb, Action: Refuse, Mode: DryRun}
		tryAll  = Rule{Name: "try-all", Action: Refuse, Mode: DryRun}
		tryWelc = Rule{Name: "try-welcome", Action: Allow, Mode: DryRun}
		closed  = Rule{Name: "closed", Action: Refuse}
	)
	tests := []struct {
		name string
		spec Spec
		cr   Creation
		want Decision
	}{
		{"no rules", Spec{}, Creation{}, Decision{Allowed: true}},
		{"no rules, refused by default", Spec{Default: Refuse}, Creation{}, Decision{Code: 1}},
		{"none matches", rules(staff, spam), named("ham"), Decision{Allowed: true}},
		{"a rule allows", rules(staff, closed), Creation{Operator: "admin"}, Decision{Allowed: true, Rule: "staff", Detail: "admin"}},
		{"a rule refuses", rules(staff, spam), named("spam"), Decision{Code: 1, Rule: "spam", Detail: "spam"}},
		{"the first that matches decides", rules(staff, spam), Creation{Operator: "admin", Name: "spam"}, Decision{Allowed: true, Rule: "staff", Detail: "admin"}},
		{"in the order written", rules(spam, staff), Creation{Operator: "admin", Name: "spam"}, Decision{Code: 1, Rule: "spam", Detail: "spam"}},
		{"a rule without a match", rules(staff, closed), Creation{Operator: "bob"}, Decision{Code: 1, Rule: "closed"}},
		{"its own code and message", rules(web), Creation{Platform: "Web", Operator: "bob"}, Decision{Code: 10101, Message: "Not from bob.", Rule: "web", Detail: "Web"}},

		{"a rule on trial goes on", rules(tryWeb, spam), Creation{Platform: "Web", Name: "ham"}, Decision{Allowed: true, Detail: "Web", WouldRefuse: []string{"try-web"}, WouldDetail: []string{"Web"}}},
		{"several on trial, in order", rules(tryAll, tryWeb, spam), Creation{Platform: "Web", Name: "spam"}, Decision{Code: 1, Rule: "spam", Detail: "spam", WouldRefuse: []string{"try-all", "try-web"}, WouldDetail: []string{"", "Web"}}},
		{"on trial behind what decides", rules(spam, tryAll), named("spam"), Decision{Code: 1, Rule: "spam", Detail: "spam"}},
		{"on trial, before an allowing rule", rules(tryAll, staff), Creation{Operator: "admin"}, Decision{Allowed: true, Rule: "staff", Detail: "admin", WouldRefuse: []string{"try-all"}, WouldDetail: []string{""}}},
		{"on trial, and it does not match", rules(tryWeb), Creation{Platform: "iOS"}, Decision{Allowed: true}},
		{"an allowing rule on trial refuses nothing", Spec{Default: Refuse, Rules: []Rule{tryWelc}}, Creation{}, Decision{Code: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := mustCompile(t, tt.spec)
			got := p.Decide(t.Context(), tt.cr, nil, false)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			// Without quotas a dry run decides the same: whose answer it is, is not the
			// policy's.
			if diff := cmp.Diff(got, p.Decide(t.Context(), tt.cr, nil, true)); diff != "" {
				t.Errorf("in a dry run -enforced +dry:\n%s", diff)
			}
		})
	}
}

// What a refusal says: the rule's own code and message, else the policy's, else what
// the kind of rule suggests.
func TestDecideRefusal(t *testing.T) {
	const sentence = "You are not allowed to create this. Ref 00000000"
	tests := []struct {
		name        string
		rule        Rule
		policy      Refusal
		wantCode    int
		wantMessage string
	}{
		{"nothing written", Rule{}, Refusal{}, 1, ""},
		{"the policy's code", Rule{}, Refusal{Code: 10150}, 10150, sentence},
		{"the policy's message", Rule{}, Refusal{Message: Text{Default: "No."}}, 10100, "No."},
		{"the policy's both", Rule{}, Refusal{Code: 10150, Message: Text{Default: "No."}}, 10150, "No."},
		{"the policy's code 1", Rule{}, Refusal{Code: 1}, 1, ""},
		{"the policy's code 1 and message", Rule{}, Refusal{Code: 1, Message: Text{Default: "No."}}, 1, "No."},
		{"the rule's code", Rule{Code: 10101}, Refusal{}, 10101, sentence},
		{"the rule's message", Rule{Message: Text{Default: "Never."}}, Refusal{}, 10100, "Never."},
		{"the rule's both", Rule{Code: 10101, Message: Text{Default: "Never."}}, Refusal{Code: 10150, Message: Text{Default: "No."}}, 10101, "Never."},
		{"the rule's code, the policy's message", Rule{Code: 10101}, Refusal{Code: 10150, Message: Text{Default: "No."}}, 10101, "No."},
		{"the rule's message, the policy's code", Rule{Message: Text{Default: "Never."}}, Refusal{Code: 10150, Message: Text{Default: "No."}}, 10150, "Never."},
		{"the rule's message, the policy's code 1", Rule{Message: Text{Default: "Never."}}, Refusal{Code: 1}, 1, "Never."},
		{"the rule's code 1", Rule{Code: 1}, Refusal{Code: 10150}, 1, ""},
		{"the rule's code 1, the policy's message", Rule{Code: 1}, Refusal{Message: Text{Default: "No."}}, 1, "No."},
		{"the least and the greatest", Rule{Code: 10200}, Refusal{Code: 10100}, 10200, sentence},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.rule.Name, tt.rule.Action, tt.rule.Match = "r", Refuse, &isLeckie
			d := mustCompile(t, Spec{Refusal: tt.policy, Rules: []Rule{tt.rule}}).Decide(t.Context(), Creation{Operator: "leckie"}, nil, false)
			if d.Code != tt.wantCode || d.Message != tt.wantMessage {
				t.Errorf("got %d, %q, want %d, %q", d.Code, d.Message, tt.wantCode, tt.wantMessage)
			}
		})
	}
}

// The default says the same as a rule that gives neither.
func TestDecideDefaultRefusal(t *testing.T) {
	tests := []struct {
		policy      Refusal
		wantCode    int
		wantMessage string
	}{
		{Refusal{}, 1, ""},
		{Refusal{Code: 10150}, 10150, "This cannot be created. Ref 00000000"},
		{Refusal{Message: Text{Default: "No, {{operator}}{{word}}."}}, 10100, "No, leckie."},
		{Refusal{Code: 1, Message: Text{Default: "No."}}, 1, "No."},
	}
	for _, tt := range tests {
		d := mustCompile(t, Spec{Default: Refuse, Refusal: tt.policy}).Decide(t.Context(), Creation{Operator: "leckie"}, nil, false)
		if d.Allowed || d.Code != tt.wantCode || d.Message != tt.wantMessage || d.Rule != "" {
			t.Errorf("%+v: got %+v, want %d, %q", tt.policy, d, tt.wantCode, tt.wantMessage)
		}
	}
}

func TestCounts(t *testing.T) {
	quota := quotaRule(Quota{Limit: 1, Window: hour})
	tests := []struct {
		name string
		spec Spec
		want bool
	}{
		{"no rules", Spec{}, false},
		{"no quota", rules(Rule{Name: "r", Action: Allow}), false},
		{"a quota at last", rules(Rule{Name: "r", Match: &isLeckie, Action: Allow}, quota), true},
	}
	for _, tt := range tests {
		p := mustCompile(t, tt.spec)
		if got := p.Counts(); got != tt.want {
			t.Errorf("%s: Counts() = %v, want %v", tt.name, got, tt.want)
		}
		if got, want := len(p.rules), len(tt.spec.Rules); got != want {
			t.Errorf("%s: Rules() = %d, want %d", tt.name, got, want)
		}
	}
}

// One compiled policy serves several counters, each with its own counts.
func TestCounters(t *testing.T) {
	p := mustCompile(t, rules(quotaRule(Quota{Limit: 1, Window: hour})))
	one, other := &counter{}, &counter{}
	cr := by("a", "", "1")
	for i, got := range []bool{
		p.Decide(t.Context(), cr, one, false).Allowed, p.Decide(t.Context(), cr, other, false).Allowed, p.Decide(t.Context(), cr, one, false).Allowed,
	} {
		if want := i < 2; got != want {
			t.Errorf("decision %d: allowed = %v, want %v", i, got, want)
		}
	}
}

// A rule on trial says what it matched; where nothing else decided, that is the detail.
func TestTriedDetail(t *testing.T) {
	tried, blocked := containing("spam"), containing("scam")
	short := onName(Name{LengthOutside: &Length{MinChars: 10}})
	p := mustCompile(t, Spec{Rules: []Rule{
		{Name: "a", Match: &tried, Action: Refuse, Mode: DryRun},
		{Name: "b", Match: &short, Action: Refuse, Mode: DryRun},
		{Name: "c", Action: Refuse, Match: &blocked},
	}})
	for name, want := range map[string]Decision{
		"spam":            {Allowed: true, Detail: "spam; 4 characters", WouldRefuse: []string{"a", "b"}, WouldDetail: []string{"spam", "4 characters"}},
		"spam and scam":   {Rule: "c", Code: 1, Detail: "scam", WouldRefuse: []string{"a"}, WouldDetail: []string{"spam"}},
		"neither of them": {Allowed: true},
	} {
		if diff := cmp.Diff(want, p.Decide(t.Context(), Creation{Name: name}, nil, false)); diff != "" {
			t.Errorf("%q: -want +got:\n%s", name, diff)
		}
	}
}
