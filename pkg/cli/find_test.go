package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"topicgate/pkg/app"
	"topicgate/pkg/chat"
	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/policy"
	"topicgate/pkg/quota"
)

const findPolicy = `version: 1
rules:
  - {name: staff, match: {operator: {in: [admin]}}, action: allow}
  - {name: words, match: {name: {contains: [fuck, casino], disguised: true}}, action: refuse, code: 10102}
  - {name: short, match: {name: {length_outside: {min_chars: 2}}}, action: refuse}
  - {name: links, match: {name: {links: true}}, action: refuse, mode: dry_run}
  - {name: per-name, quota: {limit: 1, window: 1h, per: name}, action: refuse}
`

// asks is what a gate is asked in a test.
type asks struct{ operator, name string }

const findApp = "1400000000"

// gateLog is the file of what a gate writes that is asked, a minute after another.
func gateLog(t *testing.T, environ []string, all ...asks) string {
	t.Helper()
	c := config.Load(append([]string{"TOPICGATE_SDK_APP_IDS=" + findApp, "TOPICGATE_POLICY=" + findPolicy}, environ...), config.Options{})
	if c.Broken() {
		t.Fatal(policy.Texts(c.Problems))
	}
	var log bytes.Buffer
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	g := gate.New(app.Snapshot(c), gate.Settings{Log: gate.NewLog(&log, "info"), Counter: quota.NewMemory(), Clock: func() time.Time { return now }})
	for _, one := range all {
		body, err := json.Marshal(map[string]string{"CallbackCommand": string(chat.BeforeCreateTopic), "Operator_Account": one.operator, "Type": "Community", "Name": one.name})
		if err != nil {
			t.Fatal(err)
		}
		g.Handle(t.Context(), gate.Request{Method: "POST", Body: body, Received: now, Params: chat.Params{
			Command: chat.BeforeCreateTopic, SDKAppID: findApp, Platform: "Web", ClientIP: "203.0.113.9",
		}})
		now = now.Add(time.Minute)
	}
	file := filepath.Join(t.TempDir(), "gate.log")
	if err := os.WriteFile(file, log.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// A foundAll is what find prints as JSON.
type foundAll struct {
	Decisions, Found, Unlisted int
	Matches                    []finding
}

// finds runs find for machines.
func finds(t *testing.T, environ []string, args ...string) (all foundAll, status int, complaints string) {
	t.Helper()
	var stdout, stderr strings.Builder
	status = Run(t.Context(), append([]string{"find", "-json"}, args...), environ, nil, &stdout, &stderr)
	if err := json.Unmarshal([]byte(stdout.String()), &all); err != nil && stdout.Len() > 0 {
		t.Fatal(err)
	}
	return all, status, stderr.String()
}

// TestFindAndExcuse finds refusals by what users report, and does what it is told about each:
// the explain command runs as pasted, the excuse in the policy makes the case pass.
func TestFindAndExcuse(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash to paste into")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "it's a policy.yaml")
	if err := os.WriteFile(file, []byte(findPolicy), 0o600); err != nil {
		t.Fatal(err)
	}
	names := []string{
		"classic casino", "f*ck it's “on”", "x", "casino\u202e\x1b[31m $(id) `id` \\ ' \" \n2", "加 casino 吧", "- casino: #1", "casino\x85\ufeff",
	}
	var all []asks
	for _, name := range names {
		all = append(all, asks{"leckie", name})
	}
	all = append(all, asks{"leckie", "again and again"}, asks{"trent", "again and again"})
	names = append(names, "again and again")
	log := gateLog(t, nil, all...)
	for _, name := range names {
		found, status, complaints := finds(t, nil, "-policy", file, "-name", name, log)
		if status != statusOK || len(found.Matches) == 0 || complaints != "" {
			t.Errorf("%q: %d %s", name, status, complaints)
			continue
		}
		one := found.Matches[0]
		if !one.Refused || len(one.Ref) != 8 {
			t.Errorf("%q: %+v", name, one)
		}
		typed := strings.ToLower(one.Ref[:4] + "-" + one.Ref[4:])
		if by, _, _ := finds(t, nil, "-policy", file, typed, log); by.Found != 1 || by.Matches[0] != one {
			t.Errorf("%q: not the same by %s: %+v", name, typed, by)
		}

		// Explained as pasted: by the rule that decided.
		words, err := exec.CommandContext(t.Context(), bash, "-c", `topicgate() { printf '%s\0' "$@"; }; `+one.Explain).Output()
		if err != nil {
			t.Fatal(err)
		}
		args := strings.Split(strings.TrimSuffix(string(words), "\x00"), "\x00")
		var explained struct{ Rule string }
		var stdout, stderr strings.Builder
		Run(t.Context(), append(args, "-json"), nil, nil, &stdout, &stderr)
		if err := json.Unmarshal([]byte(stdout.String()), &explained); err != nil || stderr.Len() > 0 {
			t.Errorf("%s: %v %s", one.Explain, err, stderr.String())
		}
		if one.Rule != "per-name" && explained.Rule != one.Rule { // whose quota is fresh
			t.Errorf("%s: %s, not %s", one.Explain, explained.Rule, one.Rule)
		}

		// Pasted where it says, the case passes, which it did not before.
		cases := filepath.Join(t.TempDir(), "cases.yaml")
		text := one.Case
		if one.Rule == "per-name" {
			text = strings.Replace(text, ", want", ", used: {per-name: 1}, want", 1)
		}
		if err := os.WriteFile(cases, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		tested := func(policy string) int {
			mended := filepath.Join(dir, "mended.yaml")
			if err := os.WriteFile(mended, []byte(policy), 0o600); err != nil {
				t.Fatal(err)
			}
			stderr.Reset()
			return Run(t.Context(), []string{"test", "-policy", mended, cases}, nil, nil, &strings.Builder{}, &stderr)
		}
		before := "  - {name: " + one.Rule
		item := strings.TrimPrefix(one.Excuse, "- ")
		var mended string
		switch one.Where {
		case "under unless_contains of rule words":
			mended = strings.Replace(findPolicy, "disguised: true", "disguised: true, unless_contains: ["+item+"]", 1)
		case "under exempt of rule per-name":
			mended = strings.Replace(findPolicy, "per: name", "per: name, exempt: ["+item+"]", 1)
		case "among the rules, before " + one.Rule:
			mended = strings.Replace(findPolicy, before, "  "+one.Excuse+"\n"+before, 1)
		default:
			t.Errorf("%q: %q", name, one.Where)
		}
		if status := tested(findPolicy); status != statusNo {
			t.Errorf("%q: the case passes without the excuse: %d %s\n%s", name, status, stderr.String(), text)
		}
		if status := tested(mended); status != statusOK {
			t.Errorf("%q: the case fails with the excuse: %s\n%s%s", name, stderr.String(), mended, text)
		}
	}
}

func TestFind(t *testing.T) {
	log := gateLog(t, nil, asks{"leckie", "Casino"}, asks{"trent", "ＣＡＳＩＮＯ"}, asks{"leckie", "chess"}, asks{"leckie", "example.com"}, asks{"leckie", "casino"}, asks{"admin", "casino 2"})
	hashed := gateLog(t, []string{"TOPICGATE_LOG_PERSONAL=hash", "TOPICGATE_LOG_KEY=k"}, asks{"leckie", "casino"}, asks{"trent", "chess"})
	withheld := gateLog(t, []string{"TOPICGATE_LOG_PERSONAL=off"}, asks{"leckie", "casino"})
	key := []string{"TOPICGATE_LOG_KEY=k"}
	for _, test := range []struct {
		what          string
		environ, args []string
		found, listed int
		complaint     string
	}{
		{"a name, however it is written", nil, []string{"-name", " casino\u200b", log}, 3, 3, ""},
		{"a person", nil, []string{"-operator", "leckie", log}, 4, 4, ""},
		{"a person at a time", nil, []string{"-operator", "leckie", "-at", "2026-11-20T12:02:30Z", "-within", "45s", log}, 2, 2, ""},
		{"a name and a person", nil, []string{"-name", "casino", "-operator", "trent", log}, 1, 1, ""},
		{"a name of nobody's", nil, []string{"-name", "casin", log}, 0, 0, ""},
		{"an empty name", nil, []string{"-name", "", log}, 0, 0, ""},
		{"a reference of nobody's", nil, []string{"00000000", log}, 0, 0, ""},
		{"a hash", key, []string{"-name", "casino", hashed}, 1, 1, ""},
		{"a person's hash", key, []string{"-operator", "trent", hashed}, 1, 1, ""},
		{"a hash without the key", nil, []string{"-name", "casino", hashed}, 0, 0, "LOG_KEY"},
		{"another key", []string{"TOPICGATE_LOG_KEY=l"}, []string{"-name", "casino", hashed}, 0, 0, ""},
		{"what is withheld", nil, []string{"-name", "casino", withheld}, 0, 0, "find by the reference"},
		{"several logs", nil, []string{"-operator", "leckie", log, log}, 8, 4, ""},
		{"a configuration that does not load", []string{"TOPICGATE_POLICY=nonsense"}, []string{"-name", "chess", log}, 1, 1, ""},
	} {
		all, status, complaints := finds(t, test.environ, test.args...)
		if all.Found != test.found || len(all.Matches) != test.listed || status != statusOf(test.found > 0) || !strings.Contains(complaints, test.complaint) || test.complaint == "" && complaints != "" {
			t.Errorf("%s: %d in %d, status %d, %s", test.what, all.Found, len(all.Matches), status, complaints)
		}
	}

	// What each says is to be done, with no policy at hand.
	for name, want := range map[string]finding{
		"chess":       {Verdict: "allow", Reason: "default", Case: "want: refuse"},
		"example.com": {Verdict: "allow", Reason: "default", Case: "want: refuse"}, // a rule on trial decides nothing
		"casino":      {Verdict: "refuse", Reason: "rule", Rule: "words", Code: 10102, Case: "want: allow", Advice: "rule words does not refuse the name in the policy at hand"},
	} {
		all, _, _ := finds(t, nil, "-name", name, log)
		one := all.Matches[0]
		if one.Verdict != want.Verdict || one.Reason != want.Reason || one.Rule != want.Rule || one.Code != want.Code ||
			!strings.Contains(one.Case, want.Case) || !strings.HasPrefix(one.Advice, want.Advice) || (want.Advice == "") != (one.Advice == "") || one.Explain == "" {
			t.Errorf("%s: %+v", name, one)
		}
	}
	all, _, _ := finds(t, key, "-name", "casino", hashed)
	if one := all.Matches[0]; one.Name != "casino" || one.Operator == "leckie" || !strings.Contains(one.Explain, "-name casino") || strings.Contains(one.Explain, "client-ip") {
		t.Errorf("a hash: %+v", one)
	}
	byRef, _, _ := finds(t, nil, all.Matches[0].Ref, hashed)
	if one := byRef.Matches[0]; one.Explain != "" || !strings.Contains(one.Advice, "ask the person") {
		t.Errorf("a hash by its reference: %+v", one)
	}
	for _, args := range [][]string{
		{}, {log}, {"-name", "x"}, {"12345678"}, {"1234567U", log}, {"-within", "1h", "-name", "x", log}, {"-within", "-1h", "-at", "2026-11-20T12:00:00Z", "-name", "x", log}, {"-at", "today", "-name", "x", log},
	} {
		if _, status, complaints := finds(t, nil, args...); status != statusUsage || !strings.HasPrefix(complaints, "topicgate: ") {
			t.Errorf("%q: %d %s", args, status, complaints)
		}
	}
	if _, status, _ := finds(t, nil, "-name", "x", filepath.Join(t.TempDir(), "none")); status != statusNo {
		t.Errorf("no such file: %d", status)
	}
}
