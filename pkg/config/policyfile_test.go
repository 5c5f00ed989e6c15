package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"topicgate/pkg/config"
	"topicgate/pkg/policy"
)

// TestWarnings holds every warning that a configuration can have to its words.
func TestWarnings(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"words.txt": "# to be filled\n",
		"tokens":    "token\n",
		"unreachable.yaml": `rules:
  - {name: all, action: refuse}
  - {name: late, match: {operator: {in: [a]}}, action: allow}
`,
		"empty.yaml": `lists:
  banned: {file: words.txt}
  staff: []
rules:
  - {name: banned-words, match: {name: {contains: banned}}, action: refuse}
`,
		"odd.txt": "# pasted\n// bad words\nspam\n\nSpam\nscam\t3\na,b,c\nx\nSPAM\nｓｐａｍ\ns&m\n",
		"odd.yaml": `lists:
  odd: {file: odd.txt}
  nobody: [knows]
rules:
  - {name: words, match: {name: {contains: odd, unless_contains: [ham], whole_word: true, ignore_separators: true}}, action: refuse}
`,
		"early.yaml": `rules:
  - {name: flood, quota: {limit: 5, window: 1h}, action: refuse}
  - {name: spam, match: {name: {contains: [spam]}}, action: refuse}
`,
		"code.yaml": `refusal: {code: 1, message: No.}
rules:
  - name: spam
    match: {name: {contains: [spam]}}
    action: refuse
    code: 1
    message: No spam.
`,
		"quota.yaml": "rules: [{name: flood, quota: {limit: 5, window: 1h}, action: refuse}]\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const (
		app      = "TOPICGATE_SDK_APP_IDS=1400000000"
		token    = "TOPICGATE_TOKENS=token"
		noTokens = "signatures are not checked: TOPICGATE_TOKENS: set it to the callback authentication token of the Chat console"
		noRedis  = "each instance counts its own quotas: TOPICGATE_REDIS_URL: set it, for a limit that holds across instances"
		anybody  = "anybody can use up a quota: TOPICGATE_TOKENS: set it, so that only Chat's callbacks count"
		code1    = "code: 1 is written with a message, which may not reach the user; use 10100 to 10200"
	)
	server, function := config.Options{}, config.Options{Function: true}
	tests := []struct {
		name    string
		environ []string
		options config.Options
		policy  string
		want    []string
	}{
		{"nothing to warn of", []string{app, token}, function, "", nil},
		{"no tokens", []string{app}, server, "", []string{noTokens}},
		{"tokens in a file", []string{app, "TOPICGATE_TOKENS_FILE=tokens"}, server, "", nil},
		{"a rule that is never reached", []string{app, token}, server, "unreachable.yaml", []string{
			`unreachable.yaml:3: rule "late": is never reached: rule "all" before it matches everything`,
		}},
		{"empty lists", []string{app, token}, server, "empty.yaml", []string{
			"empty.yaml:2: banned: the list is empty in words.txt",
			"empty.yaml:3: staff: the list is empty",
		}},
		{"odd words", []string{app, token}, server, "odd.yaml", []string{
			"odd.yaml:3: nobody: no rule uses this list; name it in one, or remove it",
			`odd.txt:2: rule "words": contains: 1 word looks like a comment: "// bad words" (odd.txt:2); begin comments with #`,
			`odd.txt:6: rule "words": contains: 1 word holds a tab: "scam\t3" (odd.txt:6); write one word a line, and nothing behind it`,
			`odd.txt:7: rule "words": contains: 1 word holds commas: "a,b,c" (odd.txt:7); write one word a line`,
			`odd.txt:8: rule "words": contains: 1 word is a single letter: "x" (odd.txt:8); names are full of them: remove it, or write a longer word`,
			`odd.txt:11: rule "words": contains: 1 word loses its signs to ignore_separators: "s&m" (odd.txt:11); write it without, or in a rule without ignore_separators`,
			`odd.txt:5: rule "words": contains: 3 words are written twice: "Spam" (odd.txt:5), "SPAM" (odd.txt:9), "ｓｐａｍ" (odd.txt:10); remove one of them; case, width and the like make no other word`,
			`odd.yaml:5: rule "words": unless_contains: 1 exemption excuses nothing: "ham" (odd.yaml:5); write a longer word that holds one of contains`,
		}},
		{"odd words of a variable", []string{app, token, "TOPICGATE_BANNED_WORDS=spam，SPAM", "TOPICGATE_EXEMPT_WORDS=ham"}, server, "", []string{
			`1 word is written twice: "SPAM": TOPICGATE_BANNED_WORDS: remove one of them; case, width and the like make no other word`,
			`1 exemption excuses nothing: "ham": TOPICGATE_EXEMPT_WORDS: write a longer word that holds one of contains`,
		}},
		{"odd words of a variable's file", []string{app, token, "TOPICGATE_BANNED_WORDS_FILE=odd.txt"}, server, "", []string{
			`1 word looks like a comment: "// bad words" (odd.txt:2): odd.txt:2: begin comments with #`,
			`1 word holds a tab: "scam\t3" (odd.txt:6): odd.txt:6: write one word a line, and nothing behind it`,
			`1 word holds commas: "a,b,c" (odd.txt:7): odd.txt:7: write one word a line`,
			`1 word is a single letter: "x" (odd.txt:8): odd.txt:8: names are full of them: remove it, or write a longer word`,
			`3 words are written twice: "Spam" (odd.txt:5), "SPAM" (odd.txt:9), "ｓｐａｍ" (odd.txt:10): odd.txt:5: remove one of them; case, width and the like make no other word`,
		}},
		{"an empty list file of a variable", []string{app, token, "TOPICGATE_BANNED_WORDS_FILE=words.txt"}, server, "", []string{
			"the list is empty: words.txt: write one item a line",
		}},
		{"a quota before cheaper rules", []string{app, token}, server, "early.yaml", []string{
			`early.yaml:2: rule "flood": quota: stands before rule "spam", which costs nothing; put it after`,
		}},
		{"code 1 with a message", []string{app, token}, server, "code.yaml", []string{
			"code.yaml:1: " + code1, `code.yaml:6: rule "spam": ` + code1,
		}},
		{"code 1 with a message, in variables", []string{app, token, "TOPICGATE_REFUSE_CODE=1", "TOPICGATE_REFUSE_MESSAGE=No."}, server, "", []string{
			"1 is written with a message, which may not reach the user: TOPICGATE_REFUSE_CODE: use 10100 to 10200",
		}},
		{"a quota in a server", []string{app, token}, server, "quota.yaml", nil},
		{"a quota in a function, without Redis", []string{app, token}, function, "quota.yaml", []string{noRedis}},
		{"a quota in a function, with Redis", []string{app, token, "TOPICGATE_REDIS_URL=redis://127.0.0.1:6379/0"}, function, "quota.yaml", nil},
		{"a quota without tokens", []string{app}, server, "quota.yaml", []string{noTokens, anybody}},
		{"a quota of a variable, without either", []string{app, "TOPICGATE_QUOTA=5/1h"}, function, "", []string{noTokens, noRedis, anybody}},
		{"a quota in a tool that serves nobody", nil, config.Options{Offline: true}, "quota.yaml", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.options.PolicyFile = tt.policy
			c := config.Load(tt.environ, tt.options)
			if c.Broken() {
				t.Fatal(c.Problems)
			}
			if diff := cmp.Diff(tt.want, policy.Texts(c.Warnings)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// A policy that a person names is looked for where they are, and reported as they wrote
// it; the files of its lists are beside it.
func TestPolicyFileIsRelativeToThePerson(t *testing.T) {
	root := t.TempDir()
	t.Chdir(root)
	if err := os.Mkdir("policies", 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("policies/p.yaml", []byte("lists: {a: {file: none.txt}}\nrulez: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	written := filepath.Join("policies", "p.yaml")
	for _, tt := range []struct {
		environ []string
		dir     string
	}{{nil, ""}, {[]string{"LAMBDA_TASK_ROOT=/var/task", "TOPICGATE_POLICY=x"}, root}} {
		want := []string{
			filepath.Join(tt.dir, written) + ":1: a: cannot read " + filepath.Join(tt.dir, "policies", "none.txt") + ": no such file or directory",
			filepath.Join(tt.dir, written) + ":2: rulez: unknown key; did you mean rules?",
		}
		c := config.Load(tt.environ, config.Options{Offline: true, PolicyFile: written})
		if diff := cmp.Diff(want, policy.Texts(c.Problems)); diff != "" {
			t.Errorf("%v -want +got:\n%s", tt.environ, diff)
		}
	}
}
