package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"topicgate/pkg/audit"
	"topicgate/pkg/chatapi/chatapitest"
	"topicgate/pkg/config"
)

// An audited is a played app, and how the tool is told of it.
type audited struct {
	*chatapitest.Chat
	environ []string
	dir     string
}

func newAudited(t *testing.T, environ ...string) *audited {
	t.Helper()
	chat := chatapitest.New(t, chatapitest.Settings{Unlimited: true})
	return &audited{chat, append([]string{
		"TOPICGATE_SDK_APP_IDS=" + chatapitest.App, "TOPICGATE_CHAT_API_URL=" + chat.URL(), "TOPICGATE_CHAT_SECRET_KEY=" + chatapitest.SecretKey,
		"TOPICGATE_REMEDY_NAME=Renamed", "TOPICGATE_BANNED_WORDS=spam",
	}, environ...), t.TempDir()}
}

func (a *audited) run(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, diagnostics bytes.Buffer
	status = Run(t.Context(), append([]string{"audit", "-rate", "100000"}, args...), a.environ, strings.NewReader(""), &out, &diagnostics)
	if said := out.String() + diagnostics.String(); strings.Contains(said, chatapitest.SecretKey) || strings.Contains(said, "usersig") {
		t.Errorf("a secret is told: %s", said)
	}
	return status, out.String(), diagnostics.String()
}

func (a *audited) names() (names []string) {
	for _, topic := range a.Topics() {
		names = append(names, topic.Name)
	}
	return names
}

// TestAudit: report, act, report again, undo.
func TestAudit(t *testing.T) {
	a := newAudited(t)
	group := a.AddGroup("a")
	for _, name := range []string{"spam 1", "ham", "sp\u202eam 2\x1b[2J\n=1", "spam 3"} {
		a.AddTopic(group, name)
	}
	before := a.names()
	status, stdout, stderr := a.run(t)
	if status != statusNo || stderr != "" || !strings.HasPrefix(stdout, "4 topics of 1 community\n       3 refused, whoever made them\n") ||
		!strings.Contains(stdout, `"sp\u202eam 2\x1b[2J\n=1" on "spam"`) {
		t.Errorf("status %d, %s%s", status, stdout, stderr)
	}
	if acts := a.Acts(); len(acts) > 0 {
		t.Errorf("a report acts: %v", acts)
	}
	_, stdout, _ = a.run(t, "-csv")
	if want := `,'@TGS#`; strings.Count(stdout, want) != 6 || !strings.Contains(stdout, `sp\u202eam 2\u001b[2J\u000a=1`) {
		t.Errorf("in CSV: %s", stdout)
	}

	save := filepath.Join(a.dir, "save")
	status, stdout, stderr = a.run(t, "-remedy", "rename", "-max", "2", "-save", save, "-yes")
	if diff := cmp.Diff([]string{"Renamed", "ham", "Renamed", "spam 3"}, a.names()); diff != "" || status != statusNo {
		t.Errorf("status %d, names -want +got:\n%s", status, diff)
	}
	for _, want := range []string{
		"topicgate: 3 topics refused for their names, of which 2 at most will be renamed to \"Renamed\"; what they were is saved in " + save + "\n",
		`"spam 1" to "Renamed", by rule banned-words` + "\n",
		`2 topics renamed, 0 left as they are by now, 0 failed, 1 more are refused for their names; topicgate audit -undo ` + save + " puts back what can be\n",
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("stderr lacks %q:\n%s", want, stderr)
		}
	}
	if !strings.Contains(stdout, "3 refused") {
		t.Errorf("the report is missing: %s", stdout)
	}

	status, stdout, _ = a.run(t, "-json")
	var r audit.Report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || status != statusNo || len(r.Findings) != 1 || r.Findings[0].Name != "spam 3" || !r.Finished {
		t.Errorf("status %d, error %v, %s", status, err, stdout)
	}

	status, stdout, stderr = a.run(t, "-undo", save)
	if diff := cmp.Diff(before, a.names()); diff != "" || status != statusOK {
		t.Errorf("status %d, names -want +got:\n%s%s", status, diff, stderr)
	}
	if !strings.HasSuffix(stdout, "2 put back, 0 as they were already, 0 changed since and left so, 0 destroyed, 0 failed\n") {
		t.Errorf("undone: %s", stdout)
	}
}

// An act that Chat does not do leaves an audit unfinished, although something is found.
func TestAuditRemedyFails(t *testing.T) {
	a := newAudited(t)
	t.Chdir(a.dir)
	group := a.AddGroup("a")
	a.AddTopic(group, "spam 1")
	a.AddTopic(group, "spam 2")
	a.BreakTimes("modify_topic", chatapitest.Refusal(10007), 1)
	if status, stdout, stderr := a.run(t, "-remedy", "rename", "-yes"); status != statusUnfinished || !strings.Contains(stderr, "1 failed") {
		t.Errorf("status %d: %s%s", status, stdout, stderr)
	}
	if names := a.names(); len(names) != 2 || names[0] == names[1] {
		t.Errorf("there are %q", names)
	}
}

// One object holds the report and what was done about it.
func TestAuditRemedyJSON(t *testing.T) {
	a := newAudited(t)
	t.Chdir(a.dir)
	a.AddTopic(a.AddGroup("a"), "spam")
	status, stdout, stderr := a.run(t, "-json", "-remedy", "destroy", "-yes")
	var got struct {
		Found  int
		Remedy audit.Acted
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || got.Found != 1 || got.Remedy.Changed != 1 || status != statusNo {
		t.Errorf("status %d, error %v, %s%s", status, err, stdout, stderr)
	}
	if len(a.Topics()) != 0 {
		t.Errorf("there are %v", a.Topics())
	}
	saved, _ := filepath.Glob("topicgate-audit-" + chatapitest.App + "-*.jsonl")
	if len(saved) != 1 || !strings.Contains(stderr, saved[0]) {
		t.Fatalf("saved in %q: %s", saved, stderr)
	}
	status, stdout, _ = a.run(t, "-json", "-undo", saved[0], "-yes")
	if want := `{"restored":0,"already":0,"left":0,"lost":1,"failed":0}` + "\n"; stdout != want || status != statusNo {
		t.Errorf("status %d, undone: %s", status, stdout)
	}
}

// What stands against acts is found before any, and none is done.
func TestAuditDoesNotAct(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change []string
		args   []string
		status int
		want   string
	}{
		{"in dry run", []string{"TOPICGATE_MODE=dry_run"}, nil, statusNo, "the policy is in dry run: nothing is done; 1 topic would be renamed"},
		{"without a name", []string{"TOPICGATE_REMEDY_NAME="}, nil, statusUnfinished, "no name to rename to: set TOPICGATE_REMEDY_NAME"},
		{"with a name that is refused", []string{"TOPICGATE_REMEDY_NAME=spam no more"}, nil, statusUnfinished, "TOPICGATE_REMEDY_NAME"},
		{"where nothing can be saved", nil, []string{"-save", "/none/save"}, statusUnfinished, "no such file or directory; nothing was changed"},
		{"for nothing but a name", []string{"TOPICGATE_BANNED_WORDS=", "TOPICGATE_POLICY={rules: [{name: closed, action: refuse}]}"}, nil, statusNo, "no topic is refused for its name: nothing to do"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newAudited(t, tt.change...)
			t.Chdir(a.dir)
			a.AddTopic(a.AddGroup("a"), "spam")
			status, _, stderr := a.run(t, append([]string{"-remedy", "rename", "-yes"}, tt.args...)...)
			if status != tt.status || !strings.Contains(stderr, tt.want) {
				t.Errorf("status %d, want %d: %s", status, tt.status, stderr)
			}
			if acts := a.Acts(); len(acts) > 0 {
				t.Errorf("acts: %v", acts)
			}
		})
	}
}

// Whoever is asked must say yes.
func TestAuditAsks(t *testing.T) {
	no := false
	for answer, want := range map[string]bool{"y\n": true, "YES \n": true, "y": true, "n\n": false, "\n": false, "": false, "yep\n": false} {
		var stderr bytes.Buffer
		a := &auditing{invocation: &invocation{ctx: t.Context(), stdin: strings.NewReader(answer), stderr: &stderr}, yes: &no}
		if got := a.confirmed("1 topic\x1b[2J"); got != want || stderr.String() != `topicgate: 1 topic\u001b[2J. Go on? [y/N] ` {
			t.Errorf("%q: %v; %q", answer, got, stderr.String())
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	pipe, _, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	a := &auditing{invocation: &invocation{ctx: ctx, stdin: pipe, stderr: new(bytes.Buffer)}, yes: &no}
	if a.confirmed("1 topic") {
		t.Error("who was interrupted said yes")
	}
	nobody, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if somebody(nobody) || somebody(pipe) || somebody(strings.NewReader("y\n")) {
		t.Error("a scheduler is somebody")
	}
}

// A state that is finished is what a remedy goes by, without another sweep; without one the
// next audit begins anew.
func TestAuditState(t *testing.T) {
	a := newAudited(t)
	a.AddTopic(a.AddGroup("a"), "spam 1")
	state, save := filepath.Join(a.dir, "state"), filepath.Join(a.dir, "save")
	if status, _, stderr := a.run(t, "-state", state); status != statusNo || stderr != "" {
		t.Fatalf("status %d: %s", status, stderr)
	}
	a.ForgetCalls()
	status, _, stderr := a.run(t, "-state", state, "-remedy", "mute", "-save", save, "-yes")
	if n := len(a.Calls("get_appid_group_list")); status != statusNo || n != 0 || len(a.Acts()) != 1 || !strings.Contains(stderr, "going by the audit that "+state+" holds") {
		t.Errorf("status %d, listed %d times: %s", status, n, stderr)
	}
	a.AddTopic(a.AddGroup("b"), "spam 2")
	status, stdout, stderr := a.run(t, "-state", state)
	if status != statusNo || !strings.Contains(stdout, "2 refused") || !strings.Contains(stderr, "this one begins anew") {
		t.Errorf("status %d: %s%s", status, stdout, stderr)
	}
	a.environ = append(a.environ, "TOPICGATE_BANNED_WORDS=ham")
	a.AddTopic(a.AddGroup("c"), "ham")
	if status, stdout, _ := a.run(t, "-state", state); status != statusNo || !strings.Contains(stdout, "1 refused") {
		t.Errorf("another policy: status %d: %s", status, stdout)
	}
	if status, _, stderr := a.run(t, "-state", save); status != statusUnfinished || !strings.Contains(stderr, "not the state of an audit") {
		t.Errorf("another file: status %d: %s", status, stderr)
	}
}

// What is too long to be decided is refused by no rule, and does not fill the screen.
func TestAuditTooLong(t *testing.T) {
	a := newAudited(t)
	file := filepath.Join(a.dir, "names")
	if err := os.WriteFile(file, []byte(`{"name": "spam `+strings.Repeat("长", 50_000)+`"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := a.run(t, file)
	want := "1 name\n       0 refused, whoever made them\n       1 unsure: it depends on who made them\n\nUnsure: too long to be decided (1)\n  \"spam " + strings.Repeat("长", 75) + "\"…, line 1\n"
	if status != statusOK || stdout != want || stderr != "" {
		t.Errorf("status %d, %s%s", status, stdout, stderr)
	}
}

// A table that is not whole says so, beside itself.
func TestAuditUnlisted(t *testing.T) {
	a := newAudited(t)
	file := filepath.Join(a.dir, "names")
	if err := os.WriteFile(file, []byte(strings.Repeat("{\"name\": \"spam\"}\n", 20_002)), 0o600); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := a.run(t, "-csv", file)
	if status != statusNo || strings.Count(stdout, "\n") != 20_001 || stderr != "topicgate: the table is not whole: 2 more are too many to list\n" {
		t.Errorf("status %d, %d lines, %s", status, strings.Count(stdout, "\n"), stderr)
	}
}

// What Chat does not allow is said, with how to put it right.
func TestAuditRefused(t *testing.T) {
	for code, want := range map[int]string{11000: "the app's plan has no topics", 10007: "the account may not do this", 70001: "the UserSig does not hold"} {
		a := newAudited(t)
		a.AddGroup("a")
		a.Break("get_topic", chatapitest.Refusal(code))
		status, stdout, stderr := a.run(t)
		if status != statusUnfinished || !strings.Contains(stderr, want) || !strings.Contains(stdout, "The audit is not finished") {
			t.Errorf("%d: status %d, want %q: %s%s", code, status, want, stdout, stderr)
		}
	}
}

// The policy that serves is the one that is looked for.
func TestAuditPolicyURL(t *testing.T) {
	status := http.StatusOK
	served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, `{"rules": [{"name": "hams", "match": {"name": {"contains": ["ham"]}}, "action": "refuse"}]}`)
	}))
	defer served.Close()
	a := newAudited(t, config.Prefix+"POLICY_URL="+served.URL+"/policy", config.Prefix+"BANNED_WORDS=")
	a.AddTopic(a.AddGroup("a"), "ham")
	if got, stdout, stderr := a.run(t); got != statusNo || !strings.Contains(stdout, "Refused by rule hams (1)") {
		t.Errorf("status %d: %s%s", got, stdout, stderr)
	}
	status = http.StatusForbidden
	if got, _, stderr := a.run(t); got != statusUnfinished || !strings.Contains(stderr, "topicgate: TOPICGATE_POLICY_URL: ") {
		t.Errorf("status %d: %s", got, stderr)
	}
	if slices.ContainsFunc(a.Acts(), func(chatapitest.Call) bool { return true }) {
		t.Error("it acts")
	}
}
