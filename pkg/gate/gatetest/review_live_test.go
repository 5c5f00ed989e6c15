//go:build unix

package gatetest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"topicgate/pkg/chatapi/chatapitest"
)

// environOf is what guardApp gives a gate, without some of it and with more.
func (g *guarded) environOf(without string, more ...string) []string {
	environ := []string{
		"TOPICGATE_SDK_APP_IDS=" + App, "TOPICGATE_TOKENS=" + oneToken, "TOPICGATE_BANNED_WORDS=spam", "TOPICGATE_REVIEW=created,renamed", "TOPICGATE_REMEDY=rename", "TOPICGATE_REMEDY_NAME=" + newName,
		"TOPICGATE_CHAT_API_URL=" + g.URL(), "TOPICGATE_CHAT_SECRET_KEY=" + chatapitest.SecretKey, "TOPICGATE_REDIS_URL=" + g.redis.URL(), "TOPICGATE_LOG_LEVEL=debug",
	}
	var kept []string
	for _, pair := range environ {
		if without == "" || !strings.HasPrefix(pair, "TOPICGATE_"+without+"=") {
			kept = append(kept, pair)
		}
	}
	return append(kept, more...)
}

// outcome creates a topic that is refused, and says what is logged of that.
func (g *guarded) outcome(t *testing.T) string {
	t.Helper()
	call := g.call(g.Create("leckie", g.community, "spam"))
	g.tell(t, call, 1)
	return briefly(g.lines(t, call.RequestID))
}

// TestRemediesChangeWhileServing: a key that was exchanged in its file, and a remedy that
// was set in the console of SCF, act without a restart.
func TestRemediesChangeWhileServing(t *testing.T) {
	g := guardApp(t, "HTTP", 0)
	root := t.TempDir()
	key := filepath.Join(root, "key")
	if err := os.WriteFile(key, []byte("0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	server, err := StartServer(binaries.topicgate, root, g.environOf("CHAT_SECRET_KEY", "TOPICGATE_CHAT_SECRET_KEY_FILE=key"))
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	g.gates = []*instance{{Process: server.Process, send: func(c Call) (Answer, error) { return server.Do(t.Context(), c) }}}
	if got := g.outcome(t); got != "created refuse rule, skipped fetch_failed" {
		t.Errorf("with a wrong key: %s", got)
	}
	if err := os.WriteFile(key, []byte(chatapitest.SecretKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		log, err := server.Log()
		if err != nil {
			t.Fatal(err)
		}
		if lines, err := Lines(log, "reload"); err != nil || len(lines) > 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no reload")
		}
	}
	if got := g.outcome(t); got != "created refuse rule, done" {
		t.Errorf("with the right key: %s", got)
	}

	function, err := StartSCF(binaries.scf, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer function.Close()
	environ := g.environOf("REMEDY", "TOPICGATE_REMEDY=report")
	g.gates = []*instance{{Process: function.Process, send: func(c Call) (Answer, error) {
		return invokeSCF(function, environ, c)
	}}}
	if got := g.outcome(t); got != "created refuse rule" {
		t.Errorf("report: %s", got)
	}
	environ = g.environOf("")
	if got := g.outcome(t); got != "created refuse rule, done" {
		t.Errorf("rename: %s", got)
	}
	environ = g.environOf("REVIEW", "TOPICGATE_REMEDY=report")
	if got := g.outcome(t); got != "" {
		t.Errorf("no review: %s", got)
	}
}

// TestRemediesBehindAGate: one gate decides at the public URL, and knows no key; another, to
// which it relays, acts.
func TestRemediesBehindAGate(t *testing.T) {
	g := guardApp(t, "HTTP", 0)
	keeper, err := StartServer(binaries.topicgate, t.TempDir(), g.environOf(""))
	if err != nil {
		t.Fatal(err)
	}
	defer keeper.Close()
	for _, transport := range transports {
		front := startInstance(t, transport, "TOPICGATE_TOKENS="+oneToken, "TOPICGATE_BANNED_WORDS=spam", "TOPICGATE_UPSTREAM_URL="+keeper.URL)
		call := g.call(g.Create("leckie", g.community, "spam"))
		answer, err := front.send(call)
		if err != nil || answer.Status != 200 || answer.Body != (Want{}).Verdict() {
			t.Errorf("%s: answered %+v (%v)", transport, answer, err)
		}
		g.gates = []*instance{{Process: keeper.Process}}
		if got := briefly(g.lines(t, call.RequestID)); got != "created refuse rule, done" {
			t.Errorf("%s: %s", transport, got)
		}
	}
}

func invokeSCF(function *SCF, environ []string, c Call) (Answer, error) {
	payload, err := json.Marshal(SCFForms[0].Encode(c))
	if err != nil {
		return Answer{}, err
	}
	response, err := function.Invoke(c.RequestID, environ, payload)
	if err != nil {
		return Answer{}, err
	}
	return SCFForms[0].Decode(response)
}
