package gatetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
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

// A router is the proxy of deploy/container/Caddyfile in small. It asks each place how it
// is, sends to the first that is well, and to the next where it cannot connect. What was
// sent to one place it never sends to another: Chat's callbacks are not to be repeated.
type router struct {
	ports     [2]string
	well      [2]atomic.Bool
	transport http.Transport
}

func startRouter(t *testing.T, ports [2]string) *Server {
	r := &router{ports: ports, transport: http.Transport{MaxIdleConnsPerHost: 16}}
	ctx, stop := context.WithCancel(context.Background())
	var asking sync.WaitGroup
	for i := range ports {
		asking.Go(func() {
			for ctx.Err() == nil {
				r.ask(ctx, i)
				time.Sleep(healthInterval)
			}
		})
	}
	front := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:   func(p *httputil.ProxyRequest) { p.Out.URL.Scheme, p.Out.URL.Host = "http", "place" },
		Transport: r,
		ErrorLog:  log.New(io.Discard, "", 0), // the client sees a 502
	})
	t.Cleanup(func() {
		stop()
		asking.Wait()
		front.Close()
		r.transport.CloseIdleConnections()
	})
	return &Server{URL: front.URL, client: &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 16}}}
}

// healthInterval is well below the second for which a stopping server goes on answering.
const healthInterval = 100 * time.Millisecond

func (r *router) ask(ctx context.Context, place int) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:"+r.ports[place]+"/healthz", nil)
	if err != nil {
		panic(err)
	}
	response, err := r.transport.RoundTrip(request)
	r.well[place].Store(err == nil && response.StatusCode == http.StatusOK)
	if err == nil {
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
	}
}

// RoundTrip implements http.RoundTripper.
func (r *router) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	order := []int{0, 1}
	if !r.well[0].Load() && r.well[1].Load() {
		order = []int{1, 0}
	}
	var response *http.Response
	for _, place := range order {
		out := request.Clone(request.Context())
		out.URL.Host = "127.0.0.1:" + r.ports[place]
		out.Body, out.GetBody = io.NopCloser(bytes.NewReader(body)), nil
		response, err = r.transport.RoundTrip(out)
		var failed *net.OpError
		if err == nil || !errors.As(err, &failed) || failed.Op != "dial" {
			break
		}
	}
	return response, err
}

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
	proxy := startRouter(t, ports)

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
