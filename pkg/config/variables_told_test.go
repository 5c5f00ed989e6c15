package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"topicgate/pkg/policy"
)

// TestVariablesAreWhole fails when a variable has no good value or no bad one above.
func TestVariablesAreWhole(t *testing.T) {
	hasGood, hasBad := map[string]bool{}, map[string]bool{"LOG_KEY": true} // any text is a key
	for _, tt := range good {
		hasGood[tt.variable] = hasGood[tt.variable] || tt.value != ""
	}
	for _, tt := range bad {
		hasBad[tt.variable] = true
	}
	for _, doc := range Docs() {
		name := strings.TrimPrefix(doc.Name, Prefix)
		if !hasGood[name] {
			t.Errorf("%s has no good value", name)
		}
		if !hasBad[name] {
			t.Errorf("%s has no bad value", name)
		}
	}
}

func TestWarnings(t *testing.T) {
	tests := []struct {
		name    string
		environ []string
		want    []string
	}{
		{"usual", usual, nil},
		{"no tokens", usual[:1], []string{"signatures are not checked: TOPICGATE_TOKENS: set it to the callback authentication token of the Chat console"}},
		{"tokens set to nothing", with("TOKENS= "), []string{"signatures are not checked: TOPICGATE_TOKENS: set it to the callback authentication token of the Chat console"}},
		{"code 1 with a message", with("REFUSE_CODE=1", "REFUSE_MESSAGE=No."), []string{"1 is written with a message, which may not reach the user: TOPICGATE_REFUSE_CODE: use 10100 to 10200"}},
		{"frozen", with("FREEZE=on", "TRUSTED_PLATFORMS=restapi"), nil},
		{"frozen, and nothing is allowed", with("FREEZE=on", "TRUSTED_OPERATORS=a"), []string{"no rule allows RESTAPI, so that your back end creates nothing either: TOPICGATE_FREEZE: add a rule that allows platform: {in: [RESTAPI]}, unless that is meant"}},
		{"frozen in dry run", with("FREEZE=2999-01-31T18:30:00Z", "MODE=dry_run", "TRUSTED_PLATFORMS=RESTAPI"), []string{"refuses nothing, for the policy is in dry run: TOPICGATE_FREEZE: set the mode to enforce"}},
		{"a freeze that is over", with("FREEZE=2020-01-31T18:30:00Z"), []string{"ended at 2020-01-31T18:30:00Z: TOPICGATE_FREEZE: remove it, or write a later time"}},
		{"not frozen any more", with("FREEZE=off", "POLICY=freeze: true"), nil},
		{"a policy that is frozen", with("POLICY=mode: enforce\nfreeze: true"), []string{"TOPICGATE_POLICY:2: freeze: no rule allows RESTAPI, so that your back end creates nothing either; add a rule that allows platform: {in: [RESTAPI]}, unless that is meant"}},
		{"a policy that allows everything while frozen", with("FREEZE=on", "POLICY=rules: [{name: all, action: allow}]"), []string{`TOPICGATE_POLICY:1: rule "all": allows everything, so that the freeze refuses nothing; give it a match, or remove it while frozen`}},
		{"a rule that is over", with("POLICY=rules:\n- name: old\n  action: refuse\n  until: 2020-01-31"), []string{`TOPICGATE_POLICY:4: rule "old": until: 2020-01-31 has passed: the rule is not asked any more; remove the rule, or write a later end`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Load(tt.environ, Options{})
			if diff := cmp.Diff(tt.want, policy.Texts(c.Warnings)); diff != "" {
				t.Errorf("warnings -want +got:\n%s", diff)
			}
			if c.Broken() {
				t.Errorf("problems %q", c.Problems)
			}
		})
	}
}

// Docs is what the reference is held against.
func TestDocs(t *testing.T) {
	docs := Docs()
	if len(docs) != len(variables) {
		t.Fatalf("%d docs, want %d", len(docs), len(variables))
	}
	for _, doc := range docs {
		if !strings.HasPrefix(doc.Name, Prefix) || doc.Meaning == "" {
			t.Errorf("%+v lacks its prefix or its meaning", doc)
		}
	}
	if got, want := docs[0], (Doc{Name: "TOPICGATE_SDK_APP_IDS", File: true, Meaning: "the SDKAppIDs that are served; required"}); got != want {
		t.Errorf("the first is %+v, want %+v", got, want)
	}
}

// A pattern is of the whole name, whatever is in it.
func TestNamePatternIsOfTheWholeName(t *testing.T) {
	tests := []struct {
		pattern, name string
		allowed       bool
	}{
		{"[a-z]+", "guild", true},
		{"[a-z]+", "guild 7", false},
		{"a|b", "ab", false},
		{"(?m)^[a-z]+$", "guild\nBUY", false},
		{"(?i)guild", "GUILD", true},
		{"a$", "a\n", false},
		{`\Qa.b`, "a.b", true}, // quoted to the end: the anchors are not part of it
		{`\Qa.b`, "axb", false},
		{`\Qa.b`, "a.bc", false},
		{".*", "", true},
	}
	for _, tt := range tests {
		c := Load(with("NAME_PATTERN="+tt.pattern), Options{})
		if c.Broken() {
			t.Errorf("%q: problems %q", tt.pattern, c.Problems)
			continue
		}
		if got := c.Policy.Decide(t.Context(), policy.Creation{Name: tt.name}, nil, false).Allowed; got != tt.allowed {
			t.Errorf("%q: %q is allowed: %v, want %v", tt.pattern, tt.name, got, tt.allowed)
		}
	}
}
