// Command bench measures topicgate against functions that decide nothing, in one run:
// the same flags, the same protocols, the same machine, in turn. It prints one page of
// medians and ratios; absolute times say more of the machine than of the code.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"topicgate/pkg/gate/gatetest"
)

const token = "0123456789abcdef0123456789abcdef"

var (
	colds  = flag.Int("cold", 100, "cold starts of each function")
	rounds = flag.Int("rounds", 20, "rounds of warm invocations")
	warm   = flag.Int("warm", 200, "invocations of each function in a round")
)

func main() {
	flag.Parse()
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// A function is what is measured: a binary, or Node.js with a script.
type function struct {
	name    string
	source  string // package to build
	tags    string
	binary  string
	args    []string
	environ []string
	scf     bool
	floor   string // what it is compared with

	cold      []time.Duration
	latencies []time.Duration
	cpu       time.Duration
	peak      int // KiB
	live      instance
}

// An instance is one process of a function.
type instance interface {
	invoke(id string, payload []byte) error
	pid() int
	close()
}

func run(out io.Writer) error {
	dir, err := os.MkdirTemp("", "topicgate-bench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	here, err := filepath.Abs("pkg/bench")
	if err != nil {
		return err
	}
	functions := table(here)
	for i := range functions {
		if err := functions[i].build(dir); err != nil {
			return err
		}
	}
	functions = slices.DeleteFunc(functions, func(f function) bool { return f.binary == "" })
	fmt.Fprintf(os.Stderr, "%d cold starts of each…\n", *colds)
	for range *colds {
		for i := range functions {
			if err := functions[i].startCold(here); err != nil {
				return err
			}
		}
	}
	fmt.Fprintf(os.Stderr, "%d rounds of %d invocations of each…\n", *rounds, *warm)
	if err := measureWarm(functions, here); err != nil {
		return err
	}
	report(out, functions)
	return nil
}

// table is what is measured. Every function runs on one processor, as in the clouds.
func table(here string) []function {
	variables := []string{"TOPICGATE_SDK_APP_IDS=" + gatetest.App, "TOPICGATE_TOKENS=" + token}
	simple := slices.Concat(variables, []string{"TOPICGATE_NAME_MAX_CHARS=40", "TOPICGATE_BANNED_WORDS=spam,加微信", "TOPICGATE_BLOCKED_OPERATORS=mallory"})
	policy := slices.Concat(variables, []string{"TOPICGATE_POLICY_FILE=" + filepath.Join(here, "policy/policy.yaml")})
	functions := []function{
		{name: "lambda floor: typed event", source: "pkg/bench/floors/lambdatyped", tags: "lambda.norpc"},
		{name: "lambda floor: bytes", source: "pkg/bench/floors/lambdabytes", tags: "lambda.norpc", floor: "lambda floor: typed event"},
		{name: "lambda floor: node", args: []string{filepath.Join(here, "floors/node/index.js")}, floor: "lambda floor: typed event"},
		{name: "lambda topicgate, variables", source: "functions/lambda", tags: "lambda.norpc", environ: simple, floor: "lambda floor: typed event"},
		{name: "lambda topicgate, policy", source: "functions/lambda", tags: "lambda.norpc", environ: policy, floor: "lambda floor: typed event"},
		{name: "scf floor: typed event", source: "pkg/bench/floors/scftyped", scf: true},
		{name: "scf topicgate, policy", source: "functions/scf", scf: true, environ: policy, floor: "scf floor: typed event"},
	}
	for i := range functions {
		functions[i].environ = append(functions[i].environ, "GOMAXPROCS=1")
	}
	return functions
}

// build makes the binary, with the flags of the Makefile. Without Node.js on the
// machine its function stays without one.
func (f *function) build(dir string) error {
	if f.source == "" {
		f.binary, _ = exec.LookPath("node")
		return nil
	}
	f.binary = filepath.Join(dir, strings.ReplaceAll(f.source, "/", "-"))
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", f.tags, "-ldflags", "-s -w -buildid=", "-o", f.binary, "./"+f.source)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", f.source, err, text)
	}
	return nil
}

func (f *function) start(root string) (instance, error) {
	if f.scf {
		s, err := gatetest.StartSCF(f.binary, root, "GOMAXPROCS=1")
		return scf{s, f.environ}, err
	}
	l, err := gatetest.StartLambda(f.binary, root, f.environ, f.args...)
	return lambda{l}, err
}

func (f *function) startCold(root string) error {
	payload := f.event()
	began := time.Now()
	i, err := f.start(root)
	if err != nil {
		return err
	}
	defer i.close()
	if err := i.invoke("cold", payload); err != nil {
		return err
	}
	f.cold = append(f.cold, time.Since(began))
	return nil
}

// event is a signed callback as the function's front door would hand it over.
func (f *function) event() []byte {
	s := gatetest.Scenario{Token: token, Topic: "新手报到区 Welcome to the guild", Operator: "member_8472", Platform: "iOS", ClientIP: "192.0.2.44"}
	forms, name := gatetest.AWSForms, "HTTP API 2.0"
	if f.scf {
		forms, name = gatetest.SCFForms, "SCF Function URL"
	}
	i := slices.IndexFunc(forms, func(form gatetest.Form) bool { return form.Name == name })
	payload, err := json.Marshal(forms[i].Encode(s.Call(time.Now())))
	if err != nil {
		panic(err) // strings and maps of strings
	}
	return payload
}

func measureWarm(functions []function, root string) error {
	for i := range functions {
		f := &functions[i]
		live, err := f.start(root)
		if err != nil {
			return err
		}
		defer live.close()
		f.live = live
		if err := f.round(200, false); err != nil {
			return err
		}
	}
	for range *rounds {
		for i := range functions {
			if err := functions[i].round(*warm, true); err != nil {
				return err
			}
		}
	}
	for i := range functions {
		functions[i].peak = status(functions[i].live.pid(), "VmHWM:")
	}
	return nil
}

func (f *function) round(n int, count bool) error {
	payload := f.event()
	before := cpuTime(f.live.pid())
	for i := range n {
		began := time.Now()
		if err := f.live.invoke(strconv.Itoa(i), payload); err != nil {
			return err
		}
		if count {
			f.latencies = append(f.latencies, time.Since(began))
		}
	}
	if count {
		f.cpu += cpuTime(f.live.pid()) - before
	}
	return nil
}

type lambda struct{ *gatetest.Lambda }

func (l lambda) invoke(id string, payload []byte) error { _, err := l.Invoke(id, payload); return err }
func (l lambda) pid() int                               { return l.PID() }
func (l lambda) close()                                 { l.Close() }

type scf struct {
	*gatetest.SCF

	environ []string
}

func (s scf) invoke(id string, payload []byte) error {
	_, err := s.Invoke(id, s.environ, payload)
	return err
}
func (s scf) pid() int { return s.PID() }
func (s scf) close()   { s.Close() }

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

// status is a figure of /proc/PID/status, in KiB.
func status(pid int, key string) (kib int) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, key); ok {
			_, _ = fmt.Sscan(rest, &kib)
		}
	}
	return kib
}

func report(out io.Writer, functions []function) {
	figures := map[string][6]float64{}
	for i := range functions {
		f := &functions[i]
		size := 0.0
		if info, err := os.Stat(f.binary); err == nil && f.source != "" {
			size = float64(info.Size()) / 1e6
		}
		figures[f.name] = [6]float64{
			milliseconds(quantile(f.cold, 50)),
			microseconds(quantile(f.latencies, 50)), microseconds(quantile(f.latencies, 99)),
			microseconds(f.cpu) / float64(len(f.latencies)),
			float64(f.peak) / 1024, size,
		}
	}
	p := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format, args...) }
	p("%s, %s/%s, %d processors; medians, and in brackets the ratio to the floor of the platform\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	p("| function | cold ms | warm p50 µs | p99 µs | CPU µs | peak MB | binary MB |\n|---|---|---|---|---|---|---|\n")
	for i := range functions {
		f := &functions[i]
		p("| %s |", f.name)
		for j, figure := range figures[f.name] {
			if figure == 0 {
				p(" – |")
				continue
			}
			p(" %.*f", []int{2, 0, 0, 0, 1, 2}[j], figure)
			if floor, ok := figures[f.floor]; ok && floor[j] > 0 {
				p(" (%.2f)", figure/floor[j])
			}
			p(" |")
		}
		p("\n")
	}
}

func quantile(d []time.Duration, percent int) time.Duration {
	slices.Sort(d)
	return d[(len(d)-1)*percent/100]
}

func milliseconds(d time.Duration) float64 { return float64(d) / 1e6 }
func microseconds(d time.Duration) float64 { return float64(d) / 1e3 }
