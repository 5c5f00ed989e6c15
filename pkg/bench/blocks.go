package main

import (
	"fmt"
	"math"
	"os/exec"
	"strconv"
	"strings"
)

// The Go benchmarks that a figure of ours is made of.
const (
	core       = "BenchmarkCore/log=disabled"
	coreLogged = "BenchmarkCore/log=info"
	direct     = "BenchmarkRelay/direct"
	relayed    = "BenchmarkRelay/relayed"
)

// blocks are what the Go benchmarks of the building blocks said.
type blocks struct {
	listing     []string // one line each
	nanoseconds passes   // of those above
	allocations passes
}

// passes are the figures of each Go benchmark, one a pass.
type passes map[string][]float64

func (p passes) median(name string) float64 {
	if len(p[name]) == 0 {
		return math.NaN()
	}
	return median(p[name])
}

// runBlocks runs all that there are once, for the listing. Those that a figure is made of run in some
// more passes, so that one disturbance does not decide.
func runBlocks(s settings) (*blocks, error) {
	listing, err := goBenchmarks(".", s.benchtime, "./pkg/...")
	if err != nil {
		return nil, err
	}
	b := &blocks{listing: listing, nanoseconds: passes{}, allocations: passes{}}
	for range s.passes {
		lines, err := goBenchmarks("^Benchmark(Core|Relay)$", s.benchtime, "./pkg/gate", "./pkg/relay")
		if err != nil {
			return nil, err
		}
		for _, line := range lines {
			b.note(line)
		}
	}
	return b, nil
}

// goBenchmarks returns the lines that say a figure, or whose figures follow.
func goBenchmarks(pattern, benchtime string, packages ...string) ([]string, error) {
	arguments := append([]string{"test", "-run", "^$", "-bench", pattern, "-benchmem", "-benchtime", benchtime}, packages...)
	text, err := exec.Command("go", arguments...).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", strings.Join(arguments, " "), err, text)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "pkg: ") || strings.HasPrefix(line, "Benchmark") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines, nil
}

// note reads a line as the testing package writes it: the name, with the number of
// processors behind it, the iterations, then figures and their units.
func (b *blocks) note(line string) {
	fields := strings.Fields(line)
	name := fields[0]
	if i := strings.LastIndexByte(name, '-'); i > 0 {
		name = name[:i]
	}
	for i := 2; i+1 < len(fields); i += 2 {
		figure, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			continue
		}
		switch fields[i+1] {
		case "ns/op":
			b.nanoseconds[name] = append(b.nanoseconds[name], figure)
		case "allocs/op":
			b.allocations[name] = append(b.allocations[name], figure)
		}
	}
}
