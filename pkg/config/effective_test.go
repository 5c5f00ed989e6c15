package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"topicgate/pkg/policy"
)

// The documented order is the order in which rules are asked.
func TestRuleOrder(t *testing.T) {
	all := []string{
		"QUOTA=5/1h", "RESERVED_NAMES=a", "EXEMPT_WORDS=aa", "BANNED_WORDS=a", "NAME_PATTERN=a", "NAME_MAX_BYTES=9", "NAME_MAX_CHARS=9", "NAME_MIN_CHARS=1",
		"ALLOWED_CLIENT_IPS=::1", "BLOCKED_CLIENT_IPS=::1", "ALLOWED_PLATFORMS=a", "ALLOWED_OPERATORS=a", "BLOCKED_OPERATORS=a", "TRUSTED_PLATFORMS=a", "TRUSTED_OPERATORS=a",
	}
	const (
		staff    = "{name: staff, match: {operator: {in: [a]}}, action: allow}"
		trial    = "{name: trial, match: {name: {contains: [x]}}, action: refuse, mode: dry_run}"
		spam     = "{name: spam, match: {name: {contains: [y]}}, action: refuse}"
		partners = "{name: partners, match: {operator: {in: [b]}}, action: allow}"
		flood    = "{name: flood, quota: {limit: 1, window: 1h}, action: refuse}"
	)
	refusing := []string{"allowed-operators", "allowed-platforms", "allowed-client-ips", "name-length", "name-pattern", "banned-words", "reserved-names"}
	tests := []struct {
		name, policy  string
		before, after []string // the variables' refusing rules, of the file's
	}{
		{"no file", "", nil, nil},
		{"a file that refuses", "rules: [" + spam + "]", nil, []string{"spam"}},
		{"a file that allows", "rules: [" + staff + ", " + partners + "]", []string{"staff", "partners"}, nil},
		{"allowing before refusing", "rules: [" + staff + ", " + spam + ", " + partners + "]", []string{"staff"}, []string{"spam", "partners"}},
		{"a dry run refuses nobody", "rules: [" + trial + ", " + staff + ", " + spam + "]", []string{"trial", "staff"}, []string{"spam"}},
		{"it is the rule's own mode that counts", "mode: dry_run\nrules: [" + staff + ", " + spam + "]", []string{"staff"}, []string{"spam"}},
		{"a quota refuses", "rules: [" + staff + ", " + flood + ", " + partners + "]", []string{"staff"}, []string{"flood", "partners"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Load(with(append(all, "POLICY="+tt.policy)...), Options{})
			if c.Broken() {
				t.Fatalf("problems %q", c.Problems)
			}
			want := []string{"blocked-operators", "blocked-client-ips", "trusted-operators", "trusted-platforms"}
			want = append(append(append(append(want, tt.before...), refusing...), tt.after...), "quota")
			if diff := cmp.Diff(want, ruleNames(c)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func ruleNames(c *Config) []string {
	var names []string
	for _, r := range c.Spec.Rules {
		names = append(names, r.Name)
	}
	return names
}

// Staff whom the policy trusts stay trusted when somebody bans a word in a hurry.
func TestVariableInAnEmergency(t *testing.T) {
	const file = "POLICY=rules: [{name: staff, match: {operator: {in: [administrator]}}, action: allow}, {name: name-length, match: {name: {length_outside: {max_chars: 30}}}, action: refuse}]"
	c := Load(with(file, "BANNED_WORDS=spam", "NAME_MAX_CHARS=10", "BLOCKED_OPERATORS=bob"), Options{})
	if c.Broken() {
		t.Fatalf("problems %q", c.Problems)
	}
	for _, tt := range []struct{ operator, name, rule string }{
		{"administrator", "spam", "staff"},
		{"leckie", "spam", "banned-words"},
		{"leckie", "eleven char", "name-length-variable"},
		{"leckie", "fine", ""},
		{"bob", "fine", "blocked-operators"},
	} {
		if got := c.Policy.Decide(t.Context(), policy.Creation{Operator: tt.operator, Name: tt.name}, nil, false).Rule; got != tt.rule {
			t.Errorf("%q by %s: decided by %q, want %q", tt.name, tt.operator, got, tt.rule)
		}
	}
}

// Where the file has a rule of a variable's name both are asked, and a warning says so.
func TestRuleOfFileAndVariable(t *testing.T) {
	root := folder(t, map[string]string{"words": "spam", "policy.yaml": `rules:
  - {name: banned-words, match: {name: {contains: [apple, 微信]}}, action: refuse}
  - {name: quota, quota: {limit: 1, window: 1h}, action: refuse}
  - {name: quota-variable, match: {name: {contains: [quiz, 微信]}}, action: refuse}
  - {name: reserved-names, match: {name: {contains: [berry, 微信]}}, action: refuse}
  - {name: name-length, match: {name: {length_outside: {max_chars: 5}}}, action: refuse}
`})
	c := Load(append(with("BANNED_WORDS_FILE=words", "QUOTA=5/1h", "NAME_MAX_CHARS=20", "NAME_MIN_CHARS=9", "POLICY_FILE=policy.yaml"), "LAMBDA_TASK_ROOT="+root), Options{})
	if c.Broken() {
		t.Fatalf("problems %q", c.Problems)
	}
	wantWarnings := []string{
		`ROOT/policy.yaml:6 has a rule "name-length" too: TOPICGATE_NAME_MIN_CHARS: both are asked, this one as name-length-variable`,
		`ROOT/policy.yaml:2 has a rule "banned-words" too: TOPICGATE_BANNED_WORDS_FILE: both are asked, this one as banned-words-variable`,
		`ROOT/policy.yaml:3 has a rule "quota" too: TOPICGATE_QUOTA: both are asked, this one as quota-variable-2`,
		`ROOT/policy.yaml:3: rule "quota": quota: stands before rule "quota-variable", which costs nothing; put it after`,
	}
	if diff := cmp.Diff(wantWarnings, inRoot(root, policy.Texts(c.Warnings))); diff != "" {
		t.Errorf("warnings -want +got:\n%s", diff)
	}
	want := []string{"name-length-variable", "banned-words-variable", "banned-words", "quota", "quota-variable", "reserved-names", "name-length", "quota-variable-2"}
	if diff := cmp.Diff(want, ruleNames(c)); diff != "" {
		t.Errorf("rules -want +got:\n%s", diff)
	}
	// The bounds of both hold.
	r, ok := ruleOf("name-length-variable")(c).(policy.Rule)
	if !ok || *r.Match.Name.LengthOutside != (policy.Length{MinChars: 9, MaxChars: 20}) {
		t.Errorf("the variables' bounds are %+v", r)
	}
}

// What is wrong with either of two rules of one name is told where it is written.
func TestProblemsOfFileAndVariable(t *testing.T) {
	root := folder(t, map[string]string{"ids": "a\nb\\\n", "policy.yaml": `rules:
  - {name: blocked-operators, match: {operator: {in: ['c\']}}, action: refuse}
  - {name: reserved-names, match: {name: {}}, action: refuse}
`})
	c := Load(append(with("BLOCKED_OPERATORS_FILE=ids", "RESERVED_NAMES=,", "POLICY_FILE=policy.yaml"), "LAMBDA_TASK_ROOT="+root), Options{})
	want := []string{
		"the list is empty: TOPICGATE_RESERVED_NAMES: write at least one item, or unset it",
		"`b\\` ends in a backslash with nothing to escape: ROOT/ids:2: write \\\\ for a backslash",
		"ROOT/policy.yaml:2: rule \"blocked-operators\": in: `c\\` ends in a backslash with nothing to escape; write \\\\ for a backslash",
		`ROOT/policy.yaml:3: rule "reserved-names": name: has no condition`,
	}
	if diff := cmp.Diff(want, inRoot(root, policy.Texts(c.Problems))); diff != "" {
		t.Errorf("problems -want +got:\n%s", diff)
	}
}

// A quota of the file is not blamed for the variables' rules behind it, which nobody can
// put elsewhere; a rule that allows everybody is told of those that it makes idle.
func TestOrderWarnings(t *testing.T) {
	c := Load(with("BANNED_WORDS=spamming", "POLICY=rules: [{name: flood, quota: {limit: 1, window: 1h}, action: refuse, mode: dry_run}]"), Options{})
	if c.Broken() || c.Warnings != nil {
		t.Errorf("problems %q, warnings %q", c.Problems, c.Warnings)
	}
	c = Load(with("BANNED_WORDS=spamming", "POLICY=rules: [{name: all, action: allow}]"), Options{})
	want := []string{`is never reached: rule "all" before it matches everything: TOPICGATE_BANNED_WORDS`}
	if diff := cmp.Diff(want, policy.Texts(c.Warnings)); diff != "" {
		t.Errorf("warnings -want +got:\n%s", diff)
	}
}

// Every rule variable, set beside a policy that has a rule of its name, leaves a
// configuration that works.
func TestNoVariableBreaksAPolicy(t *testing.T) {
	values := map[string]string{"OPERATORS": "leckie", "CLIENT_IPS": "10.0.0.1", "PLATFORMS": "Web", "CHARS": "5", "BYTES": "5", "QUOTA": "5/1h"}
	for i := range variables {
		v := &variables[i]
		if v.rule == "" {
			continue
		}
		value := "微信"
		for suffix, other := range values {
			if strings.HasSuffix(v.name, suffix) {
				value = other
			}
		}
		c := Load(with("POLICY=rules: [{name: "+v.rule+", match: {name: {contains: [spam]}}, action: refuse}]", v.name+"="+value), Options{})
		if c.Broken() || len(c.Warnings) != 1 {
			t.Errorf("%s: problems %q, warnings %q", v.name, c.Problems, c.Warnings)
			continue
		}
		d := c.Policy.Decide(t.Context(), policy.Creation{Name: "spam", Platform: "Web", Operator: "leckie", ClientIP: "10.0.0.1"}, nil, false)
		if d.Allowed == !strings.HasPrefix(v.name, "TRUSTED") {
			t.Errorf("%s: %q decides", v.name, d.Rule)
		}
	}
}

// The variable wins over the policy's freeze, either way.
func TestFreezeOfFileAndVariable(t *testing.T) {
	const forever, past = "freeze: true", "freeze: 2020-01-31T18:30:00Z"
	for _, tt := range []struct {
		policy, variable string
		want             policy.Freeze
	}{
		{"", "", ""}, {"", "on", policy.Frozen}, {"", "off", ""}, {forever, "", policy.Frozen}, {forever, "off", ""}, {forever, "no", ""},
		{"freeze: false", "on", policy.Frozen}, {past, "", "2020-01-31T18:30:00Z"}, {past, "on", policy.Frozen}, {forever, "2999-01-31T18:30:00Z", "2999-01-31T18:30:00Z"},
	} {
		c := Load(with("POLICY="+tt.policy, "FREEZE="+tt.variable), Options{})
		if c.Broken() || c.Spec.Freeze != tt.want {
			t.Errorf("%q and FREEZE=%s: freeze %q, want %q; problems %q", tt.policy, tt.variable, c.Spec.Freeze, tt.want, c.Problems)
		}
	}
}

// What only flags stands where the file has it: before what a variable refuses, if it is
// before what the file refuses.
func TestFlagsAreNoRefusals(t *testing.T) {
	c := Load(with("POLICY=rules: [{name: watched, action: flag}, {name: staff, match: {operator: {in: [a]}}, action: allow}, {name: spam, match: {name: {contains: [y]}}, action: refuse}]", "BANNED_WORDS=x"), Options{})
	if diff := cmp.Diff([]string{"watched", "staff", "banned-words", "spam"}, ruleNames(c)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
