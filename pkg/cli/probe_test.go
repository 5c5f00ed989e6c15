package cli

import (
	"io"
	"net/http"
	"regexp"
	"testing"
)

const (
	probedApp   = "1400000000"
	probedToken = "a long random token"
)

var (
	latency = regexp.MustCompile(` +\d+ ms +`)
	heading = regexp.MustCompile(`LATENCY +`)
)

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
