//go:build unix

package gatetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"topicgate/pkg/quota/quotatest"
)

// noon is a zone in which it is about noon, so that no test sees a day end.
func noon() string { return fmt.Sprintf("Etc/GMT%+d", time.Now().UTC().Hour()-12) }

// kindsOfQuotas are rules that count per name, by day and in shares, one on trial among
// them. Each is of operators of its own.
func kindsOfQuotas(limit int) []string {
	rule := func(name string, limit int, match, how string) string {
		operators := strings.Split(name, "-")[0] + "-*"
		return fmt.Sprintf("{name: %s, match: {operator: {in: [%q]}%s}, quota: {limit: %d, %s}, action: refuse, code: 10110, message: %s}", name, operators, match, limit, how, refusal)
	}
	const shared = "window: 1h, share: both, per: app"
	return []string{
		rule("name", limit, "", "window: 1h, per: name, exempt: [General]"),
		rule("day", limit, "", "window: day, per: app, zone: "+noon()),
		rule("share-web", fewer(limit), ", platform: {in: [Web]}", shared),
		rule("share-all", limit, "", shared),
		strings.Replace(rule("share-tried", limit/2+1, "", shared), "action:", "mode: dry_run, action:", 1),
	}
}

// fewer is how many of a share the web has.
func fewer(limit int) int { return 1 + limit/10 }

// TestKindsOfQuotasAlike: a server that counts in memory and the binaries that count in a
// Redis decide the same of the same callbacks, one after the other.
func TestKindsOfQuotasAlike(t *testing.T) {
	const callbacks, limit = 150, 6
	policy := quotaPolicy(kindsOfQuotas(limit)...)
	random := rand.New(rand.NewPCG(15, 4))
	var all []Scenario
	for range callbacks {
		all = append(all, Scenario{
			Operator: pickOne(random, "name-1", "name-2", "day-1", "share-1", "share-2", "other-1"),
			Topic:    pickOne(random, "Join us", "JOIN us!! 42", "j-o-i-n us", "加群", "加 群🔥", "General", "general 7", "2026"),
			Platform: pickOne(random, "Web", "iOS"),
		})
	}
	memory := startInstance(t, "HTTP", policy)
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			shared := startInstance(t, transport, policy, redisURL+quotatest.StartServer(t).URL())
			if transport != transports[0] {
				memory = startInstance(t, "HTTP", policy) // of which nothing is used up
			}
			refused := map[string]int{}
			for n, s := range all {
				s.Name = fmt.Sprint("callback ", n)
				call := s.Call(time.Now())
				inMemory, errMemory := memory.send(call)
				inRedis, errRedis := shared.send(call)
				if errMemory != nil || errRedis != nil {
					t.Fatal(errMemory, errRedis)
				}
				if inMemory != inRedis {
					t.Fatalf("%s, %+v: %+v in memory, %+v with Redis", s.Name, s, inMemory, inRedis)
				}
			}
			a, b := memory.news(t), shared.news(t)
			if len(a) != callbacks || len(b) != callbacks {
				t.Fatalf("%d and %d lines, want %d", len(a), len(b), callbacks)
			}
			for n := range a {
				if b[n].Error != "" {
					t.Fatalf("the machine is too busy to show anything: %s", b[n].Error)
				}
				if a[n].Rule != b[n].Rule || strings.Join(a[n].WouldRefuse, " ") != strings.Join(b[n].WouldRefuse, " ") {
					t.Errorf("callback %d: rule %q, would refuse %q in memory; %q, %q with Redis", n, a[n].Rule, a[n].WouldRefuse, b[n].Rule, b[n].WouldRefuse)
				}
				refused[b[n].Rule]++
				for _, rule := range b[n].WouldRefuse {
					refused[rule]++
				}
			}
			for _, rule := range []string{"name", "day", "share-web", "share-all", "share-tried"} {
				if refused[rule] == 0 {
					t.Errorf("nothing was refused by %s: %v", rule, refused)
				}
			}
		})
	}
}

func pickOne(random *rand.Rand, from ...string) string { return from[random.IntN(len(from))] }

// TestKindsOfQuotasAcrossProcesses: per name, by day and in shares, too, many processes let
// exactly as many through as one would.
func TestKindsOfQuotasAcrossProcesses(t *testing.T) {
	const (
		each   = 4 // processes of either binary
		crowd  = 120
		rounds = 12
		limit  = 40
	)
	s := quotatest.StartServer(t)
	policy := quotaPolicy(kindsOfQuotas(limit)...)
	var instances []*instance
	for range each {
		instances = append(instances,
			startInstance(t, "Lambda", redisURL+s.URL(), policy),
			startInstance(t, "SCF", redisURL+s.URL(), policy))
	}
	allowed := Want{}.Verdict()
	random := rand.New(rand.NewPCG(15, 5))
	kinds := []string{"name", "day", "share"}
	for round, disturbed := 0, 0; round < rounds; round++ {
		s.Do("FLUSHALL")
		kind := kinds[round%len(kinds)]
		var (
			through, fromWeb atomic.Int64
			running          sync.WaitGroup
			begin            = make(chan struct{})
		)
		for n := range crowd {
			scenario := Scenario{
				Name:     fmt.Sprint("round ", round, " callback ", n),
				Operator: fmt.Sprint(kind, "-", n),
				Topic:    vary(random, raidTexts[1]), // which has no letter that a digit stands for
				Platform: []string{"Web", "iOS"}[n%2],
			}
			running.Go(func() {
				<-begin
				answer, err := instances[n%len(instances)].send(scenario.Call(time.Now()))
				if err != nil {
					t.Error(err)
				}
				if answer.Body == allowed {
					through.Add(1)
					if scenario.Platform == "Web" {
						fromWeb.Add(1)
					}
				}
			})
		}
		close(begin)
		running.Wait()
		disturbance := disturbance(t, instances)
		if disturbance != "" { // as in TestQuotaHoldsAcrossProcesses
			if disturbed++; disturbed > 10 {
				t.Fatalf("Redis could not be asked without fail in %d rounds: is the machine that busy?", disturbed)
			}
			t.Logf("round %d once more: %.300s", round, disturbance)
			time.Sleep(rest + 50*time.Millisecond)
			round--
			continue
		}
		if got := through.Load(); got != limit {
			t.Errorf("round %d, %s: %d of %d got through, want %d", round, kind, got, crowd, limit)
		}
		if got := fromWeb.Load(); kind == "share" && int(got) > fewer(limit) {
			t.Errorf("round %d: %d got through from the web, want %d at most", round, got, fewer(limit))
		}
	}
}
