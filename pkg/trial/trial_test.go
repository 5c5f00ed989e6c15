package trial

import (
	"slices"
	"strings"
	"testing"

	"topicgate/pkg/config"
	"topicgate/pkg/policy"
	"topicgate/pkg/policyfile"
)

func loaded(t *testing.T, text string, environ ...string) *config.Config {
	t.Helper()
	c := config.Load(append(environ, "TOPICGATE_POLICY="+text), config.Options{Offline: true})
	if c.Broken() {
		t.Fatal(policy.Texts(c.Problems))
	}
	return c
}

func TestExplain(t *testing.T) {
	c := loaded(t, "rules: [{name: mods, match: {operator: {in: ['mod-*']}}, action: allow}, {name: words, match: {name: {contains: [casino]}}, action: refuse, code: 10102}, {name: once, quota: {limit: 1, window: 1h}, action: refuse}]")
	asked := policy.Creation{Subject: policy.Topic, Name: "Casino", Operator: Operator}
	for range 2 { // quotas are fresh each time
		e := Explain(t.Context(), c, asked, Fresh())
		if e.Allowed() || e.Verdict != "refuse" || e.Code != 10102 || e.Rule != "words" || len(e.Rules) != 3 || !slices.Equal(e.Rules[1].Written, []string{"Casino"}) {
			t.Errorf("got %+v", e)
		}
	}
	for range 2 {
		asked.Name = "hello"
		if e := Explain(t.Context(), c, asked, Fresh()); !e.Allowed() || e.Rule != "" {
			t.Errorf("got %+v", e)
		}
	}
	asked.Name = strings.Repeat("x", policy.MaxName+1)
	if e := Explain(t.Context(), c, asked, Fresh()); e.Allowed() || e.Reason != "too_long" || e.Rules == nil || len(e.Rules) != 0 {
		t.Errorf("got %+v", e)
	}
	if App(c) != AnyApp || App(loaded(t, "version: 1", "TOPICGATE_SDK_APP_IDS=1400000009")) != "1400000009" {
		t.Error("another app")
	}
}

func TestCase(t *testing.T) {
	c := loaded(t, "rules: [{name: once, quota: {limit: 1, window: 1h}, action: refuse}, {name: night, match: {time: {between: '23:00-07:00'}}, action: refuse}]")
	cases, problems := policyfile.LoadCases(`cases:
- {name: a, want: allow}
- {name: a, used: {once: 1}, want: {rule: once}}
- {name: a, used: {twice: 1}, want: allow}
- {name: a, at: 2026-01-01T23:30:00Z, want: allow}
`, "cases.yaml")
	if problems != nil {
		t.Fatal(problems)
	}
	var missed []string
	for i := range cases {
		missed = append(missed, strings.Join(Case(t.Context(), c, &cases[i], policyfile.CasesTime), "; "))
	}
	missed[2], _, _ = strings.Cut(missed[2], ";") // what was meant is the policy's to say
	if want := []string{"", "", `used: there is no rule "twice" with a quota`, "got refuse (rule night), want allow"}; !slices.Equal(missed, want) {
		t.Errorf("got %q", missed)
	}
}
