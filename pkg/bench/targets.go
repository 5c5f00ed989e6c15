package main

import (
	"fmt"
	"math"
)

// A target is what a figure of the run is held against.
type target struct {
	what   string
	figure float64 // NaN where it was not measured
	digits int     // of it on the page
	bound  float64
}

func (t *target) limit() string {
	return fmt.Sprintf("at most %g", t.bound)
}

func (t *target) met() string {
	switch {
	case math.IsNaN(t.figure):
		return "not measured"
	case t.figure <= t.bound:
		return "yes"
	}
	return "**no**"
}

// targets hold the run against what was set out for. The ratios are to the typed floor
// of the platform unless they say otherwise.
func targets(r *results) []target {
	f, b := r.functions, r.blocks
	return []target{
		{what: "Lambda, warm p50", figure: ratio(warmMedian, f.policy, f.typed), digits: 3, bound: 1.05},
		{what: "Lambda, CPU of an invocation", figure: ratio(cpuOfOne, f.policy, f.typed), digits: 3, bound: 1.05},
		{what: "Lambda, cold start with the policy", figure: ratio(coldStart, f.policy, f.typed), digits: 3, bound: 1.6},
		{what: "Lambda, peak memory", figure: ratio(warmPeak, f.policy, f.typed), digits: 3, bound: 1.3},
		{what: "Lambda, binary", figure: ratio(binarySize, f.policy, f.typed), digits: 3, bound: 1.6},
		{what: "SCF, warm p50", figure: ratio(warmMedian, f.scfPolicy, f.scfTyped), digits: 3, bound: 1.1},
		{what: "SCF, cold start", figure: ratio(coldStart, f.scfPolicy, f.scfTyped), digits: 3, bound: 1.6},
		{what: "the core, allocations", figure: b.allocations.median(core), bound: 8},
		{what: "the core with its log line, allocations", figure: b.allocations.median(coreLogged), bound: 8},
	}
}
