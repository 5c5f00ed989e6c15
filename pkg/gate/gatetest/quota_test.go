//go:build unix

package gatetest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"topicgate/pkg/quota/quotatest"
)

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
