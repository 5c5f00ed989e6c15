package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"topicgate/pkg/policy"
)

// folder is a new folder with files in it.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// inRoot names a folder ROOT wherever a text has it.
func inRoot(root string, texts []string) []string {
	var replaced []string
	for _, text := range texts {
		replaced = append(replaced, strings.ReplaceAll(text, root, "ROOT"))
	}
	return replaced
}

// bannedWords are the words of the rule that BANNED_WORDS writes.
func bannedWords(c *Config) []string {
	for _, r := range c.Spec.Rules {
		if r.Name == "banned-words" {
			return r.Match.Name.Contains
		}
	}
	return nil
}

func TestFileIsRelativeTo(t *testing.T) {
	lambda := folder(t, map[string]string{"words.txt": "lambda"})
	code := folder(t, map[string]string{"words.txt": "code"})
	working := folder(t, map[string]string{"words.txt": "working"})
	t.Chdir(working)
	tests := []struct {
		name    string
		environ []string
		path    string
		want    string
	}{
		{"LAMBDA_TASK_ROOT", []string{"LAMBDA_TASK_ROOT=" + lambda}, "words.txt", "lambda"},
		{"USER_CODE_ROOT", []string{"USER_CODE_ROOT=" + code}, "words.txt", "code"},
		{"both", []string{"USER_CODE_ROOT=" + code, "LAMBDA_TASK_ROOT=" + lambda}, "words.txt", "lambda"},
		{"LAMBDA_TASK_ROOT set to nothing", []string{"USER_CODE_ROOT=" + code, "LAMBDA_TASK_ROOT="}, "words.txt", "code"},
		{"the working directory", nil, "words.txt", "working"},
		{"a path that is not tidy", []string{"USER_CODE_ROOT=" + code + "/"}, "./x/../words.txt", "code"},
		{"an absolute path", []string{"LAMBDA_TASK_ROOT=" + lambda}, filepath.Join(code, "words.txt"), "code"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Load(append(with("BANNED_WORDS_FILE="+tt.path), tt.environ...), Options{})
			if diff := cmp.Diff([]string{tt.want}, bannedWords(c)); diff != "" {
				t.Errorf("-want +got:\n%s%q", diff, c.Problems)
			}
		})
	}
}

func TestListFile(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"one a line", "spam\nham\n", []string{"spam", "ham"}},
		{"no line end at the end", "spam\nham", []string{"spam", "ham"}},
		{"CRLF", "spam\r\nham\r\n", []string{"spam", "ham"}},
		{"a BOM", "\uFEFFspam\nham", []string{"spam", "ham"}},
		{"a BOM before a comment", "\uFEFF# ours\r\nspam", []string{"spam"}},
		{"comments and empty lines", "# a\n\n  # b\n\t\nspam # no comment\n#\n", []string{"spam # no comment"}},
		{"white space around", "\t spam \u3000\n", []string{"spam"}},
		// In a file only lines separate: a phrase may hold a comma.
		{"separators", "spam, or worse、much\n", []string{"spam, or worse、much"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root := folder(t, map[string]string{"words": tt.text})
			c := Load(append(with("BANNED_WORDS_FILE=words"), "LAMBDA_TASK_ROOT="+root), Options{})
			if diff := cmp.Diff(tt.want, bannedWords(c)); diff != "" {
				t.Errorf("-want +got:\n%s%q", diff, c.Problems)
			}
			if c.Broken() || c.Warnings != nil {
				t.Errorf("problems %q, warnings %q", c.Problems, c.Warnings)
			}
		})
	}
}

// What a file holds for a setting that is no list: all of it, but the line end.
func TestScalarFile(t *testing.T) {
	root := folder(t, map[string]string{
		"message": "\uFEFFNo,\r\nnever. \r\n", "key": " k\n\n", "pattern": "[a-z]+\r\n", "url": "redis://host\n",
		"policy": "\uFEFFrules: [{name: r, match: {name: {contains: w}}, action: refuse}]\r\nlists: {w: {file: words}}\r\n", "words": "spam\r\n",
	})
	c := Load(append(with("REFUSE_MESSAGE_FILE=message", "LOG_KEY_FILE=key", "NAME_PATTERN_FILE=pattern", "REDIS_URL_FILE=url", "POLICY_FILE=policy"), "LAMBDA_TASK_ROOT="+root), Options{})
	if c.Broken() {
		t.Fatalf("problems %q", c.Problems)
	}
	if got, want := c.Spec.Refusal.Message.Default, "No,\r\nnever. "; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
	if got, want := string(c.LogKey), " k"; got != want {
		t.Errorf("key %q, want %q", got, want)
	}
	if got, want := c.RedisURL, "redis://host"; got != want {
		t.Errorf("URL %q, want %q", got, want)
	}
	if got, want := ruleOf("name-pattern")(c), any(refusing("name-pattern", onName(policy.Name{NotMatches: `\A(?:[a-z]+)\z`}))); !cmp.Equal(got, want) {
		t.Errorf("pattern %v, want %v", got, want)
	}
	if got, want := ruleOf("r")(c), any(refusing("r", onName(policy.Name{Contains: policy.List{"spam"}}))); !cmp.Equal(got, want) {
		t.Errorf("rule of the file %+v, want %+v", got, want)
	}
}

func TestFileProblems(t *testing.T) {
	root := folder(t, map[string]string{
		"empty": "", "comment": "# nothing\n\n", "words": "spam\n",
		"latin1": "spam\nham\ncaf\xe9\nmore\xff\n", "utf16": "\xff\xfes\x00p\x00",
		"nothing": "# ours\nspam\n\n\u200B\nham\n\uFEFF\u200D\n", "twice": "\u200B\nspam\n\u200B\n",
		"ips": "10.0.0.0/8\n# a comment\nlocalhost\n\n10.0.0.1, 10.0.0.2\n", "ids": "leckie\nbob\\\n", "apps": "1\nmyApp\n",
		"pattern": "[a-z\n", "message": "{{nobody}}\n", "number": "7",
		"dir/words": "spam",
	})
	large := filepath.Join(root, "large")
	if err := os.WriteFile(large, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, 32<<20+1); err != nil { // takes no room
		t.Fatal(err)
	}
	const relative = "name a readable UTF-8 file; relative paths start at ROOT"
	tests := []struct {
		name  string
		pairs []string
		want  []string
	}{
		{"both set", []string{"BANNED_WORDS=spam", "BANNED_WORDS_FILE=words"}, []string{"set twice: TOPICGATE_BANNED_WORDS_FILE: unset it or TOPICGATE_BANNED_WORDS"}},
		{"both set, tokens", []string{"TOKENS_FILE=words"}, []string{"set twice: TOPICGATE_TOKENS_FILE: unset it or TOPICGATE_TOKENS"}},
		{"one set to nothing", []string{"BANNED_WORDS=", "BANNED_WORDS_FILE=words"}, nil},
		{"the other set to nothing", []string{"BANNED_WORDS=spam", "BANNED_WORDS_FILE="}, nil},
		{"missing", []string{"BANNED_WORDS_FILE=no-such"}, []string{"cannot read ROOT/no-such: no such file or directory: TOPICGATE_BANNED_WORDS_FILE: " + relative}},
		{"in a missing folder", []string{"LOG_KEY_FILE=words/x"}, []string{"cannot read ROOT/words/x: not a directory: TOPICGATE_LOG_KEY_FILE: " + relative}},
		{"a directory", []string{"BANNED_WORDS_FILE=dir"}, []string{"cannot read ROOT/dir: it is not a file: TOPICGATE_BANNED_WORDS_FILE: " + relative}},
		{"too large", []string{"BANNED_WORDS_FILE=large"}, []string{"cannot read ROOT/large: it is over 32 MiB: TOPICGATE_BANNED_WORDS_FILE: " + relative}},
		{"not UTF-8", []string{"BANNED_WORDS_FILE=latin1"}, []string{"ROOT/latin1:3: is not UTF-8; save the file as UTF-8: TOPICGATE_BANNED_WORDS_FILE: " + relative}},
		{"UTF-16", []string{"POLICY_FILE=utf16"}, []string{"ROOT/utf16:1: is not UTF-8; save the file as UTF-8: TOPICGATE_POLICY_FILE: " + relative}},
		{"words that fold to nothing", []string{"BANNED_WORDS_FILE=nothing"}, []string{
			`"\u200b" is nothing once folded: ROOT/nothing:4: remove it, or write the word in letters`,
			`"\u200d" is nothing once folded: ROOT/nothing:6: remove it, or write the word in letters`,
		}},
		{"the same twice", []string{"BANNED_WORDS=a", "EXEMPT_WORDS_FILE=twice"}, []string{
			`"\u200b" is nothing once folded: ROOT/twice:1: remove it, or write the word in letters`,
			`"\u200b" is nothing once folded: ROOT/twice:3: remove it, or write the word in letters`,
		}},
		{"names that fold to nothing", []string{"RESERVED_NAMES_FILE=nothing"}, []string{
			`"\u200b" is nothing once folded: ROOT/nothing:4: remove it, or write the word in letters`,
			`"\u200d" is nothing once folded: ROOT/nothing:6: remove it, or write the word in letters`,
		}},
		{"addresses", []string{"ALLOWED_CLIENT_IPS_FILE=ips"}, []string{
			`"localhost" is neither an address nor a CIDR, such as 203.0.113.7 or 2001:db8::/32: ROOT/ips:3`,
			`"10.0.0.1, 10.0.0.2" is neither an address nor a CIDR, such as 203.0.113.7 or 2001:db8::/32: ROOT/ips:5`,
		}},
		{"globs", []string{"TRUSTED_OPERATORS_FILE=ids"}, []string{"`bob\\` ends in a backslash with nothing to escape: ROOT/ids:2: write \\\\ for a backslash"}},
		{"apps", []string{"SDK_APP_IDS=", "SDK_APP_IDS_FILE=apps"}, []string{`"myApp" is not an SDKAppID: ROOT/apps:2: use the number that the Chat console shows`}},
		{"no apps", []string{"SDK_APP_IDS=", "SDK_APP_IDS_FILE=comment"}, []string{"no app is served: TOPICGATE_SDK_APP_IDS: set it to the SDKAppID shown in the Chat console"}},
		// An empty file of tokens would switch the check off unnoticed.
		{"no tokens", []string{"TOKENS=", "TOKENS_FILE=comment"}, []string{"the file holds no token: ROOT/comment: write one token a line, or unset TOPICGATE_TOKENS_FILE"}},
		{"an empty key", []string{"LOG_PERSONAL=hash", "LOG_KEY_FILE=empty"}, []string{"hashing needs a key: TOPICGATE_LOG_KEY: set it to a long random text, and keep it"}},
		{"pattern", []string{"NAME_PATTERN_FILE=pattern"}, []string{"\"[a-z\" is not a regular expression: error parsing regexp: missing closing ]: `[a-z`: ROOT/pattern: write it in RE2 syntax"}},
		{"message", []string{"REFUSE_MESSAGE_FILE=message"}, []string{"{{nobody}} is not known: ROOT/message: use {{word}}, {{name}}, {{operator}}, {{ref}} or, beside a quota, {{limit}}"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Load(append(with(tt.pairs...), "LAMBDA_TASK_ROOT="+root), Options{})
			if diff := cmp.Diff(tt.want, inRoot(root, policy.Texts(c.Problems))); diff != "" {
				t.Errorf("problems -want +got:\n%s", diff)
			}
		})
	}
}

func TestFileProblemsInTheWorkingDirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	c := Load(with("BANNED_WORDS_FILE=words/banned.txt"), Options{})
	want := []string{"cannot read words/banned.txt: no such file or directory: TOPICGATE_BANNED_WORDS_FILE: name a readable UTF-8 file; relative paths start at the working directory"}
	if diff := cmp.Diff(want, policy.Texts(c.Problems)); diff != "" {
		t.Errorf("problems -want +got:\n%s", diff)
	}
}

// A list file may be filled later: an empty one is a warning. Allowed ones then allow
// nobody.
func TestEmptyListFile(t *testing.T) {
	root := folder(t, map[string]string{"empty": "# later\n"})
	for _, name := range []string{"TRUSTED_OPERATORS", "BLOCKED_OPERATORS", "ALLOWED_OPERATORS", "BLOCKED_CLIENT_IPS", "ALLOWED_CLIENT_IPS", "BANNED_WORDS", "RESERVED_NAMES"} {
		c := Load(append(with(name+"_FILE=empty"), "LAMBDA_TASK_ROOT="+root), Options{})
		if c.Broken() {
			t.Errorf("%s: problems %q", name, c.Problems)
			continue
		}
		if diff := cmp.Diff([]string{"the list is empty: ROOT/empty: write one item a line"}, inRoot(root, policy.Texts(c.Warnings))); diff != "" {
			t.Errorf("%s: warnings -want +got:\n%s", name, diff)
		}
		d := c.Policy.Decide(t.Context(), policy.Creation{Operator: "leckie", Name: "n", ClientIP: "10.0.0.1"}, nil, false)
		if got, want := d.Allowed, !strings.HasPrefix(name, "ALLOWED"); got != want {
			t.Errorf("%s: allowed = %v, want %v", name, got, want)
		}
	}
}

func TestUnknownVariables(t *testing.T) {
	tests := []struct{ name, nearest string }{
		{"BANED_WORDS", "BANNED_WORDS"},
		{"BANNED_WORD", "BANNED_WORDS"},
		{"BANNED_WORDS_FLIE", "BANNED_WORDS_FILE"},
		{"banned_words", "BANNED_WORDS"},
		{"SDKAPPIDS", "SDK_APP_IDS"},
		{"SDK_APP_ID", "SDK_APP_IDS"},
		{"TOKEN", "TOKENS"},
		{"TOKEN_FILE", "TOKENS_FILE"},
		{"ALLOW_OPERATORS", "ALLOWED_OPERATORS"},
		{"BLOCK_CLIENT_IP", "BLOCKED_CLIENT_IPS"},
		{"LOGLEVEL", "LOG_LEVEL"},
		{"NAME_MAX_CHAR", "NAME_MAX_CHARS"},
		{"ON_ERORR", "ON_ERROR"},
	}
	for _, tt := range tests {
		c := Load(with(tt.name+"="), Options{}) // set to nothing it is misspelt all the same
		if tt.name == "banned_words" {
			if len(c.Problems) != 1 || !strings.HasPrefix(c.Problems[0].String(), "unknown variable: TOPICGATE_banned_words: did you mean ") {
				t.Errorf("%s: problems %q", tt.name, c.Problems)
			}
			continue
		}
		want := []string{"unknown variable: TOPICGATE_" + tt.name + ": did you mean TOPICGATE_" + tt.nearest + "?"}
		if diff := cmp.Diff(want, policy.Texts(c.Problems)); diff != "" {
			t.Errorf("%s: problems -want +got:\n%s", tt.name, diff)
		}
	}
}

// Only what begins with the prefix is ours.
func TestForeignVariables(t *testing.T) {
	c := Load(append(usual[:2:2], "PATH=/bin", "TOPICGATE=x", "topicgate_mode=x", "MODE=x", "XTOPICGATE_MODE=x", "=", "", "novalue"), Options{})
	if c.Broken() || c.Warnings != nil {
		t.Errorf("problems %q, warnings %q", c.Problems, c.Warnings)
	}
}

// Of two equal names the last counts: variables that arrive late come last.
func TestLastOfTwoVariables(t *testing.T) {
	c := Load(append(usual[:2:2], "TOPICGATE_MODE=x", "TOPICGATE_MODE=dry_run"), Options{})
	if c.Broken() || c.Spec.Mode != policy.DryRun {
		t.Errorf("mode %q, problems %q", c.Spec.Mode, c.Problems)
	}
}
