package main

import (
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

// installed says whether a program that the page can do without is there.
func installed(name string) bool {
	_, err := exec.LookPath(name)
	return err == nil
}

// TestPage runs all that make bench does, once and briefly, and looks for a figure in
// every place of every table. Which figures they are, no test can say.
func TestPage(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("memory and CPU time are read from /proc, which " + runtime.GOOS + " has not")
	}
	t.Chdir("../..")
	var out strings.Builder
	if err := run(settings{
		colds: 1, processes: 1, rounds: 1, warm: 3, starts: 1,
		levels: []int{1, 8}, loads: 1, load: time.Second, passes: 1, benchtime: "1x",
	}, &out); err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "| ") {
			cells := strings.Split(strings.Trim(line, "| \n"), " | ")
			rows[cells[0]] = cells[1:]
		}
	}
	// A figure is a number and, in brackets, what it is beside another.
	number := regexp.MustCompile(`^-?\d+(\.\d+)?( \([-+]?\d+(\.\d+)?\))?$`)
	expect := func(figures int, names ...string) {
		t.Helper()
		for _, name := range names {
			row, ok := rows[name]
			if !ok {
				t.Errorf("no row %q", name)
				continue
			}
			if len(row) != figures {
				t.Errorf("%q has %d cells, want %d: %q", name, len(row), figures, row)
			}
			for _, cell := range row {
				if !number.MatchString(cell) {
					t.Errorf("%q has no figure: %q", name, row)
				}
			}
		}
	}
	for _, name := range []string{
		"Lambda, warm p50", "Lambda, CPU of an invocation", "Lambda, cold start", "Lambda, peak memory", "Lambda, binary",
		"SCF, warm p50", "SCF, cold start", "a decision and its log line, allocations",
	} {
		row := rows[name]
		if len(row) != 3 || !number.MatchString(row[1]) || row[2] != "yes" && row[2] != "**no**" {
			t.Errorf("target %q: %q", name, row)
		}
	}
	expect(6, "lambda floor: typed event", "lambda floor: bytes", "lambda floor: typed event, one log line", "lambda topicgate, variables", "lambda topicgate, policy",
		"scf floor: typed event", "scf topicgate, policy")
	expect(2, "variables alone", "the policy, 1,000 words", "the policy, found at a URL", "10,000 words", "100,000 words")
	expect(2, "core", "core with its log line", "a callback straight to the upstream", "the same relayed")
	if installed("node") {
		node := rows["lambda floor: node"]
		if len(node) != 6 || node[5] != "–" { // a script has no binary
			t.Errorf("Node.js: %q", node)
		}
		rows["lambda floor: node"] = node[:max(0, len(node)-1)]
		expect(5, "lambda floor: node")
	}
	if installed("wrk") {
		expect(6, "1", "8")
	}
	for _, name := range []string{"BenchmarkCore/log=info", "BenchmarkParseBody", "BenchmarkSetFind/", "BenchmarkMemoryTake/", "BenchmarkRelay/relayed"} {
		if !regexp.MustCompile(`(?m)^` + name + `.* ns/op.* allocs/op$`).MatchString(out.String()) {
			t.Errorf("the page has no %s", name)
		}
	}
	if t.Failed() {
		t.Logf("the page:\n%s", out.String())
	}
}

// TestWithoutWrk: the page says what to install, and nothing fails.
func TestWithoutWrk(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	levels, err := loadServers("", "", settings{levels: []int{1}, loads: 1, load: time.Second})
	if err != nil || levels != nil {
		t.Errorf("got %v, %v, want nothing", levels, err)
	}
	var page strings.Builder
	(&results{}).printLevels(func(format string, args ...any) { fmt.Fprintf(&page, format, args...) })
	if !strings.Contains(page.String(), "install Debian's wrk") {
		t.Errorf("got %q", page.String())
	}
}

// TestBinarySize guards what a cold start has to load, without a timer: what is
// deployed on Lambda, beside a function that decides nothing.
func TestBinarySize(t *testing.T) {
	t.Chdir("../..")
	dir := t.TempDir()
	if err := build(dir); err != nil {
		t.Fatal(err)
	}
	size := func(name string) float64 {
		f := newLambda(name, filepath.Join(dir, name), nil, nil)
		if math.IsNaN(binarySize(f)) {
			t.Fatalf("%s was not built", name)
		}
		return binarySize(f)
	}
	topicgate, floor := size("lambda"), size("lambdatyped")
	if topicgate > mostBinary*floor {
		t.Errorf("the Lambda binary has %.2f MB, %.3f times the %.2f MB of its floor, want at most %v times", topicgate, topicgate/floor, floor, mostBinary)
	}
}

// TestTargets: a target is met up to its bound, and by no figure that is missing.
func TestTargets(t *testing.T) {
	for _, c := range []struct {
		target target
		limit  string
		met    string
	}{
		{target{figure: 1.05, most: 1.05}, "at most 1.05", "yes"},
		{target{figure: 1.051, most: 1.05}, "at most 1.05", "**no**"},
		{target{figure: math.NaN(), most: 1}, "at most 1", "not measured"},
	} {
		if c.target.limit() != c.limit || c.target.met() != c.met {
			t.Errorf("%+v: got %s, %s; want %s, %s", c.target, c.target.limit(), c.target.met(), c.limit, c.met)
		}
	}
}
