//go:build unix

package gatetest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"topicgate/pkg/quota/quotatest"
)

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

// TestQuotaOverTLS: the certificate's name and authority are right.
func TestQuotaOverTLS(t *testing.T) {
	environ := append(tlsEnviron(t, "localhost"), quotaPolicy(quotaOf("flood", "*", 1, "")))
	for _, transport := range transports {
		i := startInstance(t, transport, environ...)
		i.healthy(t, Scenario{Operator: transport, Want: byDefault})
		i.healthy(t, Scenario{Operator: transport, Want: Want{Code: 10110, Message: refusal, Reason: "rule", Rule: "flood"}})
	}
}
