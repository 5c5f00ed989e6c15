//go:build unix

package gatetest

import (
	"encoding/json"
	"fmt"
	"syscall"
	"testing"
	"time"
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

func (i *instance) signal(t *testing.T, signal syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(i.PID(), signal); err != nil {
		t.Fatal(err)
	}
}
