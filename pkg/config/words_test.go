package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"topicgate/pkg/policy"
)

// Words are added as BANNED_WORDS would add them, beside those that it has, and what the
// policy excuses is excused.
func TestWords(t *testing.T) {
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "words.txt")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const excusing = "TOPICGATE_POLICY=rules: [{name: r, match: {any: [{name: {contains: [spam], unless_contains: [spamalot]}}]}, action: refuse}]"
	words := file("# new\nacme\nclass*\n")
	named := func(c *Config) *policy.Rule {
		for i := range c.Spec.Rules {
			if strings.HasPrefix(c.Spec.Rules[i].Name, "banned-words") {
				return &c.Spec.Rules[i]
			}
		}
		return nil
	}
	for name, tt := range map[string]struct {
		environ          []string
		contains, unless policy.List
	}{
		"alone":                  {nil, policy.List{"acme", "class*"}, nil},
		"beside others":          {[]string{"TOPICGATE_BANNED_WORDS=spam,ham"}, policy.List{"spam", "ham", "acme", "class*"}, nil},
		"with exempt words":      {[]string{"TOPICGATE_EXEMPT_WORDS=classic"}, policy.List{"acme", "class*"}, policy.List{"classic"}},
		"with those of a policy": {[]string{excusing, "TOPICGATE_EXEMPT_WORDS=classic,spamalot"}, policy.List{"acme", "class*"}, policy.List{"classic", "spamalot"}},
	} {
		c := Load(tt.environ, Options{Offline: true, Words: words})
		if c.Broken() {
			t.Errorf("%s: %v", name, policy.Texts(c.Problems))
			continue
		}
		r := named(c)
		want := policy.Name{Contains: tt.contains, Unless: tt.unless, WholeWord: true, LookAlikes: true, IgnoreSeps: true, Disguised: true}
		if r == nil || r.Action != policy.Refuse {
			t.Errorf("%s: no rule refuses", name)
		} else if diff := cmp.Diff(want, *r.Match.Name); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
	// As BANNED_WORDS_FILE would have it.
	if got, want := Load(nil, Options{Offline: true, Words: words}).Digest, Load([]string{"TOPICGATE_BANNED_WORDS_FILE=" + words}, Options{Offline: true}).Digest; got != want {
		t.Errorf("the digest is %s, that of BANNED_WORDS_FILE %s", got, want)
	}
	if c := Load([]string{excusing}, Options{Offline: true, Words: file("# none\n")}); c.Broken() || named(c) != nil || len(c.Warnings) != 1 {
		t.Errorf("an empty list: %v, %v", policy.Texts(c.Problems), policy.Texts(c.Warnings))
	}
	bad := file("acme\n\u200b\n")
	for path, want := range map[string]string{"none.txt": "none.txt", bad: bad + ":2"} {
		if c := Load(nil, Options{Offline: true, Words: path}); len(c.Problems) != 1 || c.Problems[0].Where.String() != want {
			t.Errorf("%s: %v", path, policy.Texts(c.Problems))
		}
	}
}
