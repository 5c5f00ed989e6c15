package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// hostile has one of each that a terminal must not get: ESC and other C0, DEL, C1 as a
// character and as a byte, bidi controls old and new, what is invisible, line ends.
const hostile = "a\x1b[31m\x00\x07\r\n\u0085\u009b31m\x9b31m\x7f\u202e\u2066\u061c\u200f\u200b\u2060\ufeff\u3164\u115f\u00ad\u2028\u2029\U000e0041\U000e0100b"

// hostileInJSON is hostile as it can stand in JSON, and in YAML in quotes.
var hostileInJSON = func() string {
	text, err := json.Marshal(strings.ToValidUTF8(hostile, ""))
	if err != nil {
		panic(err)
	}
	return string(text)
}()

// hostileInYAML has what YAML takes as it is, plain.
const hostileInYAML = "a\u0085\u202e\u2066\u200f\u200b\u2060\u3164\u00ad\U000e0041b"

// shows fails where an output holds what a terminal would obey or hide, or a line that
// does not begin as ours do.
func shows(t *testing.T, what, output string) {
	t.Helper()
	if !utf8.ValidString(output) {
		t.Errorf("%s: not UTF-8: %q", what, output)
	}
	for _, r := range output {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) ||
			unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || r >= 0xE0100 && r <= 0xE01EF) {
			t.Errorf("%s: %U reaches the terminal: %q", what, r, output)
			return
		}
	}
	for line := range strings.Lines(output) {
		if strings.HasPrefix(line, "b") || strings.HasPrefix(line, "[31m") {
			t.Errorf("%s: a line end of a stranger's reaches the terminal: %q", what, output)
		}
	}
}

// TestNothingHiddenReachesATerminal feeds every command what people could send, and files
// could hold, and looks at both outputs.
func TestNothingHiddenReachesATerminal(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const odd = "x\x1b[31m\u202e\u009b\xff\n.yaml"
	body := func(name string) string {
		return file(name, `{"CallbackCommand":"Group.CallbackBeforeCreateTopic","Operator_Account":`+hostileInJSON+`,"Type":`+hostileInJSON+`,"Name":`+hostileInJSON+`}`)
	}
	plain, oddlyNamed := body("body.json"), body(odd)
	event := file("event.json", `{"version":"2.0","rawQueryString":"SdkAppid=1&CallbackCommand=Group.CallbackBeforeCreateTopic&OptPlatform=%1b%c2%9b%e2%80%ae&ClientIP=%1b","requestContext":{"http":{"method":"POST"}},"body":"{\"CallbackCommand\":\"\u001b\u202e\"}"}`)
	method := file("method.json", `{"httpMethod":`+hostileInJSON+`}`)
	junk := file("junk.json", "{"+hostile)
	message := strings.ReplaceAll(`
version: 1
refusal: {code: 10101, message: H}
rules:
  - {name: operators, match: {operator: {not_in: ["b*"]}, name: {matches: "zz"}}, action: allow}
  - {name: words, match: {name: {contains: [H]}}, action: refuse, message: "{{name}} {{operator}} {{word}}"}
  - {name: platforms, match: {platform: {not_in: [Web]}}, action: refuse, message: "{{operator}}"}
  - {name: rest, action: refuse, message: H}
`, "H", hostileInJSON)
	policy, oddPolicy := file("policy.yaml", message), file("odd"+odd, message)
	broken := file("broken.yaml", "rules:\n  - name: "+hostileInYAML+"\n    "+hostileInYAML+": 1\n    match: {name: {matches: '("+hostileInYAML+"'}}\n    action: "+hostileInYAML+"\n")
	noYAML := file("no.yaml", hostile+": [")
	anchors := file("anchors.yaml", "rules: !"+hostileInYAML+" [&"+hostileInYAML+" x, *"+hostileInYAML+"]\n")
	cases := strings.ReplaceAll("cases:\n  - {name: H, operator: H, want: allow}\n  - {name: H, want: {rule: H, message: H}}\n  - {name: x, platform: H, want: {code: 0, message: H}}\n", "H", hostileInJSON)
	someCases, oddCases := file("cases.yaml", cases), file("cases"+odd, cases)
	decision := `{"level":"info","timestamp":"2026-03-01T12:00:00.000Z","command":"Group.CallbackBeforeCreateTopic","operator":H,"type":H,"name":H,"platform":H,"client_ip":H,"verdict":"refuse","code":1,"rule":H,"reason":"rule","detail":H,"mode":"enforce","policy":H,"duration_us":1,"message":"decision"}` + "\n"
	log := file("log"+odd, strings.ReplaceAll(decision+strings.Replace(decision, `"policy":H`, `"policy":"0a1b2c3d4e5f"`, 1)+strings.Replace(decision, `"reason":"rule"`, `"reason":H`, 1), "H", hostileInJSON))
	names := file("names"+odd, strings.ReplaceAll(`{"name":H,"operator":H,"platform":H,"topic_id":H,"group_id":H,"more":H}`+"\n"+`{"name":"x","command":H}`+"\n"+`{"name":H}`+"\n", "H", hostileInJSON))
	answers := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header()["Content-Type"] = []string{"text/\u009bhtml"}
		if r.URL.Query().Get("Sign") != "" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, `{"ActionStatus":"OK","ErrorInfo":%s,"ErrorCode":10100}`, hostileInJSON)
			return
		}
		_, _ = io.WriteString(w, hostile)
	}))
	defer answers.Close()
	variable := strings.ReplaceAll(hostile, "\x00", "")

	runs := [][]string{
		{hostile}, {"help", hostile}, {"--" + hostile}, {"version", hostile}, {"version", "-" + hostile}, {"completion", hostile}, {"completion", "bash"},
		{"serve", hostile}, {"serve", "-policy", broken}, {"serve", "-policy", hostile},
		{"check", hostile}, {"check", "-strict=" + hostile}, {"check", "-policy", broken}, {"check", "-policy", noYAML}, {"check", "-policy", anchors},
		{"check", "-policy", filepath.Join(dir, hostile)}, {"check", "-policy", policy}, {"check", "-policy", oddPolicy}, {"check", "-json", "-policy", broken},
		{"policy", "-policy", policy}, {"policy", "-policy", broken}, {"policy", "-schema"}, {"policy", "-digest", "-policy", hostile},
		{"eval", plain}, {"eval", oddlyNamed, hostile}, {"eval", "-json", plain, oddlyNamed, event}, {"eval", event, method, junk}, {"eval", "-at", hostile},
		{"eval", "-policy", policy, plain, oddlyNamed, event}, {"eval", "-policy", policy, "-json", plain, oddlyNamed, event}, {"eval", "-auth", event},
		{"explain", "-name", hostile}, {"explain", "-name", hostile, "-operator", hostile, "-platform", hostile, "-client-ip", hostile, "-type", hostile, "-app", hostile, "-policy", policy},
		{"explain", "-name", "x", "-platform", hostile, "-operator", hostile, "-policy", policy}, {"explain", "-name", "x", "-policy", policy, "-json", "-operator", hostile},
		{"explain", "-name", hostile, "-policy", policy, "-json"}, {"explain", "-name", "x", "-command", hostile}, {"explain", "-" + hostile, "x"},
		{"test", someCases, "-policy", policy}, {"test", oddCases, "-policy", policy}, {"test", "-json", oddCases}, {"test", noYAML, broken, junk, hostile},
		{"replay", log}, {"replay", "-policy", policy, log}, {"replay", "-policy", policy, "-json", log}, {"replay", "-policy", policy, "-markdown", "-names", log}, {"replay", "-old", policy, log},
		{"replay", hostile}, {"replay", "-" + hostile}, {"replay", "-words", hostile, log}, {"replay", "-cases", filepath.Join(dir, hostile), "-policy", policy, log}, {"replay", "-max-newly-refused", hostile},
		{"find", "-name", hostile, log}, {"find", "-operator", hostile, "-policy", policy, log}, {"find", "-name", hostile, "-policy", policy, "-json", log}, {"find", hostile, log}, {"find", "-at", hostile}, {"find", "7K3Q9XWD", hostile},
		{"report", log}, {"report", "-policy", policy, "-names", "-operators", log}, {"report", "-json", "-names", "-operators", log}, {"report", "-names", "-html", filepath.Join(dir, odd), log},
		{"report", "-html", filepath.Join(dir, hostile), log}, {"report", hostile}, {"report", "-" + hostile}, {"report", "-policy", broken, log},
		{"audit", names}, {"audit", "-csv", "-policy", policy, names}, {"audit", "-json", "-policy", policy, names, hostile}, {"audit", "-policy", policy, "-app", hostile, names},
		{"audit", "-remedy", hostile, "-yes"}, {"audit", "-state", hostile, "-app", hostile}, {"audit", "-undo", names}, {"audit", "-" + hostile}, {"audit", oddlyNamed, junk},
		{"ui", "-policy", hostile}, {"ui", "-policy", policy, "-addr", hostile}, {"ui", "-policy", policy, "-log", hostile}, {"ui", "-policy", policy, "-cases", dir, "-addr", "127.0.0.1:0"}, {"ui", "-" + hostile},
		{"sign", "-url", answers.URL + "/?x=" + "\u009b\u202e\xff", "-app", hostile, "-token", "t", "-operator", hostile, "-name", hostile, "-type", hostile, "-platform", hostile, "-client-ip", hostile},
		{"sign", "-url", hostile}, {"sign", "-url", "http://x", "-command", hostile}, {"sign", "-url", "http://x", "-app", "1", "-at", hostile},
		{"probe", "-url", answers.URL, "-app", hostile, "-token", "t", "-name", hostile, "-operator", hostile}, {"probe", "-url", answers.URL + "/?\u202e=1", "-app", "1", "-json", "-token", "t"},
		{"probe", "-url", answers.URL, "-app", "1", "-want", hostile}, {"probe", "-url", answers.URL, "-app", "1", "-on-error", hostile}, {"probe", "-url", "http://\u202e.invalid/", "-app", "1"},
		{"completion", hostile}, {"completion", "bash"}, {"help", "probe"}, {"help", "sign"},
	}
	environments := [][]string{
		{"TOPICGATE_SDK_APP_IDS=1400000000"},
		{"TOPICGATE_SDK_APP_IDS=" + variable, "TOPICGATE_" + variable + "=1", "TOPICGATE_MODE=" + variable, "TOPICGATE_ON_ERROR=" + variable, "TOPICGATE_ADDR=" + variable,
			"TOPICGATE_NAME_PATTERN=(" + variable, "TOPICGATE_BANNED_WORDS_FILE=" + variable, "TOPICGATE_BLOCKED_CLIENT_IPS=" + variable, "TOPICGATE_UPSTREAM_URL=" + variable},
		{"TOPICGATE_BANNED_WORDS=" + variable, "TOPICGATE_BLOCKED_OPERATORS=" + variable, "TOPICGATE_REFUSE_MESSAGE=" + variable + "{{name}}", "TOPICGATE_MODE=dry_run"},
	}
	commanded := map[string]bool{}
	for _, environ := range environments {
		for _, args := range runs {
			if args[0] == "serve" && environ[0] == environments[0][0] && len(args) == 1 {
				continue // it would serve
			}
			commanded[args[0]] = true
			var stdout, stderr strings.Builder
			Run(t.Context(), args, environ, strings.NewReader(hostile), &stdout, &stderr)
			what := fmt.Sprintf("%.200q", args)
			if stdout.Len()+stderr.Len() == 0 {
				t.Errorf("%s says nothing", what)
			}
			shows(t, what+" on standard output", stdout.String())
			shows(t, what+" on standard error", stderr.String())
			for line := range strings.Lines(stderr.String()) {
				if !strings.HasPrefix(line, "topicgate: ") {
					t.Errorf("%s: a line on standard error that is not ours: %q", what, line)
				}
			}
			if slices.Contains(args, "-json") {
				for line := range strings.Lines(stdout.String()) {
					if !json.Valid([]byte(line)) {
						t.Errorf("%s: not JSON: %q", what, line)
					}
				}
			}
		}
	}
	for _, c := range commands() {
		if !commanded[c.name] {
			t.Errorf("%s is not tried", c.name)
		}
	}
}

// TestJSONMeansTheSame: what is escaped for terminals is the same text to a machine.
func TestJSONMeansTheSame(t *testing.T) {
	file := filepath.Join(t.TempDir(), "body.json")
	if err := os.WriteFile(file, []byte(`{"CallbackCommand":"Group.CallbackBeforeCreateTopic","Operator_Account":`+hostileInJSON+`,"Name":"x"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr strings.Builder
	Run(t.Context(), []string{"eval", "-json", file}, []string{"TOPICGATE_ALLOWED_OPERATORS=nobody"}, nil, &stdout, &stderr)
	var got result
	if err := json.Unmarshal([]byte(stdout.String()), &got); err != nil {
		t.Fatal(err, stderr.String())
	}
	if want := strings.ToValidUTF8(hostile, ""); got.Detail != want {
		t.Errorf("got %q, want %q", got.Detail, want)
	}
}

// TestPrintable: what can be shown is left as it is.
func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"MyFirstTopic":   "MyFirstTopic",
		"新手村 ❤️ 100%":    "新手村 ❤️ 100%",
		`say "x"`:        `"say \"x\""`,
		"a\x1b[31mb":     `"a\x1b[31mb"`,
		"a\u202eb":       `"a\u202eb"`,
		"a\u3164b":       `"a\u3164b"`,
		"a\xffb":         `"a\xffb"`,
		"a\ufffdb":       "a\ufffdb",
		"a\U000e0041b":   `"a\U000e0041b"`,
		"a\nb":           `"a\nb"`,
		"葛\U000e0100":    `"葛\udb40\udd00"`,
		"\u200d\u200d":   `"\u200d\u200d"`,
		"\u0085\u009b":   `"\u0085\u009b"`,
		"line\u2028line": `"line\u2028line"`,
	} {
		if got := printable(text); got != want {
			t.Errorf("%+q: got %s, want %s", text, got, want)
		}
	}
}
