package gatetest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"topicgate/pkg/live/livetest"
)

// A liveFunction is a built function that looks at a URL, and what it logs.
type liveFunction struct {
	*Process
	*testing.T
	invoke func(id string) (Answer, error)
	close  func()
}

// liveFunctions are those of both platforms, under the same variables.
func liveFunctions(t *testing.T) map[string]func(t *testing.T, e env) *liveFunction {
	t.Helper()
	event := func() Call { return (&Scenario{Token: oneToken}).Call(time.Now()) }
	return map[string]func(t *testing.T, e env) *liveFunction{
		"lambda": func(t *testing.T, e env) *liveFunction {
			l, err := StartLambda(binaries.lambda, t.TempDir(), (&Scenario{Env: e}).Environ())
			if err != nil {
				t.Fatal(err)
			}
			return &liveFunction{Process: l.Process, T: t, close: l.Close, invoke: func(id string) (Answer, error) {
				c := event()
				c.RequestID = id
				return invokeAs(AWSForms[2], c, l.Invoke)
			}}
		},
		"scf": func(t *testing.T, e env) *liveFunction {
			s, err := StartSCF(binaries.scf, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			environ := (&Scenario{Env: e}).Environ()
			return &liveFunction{Process: s.Process, T: t, close: s.Close, invoke: func(id string) (Answer, error) {
				c := event()
				c.RequestID = id
				return invokeAs(SCFForms[0], c, func(id string, payload []byte) ([]byte, error) { return s.Invoke(id, environ, payload) })
			}}
		},
	}
}

// decides sends a callback, and returns the line of its decision.
func (f *liveFunction) decides(id string) Line {
	f.Helper()
	if _, err := f.invoke(id); err != nil {
		f.Fatal(err)
	}
	lines := f.lines("decision")
	if len(lines) == 0 || lines[len(lines)-1].RequestID != id {
		f.Fatalf("%s: no decision is logged: %+v", id, lines)
	}
	return lines[len(lines)-1]
}

func (f *liveFunction) lines(message string) []Line {
	f.Helper()
	log, err := f.Log()
	if err != nil {
		f.Fatal(err)
	}
	lines, err := Lines(log, message)
	if err != nil {
		f.Fatal(err)
	}
	return lines
}

func livePolicy(rule string) string {
	return "version: 1\nrules: [{name: " + rule + ", action: refuse, code: 10100, message: no}]\n"
}

// TestLiveFaults: whatever a URL does, a decision is in time, is that of the policy which
// the package holds, and the log says why; without one it is on_error.
func TestLiveFaults(t *testing.T) {
	for platform, start := range liveFunctions(t) {
		for _, fault := range livetest.Faults() {
			t.Run(platform+" "+fault.Name, func(t *testing.T) {
				remote := livetest.NewServer(t)
				remote.Set(livePolicy("found"))
				remote.Break(fault)
				for _, tt := range []struct {
					name, bundled string
					want          Line
				}{
					{"a bundled policy", livePolicy("bundled"), Line{Verdict: "refuse", Code: 10100, Reason: "rule", Rule: "bundled"}},
					{"nothing else", "", Line{Verdict: "refuse", Code: 1, Reason: "config"}},
				} {
					f := start(t, env{"POLICY_URL": remote.URL(), "POLICY": tt.bundled, "TOKENS": oneToken, "TIMEOUT": "1800ms"})
					got := f.decides("first")
					if got.Verdict != tt.want.Verdict || got.Code != tt.want.Code || got.Reason != tt.want.Reason || got.Rule != tt.want.Rule {
						t.Errorf("%s: decided %+v", tt.name, got)
					}
					// Half of its time is for the look; the rest is more than a machine under
					// load needs for nothing.
					if took := time.Duration(got.DurationUS) * time.Microsecond; took > 1800*time.Millisecond {
						t.Errorf("%s: decided after %v", tt.name, took)
					}
					reloads := f.lines("reload")
					for began := time.Now(); len(reloads) == 0 && time.Since(began) < patience; reloads = f.lines("reload") {
						pause(10 * time.Millisecond) // the look goes on beside the decision
					}
					said := ""
					if len(reloads) == 1 && reloads[0].Level == "error" {
						said = strings.Join(reloads[0].Errors, " ")
					}
					// On a loaded machine a fault that is played quickly comes too late as well.
					if said == "" || !strings.Contains(said, fault.Says) && !strings.Contains(said, "in time") {
						t.Errorf("%s: the log says %+v", tt.name, reloads)
					}
					f.close()
				}
			})
		}
	}
}

// TestThaw: an instance that was frozen looks first when it thaws. One that has found
// nothing for ten times REFRESH says how old what it goes by is.
func TestThaw(t *testing.T) {
	t.Parallel()
	starts := liveFunctions(t)
	for _, platform := range slices.Sorted(maps.Keys(starts)) {
		t.Run(platform, func(t *testing.T) {
			t.Parallel()
			remote := livetest.NewServer(t)
			remote.Set(livePolicy("one"))
			f := starts[platform](t, env{"POLICY_URL": remote.URL(), "REFRESH": "5s", "TOKENS": oneToken})
			defer f.close()
			freeze := func(long time.Duration) {
				t.Helper()
				time.Sleep(300 * time.Millisecond) // a look may go on beside the decision
				for _, signal := range []syscall.Signal{syscall.SIGSTOP, syscall.SIGCONT} {
					if err := syscall.Kill(f.PID(), signal); err != nil {
						t.Fatal(err)
					}
					if signal == syscall.SIGSTOP {
						time.Sleep(long) // which no signal cuts short, as one does pause
					}
				}
			}
			if line := f.decides("at first"); line.Rule != "one" {
				t.Fatalf("decided %+v", line)
			}
			remote.Set(livePolicy("two"))
			freeze(7 * time.Second)
			if line := f.decides("thawed"); line.Rule != "two" || line.StaleS != 0 {
				t.Errorf("decided %+v", line)
			}
			remote.Break(livetest.FaultNamed("says 503"))
			freeze(51 * time.Second)
			if line := f.decides("stale"); line.Rule != "two" || line.StaleS < 50 || line.Level != "warn" {
				t.Errorf("decided %+v", line)
			}
			remote.Mend()
			remote.Set(livePolicy("three"))
			freeze(13 * time.Second) // a failed look puts the next one off
			if line := f.decides("again"); line.Rule != "three" || line.StaleS != 0 || line.Level != "info" {
				t.Errorf("decided %+v", line)
			}
			if looks := len(remote.Looks()); looks != 4 {
				t.Errorf("looked %d times, want once before each decision", looks)
			}
		})
	}
}

// TestSCFVariables: variables that change between two invocations are read again; what is
// broken leaves the last good ones in place.
func TestSCFVariables(t *testing.T) {
	function, err := StartSCF(binaries.scf, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer function.Close()
	for i, step := range []struct {
		env  env
		want Want
	}{
		{env{}, Want{}},
		{env{"DEFAULT": "refuse", "REFUSE_CODE": "10101", "REFUSE_MESSAGE": "no"}, Want{Code: 10101, Message: "no"}},
		{env{"DEFAULT": "refuse", "REFUSE_CODE": "9"}, Want{Code: 10101, Message: "no"}},
		{env{"DEFAULT": "refuse", "REFUSE_CODE": "10102", "REFUSE_MESSAGE": "never"}, Want{Code: 10102, Message: "never"}},
		{env{}, Want{}},
	} {
		s := Scenario{Env: step.env}
		call := s.Call(time.Now())
		call.RequestID = fmt.Sprint("step-", i)
		answer, err := invokeAs(SCFForms[0], call, func(id string, payload []byte) ([]byte, error) {
			return function.Invoke(id, s.Environ(), payload)
		})
		if err != nil || answer.Body != step.want.Verdict() {
			t.Errorf("step %d: %+v, %v", i, answer, err)
		}
	}
	log, err := function.Log()
	if err != nil {
		t.Fatal(err)
	}
	reloads, err := Lines(log, "reload")
	if err != nil {
		t.Fatal(err)
	}
	levels := []string{}
	for _, line := range reloads {
		if line.Source != "variables" {
			t.Errorf("source %q", line.Source)
		}
		levels = append(levels, line.Level)
	}
	if want := []string{"info", "error", "info", "info"}; !slices.Equal(levels, want) {
		t.Errorf("the log has reloads of levels %q, want %q", levels, want)
	}
}
