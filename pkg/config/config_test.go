package config

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"topicgate/pkg/policy"
)

func TestLoadDefaults(t *testing.T) {
	c := Load(usual, Options{})
	if c.Broken() || c.Warnings != nil {
		t.Fatalf("problems %q, warnings %q", c.Problems, c.Warnings)
	}
	if diff := cmp.Diff(policy.Spec{}.WithDefaults(), c.Spec); diff != "" {
		t.Errorf("spec -default +got:\n%s", diff)
	}
	if got, want := c.Digest, policy.Digest(policy.Spec{}); got != want {
		t.Errorf("digest %s, want that of nothing written, %s", got, want)
	}
	want := &Config{
		AppIDs: []string{"1400000000"}, Tokens: []string{"xxxxyyyy"}, Timeout: time.Second, LogLevel: "info", LogPersonal: Full, Addr: "127.0.0.1:9000", MaxConnections: 1024, Refresh: 30 * time.Second,
		Remedy: Report, RemedyLimit: Limit{20, time.Hour}, ChatAdmin: "administrator",
		Spec: c.Spec, Policy: c.Policy, Digest: c.Digest,
	}
	if diff := cmp.Diff(want, c, cmp.Comparer(func(a, b *policy.Policy) bool { return a == b })); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Every setting is parsed on its own, and all that is wrong is told at once.
func TestEveryProblemAtOnce(t *testing.T) {
	c := Load([]string{
		"TOPICGATE_ZZZ=1", "TOPICGATE_AAA=1", "TOPICGATE_TOKENS=,", "TOPICGATE_MODE=off", "TOPICGATE_TIMEOUT=2s", "TOPICGATE_BLOCKED_OPERATORS=a\\",
		"TOPICGATE_NAME_MIN_CHARS=9", "TOPICGATE_NAME_MAX_CHARS=3", "TOPICGATE_NAME_PATTERN=(", "TOPICGATE_BANNED_WORDS_FILE=/no/such",
		"TOPICGATE_REFUSE_CODE=7", "TOPICGATE_REFUSE_MESSAGE={{x}}", "TOPICGATE_LOG_PERSONAL=hash", "TOPICGATE_LOG_LEVEL=loud", "TOPICGATE_ADDR=x",
	}, Options{})
	want := []string{
		"unknown variable: TOPICGATE_AAA: did you mean TOPICGATE_ADDR?",
		"unknown variable: TOPICGATE_ZZZ: did you mean TOPICGATE_MODE?",
		"the list is empty: TOPICGATE_TOKENS: write at least one item, or unset it",
		`unknown value "off": TOPICGATE_MODE: use enforce or dry_run`,
		`"2s" is not a duration up to 1.8s: TOPICGATE_TIMEOUT: use one such as 1s or 800ms`,
		"\"(\" is not a regular expression: error parsing regexp: missing closing ): `(`: TOPICGATE_NAME_PATTERN: write it in RE2 syntax",
		"cannot read /no/such: no such file or directory: TOPICGATE_BANNED_WORDS_FILE: name a readable UTF-8 file; relative paths start at the working directory",
		`unknown value "loud": TOPICGATE_LOG_LEVEL: use one of trace, debug, info, warn, error, fatal, panic, disabled`,
		`"x" is not host:port: TOPICGATE_ADDR: use one such as 127.0.0.1:9000 or :9000`,
		"no app is served: TOPICGATE_SDK_APP_IDS: set it to the SDKAppID shown in the Chat console",
		"hashing needs a key: TOPICGATE_LOG_KEY: set it to a long random text, and keep it",
		"7 means nothing to Chat: TOPICGATE_REFUSE_CODE: use 1 or 10100 to 10200",
		"{{x}} is not known: TOPICGATE_REFUSE_MESSAGE: use {{word}}, {{name}}, {{operator}}, {{ref}} or, beside a quota, {{limit}}",
		"`a\\` ends in a backslash with nothing to escape: TOPICGATE_BLOCKED_OPERATORS: write \\\\ for a backslash",
		"9 is more than max_chars, 3: TOPICGATE_NAME_MIN_CHARS: no name would do",
	}
	if diff := cmp.Diff(want, policy.Texts(c.Problems)); diff != "" {
		t.Errorf("problems -want +got:\n%s", diff)
	}
	if c.Policy != nil || c.Digest != "" {
		t.Error("there is a policy, though the configuration is broken")
	}
}

// One slip is one problem: what follows from it is not told beside it.
func TestNoProblemFromAnother(t *testing.T) {
	tests := []struct {
		name  string
		pairs []string
	}{
		{"exempt words of banned ones that cannot be read", []string{"BANNED_WORDS_FILE=/no/such", "EXEMPT_WORDS=classic"}},
		{"exempt words of banned ones that are none", []string{"BANNED_WORDS=,", "EXEMPT_WORDS=classic"}},
		{"exempt words of no banned ones", []string{"EXEMPT_WORDS=classic"}},
		{"a key that cannot be read", []string{"LOG_PERSONAL=hash", "LOG_KEY_FILE=/no/such"}},
		{"apps that cannot be read", []string{"SDK_APP_IDS=", "SDK_APP_IDS_FILE=/no/such"}},
		{"a bound that is no number", []string{"NAME_MIN_CHARS=x", "NAME_MAX_CHARS=30"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Load(with(tt.pairs...), Options{})
			if len(c.Problems) != 1 {
				t.Errorf("problems %q, want one", c.Problems)
			}
			if c.Warnings != nil {
				t.Errorf("warnings %q, want none", c.Warnings)
			}
		})
	}
	c := Load([]string{usual[0], "TOPICGATE_TOKENS_FILE=/no/such"}, Options{})
	if len(c.Problems) != 1 || c.Warnings != nil { // no warning that signatures are not checked
		t.Errorf("tokens that cannot be read: problems %q, warnings %q, want one problem", c.Problems, c.Warnings)
	}
}

// Variables are shorthand: what they write has the digest of the same policy.
func TestVariablesAreShorthand(t *testing.T) {
	variables := Load(with("MODE=dry_run", "DEFAULT=refuse", "ON_ERROR=allow", "GOVERN=topic,group", "REFUSE_CODE=10150", "REFUSE_MESSAGE=No.",
		"TRUSTED_OPERATORS=admin", "NAME_MAX_BYTES=30", "QUOTA=5/60m"), Options{})
	written := Load(with(`POLICY={"mode": "dry_run", "default": "refuse", "on_error": "allow", "govern": ["topic", "group"], "refusal": {"code": 10150, "message": "No."}, "rules": [
		{"name": "trusted-operators", "match": {"operator": {"in": ["admin"]}}, "action": "allow"},
		{"name": "name-length", "match": {"name": {"length_outside": {"max_bytes": 30}}}, "action": "refuse"},
		{"name": "quota", "quota": {"limit": 5, "window": "1h"}, "action": "refuse"}]}`), Options{})
	if variables.Broken() || written.Broken() {
		t.Fatalf("problems %q, %q", variables.Problems, written.Problems)
	}
	if diff := cmp.Diff(written.Spec, variables.Spec); diff != "" {
		t.Errorf("spec -written +variables:\n%s", diff)
	}
	if variables.Digest != written.Digest {
		t.Errorf("digest %s of variables, %s of the policy", variables.Digest, written.Digest)
	}
}

func TestVariablesWinOverTheFile(t *testing.T) {
	const file = "POLICY={mode: dry_run, default: refuse, on_error: allow, govern: [group], refusal: {code: 10150, message: From the file.}}"
	c := Load(with(file, "MODE=enforce", "DEFAULT=allow", "ON_ERROR=refuse", "GOVERN=topic", "REFUSE_CODE=10160"), Options{})
	want := policy.Spec{Refusal: policy.Refusal{Code: 10160, Message: policy.Text{Default: "From the file."}}}.WithDefaults()
	if diff := cmp.Diff(want, c.Spec); diff != "" || c.Broken() {
		t.Errorf("-want +got:\n%s%q", diff, c.Problems)
	}
}

func TestOffline(t *testing.T) {
	c := Load([]string{"TOPICGATE_QUOTA=5/1h"}, Options{Offline: true})
	if c.Broken() || c.Warnings != nil || c.Policy == nil {
		t.Errorf("problems %q, warnings %q, want none", c.Problems, c.Warnings)
	}
	// What is written is checked all the same.
	c = Load([]string{"TOPICGATE_SDK_APP_IDS=myApp", "TOPICGATE_TOKENS=,"}, Options{Offline: true})
	if len(c.Problems) != 2 {
		t.Errorf("problems %q, want two", c.Problems)
	}
}

func TestQuotaWarnings(t *testing.T) {
	const shared = "each instance counts its own quotas: TOPICGATE_REDIS_URL: set it, for a limit that holds across instances"
	const tokens = "anybody can use up a quota: TOPICGATE_TOKENS: set it, so that only Chat's callbacks count"
	const unsigned = "signatures are not checked: TOPICGATE_TOKENS: set it to the callback authentication token of the Chat console"
	tests := []struct {
		name    string
		environ []string
		options Options
		want    []string
	}{
		{"on a server", with("QUOTA=5/1h"), Options{}, nil},
		{"in a function", with("QUOTA=5/1h"), Options{Function: true}, []string{shared}},
		{"in a function with Redis", with("QUOTA=5/1h", "REDIS_URL=redis://h"), Options{Function: true}, nil},
		{"without tokens", with("QUOTA=5/1h", "TOKENS="), Options{}, []string{unsigned, tokens}},
		{"without a quota", with(), Options{Function: true}, nil},
	}
	for _, tt := range tests {
		c := Load(tt.environ, tt.options)
		if diff := cmp.Diff(tt.want, policy.Texts(c.Warnings)); diff != "" {
			t.Errorf("%s: warnings -want +got:\n%s", tt.name, diff)
		}
	}
}

// What says how to answer and to log is kept while the rest is broken.
func TestBrokenKeepsWhatIsReadable(t *testing.T) {
	type kept struct {
		Mode      policy.Mode
		OnError   policy.Action
		Govern    string
		Level     string
		Personal  Personal
		Key       string
		WasBroken bool
	}
	keptOf := func(c *Config) kept {
		return kept{c.Spec.Mode, c.Spec.OnError, fmt.Sprint(c.Spec.Govern), c.LogLevel, c.LogPersonal, string(c.LogKey), c.Broken()}
	}
	defaults := kept{"enforce", "refuse", "[topic]", "info", "full", "", true}
	all := kept{"dry_run", "allow", "[group]", "error", "hash", "k", true}
	set := []string{"MODE=dry_run", "ON_ERROR=allow", "GOVERN=group", "LOG_LEVEL=error", "LOG_PERSONAL=hash", "LOG_KEY=k"}
	tests := []struct {
		name  string
		pairs []string
		want  kept
	}{
		{"nothing set", []string{"TIMEOUT=x"}, defaults},
		{"all set", append([]string{"TIMEOUT=x"}, set...), all},
		{"all set, no app", append([]string{"SDK_APP_IDS="}, set...), all},
		{"all set, a broken pattern", append([]string{"NAME_PATTERN=("}, set...), all},
		{"all set, a broken rule", append([]string{`BLOCKED_OPERATORS=\`}, set...), all},
		{"all set, a misspelt variable", append([]string{"MODES=x"}, set...), all},
		{"all set, a missing file", append([]string{"BANNED_WORDS_FILE=/no/such"}, set...), all},
		{"none readable", []string{"MODE=x", "ON_ERROR=x", "GOVERN=topic,x", "LOG_LEVEL=x", "LOG_PERSONAL=x"}, defaults},
		{"one unreadable", append(append([]string{}, set...), "GOVERN=groups"), kept{"dry_run", "allow", "[topic]", "error", "hash", "k", true}},
		{"from the file", []string{"TIMEOUT=x", "POLICY={mode: dry_run, on_error: allow, govern: [topic, group]}"}, kept{"dry_run", "allow", "[topic group]", "info", "full", "", true}},
		{"from a file with a bad rule", []string{"POLICY={mode: dry_run, on_error: allow, rules: [{name: r}]}"}, kept{"dry_run", "allow", "[topic]", "info", "full", "", true}},
		{"from a file with bad values", []string{"POLICY={mode: x, on_error: allow, govern: [x]}"}, kept{"enforce", "allow", "[topic]", "info", "full", "", true}},
		{"a variable over a file with a bad rule", []string{"ON_ERROR=refuse", "POLICY={mode: dry_run, on_error: allow, rules: [{name: r}]}"}, kept{"dry_run", "refuse", "[topic]", "info", "full", "", true}},
		{"a file that is no policy", []string{"ON_ERROR=allow", "POLICY=%"}, kept{"enforce", "allow", "[topic]", "info", "full", "", true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, keptOf(Load(with(tt.pairs...), Options{}))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestLambdaLogLevel(t *testing.T) {
	tests := []struct {
		environ []string
		want    string
	}{
		{[]string{"AWS_LAMBDA_LOG_LEVEL=WARN"}, "warn"},
		{[]string{"AWS_LAMBDA_LOG_LEVEL=FATAL"}, "fatal"},
		{[]string{"AWS_LAMBDA_LOG_LEVEL=LOUD"}, "info"},
		{[]string{"AWS_LAMBDA_LOG_LEVEL="}, "info"},
		{[]string{"AWS_LAMBDA_LOG_LEVEL=WARN", "TOPICGATE_LOG_LEVEL=debug"}, "debug"},
	}
	for _, tt := range tests {
		c := Load(append(usual[:2:2], tt.environ...), Options{})
		if c.LogLevel != tt.want || c.Broken() {
			t.Errorf("%q: level %s, problems %q, want %s", tt.environ, c.LogLevel, c.Problems, tt.want)
		}
	}
}

// Secrets are never told, whatever is wrong with them or beside them.
func TestSecretsAreNotTold(t *testing.T) {
	const secret = "s3cr3t-s3cr3t"
	root := folder(t, map[string]string{"secret": secret + "\xff", "policy": "refusal: {code: 7}\nrules: [{}]\n"})
	for _, pairs := range [][]string{
		{"TOKENS=" + secret, "TOKENS_FILE=policy"},
		{"TOKENS=" + secret + "\xff"},
		{"TOKENS=", "TOKENS_FILE=secret"},
		{"LOG_KEY=" + secret, "LOG_KEY_FILE=secret"},
		{"LOG_KEY_FILE=secret"},
		{"REDIS_URL=redis://user:" + secret + "@host:x"},
		{"REDIS_URL=" + secret},
		{"REDIS_URL=redis://" + secret + "@host"},
		{"REDIS_URL=redis://:" + secret + "@host/%zz"},
		{"TOKENS=" + secret, "LOG_KEY=" + secret, "REDIS_URL=redis://:" + secret + "@h", "POLICY_FILE=policy", "MODE=x"},
	} {
		c := Load(append(with(pairs...), "LAMBDA_TASK_ROOT="+root), Options{Function: true})
		if !c.Broken() {
			t.Errorf("%q: no problem", pairs)
		}
		if told := strings.Join(policy.Texts(append(c.Problems, c.Warnings...)), "\n"); strings.Contains(told, "s3cr3t") {
			t.Errorf("%q tells a secret: %s", pairs, told)
		}
	}
}

// FuzzLoad gives variables arbitrary values: whatever they are, a configuration comes
// out, it is either broken or has a policy, and no token is told.
func FuzzLoad(f *testing.F) {
	const token = "~T0k3n~never~told~"
	for i := range variables {
		f.Add(uint8(i), "", uint8(0), "", "")
		f.Add(uint8(i), "x\\,(", uint8(i+1), "5", ",")
	}
	for _, tt := range good {
		f.Add(index(tt.variable), tt.value, uint8(3), "dry_run", "")
	}
	for _, tt := range bad {
		f.Add(index(tt.variable), tt.value, uint8(3), "x", "\xff")
	}
	f.Fuzz(func(t *testing.T, one uint8, value string, two uint8, other, around string) {
		if strings.Contains(value+other+around, "~") {
			t.Skip("may hold a part of the token, which then is no secret")
		}
		environ := []string{"TOPICGATE_SDK_APP_IDS=1400000000", "TOPICGATE_TOKENS=" + around + token + around}
		name := func(i uint8) string { return Prefix + variables[int(i)%len(variables)].name }
		for _, pair := range []string{name(one) + "=" + value, name(two) + "=" + other} {
			if !strings.HasPrefix(pair, "TOPICGATE_TOKENS=") {
				environ = append(environ, pair)
			}
		}
		c := Load(environ, Options{Function: true})
		if got := c.Policy == nil; got != c.Broken() {
			t.Errorf("%q: broken = %v, and no policy: %v", environ, c.Broken(), got)
		}
		for _, text := range policy.Texts(append(c.Problems, c.Warnings...)) {
			if strings.Contains(text, "T0k3n") {
				t.Errorf("%q tells the token: %s", environ, text)
			}
			if text == "" {
				t.Errorf("%q: a problem without a text", environ)
			}
		}
		if c.Spec.Mode != policy.Enforce && c.Spec.Mode != policy.DryRun || c.Spec.OnError != policy.Refuse && c.Spec.OnError != policy.Allow || len(c.Spec.Govern) == 0 {
			t.Errorf("%q: cannot answer by mode %q, on_error %q, govern %q", environ, c.Spec.Mode, c.Spec.OnError, c.Spec.Govern)
		}
	})
}

// index is the row of a variable.
func index(name string) uint8 {
	for i, v := range variables {
		if v.name == name {
			return uint8(i)
		}
	}
	panic("no variable " + name)
}
