package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"topicgate/pkg/live"
	"topicgate/pkg/policy"
)

// plain is what each variable that works with _FILE holds: the items of a list, or a
// value.
var plain = map[string][]string{
	"SDK_APP_IDS":        {"1400000000", "1400000001"},
	"TOKENS":             {"xxxxyyyy", "1400000000:zzzz1111"},
	"TRUSTED_OPERATORS":  {"administrator", "ops-*"},
	"BLOCKED_OPERATORS":  {"bob", "guest ?"},
	"ALLOWED_OPERATORS":  {"administrator", "ops-*"},
	"BLOCKED_CLIENT_IPS": {"10.0.0.0/8", "2001:db8::1"},
	"ALLOWED_CLIENT_IPS": {"10.0.0.0/8", "2001:db8::1"},
	"BANNED_WORDS":       {"spam", "加微信"},
	"EXEMPT_WORDS":       {"classic", "grass"},
	"RESERVED_NAMES":     {"Official", "客服"},

	"FREEZE":          {"2030-01-31T18:30:00Z"},
	"NAME_PATTERN":    {"[a-z]+|#x"},
	"CHAT_SECRET_KEY": {"60c6c5#1"},
	"REDIS_URL":       {"rediss://user:password@host:6379/0"},
	"POLICY_URL":      {"https://config.example.com/policy.yaml?key=1"},
	"UPSTREAM_URL":    {"https://chat.example.com/callback?key=1#"},
	"REFUSE_MESSAGE":  {`No "{{word}}", sorry. #1`},
	"LOG_KEY":         {"a long # random text"},
}

// TestOneRuleForAllFiles: every variable that works with _FILE reads the same from a
// file, however a person's editor has written it.
func TestOneRuleForAllFiles(t *testing.T) {
	around := map[string]func(item string) string{
		"nothing":          func(item string) string { return item },
		"a comment":        func(item string) string { return "# ours\n" + item },
		"comments":         func(item string) string { return "#\n \t# ours\n" + item + "\n# and theirs\n" },
		"a BOM":            func(item string) string { return "\uFEFF" + item },
		"a BOM, a comment": func(item string) string { return "\uFEFF# ours\r\n" + item },
		"empty lines":      func(item string) string { return "\n\n" + item + "\n" },
	}
	for _, doc := range Docs() {
		name := strings.TrimPrefix(doc.Name, Prefix)
		if !doc.File || name == "POLICY" {
			continue
		}
		items, ok := plain[name]
		if !ok {
			t.Errorf("%s works with _FILE and is not tried here", name)
			continue
		}
		more := []string{"BANNED_WORDS=ass", "TRUSTED_PLATFORMS=RESTAPI"} // without which a freeze warns
		if name == "BANNED_WORDS" {
			more = more[1:]
		}
		want := Load(with(append(more, name+"="+strings.Join(items, ","))...), Options{})
		if want.Broken() {
			t.Errorf("%s: problems %q", name, want.Problems)
		}
		for _, end := range []string{"\n", "\r\n", "\r", "\v", "\f", "\u0085", "\u2028", "\u2029"} {
			for what, around := range around {
				var lines []string
				for _, item := range items {
					lines = append(lines, around(item))
				}
				text := strings.ReplaceAll(strings.Join(lines, "\n")+"\n", "\n", end)
				t.Run(fmt.Sprintf("%s, %s, %+q", name, what, end), func(t *testing.T) {
					root := folder(t, map[string]string{"f": text})
					got := Load(append(with(append(more, name+"=", name+"_FILE=f")...), "LAMBDA_TASK_ROOT="+root), Options{})
					if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Config{}, "Policy"), cmp.Comparer(func(a, b *live.URL) bool { return reflect.DeepEqual(a, b) })); diff != "" {
						t.Errorf("%q: -as a variable +as a file:\n%s", text, diff)
					}
				})
			}
		}
	}
}

// A policy file is YAML: its comments are its own, and byte order marks are passed over.
func TestPolicyFileKeepsItsComments(t *testing.T) {
	root := folder(t, map[string]string{"p": "\uFEFF# ours\r\nrules:\r\n  - name: r # theirs\r\n    match: {name: {contains: ['#1', spam]}}\r\n    action: refuse\r\n    message: |\r\n      # is no comment here\r\n\uFEFF"})
	c := Load(append(with("POLICY_FILE=p"), "LAMBDA_TASK_ROOT="+root), Options{})
	if c.Broken() || c.Warnings != nil {
		t.Fatalf("problems %q, warnings %q", c.Problems, c.Warnings)
	}
	r := c.Spec.Rules[0]
	if got, want := r.Message.Default, "# is no comment here\n"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
	if diff := cmp.Diff(policy.List{"#1", "spam"}, r.Match.Name.Contains); diff != "" {
		t.Error(diff)
	}
}

// A file of one value that holds none is a slip: a pattern of nothing refuses every name.
func TestFilesOfNothing(t *testing.T) {
	root := folder(t, map[string]string{"empty": "", "comments": "# later\r# or never\r"})
	for _, name := range []string{"NAME_PATTERN", "REDIS_URL", "UPSTREAM_URL", "REFUSE_MESSAGE"} {
		for _, file := range []string{"empty", "comments"} {
			c := Load(append(with(name+"_FILE="+file), "LAMBDA_TASK_ROOT="+root), Options{})
			want := []string{"the file holds nothing: ROOT/" + file + ": write the value, or unset TOPICGATE_" + name + "_FILE"}
			if diff := cmp.Diff(want, inRoot(root, policy.Texts(c.Problems))); diff != "" {
				t.Errorf("%s: problems -want +got:\n%s", name, diff)
			}
		}
	}
}

// What shows nothing is passed over around an item, and is a problem inside one, with
// its line.
func TestInvisibleInItems(t *testing.T) {
	root := folder(t, map[string]string{
		"ids": "\u200Bbob\u200B\n# x\nad\u200Bmin\n", "apps": "\u202A1400000000\u202C\n14\u200B\n", "tokens": "xxxxyyyy\nab\u200Bcd\n",
		"key": "1400000000:a\u2060b\n", "url": "\u200Bredis://h\u200Bost\u200B\n", "policy": "lists: {ids: {file: ids}}\nrules:\n  - {name: r, match: {operator: {in: ids}}, action: refuse}\n",
	})
	const anew = "a token holds a character that is invisible: ROOT/"
	tests := []struct {
		name  string
		pairs []string
		want  []string
	}{
		{"around items", []string{"BLOCKED_OPERATORS=\u200Bbob\uFEFF, \u00A0alice\u200D", "SDK_APP_IDS=\u202A1400000000\u202C", "TOKENS=\uFEFFxxxxyyyy\u200B", "MODE=dry_run\u200B", "UPSTREAM_URL= \uFEFFhttps://h/\u200B", "REDIS_URL=\u200Bredis://h\u00A0"}, nil},
		{"operators", []string{"BLOCKED_OPERATORS_FILE=ids"}, []string{`"ad\u200bmin" holds a character that is invisible, U+200B: ROOT/ids:3: write it anew`}},
		{"operators of a variable", []string{"BLOCKED_OPERATORS=ad\u200Bmin"}, []string{`"ad\u200bmin" holds a character that is invisible, U+200B: TOPICGATE_BLOCKED_OPERATORS: write it anew`}},
		{"operators of a policy", []string{"POLICY_FILE=policy"}, []string{`ROOT/ids:3: rule "r": in: "ad\u200bmin" holds a character that is invisible, U+200B; write it anew`}},
		{"platforms", []string{"ALLOWED_PLATFORMS=REST\u00ADAPI"}, []string{`"REST\u00adAPI" holds a character that is invisible, U+00AD: TOPICGATE_ALLOWED_PLATFORMS: write it anew`}},
		{"apps", []string{"SDK_APP_IDS=", "SDK_APP_IDS_FILE=apps"}, nil}, // trimmed: 14 is a number
		{"apps, inside", []string{"SDK_APP_IDS=1\u200B4"}, []string{`"1\u200b4" is not an SDKAppID: TOPICGATE_SDK_APP_IDS: use the number that the Chat console shows`}},
		{"tokens", []string{"TOKENS=", "TOKENS_FILE=tokens"}, []string{anew + "tokens:2: copy it anew from the Chat console"}},
		{"tokens of an app", []string{"TOKENS=", "TOKENS_FILE=key"}, []string{anew + "key:1: copy it anew from the Chat console"}},
		{"a NUL in a token", []string{"TOKENS=xxxx\x00yyyy"}, []string{"a token holds a character that is invisible: TOPICGATE_TOKENS: copy it anew from the Chat console"}},
		{"URLs", []string{"REDIS_URL_FILE=url"}, []string{"the URL holds white space or a character that is invisible: ROOT/url: write it anew"}},
		{"a blank in a URL", []string{"UPSTREAM_URL=https://h/?key=a b"}, []string{"the URL holds white space or a character that is invisible: TOPICGATE_UPSTREAM_URL: write it anew"}},
		{"an address", []string{"ADDR=127.0.\u200B0.1:9000"}, []string{`"127.0.\u200b0.1:9000" is not host:port: TOPICGATE_ADDR: use one such as 127.0.0.1:9000 or :9000`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Load(append(with(tt.pairs...), "LAMBDA_TASK_ROOT="+root), Options{})
			if diff := cmp.Diff(tt.want, inRoot(root, policy.Texts(c.Problems))); diff != "" {
				t.Errorf("problems -want +got:\n%s", diff)
			}
			if tt.want == nil && c.Warnings != nil {
				t.Errorf("warnings %q", c.Warnings)
			}
		})
	}
}

// A secret that was put into the variable of its file is not told, nor is what the
// system says of it where that quotes it.
func TestSecretForAPath(t *testing.T) {
	root := folder(t, map[string]string{"words": "x"})
	secrets := []string{"s3cr3t", "s3cr3t/with/slashes", "/s3cr3t", strings.Repeat("s3cr3t", 1000), "s3cr3t\x00s3cr3t", "redis://user:s3cr3t@host", "https://h/?key=s3cr3t", "-----BEGIN s3cr3t\nKEY-----", "s3cr3t\xff"}
	var told []string
	for _, doc := range Docs() {
		name := strings.TrimPrefix(doc.Name, Prefix)
		i := slices.IndexFunc(variables, func(v variable) bool { return v.name == name })
		if !variables[i].secret {
			continue
		}
		told = append(told, name)
		for _, secret := range secrets {
			c := Load(append(with(name+"=", name+"_FILE="+secret), "LAMBDA_TASK_ROOT="+root), Options{})
			if len(c.Problems) == 0 {
				t.Errorf("%s_FILE=%q: no problem", name, secret)
			}
			for _, text := range policy.Texts(append(c.Problems, c.Warnings...)) {
				if strings.Contains(text, "s3cr3t") {
					t.Errorf("%s_FILE=%q tells it: %s", name, secret, text)
				}
			}
		}
	}
	if diff := cmp.Diff([]string{"TOKENS", "REDIS_URL", "UPSTREAM_URL", "POLICY_URL", "CHAT_SECRET_KEY", "LOG_KEY"}, told); diff != "" {
		t.Errorf("secrets -want +got:\n%s", diff)
	}
	c := Load(append(with("TOKENS=", "TOKENS_FILE=s3cr3t"), "LAMBDA_TASK_ROOT="+root), Options{})
	want := []string{"what it names cannot be read: no such file or directory: TOPICGATE_TOKENS_FILE: name a readable UTF-8 file, or put the secret itself into TOPICGATE_TOKENS; relative paths start at ROOT"}
	if diff := cmp.Diff(want, inRoot(root, policy.Texts(c.Problems))); diff != "" {
		t.Errorf("problems -want +got:\n%s", diff)
	}
}
