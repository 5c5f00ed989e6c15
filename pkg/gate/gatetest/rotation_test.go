package gatetest

import (
	"fmt"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The phases of a change, as whoever looks at the answers sees them.
const (
	phaseBefore  = iota
	phaseChanges // both policies decide
	phaseAfter
)

// TestChangeUnderLoad: a token is rotated, and the policy changed, under callbacks that
// never pause. Two places stand behind one proxy, as in deploy/container/compose.yaml,
// and are restarted in turn: no callback is lost, and none is refused for its signature.
func TestChangeUnderLoad(t *testing.T) {
	const oldToken, newToken = "the old token", "the new token"
	var ports [2]string
	for i := range ports {
		var err error
		if ports[i], err = FreePort(); err != nil {
			t.Fatal(err)
		}
	}
	front, err := FreePort()
	if err != nil {
		t.Fatal(err)
	}
	policy := func(rules string) string { return "version: 1\nrules:\n" + rules }
	const always = "  - {name: always, match: {name: {contains: [spam]}}, action: refuse, code: 10100, message: never}\n"
	const added = "  - {name: added, match: {name: {contains: [scam]}}, action: refuse, code: 10101, message: no more}\n"

	dir := t.TempDir()
	if err := os.WriteFile(dir+"/policy.yaml", []byte(policy(always)), 0o600); err != nil {
		t.Fatal(err)
	}
	start := func(place int, tokens string) *Server {
		t.Helper()
		s, err := StartServerOn(ports[place], binaries.topicgate, dir, []string{
			"TOPICGATE_SDK_APP_IDS=" + App, "TOPICGATE_TOKENS=" + tokens, "TOPICGATE_POLICY_FILE=policy.yaml",
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		return s
	}
	first := start(0, oldToken)
	second := start(1, oldToken)
	// A place that takes no connection is passed over; a callback that was sent to one
	// is never sent again.
	proxy := startNginx(t, dir, front, fmt.Sprintf(`
		access_log off;
		upstream gates { server 127.0.0.1:%s max_fails=0; server 127.0.0.1:%s max_fails=0; keepalive 16; }
		server {
			listen 127.0.0.1:%s;
			location / {
				proxy_pass http://gates;
				proxy_http_version 1.1;
				proxy_set_header Connection "";
				proxy_connect_timeout 500ms;
				proxy_read_timeout 1800ms;
				proxy_next_upstream error timeout;
			}
		}`, ports[0], ports[1], front))

	var token atomic.Value // that Chat signs with
	token.Store(oldToken)
	var phase, answered, refusedNow atomic.Int64
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for client := range 4 {
		clients.Go(func() {
			for n := client; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				earliest := phase.Load()
				signed := token.Load().(string)
				s := Scenario{Token: signed}
				want := []Want{{}}
				switch n % 4 {
				case 1:
					s.Topic, want = "spam", []Want{{Code: 10100, Message: "never"}}
				case 2:
					s.Topic, want = "scam", []Want{{}, {Code: 10101, Message: "no more"}}
				case 3:
					s.Token, want = "nobody's token", []Want{{Code: 1}}
				}
				answer, err := proxy.Do(t.Context(), s.Call(time.Now()))
				if n%4 == 2 {
					if earliest == phaseAfter {
						want = want[1:]
						refusedNow.Add(1)
					} else if phase.Load() == phaseBefore {
						want = want[:1]
					}
				}
				right := false
				for _, w := range want {
					right = right || answer.Body == w.Verdict()
				}
				if err != nil || answer.Status != http.StatusOK || !right {
					t.Errorf("case %d, signed with %q, phase %d: got %+v (%v), want one of %+v", n%4, signed, earliest, answer, err, want)
				}
				answered.Add(1)
			}
		})
	}
	// load waits until so many more callbacks were answered: each step meets a load.
	load := func() {
		t.Helper()
		target := answered.Load() + 200
		for waited := time.Duration(0); answered.Load() < target; waited += time.Millisecond {
			if waited > patience || t.Failed() {
				t.Fatal("the load has stopped")
			}
			time.Sleep(time.Millisecond)
		}
	}
	// restart takes the places in turn, so that one always answers.
	restart := func(tokens string) {
		t.Helper()
		for i, s := range []**Server{&first, &second} {
			if err := (*s).Stop(); err != nil {
				t.Errorf("place %d ended badly: %v", i, err)
			}
			load() // on the other alone
			*s = start(i, tokens)
			load()
		}
	}
	t.Cleanup(clients.Wait)
	var once sync.Once
	end := func() { once.Do(func() { close(stop) }) }
	t.Cleanup(end)

	load()
	restart(oldToken + "," + newToken) // 1. both are accepted
	token.Store(newToken)              // 2. the console's change acts
	load()
	restart(newToken) // 3. the old one is worth nothing
	if answer, err := proxy.Do(t.Context(), (&Scenario{Token: oldToken}).Call(time.Now())); err != nil || answer.Body != (Want{Code: 1}).Verdict() {
		t.Errorf("the old token, after its end: got %+v (%v)", answer, err)
	}
	if err := os.WriteFile(dir+"/policy.yaml", []byte(policy(always+added)), 0o600); err != nil {
		t.Fatal(err)
	}
	phase.Store(phaseChanges)
	restart(newToken)
	phase.Store(phaseAfter)
	load()
	end()
	clients.Wait()
	if refusedNow.Load() == 0 {
		t.Error("no callback met the new rule")
	}
	t.Logf("%d callbacks answered right over six restarts", answered.Load())
}
