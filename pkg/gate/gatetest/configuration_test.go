package gatetest

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestSCFRecovers: variables that arrive late, broken, mended or not at all.
func TestSCFRecovers(t *testing.T) {
	function, err := StartSCF(binaries.scf, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer function.Close()

	send := func(id, event string, environ ...string) string {
		t.Helper()
		response, err := function.Invoke(id, environ, []byte(event))
		if err != nil {
			t.Fatal(err)
		}
		return string(response)
	}
	callback := func(id string, s *Scenario, environ ...string) string {
		t.Helper()
		event, err := json.Marshal(scfURLEvent(s.Call(time.Now())))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := plainAnswer([]byte(send(id, string(event), environ...)))
		if err != nil {
			t.Fatal(err)
		}
		return answer.Body
	}
	starts := func() []Line {
		t.Helper()
		log, err := function.Log()
		if err != nil {
			t.Fatal(err)
		}
		lines, err := Lines(log, "start")
		if err != nil {
			t.Fatal(err)
		}
		return lines
	}

	// A timer or a warm-up carries no callback, perhaps no variables: it decides
	// nothing about the configuration.
	for _, event := range []string{`{"Type":"Timer","TriggerName":"warm","Time":"2026-01-01T00:00:00Z","Message":""}`, `{}`, `null`, `[]`, `""`} {
		if got := send("event", event); !strings.Contains(got, `"statusCode":400`) {
			t.Errorf("%s: answered %s", event, got)
		}
	}
	if n := len(starts()); n != 0 {
		t.Errorf("%d start lines before the first callback", n)
	}

	refused, allowed := Want{Code: 1}.Verdict(), Want{}.Verdict()
	plain, spam := &Scenario{}, &Scenario{Topic: "spam"}
	app := "TOPICGATE_SDK_APP_IDS=" + App
	steps := []struct {
		what    string
		s       *Scenario
		environ []string
		want    string
		starts  int
	}{
		{"no variables", plain, nil, refused, 1},
		{"still none", plain, nil, refused, 1},
		{"a misspelt one", plain, []string{app, "TOPICGATE_BANED_WORDS=spam"}, refused, 2},
		{"another command passes", &Scenario{Command: "State.StateChange"}, []string{app, "TOPICGATE_BANED_WORDS=spam"}, allowed, 2},
		{"the misspelt one is gone", spam, []string{app, "TOPICGATE_BANNED_WORDS=spam"}, refused, 3},
		{"and decides", plain, []string{app, "TOPICGATE_BANNED_WORDS=spam"}, allowed, 3},
		{"a valid configuration is kept", plain, nil, allowed, 3},
	}
	for _, step := range steps {
		if got := callback(step.what, step.s, step.environ...); got != step.want {
			t.Errorf("%s: got %s, want %s", step.what, got, step.want)
		}
		if got := len(starts()); got != step.starts {
			t.Errorf("%s: %d start lines, want %d", step.what, got, step.starts)
		}
	}
	lines := starts()
	if first, last := lines[0], lines[len(lines)-1]; first.Level != "error" || len(first.Errors) == 0 || last.Level != "info" || len(last.Errors) != 0 {
		t.Errorf("got first %+v and last %+v", first, last)
	}
}

// TestBrokenServer: every problem is printed, none twice, and nothing is served.
func TestBrokenServer(t *testing.T) {
	serve := exec.Command(binaries.topicgate, "serve")
	serve.Env = []string{"TOPICGATE_TIMEOUT=2h", "TOPICGATE_BANED_WORDS=x", "TOPICGATE_NAME_PATTERN=(", "TOPICGATE_BLOCKED_CLIENT_IPS=10.0.0.0/8,office"}
	var stdout, stderr strings.Builder
	serve.Stdout, serve.Stderr = &stdout, &stderr
	err := serve.Run()
	if code := serve.ProcessState.ExitCode(); code != 1 {
		t.Errorf("exit status %d (%v), want 1", code, err)
	}
	want := "topicgate: unknown variable: TOPICGATE_BANED_WORDS: did you mean TOPICGATE_BANNED_WORDS?\n" +
		"topicgate: \"2h\" is not a duration up to 1.8s: TOPICGATE_TIMEOUT: use one such as 1s or 800ms\n" +
		"topicgate: \"(\" is not a regular expression: error parsing regexp: missing closing ): `(`: TOPICGATE_NAME_PATTERN: write it in RE2 syntax\n" +
		"topicgate: no app is served: TOPICGATE_SDK_APP_IDS: set it to the SDKAppID shown in the Chat console\n" +
		"topicgate: \"office\" is neither an address nor a CIDR, such as 203.0.113.7 or 2001:db8::/32: TOPICGATE_BLOCKED_CLIENT_IPS\n" +
		"topicgate: warning: signatures are not checked: TOPICGATE_TOKENS: set it to the callback authentication token of the Chat console\n"
	if stderr.String() != want {
		t.Errorf("got\n%s\nwant\n%s", stderr.String(), want)
	}
	if stdout.String() != "" {
		t.Errorf("printed on standard output: %q", stdout.String())
	}
}

// TestLambdaStartLine: a broken function says all that is wrong before it is asked.
func TestLambdaStartLine(t *testing.T) {
	function, err := StartLambda(binaries.lambda, t.TempDir(), []string{"TOPICGATE_TIMEOUT=2h", "TOPICGATE_LOG_LEVEL=loud", "AWS_LAMBDA_LOG_LEVEL=WARN"})
	if err != nil {
		t.Fatal(err)
	}
	defer function.Close()
	for _, event := range []string{
		`{"requestContext":{"connectionId":"abc","routeKey":"$connect"},"httpMethod":"POST"}`,
		`{"type":"REQUEST","methodArn":"arn:aws:execute-api:x","httpMethod":"POST","requestContext":{"identity":{}}}`,
		`{"Records":[{"eventSource":"aws:s3"}]}`, `{"source":"aws.events","detail-type":"Scheduled Event"}`,
		`{}`, `null`, `"warm"`, `{"httpMethod":7}`, `{`,
	} {
		response, err := function.Invoke("event", []byte(event))
		if err != nil {
			t.Fatalf("%s: %v", event, err)
		}
		if !strings.Contains(string(response), `"statusCode":400`) {
			t.Errorf("%s: answered %s", event, response)
		}
	}
	log, err := function.Log()
	if err != nil {
		t.Fatal(err)
	}
	lines, err := Lines(log, "start")
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 1 || lines[0].Level != "error" || len(lines[0].Errors) != 3 {
		t.Errorf("got %+v, want one line with three errors", lines)
	}
}
