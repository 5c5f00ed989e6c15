//go:build unix

package gatetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"topicgate/pkg/quota/quotatest"
)

// An instance is one built binary, and how a callback reaches it.
type instance struct {
	*Process
	send func(Call) (Answer, error)
	seen int // bytes of its log
	sent int
}

var transports = []string{"Lambda", "SCF", "HTTP"}

// startInstance starts the binary of a transport. On SCF the variables come with each
// invocation.
func startInstance(t *testing.T, transport string, environ ...string) *instance {
	t.Helper()
	environ = append(environ, "TOPICGATE_SDK_APP_IDS="+App)
	root := t.TempDir()
	byEvent := func(form Form, invoke func(string, []byte) ([]byte, error)) func(Call) (Answer, error) {
		return func(c Call) (Answer, error) {
			payload, err := json.Marshal(form.Encode(c))
			if err != nil {
				return Answer{}, err
			}
			response, err := invoke(c.RequestID, payload)
			if err != nil {
				return Answer{}, err
			}
			return form.Decode(response)
		}
	}
	switch transport {
	case "Lambda":
		f, err := StartLambda(binaries.lambda, root, environ)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(f.Close)
		return &instance{Process: f.Process, send: byEvent(AWSForms[2], f.Invoke)}
	case "SCF":
		f, err := StartSCF(binaries.scf, root)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(f.Close)
		return &instance{Process: f.Process, send: byEvent(SCFForms[0], func(id string, payload []byte) ([]byte, error) {
			return f.Invoke(id, environ, payload)
		})}
	default:
		s, err := StartServer(binaries.topicgate, root, environ)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		return &instance{Process: s.Process, send: func(c Call) (Answer, error) { return s.Do(t.Context(), c) }}
	}
}

// disturbance is what kept instances from their Redis since they were asked last: a round
// with any, on a machine too busy with other things, shows nothing about counting.
func disturbance(t *testing.T, instances []*instance) (errors string) {
	t.Helper()
	for _, i := range instances {
		for _, line := range i.news(t) {
			errors += line.Error
		}
	}
	return errors
}

// news are the decision lines that were written since it was last asked for.
func (i *instance) news(t *testing.T) []Line {
	t.Helper()
	log, err := i.Log()
	if err != nil {
		t.Fatal(err)
	}
	lines, err := Lines(log[i.seen:], "decision")
	if err != nil {
		t.Fatal(err)
	}
	i.seen = len(log)
	return lines
}

// decide sends one callback, and returns what was logged for it and how long the
// answer took. The answer must be what the scenario wants.
func (i *instance) decide(t *testing.T, s Scenario) (Line, time.Duration) {
	t.Helper()
	i.sent++
	s.Name = fmt.Sprint("call ", i.sent)
	call := s.Call(time.Now())
	start := time.Now()
	answer, err := i.send(call)
	lasted := time.Since(start)
	if err != nil {
		t.Fatal(err)
	}
	lines := i.news(t)
	if err := s.Check(answer, lines); err != nil {
		t.Errorf("%s, operator %s: %v", s.Name, s.Operator, err)
	}
	if len(lines) != 1 {
		t.FailNow()
	}
	return lines[0], lasted
}

// healthy is decide where every quota must have been asked.
func (i *instance) healthy(t *testing.T, s Scenario) {
	t.Helper()
	line, lasted := i.decide(t, s)
	if line.Error != "" || line.Level != "info" {
		t.Errorf("operator %s: level %s, error %q", s.Operator, line.Level, line.Error)
	}
	if lasted > allowedTime {
		t.Errorf("operator %s: answered after %v", s.Operator, lasted)
	}
}

// allowedTime is the default of TOPICGATE_TIMEOUT, which a quota must leave most of.
const allowedTime = time.Second

// rest is how long a store that failed is left alone.
const rest = time.Second

const refusal = "Enough for now."

func quotaPolicy(rules ...string) string {
	return "TOPICGATE_POLICY=rules: [" + strings.Join(rules, ", ") + "]"
}

func quotaOf(name, operators string, limit int, more string) string {
	return fmt.Sprintf("{name: %s, match: {operator: {in: [%q]}}, quota: {limit: %d, window: 1h%s}, action: refuse, code: 10110, message: %s}", name, operators, limit, more, refusal)
}

// TestQuotaHoldsAcrossProcesses: 16 processes let exactly as many through as one would.
func TestQuotaHoldsAcrossProcesses(t *testing.T) {
	const (
		each   = 8   // processes of either binary
		crowd  = 200 // callbacks at a time for one operator
		rounds = 50
	)
	s := quotatest.StartServer(t)
	limits := []struct {
		operators string
		limit     int
	}{{"one", 1}, {"few", 7}, {"half", 100}, {"most", 199}, {"all", 200}}
	rules := make([]string, len(limits), len(limits)+1)
	for i, l := range limits {
		rules[i] = quotaOf(l.operators, l.operators+"-*", l.limit, "")
	}
	rules = append(rules, quotaOf("others", "bystander-*", 2*rounds, "")) // rounds passed over count too
	var instances []*instance
	for range each {
		instances = append(instances,
			startInstance(t, "Lambda", "TOPICGATE_REDIS_URL="+s.URL(), quotaPolicy(rules...)),
			startInstance(t, "SCF", "TOPICGATE_REDIS_URL="+s.URL(), quotaPolicy(rules...)))
	}
	allowed, refused := Want{}.Verdict(), Want{Code: 10110, Message: refusal}.Verdict()

	// A round in which a machine too busy with other things kept an answer of Redis from a
	// process for 300 ms shows nothing about counting: it is passed over, a few times.
	undisturbed := 0
	for round := 0; undisturbed < rounds; round++ {
		if round == rounds+10 {
			t.Fatalf("Redis could be asked without fail in %d rounds of %d: is the machine that busy?", undisturbed, round)
		}
		want := limits[round%len(limits)]
		operator := fmt.Sprintf("%s-%d", want.operators, round)
		var (
			through atomic.Int64
			odd     atomic.Int64 // answers that nothing but a late decision explains
			running sync.WaitGroup
			begin   = make(chan struct{})
		)
		ask := func(i *instance, operator string, count func(body string)) {
			running.Go(func() {
				<-begin
				scenario := Scenario{Operator: operator}
				answer, err := i.send(scenario.Call(time.Now()))
				if err != nil {
					t.Error(err)
					return
				}
				count(answer.Body)
			})
		}
		for n := range crowd {
			ask(instances[n%len(instances)], operator, func(body string) {
				switch body {
				case allowed:
					through.Add(1)
				case refused:
				default:
					odd.Add(1)
				}
			})
		}
		for n, i := range instances {
			ask(i, fmt.Sprint("bystander-", n), func(body string) {
				if body != allowed {
					odd.Add(1)
				}
			})
		}
		close(begin)
		running.Wait()
		disturbance := disturbance(t, instances)
		switch got := int(through.Load()); {
		case disturbance != "":
			t.Logf("round %d is passed over: %.300s", round, disturbance)
			time.Sleep(rest + 50*time.Millisecond)
			continue
		case got != want.limit || odd.Load() > 0:
			t.Fatalf("round %d: %d of %d got through, want %d; %d were answered otherwise", round, got, crowd, want.limit, odd.Load())
		}
		undisturbed++
	}
	t.Logf("%d rounds of %d callbacks on %d processes", undisturbed, crowd+len(instances), len(instances))
}

// A fault is something that befalls Redis, or the way there.
type fault struct {
	name       string
	transports []string
	// start prepares a Redis, well or not, and returns how to ask it. What strike does to
	// it then, mend undoes; either may be nil.
	start   func(*testing.T) (environ []string, strike, mend func())
	says    []string // in the log, of the cause
	timeout time.Duration
}

const redisURL = "TOPICGATE_REDIS_URL="

func faults() []fault {
	peer := func(answer string) func(*testing.T) ([]string, func(), func()) {
		return func(t *testing.T) ([]string, func(), func()) {
			return []string{redisURL + "redis://:hunter2@" + quotatest.StartPeer(t, answer)}, nil, nil
		}
	}
	server := func(strike, mend func(*quotatest.Server)) func(*testing.T) ([]string, func(), func()) {
		return func(t *testing.T) ([]string, func(), func()) {
			s := quotatest.StartServer(t)
			return []string{redisURL + s.URL()}, func() { strike(s) }, func() { mend(s) }
		}
	}
	return []fault{
		{name: "refused", transports: transports, says: []string{"connecting", "connection refused"},
			start: func(t *testing.T) ([]string, func(), func()) {
				return []string{redisURL + "redis://:hunter2@" + quotatest.RefusingAddress(t)}, nil, nil
			}},
		{name: "black hole", transports: transports, says: []string{"waiting for the answer"}, start: peer("")},
		{name: "black hole, and little time", transports: []string{"Lambda"}, says: []string{"waiting for the answer"},
			timeout: 380 * time.Millisecond, start: peer("")},
		{name: "hostile", transports: transports, says: []string{"not an answer that Redis gives"}, start: peer("$1099511627776\r\n")},
		{name: "stopped mid-command", transports: transports, says: []string{"waiting for the answer"},
			start: server((*quotatest.Server).Stop, (*quotatest.Server).Continue)},
		{name: "killed and restarted", transports: []string{"SCF", "HTTP"}, says: []string{"connecting", "connection refused"},
			start: server((*quotatest.Server).Kill, func(s *quotatest.Server) { s.Start() })},
		{name: "loading", transports: []string{"Lambda"}, says: []string{"LOADING"},
			start: func(t *testing.T) ([]string, func(), func()) {
				// While it loads it answers every kilobyte, which is to be ten keys or so.
				s := quotatest.StartServer(t, "--rdbcompression", "no")
				for i := range 2000 {
					s.Do("SET", fmt.Sprint("ballast-", i), strings.Repeat("x", 100))
				}
				s.Do("SAVE")
				strike := func() {
					s.Kill()
					s.Start("--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024")
				}
				mend := func() {
					for range 300 {
						if strings.Contains(s.Do("INFO", "persistence"), "\nloading:0") {
							return
						}
						time.Sleep(100 * time.Millisecond)
					}
				}
				return []string{redisURL + s.URL()}, strike, mend
			}},
		{name: "readonly", transports: []string{"SCF"}, says: []string{"READONLY"}, start: server(
			func(s *quotatest.Server) { s.Do("REPLICAOF", "127.0.0.1", "1") },
			func(s *quotatest.Server) { s.Do("REPLICAOF", "NO", "ONE") })},
		{name: "wrong password", transports: []string{"HTTP"}, says: []string{"refuses the user or password", "WRONGPASS"},
			start: func(t *testing.T) ([]string, func(), func()) {
				s := quotatest.StartServer(t, "--requirepass", "right")
				return []string{redisURL + "redis://:hunter2@" + s.Address()}, nil, nil
			}},
		{name: "out of memory", transports: []string{"Lambda"}, says: []string{"OOM"}, start: server(
			func(s *quotatest.Server) { s.Do("CONFIG", "SET", "maxmemory", "1") },
			func(s *quotatest.Server) { s.Do("CONFIG", "SET", "maxmemory", "0") })},
		{name: "two seconds' stall", transports: []string{"SCF", "HTTP"}, says: []string{"waiting for the answer"},
			start: func(t *testing.T) ([]string, func(), func()) {
				p := quotatest.StartProxy(t, quotatest.StartServer(t).Address())
				return []string{redisURL + p.URL()}, func() { p.Delay(2 * time.Second) }, func() { p.Delay(0) }
			}},
		{name: "silently gone for good", transports: []string{"SCF"}, says: []string{"waiting for the answer"},
			start: func(t *testing.T) ([]string, func(), func()) {
				p := quotatest.StartProxy(t, quotatest.StartServer(t).Address())
				return []string{redisURL + p.URL()}, func() { p.Stall(true) }, func() { p.Stall(false) }
			}},
		{name: "certificate for another name", transports: transports, says: []string{"opening TLS", "valid for other.example, not localhost"},
			start: func(t *testing.T) ([]string, func(), func()) {
				return tlsEnviron(t, "other.example"), nil, nil
			}},
		{name: "certificate of nobody", transports: []string{"SCF"}, says: []string{"opening TLS", "unknown authority"},
			start: func(t *testing.T) ([]string, func(), func()) {
				return tlsEnviron(t, "localhost")[:1], nil, nil
			}},
	}
}

// tlsEnviron is the environment for a Redis with a certificate for host.
func tlsEnviron(t *testing.T, host string) []string {
	authority := quotatest.NewAuthority(t)
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, authority.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	p := quotatest.StartTLSProxy(t, quotatest.StartServer(t).Address(), authority.Issue(host))
	_, port, err := net.SplitHostPort(p.Address())
	if err != nil {
		t.Fatal(err)
	}
	return []string{redisURL + "rediss://localhost:" + port, "SSL_CERT_FILE=" + file}
}

// TestQuotaFaults: whatever befalls Redis, the answer comes in time and is what
// if_unavailable says, the log says what happened, and other rules go on deciding.
func TestQuotaFaults(t *testing.T) {
	policy := quotaPolicy(
		quotaOf("lenient", "lenient", 100, ", if_unavailable: skip"),
		quotaOf("strict", "strict", 100, ", if_unavailable: refuse"),
		"{name: spam, match: {name: {contains: [spam]}}, action: refuse}")
	lenient := Scenario{Operator: "lenient", Want: byDefault}
	strict := Scenario{Operator: "strict", Want: Want{Code: 10110, Message: refusal, Reason: "rule", Rule: "strict"}}
	said := map[string]string{"lenient": "quota lenient skipped: ", "strict": "quota strict taken as used up: "}

	for _, f := range faults() {
		for _, transport := range f.transports {
			t.Run(f.name+"/"+transport, func(t *testing.T) {
				t.Parallel()
				environ, strike, mend := f.start(t)
				environ = append(environ, policy)
				most := allowedTime
				if f.timeout != 0 {
					environ = append(environ, "TOPICGATE_TIMEOUT="+f.timeout.String())
					most = f.timeout + 200*time.Millisecond // a margin for the machine, where the promise leaves less
				}
				// One meets the fault with the one rule, the other with the other.
				orders := [][]Scenario{{lenient, strict}, {strict, lenient}}
				var instances []*instance
				for range orders {
					i := startInstance(t, transport, environ...)
					instances = append(instances, i)
					if strike != nil {
						i.healthy(t, Scenario{Operator: "strict", Want: byDefault})
					}
				}
				if strike != nil {
					strike()
				}
				for n, i := range instances {
					for nth, scenario := range orders[n] {
						line, lasted := i.decide(t, scenario)
						// A machine too busy to bring a refusal within 300 ms shows another fault.
						for again := 0; nth == 0 && again < 3 && late(line.Error) && !late(f.says[0]); again++ {
							t.Logf("once more, as the machine is busy: %s", line.Error)
							time.Sleep(rest + 50*time.Millisecond)
							line, lasted = i.decide(t, scenario)
						}
						if lasted > most {
							t.Errorf("%s: answered after %v, want %v at most", scenario.Operator, lasted, most)
						}
						says := append([]string{said[scenario.Operator]}, f.says...)
						if nth == 1 {
							says = append(says, "not asked again within 1s")
						}
						for _, words := range says {
							if !strings.Contains(line.Error, words) {
								t.Errorf("%s: the error does not say %q: %s", scenario.Operator, words, line.Error)
							}
						}
						if line.Level != "warn" {
							t.Errorf("%s: level %s", scenario.Operator, line.Level)
						}
						t.Logf("%s after %v: %s", scenario.Operator, lasted.Round(time.Millisecond), line.Error)
					}
					i.healthy(t, Scenario{Operator: "nobody", Topic: "spam", Want: refusedBy("spam")})
				}
				if mend != nil {
					mend()
					time.Sleep(rest + 50*time.Millisecond)
				}
				for _, i := range instances {
					if mend != nil {
						i.healthy(t, Scenario{Operator: "strict", Want: byDefault})
					}
					log, err := i.Log()
					if err != nil {
						t.Fatal(err)
					}
					if bytes.Contains(log, []byte("hunter2")) {
						t.Errorf("the log has the password:\n%s", log)
					}
				}
			})
		}
	}
}

// late reports whether a failure is that time ran out.
func late(failure string) bool {
	return strings.Contains(failure, "deadline exceeded") || strings.Contains(failure, "timeout") || failure == "waiting for the answer"
}

// TestQuotaFaultsUnnoticed: what befalls a connection while nobody asks costs nobody an
// answer, nor a unit. A machine that is busy elsewhere can cost one: then it is tried again,
// which does not help where it is ours.
func TestQuotaFaultsUnnoticed(t *testing.T) {
	for name, strike := range map[string]func(*quotatest.Server, *quotatest.Proxy){
		"silently gone": func(_ *quotatest.Server, p *quotatest.Proxy) { p.Forget() },
		"closed":        func(_ *quotatest.Server, p *quotatest.Proxy) { p.Cut() },
		"restarted":     func(s *quotatest.Server, _ *quotatest.Proxy) { s.Kill(); s.Start() },
	} {
		for _, transport := range transports {
			for _, frozen := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/frozen=%v", name, transport, frozen), func(t *testing.T) {
					t.Parallel()
					for range 3 {
						noticed := unnoticed(t, transport, frozen, name == "restarted", strike)
						if noticed == "" {
							return
						}
						t.Logf("once more: %s", noticed)
					}
					t.Error("noticed three times")
				})
			}
		}
	}
}

// unnoticed strikes three times between callbacks, and returns how one of them noticed.
func unnoticed(t *testing.T, transport string, frozen, forgets bool, strike func(*quotatest.Server, *quotatest.Proxy)) (noticed string) {
	t.Helper()
	s := quotatest.StartServer(t)
	p := quotatest.StartProxy(t, s.Address())
	i := startInstance(t, transport, redisURL+p.URL(), quotaPolicy(quotaOf("flood", "*", 100, "")))
	want := 0
	for nth := range 4 {
		line, lasted := i.decide(t, Scenario{Want: byDefault})
		if line.Error != "" || line.Level != "info" || lasted > allowedTime {
			return fmt.Sprintf("level %s, error %q after %v", line.Level, line.Error, lasted)
		}
		want++
		if nth == 3 {
			break
		}
		// As the clouds do with an instance that has nothing to do.
		if frozen {
			i.signal(t, syscall.SIGSTOP)
		}
		strike(s, p)
		if frozen {
			time.Sleep(50 * time.Millisecond)
			i.signal(t, syscall.SIGCONT)
		}
		if forgets {
			want = 0 // its counts were in its memory alone
		}
	}
	if got := s.Do("GETRANGE", s.Do("KEYS", "*"), "0", "9"); got != fmt.Sprintf("%010d", want) {
		t.Errorf("Redis has counted %s, want %d", got, want)
	}
	return ""
}

func (i *instance) signal(t *testing.T, signal syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(i.PID(), signal); err != nil {
		t.Fatal(err)
	}
}

// TestQuotaOverTLS: the certificate's name and authority are right.
func TestQuotaOverTLS(t *testing.T) {
	environ := append(tlsEnviron(t, "localhost"), quotaPolicy(quotaOf("flood", "*", 1, "")))
	for _, transport := range transports {
		i := startInstance(t, transport, environ...)
		i.healthy(t, Scenario{Operator: transport, Want: byDefault})
		i.healthy(t, Scenario{Operator: transport, Want: Want{Code: 10110, Message: refusal, Reason: "rule", Rule: "flood"}})
	}
}

// TestQuotaInDryRun: a trial counts as enforcing would, and takes nothing of what counts.
func TestQuotaInDryRun(t *testing.T) {
	const limit = 2
	enforced := quotaOf("flood", "*", limit, "")
	tried := strings.Replace(enforced, "action:", "mode: dry_run, action:", 1)
	refused := Want{Code: 10110, Message: refusal, Reason: "rule", Rule: "flood"}
	modes := map[string]struct {
		environ []string
		within  Want // the limit
		beyond  Want
	}{
		"policy":   {[]string{quotaPolicy(enforced), "TOPICGATE_MODE=dry_run"}, byDefault, Want{Reason: "rule", Rule: "flood", WouldRefuse: []string{"flood"}}},
		"rule":     {[]string{quotaPolicy(tried)}, byDefault, Want{Reason: "default", WouldRefuse: []string{"flood"}}},
		"enforced": {[]string{quotaPolicy(enforced)}, byDefault, refused},
	}
	counts := func(t *testing.T, mode, operator string, environ ...string) {
		t.Helper()
		m := modes[mode]
		for _, transport := range transports {
			i := startInstance(t, transport, append(environ, m.environ...)...)
			for n := range limit + 2 {
				want := m.within
				if n >= limit {
					want = m.beyond
				}
				i.healthy(t, Scenario{Operator: operator + transport, Want: want})
			}
		}
	}
	t.Run("memory", func(t *testing.T) {
		for mode := range modes {
			counts(t, mode, "")
		}
	})
	t.Run("redis", func(t *testing.T) {
		s := quotatest.StartServer(t)
		url := redisURL + s.URL()
		// The same operators, enforced before a trial and after it.
		counts(t, "enforced", "before", url)
		counts(t, "policy", "before", url)
		counts(t, "rule", "after", url)
		counts(t, "enforced", "after", url)
		if got, want := s.Number("DBSIZE"), 4*len(transports); got != want {
			t.Errorf("%d counts in Redis, want %d", got, want)
		}
	})
}

// TestQuotaRoundTrips counts what a decision asks of Redis, instead of timing it.
func TestQuotaRoundTrips(t *testing.T) {
	s := quotatest.StartServer(t)
	if got := s.Do("ACL", "SETUSER", "gate", "on", ">secret", "resetkeys", "~topicgate:q:*", "-@all", "+eval", "+get", "+set", "+setrange", "+select"); got != "OK" {
		t.Fatalf("ACL SETUSER: %s", got)
	}
	policy := quotaPolicy(
		"{name: staff, match: {operator: {in: [admin]}}, action: allow}",
		"{name: spam, match: {name: {contains: [spam]}}, action: refuse}",
		"{name: web, match: {platform: {in: [Web]}}, quota: {limit: 3, window: 1h}, action: refuse}",
		"{name: address, quota: {limit: 3, window: 1h, per: client_ip}, action: refuse}")
	const ip = "203.0.113.7"
	for _, transport := range transports {
		for what, c := range map[string]struct {
			url   string
			first int
		}{
			"nobody":            {"redis://%s", 1},
			"user and database": {"redis://gate:secret@%s/3", 3},
		} {
			t.Run(transport+"/"+what, func(t *testing.T) {
				s.Do("FLUSHALL")
				p := quotatest.StartProxy(t, s.Address())
				i := startInstance(t, transport, fmt.Sprintf(redisURL+c.url, p.Address()), policy)
				for _, step := range []struct {
					what                   string
					s                      Scenario
					connections, questions int
				}{
					{"trusted", Scenario{Operator: "admin", ClientIP: ip, Want: allowedBy("staff")}, 0, 0},
					{"refused before", Scenario{Topic: "spam", ClientIP: ip, Want: refusedBy("spam")}, 0, 0},
					{"another command", Scenario{Command: "State.StateChange", ClientIP: ip}, 0, 0},
					{"another app", Scenario{Query: "SdkAppid=1&CallbackCommand=Group.CallbackBeforeCreateTopic", Want: refusedFor("sdk_app_id")}, 0, 0},
					{"no subject to count by", Scenario{Want: byDefault}, 0, 0},
					{"a junk address", Scenario{ClientIP: "unknown", Want: byDefault}, 0, 0},
					{"one quota, on a new connection", Scenario{ClientIP: ip, Want: byDefault}, 1, c.first},
					{"one quota", Scenario{ClientIP: ip, Want: byDefault}, 0, 1},
					{"two quotas", Scenario{ClientIP: ip, Platform: "Web", Want: byDefault}, 0, 2},
					{"trusted, later", Scenario{Operator: "admin", ClientIP: ip, Want: allowedBy("staff")}, 0, 0},
					{"used up", Scenario{ClientIP: "::ffff:" + ip, Want: refusedBy("address")}, 0, 1},
				} {
					p.Counts()
					if step.s.Want.Reason == "" {
						if _, err := i.send(step.s.Call(time.Now())); err != nil {
							t.Fatal(err)
						}
					} else if line, _ := i.decide(t, step.s); line.Error != "" {
						t.Errorf("%s: %s", step.what, line.Error)
					}
					// A new plain connection is one round trip, TCP's, a password and a database are one
					// each, and the question another.
					if connections, questions := p.Counts(); connections != step.connections || questions != step.questions {
						t.Errorf("%s: %d connections and %d questions, want %d and %d", step.what, connections, questions, step.connections, step.questions)
					}
				}
			})
		}
	}
}

const quotaGuide = "../../../deploy/quotas.md"

// TestQuotaGuide runs what the guide tells operators to run: it must find a count, and
// reset it.
func TestQuotaGuide(t *testing.T) {
	guide, err := os.ReadFile(quotaGuide)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("what the guide tells to run needs openssl")
	}
	s := quotatest.StartServer(t)
	start, end := block(t, string(guide), "key")
	script := strings.TrimSuffix(strings.TrimPrefix(string(guide[start:end]), "```sh\n"), "```\n")
	keyOf := func(arguments ...string) string {
		t.Helper()
		shell := exec.Command("sh", append([]string{"-c", script + `quota_key "$@"`, "sh"}, arguments...)...)
		out, err := shell.Output()
		if err != nil {
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				t.Fatalf("%v: %s", err, exit.Stderr)
			}
			t.Fatal(err)
		}
		return strings.TrimSuffix(string(out), "\n")
	}
	const odd = "张三's %s \\ \"account\""
	flood := quotaOf("flood", "*", 1, "")
	refused := Want{Code: 10110, Message: refusal, Reason: "rule", Rule: "flood"}
	for _, operator := range []string{"leckie", odd} {
		i := startInstance(t, "Lambda", redisURL+s.URL(), quotaPolicy(flood))
		i.healthy(t, Scenario{Operator: operator, Want: byDefault})
		i.healthy(t, Scenario{Operator: operator, Want: refused})
		key := keyOf("enforce", "flood", App, operator)
		if got := s.Do("GETRANGE", key, "0", "9"); got != "0000000001" {
			t.Errorf("%s: the count is %q; the keys are %q", key, got, s.Do("KEYS", "*"))
		}
		if left := s.Number("PTTL", key); left < 3_500_000 || left > 3_600_000 {
			t.Errorf("%s: %d ms left", key, left)
		}
		s.Do("DEL", key)
		i.healthy(t, Scenario{Operator: operator, Want: byDefault})
	}
	s.Do("FLUSHALL")
	trial := startInstance(t, "Lambda", redisURL+s.URL(), "TOPICGATE_MODE=dry_run",
		quotaPolicy("{name: flood, quota: {limit: 1, window: 1h, per: app}, action: refuse}"))
	trial.healthy(t, Scenario{Want: byDefault})
	if got, want := s.Do("KEYS", "*"), keyOf("dry_run", "flood", App, App); got != want {
		t.Errorf("the count of a trial is %q, and the guide says %q", got, want)
	}
	s.Do("FLUSHALL")
	policy := quotaPolicy("{name: raid, quota: {limit: 5, window: 1h, per: name}, action: refuse}",
		"{name: daily, quota: {limit: 5, window: day, zone: "+noon()+", share: all}, action: refuse}")
	kinds := startInstance(t, "Lambda", redisURL+s.URL(), policy)
	kinds.healthy(t, Scenario{Topic: "JOIN us!! 42", Want: byDefault})
	explain := exec.Command(binaries.topicgate, "explain", "-name", "JOIN us!! 42")
	explain.Env = []string{policy}
	out, err := explain.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	_, subject, _ := strings.Cut(string(out), "per name (")
	subject, _, _ = strings.Cut(subject, ")")
	zone, err := time.LoadLocation(noon())
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{
		keyOf("enforce", "raid", App, subject),
		keyOf("enforce", "share:all@"+time.Now().In(zone).Format(time.DateOnly), App, "leckie"),
	} {
		if got := s.Do("GETRANGE", key, "0", "9"); got != "0000000001" {
			t.Errorf("%s: the count is %q; the keys are %q", key, got, s.Do("KEYS", "*"))
		}
	}
}
