package cli

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"topicgate/pkg/app"
	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/httpserver"
	"topicgate/pkg/policy"
)

const (
	probedApp   = "1400000000"
	probedToken = "a long random token"
)

// deployed is a gate of these variables, behind HTTP. The rule names are those of the
// README; TOKENS and SDK_APP_IDS are right unless they are given.
func deployed(t *testing.T, variables ...string) string {
	t.Helper()
	environ := []string{"TOPICGATE_SDK_APP_IDS=" + probedApp, "TOPICGATE_TOKENS=" + probedToken, "TOPICGATE_LOG_LEVEL=disabled"}
	for _, v := range variables {
		environ = append(environ, "TOPICGATE_"+v)
	}
	c := config.Load(environ, config.Options{Function: true})
	s := httptest.NewServer(httpserver.New(app.New(c, io.Discard, gate.Observer{})))
	t.Cleanup(s.Close)
	return s.URL + "/"
}

// answering is something else behind HTTP.
func answering(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL + "/"
}

// closedPort is an address where nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return "http://" + listener.Addr().String() + "/"
}

var (
	latency = regexp.MustCompile(` +\d+ ms +`)
	heading = regexp.MustCompile(`LATENCY +`)
)

// probed runs probe, and takes what differs between two runs out of its output.
func probed(environ []string, target string, flags ...string) (status int, stdout, stderr string) {
	var out, diagnostics strings.Builder
	args := append([]string{"probe", "-url", target}, flags...)
	status = Run(context.Background(), args, environ, strings.NewReader(""), &out, &diagnostics)
	text := latency.ReplaceAllString(out.String(), "  N ms  ")
	text = heading.ReplaceAllString(text, "LATENCY")
	text = regexp.MustCompile(`  -  +`).ReplaceAllString(text, "  -  ")
	return status, strings.ReplaceAll(text, target, "URL"), diagnostics.String()
}

func TestProbe(t *testing.T) {
	right := []string{"TOPICGATE_SDK_APP_IDS=" + probedApp, "TOPICGATE_TOKENS=" + probedToken}
	other := `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":120001}`

	tests := []struct {
		name    string
		target  func(*testing.T) string
		environ []string
		flags   []string
		status  int
		stdout  string
		stderr  string
	}{
		{
			name:    "right",
			target:  func(t *testing.T) string { return deployed(t) },
			environ: right,
			stdout: `CASE            EXPECTED                ACTUAL     LATENCY
signed          allowed, or a rule's code  allowed  N ms  ok
unsigned        refused 1                  refused 1  N ms  ok
stale           refused 1                  refused 1  N ms  ok
foreign app     refused 1                  refused 1  N ms  ok
malformed body  refused 1                  refused 1  N ms  ok
other command   allowed                    allowed  N ms  ok
GET             HTTP 4xx                   HTTP 405  N ms  ok

URL is right
`,
		},
		{
			name:    "right, and it reviews",
			target:  func(t *testing.T) string { return deployed(t, "REVIEW=created,renamed") },
			environ: append(right[:2:2], "TOPICGATE_REVIEW=renamed"),
			stdout: `CASE             EXPECTED                ACTUAL     LATENCY
signed           allowed, or a rule's code  allowed  N ms  ok
unsigned         refused 1                  refused 1  N ms  ok
stale            refused 1                  refused 1  N ms  ok
foreign app      refused 1                  refused 1  N ms  ok
malformed body   refused 1                  refused 1  N ms  ok
other command    allowed                    allowed  N ms  ok
GET              HTTP 4xx                   HTTP 405  N ms  ok
told afterwards  allowed                    allowed  N ms  ok

URL is right
`,
		},
		{
			name:    "right, and a rule refuses",
			target:  func(t *testing.T) string { return deployed(t, "BANNED_WORDS=spam", "REFUSE_MESSAGE=No {{word}}.") },
			environ: right,
			flags:   []string{"-operator", "leckie", "-name", "best spam"},
			stdout: `CASE            EXPECTED                   ACTUAL                     LATENCY
signed          allowed, or a rule's code  refused 10100 "No spam."  N ms  ok
unsigned        refused 1                  refused 1  N ms  ok
stale           refused 1                  refused 1  N ms  ok
foreign app     refused 1                  refused 1  N ms  ok
malformed body  refused 1                  refused 1  N ms  ok
other command   allowed                    allowed  N ms  ok
GET             HTTP 4xx                   HTTP 405  N ms  ok

URL is right
`,
		},
		{
			name:    "right, and a rule refuses with a bare 1",
			target:  func(t *testing.T) string { return deployed(t, "DEFAULT=refuse", "ON_ERROR=allow") },
			environ: right,
			flags:   []string{"-want", "refuse", "-on-error", "allow"},
			stderr:  "topicgate: warning: the rules refuse the signed callback with a bare 1, as a wrong token is: give an -operator and -name that they allow, and see that too\n",
			stdout: `CASE            EXPECTED   ACTUAL     LATENCY
signed          refused    refused 1  N ms  ok
unsigned        refused 1  refused 1  N ms  ok
stale           refused 1  refused 1  N ms  ok
foreign app     refused 1  refused 1  N ms  ok
malformed body  allowed    allowed  N ms  ok
other command   allowed    allowed  N ms  ok
GET             HTTP 4xx   HTTP 405  N ms  ok

URL is right
`,
		},
		{
			name:    "right, and the rules at hand refuse with a bare 1",
			target:  func(t *testing.T) string { return deployed(t, "ALLOWED_OPERATORS=administrator") },
			environ: append(right[:2:2], "TOPICGATE_ALLOWED_OPERATORS=administrator"),
			stdout: `CASE            EXPECTED   ACTUAL     LATENCY
signed          refused    refused 1  N ms  ok
unsigned        refused 1  refused 1  N ms  ok
stale           refused 1  refused 1  N ms  ok
foreign app     refused 1  refused 1  N ms  ok
malformed body  refused 1  refused 1  N ms  ok
other command   allowed    allowed  N ms  ok
GET             HTTP 4xx   HTTP 405  N ms  ok

URL is right
`,
			stderr: "topicgate: warning: the rules refuse the signed callback with a bare 1, as a wrong token is: give an -operator and -name that they allow, and see that too\n",
		},
		{
			name:    "right, and the rules at hand refuse the address",
			target:  func(t *testing.T) string { return deployed(t, "BLOCKED_CLIENT_IPS=192.0.2.1") },
			environ: append(right[:2:2], "TOPICGATE_BLOCKED_CLIENT_IPS=192.0.2.1"),
			flags:   []string{"-client-ip", "192.0.2.1"},
			stdout: `CASE            EXPECTED   ACTUAL     LATENCY
signed          refused    refused 1  N ms  ok
unsigned        refused 1  refused 1  N ms  ok
stale           refused 1  refused 1  N ms  ok
foreign app     refused 1  refused 1  N ms  ok
malformed body  refused 1  refused 1  N ms  ok
other command   allowed    allowed  N ms  ok
GET             HTTP 4xx   HTTP 405  N ms  ok

URL is right
`,
			stderr: "topicgate: warning: the rules refuse the signed callback with a bare 1, as a wrong token is: give an -operator and -name that they allow, and see that too\n",
		},
		{
			name:    "without tokens",
			target:  func(t *testing.T) string { return deployed(t, "TOKENS=") },
			environ: right,
			status:  1,
			stdout: `CASE            EXPECTED                ACTUAL     LATENCY
signed          allowed, or a rule's code  allowed  N ms  ok
unsigned        refused 1                  allowed  N ms  WRONG
stale           refused 1                  allowed  N ms  WRONG
foreign app     refused 1                  refused 1  N ms  ok
malformed body  refused 1                  refused 1  N ms  ok
other command   allowed                    allowed  N ms  ok
GET             HTTP 4xx                   HTTP 405  N ms  ok

URL is not right
`,
			stderr: "topicgate: an unsigned callback was allowed: anybody can play Chat; set TOPICGATE_TOKENS on the deployment to the token of the Chat console\n",
		},
		{
			name:    "with a wrong SDKAppID",
			target:  func(t *testing.T) string { return deployed(t, "SDK_APP_IDS=1400000001") },
			environ: right,
			status:  1,
			stdout: `CASE            EXPECTED                ACTUAL     LATENCY
signed          allowed, or a rule's code  refused 1  N ms  WRONG
unsigned        refused 1                  refused 1  N ms  ok
stale           refused 1                  refused 1  N ms  ok
foreign app     refused 1                  refused 1  N ms  ok
malformed body  refused 1                  refused 1  N ms  ok
other command   allowed                    allowed  N ms  ok
GET             HTTP 4xx                   HTTP 405  N ms  ok

URL is not right
`,
			stderr: "topicgate: the signed callback was refused with a bare 1, as one for another app or with a wrong token is: check that the deployment serves SDKAppID 1400000000 and has this token, and look up the reason in its log; if a rule refuses it, give a -operator and -name that it allows, or say -want refuse\n",
		},
		{
			name: "answers HTML",
			target: func(t *testing.T) string {
				return answering(t, func(w http.ResponseWriter, _ *http.Request) {
					_, _ = io.WriteString(w, "<!DOCTYPE html><title>Welcome</title>")
				})
			},
			environ: right,
			status:  1,
			stdout: `CASE            EXPECTED                ACTUAL     LATENCY
signed          allowed, or a rule's code  no verdict, but text/html  N ms  WRONG
unsigned        refused 1                  no verdict, but text/html  N ms  WRONG
stale           refused 1                  no verdict, but text/html  N ms  WRONG
foreign app     refused 1                  no verdict, but text/html  N ms  WRONG
malformed body  refused 1                  no verdict, but text/html  N ms  WRONG
other command   allowed                    no verdict, but text/html  N ms  WRONG
GET             HTTP 4xx                   no verdict, but text/html  N ms  WRONG

URL is not right
`,
			stderr: "topicgate: warning: answers that are not Chat's JSON count as failed callbacks: what answers is not topicgate, or something stands in front of it\n" +
				"topicgate: no answer was a verdict: check that the URL is the deployment's own, path included\n",
		},
		{
			name: "stalls",
			target: func(t *testing.T) string {
				stalled := make(chan struct{})
				target := answering(t, func(http.ResponseWriter, *http.Request) { <-stalled })
				t.Cleanup(func() { close(stalled) }) // before the server is closed
				return target
			},
			environ: right,
			status:  1,
			stdout: `CASE            EXPECTED                ACTUAL     LATENCY
signed          allowed, or a rule's code  no answer in 2s  N ms  WRONG
unsigned        refused 1                  no answer in 2s  N ms  WRONG
stale           refused 1                  no answer in 2s  N ms  WRONG
foreign app     refused 1                  no answer in 2s  N ms  WRONG
malformed body  refused 1                  no answer in 2s  N ms  WRONG
other command   allowed                    no answer in 2s  N ms  WRONG
GET             HTTP 4xx                   no answer in 2s  N ms  WRONG

URL is not right
`,
			stderr: "topicgate: nothing answered: Chat lets a topic through then, unless its console says otherwise; check URL, firewall and that the deployment runs\n",
		},
		{
			name:    "closed port",
			target:  closedPort,
			environ: right,
			status:  1,
			stdout: `CASE            EXPECTED                ACTUAL     LATENCY
signed          allowed, or a rule's code  connection refused  N ms  WRONG
unsigned        refused 1                  connection refused  N ms  WRONG
stale           refused 1                  connection refused  N ms  WRONG
foreign app     refused 1                  connection refused  N ms  WRONG
malformed body  refused 1                  connection refused  N ms  WRONG
other command   allowed                    connection refused  N ms  WRONG
GET             HTTP 4xx                   connection refused  N ms  WRONG

URL is not right
`,
			stderr: "topicgate: nothing answered: Chat lets a topic through then, unless its console says otherwise; check URL, firewall and that the deployment runs\n",
		},
		{
			name:    "in dry run, and nobody said so",
			target:  func(t *testing.T) string { return deployed(t, "MODE=dry_run") },
			environ: right,
			status:  1,
			stdout: `CASE            EXPECTED                ACTUAL     LATENCY
signed          allowed, or a rule's code  allowed  N ms  ok
unsigned        refused 1                  allowed  N ms  WRONG
stale           refused 1                  allowed  N ms  WRONG
foreign app     refused 1                  allowed  N ms  WRONG
malformed body  refused 1                  allowed  N ms  WRONG
other command   allowed                    allowed  N ms  ok
GET             HTTP 4xx                   HTTP 405  N ms  ok

URL is not right
`,
			stderr: "topicgate: everything was allowed: the deployment is in dry run (then say -dry-run), or what answers is not topicgate\n",
		},
		{
			name:    "in dry run, as said",
			target:  func(t *testing.T) string { return deployed(t, "MODE=dry_run") },
			environ: append(right[:2:2], "TOPICGATE_MODE=dry_run"),
			stdout: `CASE            EXPECTED  ACTUAL    LATENCY
signed          allowed   allowed  N ms  ok
unsigned        allowed   allowed  N ms  ok
stale           allowed   allowed  N ms  ok
foreign app     allowed   allowed  N ms  ok
malformed body  allowed   allowed  N ms  ok
other command   allowed   allowed  N ms  ok
GET             HTTP 4xx  HTTP 405  N ms  ok

URL is right
`,
			stderr: "topicgate: warning: in dry run nobody can see from outside whether signatures are checked: probe again once it enforces\n",
		},
		{
			name:    "not in dry run, as said",
			target:  func(t *testing.T) string { return deployed(t) },
			environ: right,
			flags:   []string{"-dry-run"},
			status:  1,
			stdout: `CASE            EXPECTED  ACTUAL     LATENCY
signed          allowed   allowed  N ms  ok
unsigned        allowed   refused 1  N ms  WRONG
stale           allowed   refused 1  N ms  WRONG
foreign app     allowed   refused 1  N ms  WRONG
malformed body  allowed   refused 1  N ms  WRONG
other command   allowed   allowed  N ms  ok
GET             HTTP 4xx  HTTP 405  N ms  ok

URL is not right
`,
			stderr: "topicgate: something was refused: the deployment is not in dry run\n",
		},
		{
			name:   "no token to sign with",
			target: func(t *testing.T) string { return deployed(t) },
			flags:  []string{"-app", probedApp},
			status: 1,
			stdout: `CASE            EXPECTED                ACTUAL     LATENCY
signed          allowed, or a rule's code  not sent: no token  -  WRONG
unsigned        refused 1                  refused 1  N ms  ok
stale           refused 1                  not sent: no token  -  WRONG
foreign app     refused 1                  refused 1  N ms  ok
malformed body  refused 1                  not sent: no token  -  WRONG
other command   allowed                    allowed  N ms  ok
GET             HTTP 4xx                   HTTP 405  N ms  ok

URL is not right
`,
			stderr: "topicgate: warning: no token, so nothing can be signed: -token or TOPICGATE_TOKENS\n",
		},
		{
			name: "an upstream, and nobody said so",
			target: func(t *testing.T) string {
				before := answering(t, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "application/json")
					_, _ = io.WriteString(w, other)
				})
				return deployed(t, "UPSTREAM_URL="+before)
			},
			environ: right,
			status:  1,
			stdout: `CASE            EXPECTED                ACTUAL     LATENCY
signed          allowed, or a rule's code  allowed  N ms  ok
unsigned        refused 1                  refused 1  N ms  ok
stale           refused 1                  refused 1  N ms  ok
foreign app     refused 1                  refused 1  N ms  ok
malformed body  refused 1                  refused 1  N ms  ok
other command   allowed                    no verdict, but application/json  N ms  WRONG
GET             HTTP 4xx                   HTTP 405  N ms  ok

URL is not right
`,
			stderr: "topicgate: warning: answers that are not Chat's JSON count as failed callbacks: what answers is not topicgate, or something stands in front of it\n" +
				"topicgate: the other command was answered by another handler: if TOPICGATE_UPSTREAM_URL is set on the deployment, say -relays\n",
		},
		{
			name: "an upstream, as the configuration says",
			target: func(t *testing.T) string {
				before := answering(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, other) })
				return deployed(t, "UPSTREAM_URL="+before)
			},
			environ: append(right[:2:2], "TOPICGATE_UPSTREAM_URL=http://127.0.0.1:8080/"),
			stdout: `CASE            EXPECTED                ACTUAL     LATENCY
signed          allowed, or a rule's code  allowed  N ms  ok
unsigned        refused 1                  refused 1  N ms  ok
stale           refused 1                  refused 1  N ms  ok
foreign app     refused 1                  refused 1  N ms  ok
malformed body  refused 1                  refused 1  N ms  ok
other command   relayed                    relayed  N ms  ok
GET             HTTP 4xx                   HTTP 405  N ms  ok

URL is right
`,
		},
		{
			name:    "an upstream that is gone",
			target:  func(t *testing.T) string { return deployed(t, "UPSTREAM_URL="+closedPort(t)) },
			environ: right,
			flags:   []string{"-relays"},
			status:  1,
			stdout: `CASE            EXPECTED                ACTUAL     LATENCY
signed          allowed, or a rule's code  allowed  N ms  ok
unsigned        refused 1                  refused 1  N ms  ok
stale           refused 1                  refused 1  N ms  ok
foreign app     refused 1                  refused 1  N ms  ok
malformed body  refused 1                  refused 1  N ms  ok
other command   relayed                    HTTP 502  N ms  WRONG
GET             HTTP 4xx                   HTTP 405  N ms  ok

URL is not right
`,
			stderr: "topicgate: the other command got no answer from the upstream: see the relay lines of the deployment's log\n",
		},
		{
			name:    "a broken configuration",
			target:  func(t *testing.T) string { return deployed(t, "TIMEOUT=2h") },
			environ: right,
			status:  1,
			stdout: `CASE            EXPECTED                ACTUAL     LATENCY
signed          allowed, or a rule's code  refused 1  N ms  WRONG
unsigned        refused 1                  refused 1  N ms  ok
stale           refused 1                  refused 1  N ms  ok
foreign app     refused 1                  refused 1  N ms  ok
malformed body  refused 1                  refused 1  N ms  ok
other command   allowed                    allowed  N ms  ok
GET             HTTP 4xx                   HTTP 405  N ms  ok

URL is not right
`,
			stderr: "topicgate: the signed callback was refused with a bare 1, as one for another app or with a wrong token is: check that the deployment serves SDKAppID 1400000000 and has this token, and look up the reason in its log; if a rule refuses it, give a -operator and -name that it allows, or say -want refuse\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel() // one of them waits for what does not come
			status, stdout, stderr := probed(tt.environ, tt.target(t), tt.flags...)
			if status != tt.status {
				t.Errorf("exit status %d, want %d", status, tt.status)
			}
			// How far apart the columns are depends on the latencies too.
			if got, want := columns(stdout), columns(tt.stdout); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if stderr != tt.stderr {
				t.Errorf("on standard error: got\n%s\nwant\n%s", stderr, tt.stderr)
			}
		})
	}
}

// columns makes the space between two columns the same everywhere.
func columns(table string) string {
	return regexp.MustCompile(` *(  |\n)`).ReplaceAllString(regexp.MustCompile(` {2,}`).ReplaceAllString(table, "  "), "$1")
}

func TestProbeJSON(t *testing.T) {
	target := deployed(t, "BANNED_WORDS=spam", "REFUSE_CODE=10150")
	status, stdout, stderr := probed(nil, target, "-app", probedApp, "-token", probedToken, "-name", "spam", "-json")
	var got report
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatalf("%v in %s", err, stdout)
	}
	if status != 0 || stderr != "" || !got.OK || len(got.Cases) != 7 || got.App != probedApp || got.Warnings == nil || got.Hints == nil {
		t.Errorf("status %d, on standard error %q, got %+v", status, stderr, got)
	}
	signed := got.Cases[0]
	if signed.Name != "signed" || signed.Code == nil || *signed.Code != 10150 || !strings.HasPrefix(signed.Message, "This name contains a word that is not allowed. Ref ") || signed.Status != 200 {
		t.Errorf("signed: got %+v", signed)
	}
	for _, secret := range []string{probedToken, "Sign", "RequestTime"} {
		if strings.Contains(stdout, secret) {
			t.Errorf("the report holds %q: %s", secret, stdout)
		}
	}
}

// TestProbeRequests: what is sent is what each case says, and nothing that was not
// asked for.
func TestProbeRequests(t *testing.T) {
	type seen struct{ app, command, age, body string }
	var got []seen
	target := answering(t, func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		query := r.URL.Query()
		age := "unsigned"
		if at := query.Get("RequestTime"); at != "" {
			age = "now"
			if seconds, _ := time.ParseDuration(at + "s"); time.Now().Unix()-int64(seconds/time.Second) > 60 {
				age = "stale"
			}
		}
		if query.Get("room") != "7" || query.Get("ClientIP") != "192.0.2.1" {
			t.Errorf("the URL's own query or the address is gone: %s", r.URL)
		}
		got = append(got, seen{query.Get("SdkAppid"), query.Get("CallbackCommand"), age, string(body)})
	})
	probed(nil, target+"?room=7", "-app", "7", "-token", "t", "-command", "group", "-operator", "o", "-name", "n", "-client-ip", "192.0.2.1")
	const command = "Group.CallbackBeforeCreateGroup"
	const body = `{"CallbackCommand":"Group.CallbackBeforeCreateGroup","Operator_Account":"o","Type":"Community","Name":"n"}`
	want := []seen{
		{"7", command, "now", body},
		{"7", command, "unsigned", body},
		{"7", command, "stale", body},
		{"97", command, "now", body},
		{"7", command, "now", `{"CallbackCommand":`},
		{"7", "State.StateChange", "now", `{}`},
		{"7", command, "now", ""},
	}
	if len(got) != len(want) {
		t.Fatalf("got %d requests: %+v", len(got), got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %+v, want %+v", got[i], want[i])
		}
	}
}

// TestProbeWarnings: what does not show in a verdict.
func TestProbeWarnings(t *testing.T) {
	warned := func(r *report, what string) bool { return strings.Contains(strings.Join(r.Warnings, "\n"), what) }
	for target, want := range map[string]bool{
		"http://gate.example.com/": true, "http://203.0.113.7/": true, "https://gate.example.com/": false,
		"http://localhost:9000/": false, "http://127.0.0.7/": false, "http://[::1]:9000/": false,
	} {
		cb := callback{token: "t", Creation: policy.Creation{Subject: policy.Topic, App: "1"}}
		if err := cb.complete(target, &config.Config{}); err != nil {
			t.Fatal(err)
		}
		r := &report{Cases: make([]exchange, 1)}
		if r.warn(&cb, false); warned(r, "travel in the clear") != want {
			t.Errorf("%s: warned %t, want %t", target, !want, want)
		}
	}
	for off, want := range map[time.Duration]bool{0: false, 3 * time.Second: false, time.Minute: true, -time.Minute: true} {
		r := &report{Cases: make([]exchange, 1)}
		r.compareClocks(http.Header{"Date": {time.Now().Add(off).UTC().Format(http.TimeFormat)}})
		if warned(r, "clock") != want {
			t.Errorf("%v off: warned %t, want %t", off, !want, want)
		}
	}
}

func TestVerdictIn(t *testing.T) {
	for body, want := range map[string]bool{
		`{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`:              true,
		`{"ActionStatus":"OK","ErrorInfo":"no","ErrorCode":10200}` + "\n": true,
		`{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":10201}`:          false,
		`{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":"0"}`:            false,
		`{"ActionStatus":"FAIL","ErrorInfo":"","ErrorCode":1}`:            false,
		`{"ActionStatus":"OK","ErrorCode":0}`:                             false,
		`{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0} and more`:     false,
		``: false, `null`: false, `[]`: false,
	} {
		if _, _, got := verdictIn([]byte(body)); got != want {
			t.Errorf("%s: got %t, want %t", body, got, want)
		}
	}
}

// TestProbeHoldsNoSecret: an error of net/http quotes the URL.
func TestProbeHoldsNoSecret(t *testing.T) {
	target := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = connection.Close()
	})
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("user", "hidden")
	status, stdout, stderr := probed(nil, u.String(), "-app", "1", "-token", "t")
	if all := stdout + stderr; status != 1 || strings.Contains(all, "Sign") || strings.Contains(all, "hidden") {
		t.Errorf("status %d:\n%s", status, all)
	}
}
