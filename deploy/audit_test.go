package deploy_test

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"topicgate/pkg/chatapi/chatapitest"
)

// An auditedApp is a played app, and the tool with what it needs to audit it.
func auditedApp(t *testing.T) (chat *chatapitest.Chat, tool string, environ []string) {
	t.Helper()
	dir, err := serving()
	if err != nil {
		t.Fatal(err)
	}
	chat = chatapitest.New(t, chatapitest.Settings{Unlimited: true})
	chat.AddTopic(chat.AddGroup("a"), "ham")
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "TOPICGATE_") {
			environ = append(environ, pair)
		}
	}
	return chat, filepath.Join(dir, "dist", "topicgate"), append(environ, "TOPICGATE_SDK_APP_IDS="+chatapitest.App,
		"TOPICGATE_CHAT_API_URL="+chat.URL(), "TOPICGATE_BANNED_WORDS=spam")
}

// auditing runs an audit by its words, and returns its status.
func auditing(t *testing.T, words, environ []string) int {
	t.Helper()
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Env = environ
	out, _ := cmd.CombinedOutput() // the status tells
	t.Logf("%s", out)
	return cmd.ProcessState.ExitCode()
}

// findsPlanted audits an app in which nothing is refused, and again with a topic that is.
func findsPlanted(t *testing.T, chat *chatapitest.Chat, run func() int) {
	t.Helper()
	if status := run(); status != 0 {
		t.Errorf("status %d where nothing is refused", status)
	}
	chat.AddTopic(chat.AddGroup("b"), "spam")
	if status := run(); status != 1 {
		t.Errorf("status %d where something is", status)
	}
}

// The unit's own command audits, with the key where systemd puts it, and fails when
// something is found.
func TestAuditUnit(t *testing.T) {
	chat, tool, environ := auditedApp(t)
	credentials, state := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(credentials, "chat-secret-key"), []byte(chatapitest.SecretKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(state, "topicgate-audit"), 0o700); err != nil {
		t.Fatal(err)
	}
	unit := strings.NewReplacer("/usr/local/bin/topicgate", tool, "%S", state, "%d", credentials).Replace(file(t, "systemd/topicgate-audit.service"))
	setting := func(key string) []string {
		found := regexp.MustCompile(`(?m)^` + key + `=(.+)$`).FindStringSubmatch(unit)
		if found == nil {
			t.Fatalf("the unit has no %s", key)
		}
		return strings.Fields(found[1])
	}
	run := func() int { return auditing(t, setting("ExecStart"), slices.Concat(environ, setting("Environment"))) }
	findsPlanted(t, chat, run)
	chat.Break("get_topic", chatapitest.Refusal(11000))
	if status := run(); status != 3 {
		t.Errorf("status %d of an audit that could not finish", status)
	}
	if acts := chat.Acts(); len(acts) > 0 {
		t.Errorf("it acts: %v", acts)
	}
	if got := setting("LoadCredential")[0]; got != "chat-secret-key:/etc/topicgate/chat-secret-key" {
		t.Errorf("the credential is %q", got)
	}
	timer := file(t, "systemd/topicgate-audit.timer")
	if !strings.Contains(timer, "\nOnCalendar=") || !strings.Contains(timer, "\nWantedBy=timers.target") {
		t.Errorf("the timer starts nothing: %s", timer)
	}
}

// TestAuditBootstrap plays the runtime of SCF to the bootstrap: it is ready, audits at each
// invocation, and answers or fails it by what was found.
func TestAuditBootstrap(t *testing.T) {
	for _, needed := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(needed); err != nil {
			t.Skip(err)
		}
	}
	chat, tool, environ := auditedApp(t)
	dir := t.TempDir()
	if err := os.Symlink(tool, filepath.Join(dir, "topicgate")); err != nil {
		t.Fatal(err)
	}
	bootstrap := filepath.Join(dir, "bootstrap")
	if err := os.WriteFile(bootstrap, []byte(file(t, "scf/audit-bootstrap")), 0o755); err != nil {
		t.Fatal(err)
	}
	calls, invoke := make(chan string, 10), make(chan bool)
	runtime := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/runtime/invocation/next" {
			select {
			case <-invoke:
			case <-r.Context().Done():
			}
			return
		}
		body, _ := io.ReadAll(r.Body)
		calls <- r.Method + " " + r.URL.Path + ": " + string(body)
	}))
	defer runtime.Close()
	defer runtime.CloseClientConnections()
	host, port, _ := strings.Cut(strings.TrimPrefix(runtime.URL, "http://"), ":")
	cmd := exec.Command(bootstrap)
	cmd.Env = slices.Concat(environ, []string{"TOPICGATE_CHAT_SECRET_KEY=" + chatapitest.SecretKey, "SCF_RUNTIME_API=" + host, "SCF_RUNTIME_API_PORT=" + port})
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Wait() }()
	defer func() { _ = cmd.Process.Kill() }()
	next := func(want string) {
		t.Helper()
		select {
		case got := <-calls:
			if !strings.HasPrefix(got, want) {
				t.Fatalf("it says %q, want %q", got, want)
			}
		case <-time.After(time.Minute):
			t.Fatalf("it does not say %q", want)
		}
	}
	next("POST /runtime/init/ready: ")
	invoke <- true
	next("POST /runtime/invocation/response: nothing was found")
	chat.AddTopic(chat.AddGroup("b"), "spam in it")
	invoke <- true
	next("POST /runtime/invocation/error: topicgate audit ended with status 1")
	log := bufio.NewScanner(out)
	for log.Scan() {
		if strings.Contains(log.Text(), `"spam in it"`) {
			return
		}
	}
	t.Error("the report is not in the log")
}
