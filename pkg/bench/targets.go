package main

import (
	"fmt"
	"math"
)

// A target is a figure of the run, and the most that it may be.
type target struct {
	what   string
	figure float64 // NaN where it was not measured
	digits int     // of it on the page
	most   float64
}

func (t *target) limit() string { return fmt.Sprintf("at most %g", t.most) }

func (t *target) met() string {
	switch {
	case math.IsNaN(t.figure):
		return "not measured"
	case t.figure <= t.most:
		return "yes"
	}
	return "**no**"
}

// mostBinary is how large the Lambda binary may be beside its floor. A test asserts it:
// it needs no timer.
const mostBinary = 1.6

// targets hold the run against what was set out for: a decision costs what a bare
// function costs. The ratios are to the typed floor of the platform. That a decision
// allocates so little, a test of the gate asserts.
func targets(r *results) []target {
	f := r.functions
	return []target{
		{"Lambda, warm p50", ratio(warmMedian, f.policy, f.typed), 3, 1.05},
		{"Lambda, CPU of an invocation", ratio(cpuOfOne, f.policy, f.typed), 3, 1.05},
		{"Lambda, cold start", ratio(coldStart, f.policy, f.typed), 3, 1.6},
		{"Lambda, peak memory", ratio(warmPeak, f.policy, f.typed), 3, 1.3},
		{"Lambda, binary", ratio(binarySize, f.policy, f.typed), 3, mostBinary},
		{"SCF, warm p50", ratio(warmMedian, f.scfPolicy, f.scfTyped), 3, 1.1},
		{"SCF, cold start", ratio(coldStart, f.scfPolicy, f.scfTyped), 3, 1.6},
		{"a decision and its log line, allocations", r.blocks.allocations.median(coreLogged), 0, 8},
	}
}
