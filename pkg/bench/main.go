// Command bench measures topicgate against programs that decide nothing, in one run:
// the same flags, the same protocols, the same machine, in turn. It prints one page of
// medians and ratios; absolute times say more of the machine than of the code.
//
// What is measured must answer as it should, or there is no page. A target that is
// missed is only said: this is a measurement, and not a test.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// settings are how much is measured.
type settings struct {
	colds     int           // cold starts of each function
	processes int           // of each function, one after the other
	rounds    int           // of warm invocations, for each process
	warm      int           // invocations of each function in a round
	starts    int           // with each size of policy
	levels    []int         // connections to a server at a time
	loads     int           // rounds of load at each level
	load      time.Duration // of one run at one level, in whole seconds
	passes    int           // of the Go benchmarks that a target is about
	benchtime string        // of each Go benchmark, as go test takes it
}

func main() {
	s := settings{levels: []int{1, 8, 32, 128}}
	flag.IntVar(&s.colds, "cold", 200, "cold starts of each function")
	flag.IntVar(&s.processes, "processes", 10, "processes of each function, one after the other")
	flag.IntVar(&s.rounds, "rounds", 30, "rounds of warm invocations, for each process")
	flag.IntVar(&s.warm, "warm", 50, "invocations of each function in a round")
	flag.IntVar(&s.starts, "starts", 100, "starts with each size of policy")
	flag.IntVar(&s.loads, "loads", 15, "rounds of load at each number of connections")
	flag.DurationVar(&s.load, "load", time.Second, "how long one load lasts, in whole seconds")
	flag.IntVar(&s.passes, "passes", 5, "passes of the Go benchmarks that a target is about")
	flag.StringVar(&s.benchtime, "benchtime", "1s", "how long each Go benchmark runs, as go test takes it")
	flag.Parse()
	if err := run(s, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// results are what was seen.
type results struct {
	settings  settings
	machine   string
	functions *functions
	startups  []*function
	levels    []*level // none without wrk
	blocks    *blocks
}

// run measures everything, from the top of the repository, and prints the page.
func run(s settings, out io.Writer) error {
	dir, err := os.MkdirTemp("", "topicgate-bench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	here, err := filepath.Abs("pkg/bench")
	if err != nil {
		return err
	}
	if err := build(dir); err != nil {
		return err
	}
	r := &results{settings: s, machine: machine(dir), functions: newFunctions(here, dir)}
	if r.startups, err = newStartups(here, dir); err != nil {
		return err
	}

	progress("%d cold starts of each function", s.colds)
	if err := coldStarts(r.functions.all(), s.colds); err != nil {
		return err
	}
	progress("%d warm invocations of each function", s.processes*s.rounds*s.warm)
	for range s.processes {
		if err := warmProcesses(r.functions.all(), s.rounds, s.warm); err != nil {
			return err
		}
	}
	progress("%d starts with each size of policy", s.starts)
	if err := coldStarts(r.startups, s.starts); err != nil {
		return err
	}
	progress("%d loads of %v on each server, with each of %v connections", s.loads, s.load, s.levels)
	if r.levels, err = loadServers(here, dir, s); err != nil {
		return err
	}
	progress("the Go benchmarks")
	if r.blocks, err = runBlocks(s); err != nil {
		return err
	}
	return r.print(out)
}

func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...)
}

// build makes every binary with the Makefile's own flags, and puts it into a folder as
// a platform unpacks it: written from the beginning to the end. How the linker leaves a
// file in memory makes starting it slower, and by chance.
func build(dir string) error {
	linked, err := os.MkdirTemp(dir, "linked")
	if err != nil {
		return err
	}
	command := exec.Command("make", "benched", "BENCHED="+linked)
	command.Env = slices.DeleteFunc(os.Environ(), func(pair string) bool {
		return strings.HasPrefix(pair, "MAKEFLAGS=") || strings.HasPrefix(pair, "MFLAGS=")
	})
	if text, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, text)
	}
	return os.CopyFS(dir, os.DirFS(linked))
}

// quantile is a value that so many per cent of all do not exceed.
func quantile[T cmp.Ordered](values []T, percent int) T {
	if len(values) == 0 {
		var none T
		return none
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)-1)*percent/100]
}

func median[T cmp.Ordered](values []T) T { return quantile(values, 50) }
