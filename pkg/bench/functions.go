package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"topicgate/pkg/gate/gatetest"
)

const token = "0123456789abcdef0123456789abcdef"

// scenario is what everything is asked. Every rule of the policy is tried on it, and
// none matches.
var scenario = gatetest.Scenario{Token: token, Topic: "新手报到区 Welcome to the guild", Operator: "member_8472", Platform: "iOS", ClientIP: "192.0.2.44"}

// allowed is the answer to it, of the floors too.
var allowed = gatetest.Answer{Status: 200, ContentType: "application/json", Body: gatetest.Want{}.Verdict()}

// A function is what is measured, and what it was seen to take.
type function struct {
	name    string
	binary  string
	args    []string
	environ []string
	form    gatetest.Form
	floor   *function // what it is compared with

	cold      []time.Duration // from its execution to its first answer
	coldPeak  []int           // KiB of memory by then
	latencies []time.Duration // of warm invocations
	cpu       time.Duration   // of all of these
	peak      []int           // KiB of memory of each process after them
}

// functions are all that are measured against each other.
type functions struct {
	typed, bytes, line, node, variables, policy *function // Lambda
	scfTyped, scfPolicy                         *function
}

// rules are the variables of a function that decides by the benchmark's policy.
func rules(policyFile string) []string {
	return []string{"TOPICGATE_SDK_APP_IDS=" + gatetest.App, "TOPICGATE_TOKENS=" + token, "TOPICGATE_POLICY_FILE=" + policyFile}
}

// variablesAlone are those of a function without a policy file.
var variablesAlone = []string{
	"TOPICGATE_SDK_APP_IDS=" + gatetest.App, "TOPICGATE_TOKENS=" + token,
	"TOPICGATE_NAME_MAX_CHARS=40", "TOPICGATE_BANNED_WORDS=spam,加微信", "TOPICGATE_BLOCKED_OPERATORS=mallory",
}

// newFunctions is the table of what is measured. Without Node.js on the machine its
// function is not there.
func newFunctions(here, dir string) *functions {
	policy := rules(filepath.Join(here, "policy/policy.yaml"))
	var f functions
	f.typed = newLambda("lambda floor: typed event", filepath.Join(dir, "lambdatyped"), nil, nil)
	f.bytes = newLambda("lambda floor: bytes", filepath.Join(dir, "lambdabytes"), nil, f.typed)
	f.line = newLambda("lambda floor: typed event, one log line", filepath.Join(dir, "lambdaline"), nil, f.typed)
	if node, err := exec.LookPath("node"); err == nil {
		f.node = newLambda("lambda floor: node", node, nil, f.typed)
		f.node.args = []string{filepath.Join(here, "floors/node/index.js")}
	}
	f.variables = newLambda("lambda topicgate, variables", filepath.Join(dir, "lambda"), variablesAlone, f.typed)
	f.policy = newLambda("lambda topicgate, policy", filepath.Join(dir, "lambda"), policy, f.typed)
	f.scfTyped = newSCF("scf floor: typed event", filepath.Join(dir, "scftyped"), nil, nil)
	f.scfPolicy = newSCF("scf topicgate, policy", filepath.Join(dir, "scf"), policy, f.scfTyped)
	return &f
}

// all lists them in the order of the page.
func (fs *functions) all() []*function {
	all := []*function{fs.typed, fs.bytes, fs.line, fs.node, fs.variables, fs.policy, fs.scfTyped, fs.scfPolicy}
	return slices.DeleteFunc(all, func(f *function) bool { return f == nil })
}

// oneProcessor is how every function runs: as in the clouds.
const oneProcessor = "GOMAXPROCS=1"

func newLambda(name, binary string, environ []string, floor *function) *function {
	return &function{name: name, binary: binary, environ: slices.Concat(environ, []string{oneProcessor}), form: formNamed(gatetest.AWSForms, "HTTP API 2.0"), floor: floor}
}

func newSCF(name, binary string, environ []string, floor *function) *function {
	return &function{name: name, binary: binary, environ: slices.Concat(environ, []string{oneProcessor}), form: formNamed(gatetest.SCFForms, "SCF Function URL"), floor: floor}
}

func formNamed(forms []gatetest.Form, name string) gatetest.Form {
	return forms[slices.IndexFunc(forms, func(f gatetest.Form) bool { return f.Name == name })]
}

// An instance is one process of a function.
type instance interface {
	// invoke returns an answer and how long the function took for it.
	invoke(id string, payload []byte) ([]byte, time.Duration, error)
	PID() int
	Began() time.Time
	Close()
}

func (f *function) start() (instance, error) {
	root := filepath.Dir(f.binary)
	if strings.HasPrefix(f.form.Name, "SCF") {
		environment, err := gatetest.Environment(f.environ)
		if err != nil {
			return nil, err
		}
		s, err := gatetest.StartSCF(f.binary, root, oneProcessor)
		return scf{s, environment}, err
	}
	l, err := gatetest.StartLambda(f.binary, root, f.environ, f.args...)
	return lambda{l}, err
}

type lambda struct{ *gatetest.Lambda }

// invoke takes the time from when the function has the event: before, it ends what it
// had to do for the one before.
func (l lambda) invoke(id string, payload []byte) ([]byte, time.Duration, error) {
	answer, err := l.Invoke(id, payload)
	return answer, time.Since(l.Handed()), err
}

type scf struct {
	*gatetest.SCF

	environment string
}

func (s scf) invoke(id string, payload []byte) ([]byte, time.Duration, error) {
	began := time.Now()
	answer, err := s.InvokeIn(id, s.environment, payload)
	return answer, time.Since(began), err
}

// event is the callback of the scenario, signed now, as the function's front door would hand it over:
// with an & as it is, which only Go escapes.
func (f *function) event() []byte {
	var payload bytes.Buffer
	e := json.NewEncoder(&payload)
	e.SetEscapeHTML(false)
	if err := e.Encode(f.form.Encode(scenario.Call(time.Now()))); err != nil {
		panic(err) // strings and maps of strings
	}
	return payload.Bytes()
}

// check says what is wrong with an answer.
func (f *function) check(answer []byte) error {
	got, err := f.form.Decode(answer)
	if err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	if got != allowed {
		return fmt.Errorf("%s: answered %+v, want %+v", f.name, got, allowed)
	}
	return nil
}

// inTurn does something with each function, in an order that is drawn anew: none
// always follows the same neighbour. Garbage of ours is collected in between, and so
// not while the time is taken.
func inTurn(all []*function, do func(*function) error) error {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for _, i := range rand.Perm(len(all)) {
		runtime.GC()
		if err := do(all[i]); err != nil {
			return err
		}
	}
	return nil
}

func coldStarts(all []*function, n int) error {
	for range n {
		if err := inTurn(all, (*function).startCold); err != nil {
			return err
		}
	}
	return nil
}

func (f *function) startCold() error {
	payload := f.event()
	i, err := f.start()
	if err != nil {
		return err
	}
	defer i.Close()
	answer, _, err := i.invoke("cold", payload)
	if err != nil {
		return err
	}
	f.cold = append(f.cold, time.Since(i.Began()))
	f.coldPeak = append(f.coldPeak, peakMemory(i.PID()))
	return f.check(answer)
}

// warmProcesses starts one process of each function, and invokes all in rounds.
func warmProcesses(all []*function, rounds, n int) error {
	live := map[*function]instance{}
	for _, f := range all {
		i, err := f.start()
		if err != nil {
			return err
		}
		defer i.Close()
		live[f] = i
		if _, err := f.round(i, 200); err != nil {
			return err
		}
	}
	for range rounds {
		if err := inTurn(all, func(f *function) error {
			// What the others have driven out of the caches comes back first.
			if _, err := f.round(live[f], 5); err != nil {
				return err
			}
			before := cpuTime(live[f].PID())
			latencies, err := f.round(live[f], n)
			f.cpu += cpuTime(live[f].PID()) - before
			f.latencies = append(f.latencies, latencies...)
			return err
		}); err != nil {
			return err
		}
	}
	for _, f := range all {
		f.peak = append(f.peak, peakMemory(live[f].PID()))
	}
	return nil
}

// round invokes a function n times.
func (f *function) round(i instance, n int) ([]time.Duration, error) {
	payload := f.event()
	latencies := make([]time.Duration, n)
	for k := range n {
		answer, took, err := i.invoke(strconv.Itoa(k), payload)
		if err != nil {
			return nil, err
		}
		if err := f.check(answer); err != nil {
			return nil, err
		}
		latencies[k] = took
	}
	return latencies, nil
}

// cpuTime is what a process has used, user and system, in scheduler time: ticks are
// too coarse.
func cpuTime(pid int) time.Duration {
	var total time.Duration
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	for _, path := range threads {
		data, err := os.ReadFile(path)
		if err != nil {
			continue // the thread has ended
		}
		var ns int64
		if _, err := fmt.Sscan(string(data), &ns); err == nil {
			total += time.Duration(ns)
		}
	}
	return total
}

// peakMemory is the most that a process has held, in KiB.
func peakMemory(pid int) (kib int) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			_, _ = fmt.Sscan(rest, &kib)
		}
	}
	return kib
}
