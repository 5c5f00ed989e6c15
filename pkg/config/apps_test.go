package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"topicgate/pkg/policy"
)

func TestTokensFor(t *testing.T) {
	const apps = "SDK_APP_IDS=1400000000,1400000001"
	tests := []struct {
		name, tokens string
		first, other []string // of the two apps
		warnings     []string
	}{
		{"plain", "a,b", []string{"a", "b"}, []string{"a", "b"}, nil},
		{"one of an app", "a,1400000001:b", []string{"a"}, []string{"b"}, nil},
		{"two of an app", "1400000001:b\na\n1400000001: c ", []string{"a"}, []string{"b", "c"}, nil},
		{"a colon in a token", "a:b,1400000001:c:d,12ab:e", []string{"a:b", "12ab:e"}, []string{"c:d"}, nil},
		{"an app without any", "1400000001:b", nil, []string{"b"}, []string{
			"signatures of app 1400000000 are not checked: TOPICGATE_TOKENS: add a token for it, as 1400000000:TOKEN",
		}},
		{"an app that is not served", "a,140000000:b,77:c", []string{"a"}, []string{"a"}, []string{
			"a token is for app 140000000, which is not served: TOPICGATE_TOKENS: did you mean 1400000000?",
			"a token is for app 77, which is not served: TOPICGATE_TOKENS: write 1400000000 or 1400000001",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Load(with(apps, "TOKENS="+tt.tokens), Options{})
			if c.Broken() {
				t.Fatalf("problems %q", c.Problems)
			}
			if diff := cmp.Diff(tt.first, c.TokensFor("1400000000")); diff != "" {
				t.Errorf("of the first -want +got:\n%s", diff)
			}
			if diff := cmp.Diff(tt.other, c.TokensFor("1400000001")); diff != "" {
				t.Errorf("of the other -want +got:\n%s", diff)
			}
			if diff := cmp.Diff(tt.warnings, policy.Texts(c.Warnings)); diff != "" {
				t.Errorf("warnings -want +got:\n%s", diff)
			}
		})
	}
}

// TestTokensForAnyApp: of apps that are not served, too, and of one whose own are none.
func TestTokensForAnyApp(t *testing.T) {
	c := &Config{Tokens: []string{"a", "b"}, AppTokens: map[string][]string{"2": {"c"}, "3": nil}}
	for app, want := range map[string][]string{"1": {"a", "b"}, "2": {"c"}, "3": {"a", "b"}, "": {"a", "b"}} {
		if got := c.TokensFor(app); !slices.Equal(got, want) {
			t.Errorf("of %q: %q, want %q", app, got, want)
		}
	}
	if got := (&Config{AppTokens: c.AppTokens}).TokensFor("1"); got != nil {
		t.Errorf("of an app that has none: %q", got)
	}
}

func TestTokenProblems(t *testing.T) {
	c := Load(with("TOKENS=a,1400000000:, 7 : x"), Options{})
	want := []string{"the token of app 1400000000 is empty: TOPICGATE_TOKENS: write 1400000000:TOKEN"}
	if diff := cmp.Diff(want, policy.Texts(c.Problems)); diff != "" {
		t.Errorf("problems -want +got:\n%s", diff)
	}
	// Whoever calls an app that nobody can check can use up its quota.
	c = Load(with("SDK_APP_IDS=1,2", "TOKENS=1:a", "QUOTA=5/1h"), Options{})
	want = []string{
		"signatures of app 2 are not checked: TOPICGATE_TOKENS: add a token for it, as 2:TOKEN",
		"anybody can use up a quota: TOPICGATE_TOKENS: set it, so that only Chat's callbacks count",
	}
	if diff := cmp.Diff(want, policy.Texts(c.Warnings)); diff != "" {
		t.Errorf("warnings -want +got:\n%s", diff)
	}
}

// What is valid and matches nothing is told with the place where it is written, and with
// what was probably meant.
func TestWarnsOfWhatMatchesNothing(t *testing.T) {
	root := folder(t, map[string]string{"apps": "1400000000\n# x\n1400000007\n", "ids": "ops-＊\n", "policy": `lists:
  apps: {file: apps}
rules:
  - name: r
    match:
      all:
        - app: {in: apps}
        - not: {app: {not_in: [5]}}
        - type: {in: [Comunity]}
        - operator: {in: ["ops-* "]}
    action: refuse
`})
	c := Load(append(with("POLICY_FILE=policy", "ALLOWED_PLATFORMS=Web,REST", "BLOCKED_OPERATORS_FILE=ids"), "LAMBDA_TASK_ROOT="+root), Options{})
	want := []string{
		`"ops-\uff0a" matches no UserID, which are of ASCII characters: ROOT/ids:1: write it in ASCII`,
		`"REST" is no platform that Chat is known to send: TOPICGATE_ALLOWED_PLATFORMS: did you mean RESTAPI?`,
		`ROOT/policy:9: rule "r": in: "Comunity" is no type of group that Chat is known to send; did you mean Community?`,
		`ROOT/policy:10: rule "r": in: "ops-* " begins or ends with white space, which what it matches must do too; remove it`,
		`ROOT/apps:3: rule "r": in: app 1400000007 is not served; did you mean 1400000000?`,
		`ROOT/policy:8: rule "r": not_in: app 5 is not served; write 1400000000`,
	}
	if diff := cmp.Diff(want, inRoot(root, policy.Texts(c.Warnings))); diff != "" || c.Broken() {
		t.Errorf("warnings -want +got:\n%s%q", diff, c.Problems)
	}
	// Nothing is said of apps where none are known.
	c = Load([]string{"LAMBDA_TASK_ROOT=" + root, "TOPICGATE_POLICY=rules: [{name: r, match: {app: {in: [5]}}, action: refuse}]"}, Options{Offline: true})
	if c.Broken() || c.Warnings != nil {
		t.Errorf("problems %q, warnings %q", c.Problems, c.Warnings)
	}
}

// A pattern with something around it refuses every name.
func TestWarnsOfBlanksAroundAPattern(t *testing.T) {
	const what = "the pattern has white space or a line end at its end or in it, which a name must have too: TOPICGATE_NAME_PATTERN: remove it, or write it as \\x20 or \\n"
	for pattern, want := range map[string][]string{
		"[a-z]+":         nil,
		"[a-z ]+":        nil,
		"[a-z]+ ":        {what},
		"\u200B[a-z]+":   {what},
		"[a-z]+\n[0-9]+": {what},
	} {
		if diff := cmp.Diff(want, policy.Texts(Load(with("NAME_PATTERN="+pattern), Options{}).Warnings)); diff != "" {
			t.Errorf("%q: -want +got:\n%s", pattern, diff)
		}
	}
}

// Mistakes by the thousand are told by the hundred.
func TestFirstHundred(t *testing.T) {
	var apps, platforms strings.Builder
	for i := range 16_000 {
		fmt.Fprintf(&apps, "app%d,", i)
		fmt.Fprintf(&platforms, "platform %d,", i)
	}
	c := Load(with("SDK_APP_IDS="+apps.String(), "ALLOWED_PLATFORMS="+platforms.String()), Options{})
	for what, texts := range map[string][]string{"problems": policy.Texts(c.Problems), "warnings": policy.Texts(c.Warnings)} {
		if len(texts) != 101 || texts[100] != "and 15900 more" {
			t.Errorf("%s: %d texts, the last %q", what, len(texts), texts[len(texts)-1])
		}
	}
}

// A list file is looked through once for the lines of all that is wrong with it.
func TestManyMistakesInOneFile(t *testing.T) {
	var text strings.Builder
	for i := range 16_000 {
		fmt.Fprintf(&text, "host%d\n", i)
	}
	root := folder(t, map[string]string{"ips": text.String()})
	c := Load(append(with("BLOCKED_CLIENT_IPS_FILE=ips"), "LAMBDA_TASK_ROOT="+root), Options{})
	if got := len(c.Problems); got != 16_000 {
		t.Fatalf("%d problems", got)
	}
	if got := c.Problems[15_999].Where.Line; got != 16_000 {
		t.Errorf("the last is on line %d", got)
	}
}
