package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// The figures of a function.

func coldStart(f *function) float64  { return milliseconds(median(f.cold)) }
func coldMemory(f *function) float64 { return seen(float64(median(f.coldPeak)) / 1024) }
func warmMedian(f *function) float64 { return microseconds(median(f.latencies)) }
func warmTail(f *function) float64   { return microseconds(quantile(f.latencies, 99)) }
func warmPeak(f *function) float64   { return seen(float64(median(f.peak)) / 1024) }

// cpuOfOne is a mean: a median would leave out the collections of garbage, which few
// rounds have.
func cpuOfOne(f *function) float64 { return seen(microseconds(f.cpu) / float64(len(f.latencies))) }

// binarySize is of what is deployed: of Node.js a script alone.
func binarySize(f *function) float64 {
	info, err := os.Stat(f.binary)
	if err != nil || f.args != nil {
		return math.NaN()
	}
	return float64(info.Size()) / 1e6
}

// seen is NaN for a figure that could not be had: only Linux has all of /proc.
func seen(figure float64) float64 {
	if figure == 0 {
		return math.NaN()
	}
	return figure
}

// ratio is NaN where one of both was not measured.
func ratio(of func(*function) float64, f, floor *function) float64 {
	if floor == nil {
		return math.NaN()
	}
	return of(f) / of(floor)
}

func milliseconds(d time.Duration) float64 { return float64(d) / 1e6 }
func microseconds(d time.Duration) float64 { return float64(d) / 1e3 }

// columns are what is said of each function.
var columns = []struct {
	title  string
	digits int
	figure func(*function) float64
}{
	{"cold ms", 2, coldStart},
	{"warm p50 µs", 0, warmMedian},
	{"warm p99 µs", 0, warmTail},
	{"CPU µs, mean", 0, cpuOfOne},
	{"peak MB", 1, warmPeak},
	{"binary MB", 2, binarySize},
}

// print writes the page.
func (r *results) print(out io.Writer) error {
	var page strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&page, format, args...) }
	p("# topicgate beside programs that decide nothing\n\n%s.\n\n", r.machine)
	p("All of it was built with the same flags and measured in one run, in turn. Figures are medians unless they say otherwise.\n\n")
	r.printTargets(p)
	r.printFunctions(p)
	r.printStartups(p)
	r.printLevels(p)
	r.printBlocks(p)
	_, err := io.WriteString(out, page.String())
	return err
}

type printer func(format string, args ...any)

func (r *results) printTargets(p printer) {
	p("## Targets\n\n")
	p("Topicgate decides by the policy of pkg/bench/policy where nothing else is said; ratios are to the floor with a typed event.\n\n")
	p("| figure | target | measured | met |\n|---|---|---|---|\n")
	for _, t := range targets(r) {
		p("| %s | %s | %s | %s |\n", t.what, t.limit(), figure(t.figure, t.digits), t.met())
	}
}

func (r *results) printFunctions(p printer) {
	s := r.settings
	p("\n## Functions\n\n")
	p("Cold, from execution to the first answer, of %d starts; warm, of %d invocations by %d processes; each on one processor. In brackets the ratio to the typed floor of the platform.\n\n",
		s.colds, s.processes*s.rounds*s.warm, s.processes)
	if r.functions.node == nil {
		p("Node.js was not measured: node: not found: install Debian's nodejs.\n\n")
	}
	p("| function |")
	for _, c := range columns {
		p(" %s |", c.title)
	}
	p("\n|---%s|\n", strings.Repeat("|---", len(columns)))
	for _, f := range r.functions.all() {
		p("| %s |", f.name)
		for _, c := range columns {
			p(" %s", figure(c.figure(f), c.digits))
			if to := ratio(c.figure, f, f.floor); !math.IsNaN(to) {
				p(" (%.2f)", to)
			}
			p(" |")
		}
		p("\n")
	}
}

func (r *results) printStartups(p printer) {
	thousand := r.startups[1]
	p("\n## Start-up by size of policy\n\n")
	p("The Lambda function, from execution to the first answer, and its peak memory by then, of %d starts. In brackets the difference to the policy with its 1,000 words.\n\n", r.settings.starts)
	p("| configured by | cold ms | peak MB |\n|---|---|---|\n")
	for _, f := range r.startups {
		p("| %s | %s", f.name, figure(coldStart(f), 2))
		if f != thousand {
			p(" (%+.2f)", coldStart(f)-coldStart(thousand))
		}
		p(" | %s", figure(coldMemory(f), 1))
		if f != thousand {
			p(" (%+.1f)", coldMemory(f)-coldMemory(thousand))
		}
		p(" |\n")
	}
}

func (r *results) printLevels(p printer) {
	p("\n## `serve` under rising load\n\n")
	if r.levels == nil {
		p("Not measured: wrk: not found: install Debian's wrk.\n")
		return
	}
	p("Topicgate checks signatures, decides by the policy and logs; its floor is net/http alone, which reads the body and answers a constant. Both share all processors with wrk. Of %d rounds of %v.\n\n", r.settings.loads, r.settings.load)
	p("| connections | requests/s: floor | topicgate | p50 µs: floor | topicgate | p99 µs: floor | topicgate |\n|---|---|---|---|---|---|---|\n")
	for _, l := range r.levels {
		floor, gate := median(l.bare.throughput), median(l.gate.throughput)
		p("| %d | %.0f | %.0f (%.2f) |", l.connections, floor, gate, gate/floor)
		for _, pair := range [][2]time.Duration{
			{median(l.bare.p50), median(l.gate.p50)},
			{median(l.bare.p99), median(l.gate.p99)},
		} {
			floor, gate := microseconds(pair[0]), microseconds(pair[1])
			p(" %.0f | %.0f (%.2f) |", floor, gate, gate/floor)
		}
		p("\n")
	}
}

func (r *results) printBlocks(p printer) {
	b := r.blocks
	p("\n## Building blocks\n\n")
	p("Go benchmarks; the first table is of %d passes.\n\n", r.settings.passes)
	p("| | ns | allocations |\n|---|---|---|\n")
	for _, row := range []struct{ what, name, floor string }{
		{"core", core, ""},
		{"core with its log line", coreLogged, core},
		{"a callback straight to the upstream", direct, ""},
		{"the same relayed", relayed, direct},
	} {
		ns := b.nanoseconds.median(row.name)
		p("| %s | %s", row.what, figure(ns, 0))
		if row.floor != "" {
			p(" (%.2f)", ns/b.nanoseconds.median(row.floor))
		}
		p(" | %s |\n", figure(b.allocations.median(row.name), 0))
	}
	p("\n```\n%s\n```\n", strings.Join(b.listing, "\n"))
}

// figure is a dash for what could not be measured.
func figure(value float64, digits int) string {
	if math.IsNaN(value) {
		return "–"
	}
	return fmt.Sprintf("%.*f", digits, value)
}

// machine says on what the run was made, and of what.
func machine(dir string) string {
	wrk, _, _ := strings.Cut(firstLine("wrk", "--version"), " [") // and what it was built with
	return strings.Join([]string{
		firstLine(filepath.Join(dir, "topicgate"), "version"),
		fmt.Sprintf("%s, %d cores", cmp.Or(field("/proc/cpuinfo", "model name\t: "), runtime.GOARCH), runtime.NumCPU()),
		strings.Trim(cmp.Or(field("/etc/os-release", "PRETTY_NAME="), runtime.GOOS), `"`) + ", " + firstLine("uname", "-sr"),
		runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH,
		"Node.js " + firstLine("node", "--version"),
		wrk,
	}, "; ")
}

// firstLine is what a program says first, be it on standard error.
func firstLine(name string, args ...string) string {
	text, _ := exec.Command(name, args...).CombinedOutput() // wrk fails when it says its version
	line, _, _ := strings.Cut(string(text), "\n")
	return cmp.Or(strings.TrimSpace(line), "(no "+name+")")
}

// field is the rest of the first line of a file with a prefix.
func field(file, prefix string) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(data)) {
		if value, ok := strings.CutPrefix(line, prefix); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
