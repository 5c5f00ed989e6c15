package gatetest

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// binaries are those that TestMain builds, the way the Makefile does.
var binaries struct{ lambda, scf, topicgate string }

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "topicgate-binaries")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	for _, b := range []struct {
		path    *string
		command string
		tags    string
	}{
		{&binaries.lambda, "lambda", "lambda.norpc"},
		{&binaries.scf, "scf", ""},
		{&binaries.topicgate, "topicgate", ""},
	} {
		*b.path = filepath.Join(dir, b.command)
		build := exec.Command("go", "build", "-trimpath", "-tags", b.tags, "-o", *b.path, "topicgate/functions/"+b.command)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "go build %s: %v\n%s", b.command, err, out)
			return 1
		}
	}
	return m.Run()
}

// A configuration is the scenarios that share their variables, and so a process.
type configuration struct {
	environ   []string
	scenarios []Scenario
}

func configurations() []configuration {
	var all []configuration
	for _, s := range Scenarios() {
		environ := s.Environ()
		i := slices.IndexFunc(all, func(g configuration) bool {
			return slices.Equal(g.environ, environ) && fmt.Sprint(g.scenarios[0].Files) == fmt.Sprint(s.Files)
		})
		if i < 0 {
			i = len(all)
			all = append(all, configuration{environ: environ})
		}
		all[i].scenarios = append(all[i].scenarios, s)
	}
	return all
}

// TestParity replays every scenario through every form of event, on the built
// binaries, over their platforms' own protocols.
func TestParity(t *testing.T) {
	for _, g := range configurations() {
		root := t.TempDir()
		if err := g.scenarios[0].WriteFiles(root); err != nil {
			t.Fatal(err)
		}
		t.Run(strings.Join(g.environ, " "), func(t *testing.T) {
			t.Run("Lambda", func(t *testing.T) { g.replayLambda(t, root) })
			t.Run("SCF", func(t *testing.T) { g.replaySCF(t, root) })
			t.Run("HTTP", func(t *testing.T) { g.replayHTTP(t, root) })
		})
	}
}

func (g *configuration) replayLambda(t *testing.T, root string) {
	function, err := StartLambda(binaries.lambda, root, g.environ)
	if err != nil {
		t.Fatal(err)
	}
	defer function.Close()
	g.replayForms(t, AWSForms, function.Process, function.Invoke)
}

func (g *configuration) replaySCF(t *testing.T, root string) {
	function, err := StartSCF(binaries.scf, root)
	if err != nil {
		t.Fatal(err)
	}
	defer function.Close()
	g.replayForms(t, SCFForms, function.Process, func(id string, payload []byte) ([]byte, error) {
		return function.Invoke(id, g.environ, payload)
	})
}

func (g *configuration) replayForms(t *testing.T, forms []Form, p *Process, invoke func(string, []byte) ([]byte, error)) {
	for _, form := range forms {
		for _, s := range g.scenarios {
			call := s.Call(time.Now())
			call.RequestID += " as " + form.Name
			payload, err := json.Marshal(form.Encode(call))
			if err != nil {
				t.Fatal(err)
			}
			for range s.Before {
				if _, err := invoke("before "+call.RequestID, payload); err != nil {
					t.Fatal(err)
				}
			}
			response, err := invoke(call.RequestID, payload)
			if err != nil {
				t.Fatalf("%s: %s: %v", form.Name, s.Name, err)
			}
			answer, err := form.Decode(response)
			if err != nil {
				t.Fatalf("%s: %s: %v", form.Name, s.Name, err)
			}
			g.check(t, form.Name, &s, p, call.RequestID, answer)
		}
	}
}

func (g *configuration) replayHTTP(t *testing.T, root string) {
	if g.scenarios[0].Broken {
		checkBrokenServer(t, root, g.environ)
		return
	}
	server, err := StartServer(binaries.topicgate, root, g.environ)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for _, s := range g.scenarios {
		call := s.Call(time.Now())
		for range s.Before {
			before := call
			before.RequestID = "before " + call.RequestID
			if _, err := server.Do(t.Context(), before); err != nil {
				t.Fatal(err)
			}
		}
		answer, err := server.Do(t.Context(), call)
		if err != nil {
			t.Fatalf("HTTP: %s: %v", s.Name, err)
		}
		g.check(t, "HTTP", &s, server.Process, call.RequestID, answer)
	}
}

// check compares one answer, and what was logged for it, with the scenario.
func (g *configuration) check(t *testing.T, form string, s *Scenario, p *Process, id string, answer Answer) {
	t.Helper()
	log, err := p.Log()
	if err != nil {
		t.Fatal(err)
	}
	lines, err := Lines(log, "decision")
	if err != nil {
		t.Fatal(err)
	}
	lines = slices.DeleteFunc(lines, func(l Line) bool { return l.RequestID != id })
	err = s.Check(answer, lines)
	reason, marked := s.Inexpressible[form]
	switch {
	case marked && err == nil:
		t.Errorf("%s: %s: marked as inexpressible (%s), and yet it is answered as wanted", form, s.Name, reason)
	case !marked && err != nil:
		t.Errorf("%s: %s: %v", form, s.Name, err)
	}
}

func checkBrokenServer(t *testing.T, root string, environ []string) {
	serve := exec.Command(binaries.topicgate, "serve")
	serve.Env = append(slices.Clone(environ), "USER_CODE_ROOT="+root)
	out, err := serve.CombinedOutput()
	if code := serve.ProcessState.ExitCode(); code != 1 {
		t.Errorf("exit status %d (%v), want 1", code, err)
	}
	if !strings.HasPrefix(string(out), "topicgate: ") {
		t.Errorf("no problem was printed: %q", out)
	}
}
