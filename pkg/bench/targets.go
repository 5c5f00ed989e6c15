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
	unit   string
	bound  float64
	least  bool // the figure must reach the bound; otherwise it must not pass it
}

func (t *target) limit() string {
	if t.least {
		return fmt.Sprintf("at least %g%s", t.bound, t.unit)
	}
	return fmt.Sprintf("at most %g%s", t.bound, t.unit)
}

func (t *target) met() string {
	switch {
	case math.IsNaN(t.figure):
		return "not measured"
	case t.least && t.figure >= t.bound, !t.least && t.figure <= t.bound:
		return "yes"
	}
	return "**no**"
}

// targets hold the run against what was set out for. The ratios are to the typed floor
// of the platform unless they say otherwise.
func targets(r *results) []target {
	f, b := r.functions, r.blocks
	thousand, most := r.startups[1], r.startups[len(r.startups)-1]
	all := []target{
		{what: "Lambda, warm p50", figure: ratio(warmMedian, f.policy, f.typed), digits: 3, bound: 1},
		{what: "Lambda, CPU of an invocation", figure: ratio(cpuOfOne, f.policy, f.typed), digits: 3, bound: 1},
		{what: "Lambda, cold start from variables alone", figure: ratio(coldStart, f.variables, f.typed), digits: 3, bound: 1.15},
		{what: "Lambda, cold start with the policy", figure: ratio(coldStart, f.policy, f.typed), digits: 3, bound: 1.3},
		{what: "Lambda, peak memory", figure: ratio(warmPeak, f.policy, f.typed), digits: 3, bound: 1.2},
		{what: "Lambda, binary", figure: ratio(binarySize, f.policy, f.typed), digits: 3, bound: 1.35},
		{what: "SCF, warm p50", figure: ratio(warmMedian, f.scfPolicy, f.scfTyped), digits: 3, bound: 1.1},
		{what: "SCF, cold start", figure: ratio(coldStart, f.scfPolicy, f.scfTyped), digits: 3, bound: 1.25},
		{what: "Lambda, cold start against Node.js", figure: ratio(coldStart, f.policy, f.node), digits: 3, bound: 0.125},
		{what: "Lambda, peak memory against Node.js", figure: ratio(warmPeak, f.policy, f.node), digits: 3, bound: 0.333},
		{what: "Lambda, warm p99 against Node.js", figure: ratio(warmTail, f.policy, f.node), digits: 3, bound: 1},
		{what: "the core against its floor", figure: b.nanoseconds.median(core) / b.nanoseconds.median(coreFloor), digits: 2, bound: 5},
		{what: "the core, allocations", figure: b.allocations.median(core), bound: 3},
		{what: "the core with its log line, allocations", figure: b.allocations.median(coreLogged), bound: 5},
		{what: "100,000 words, longer cold start", figure: coldStart(most) - coldStart(thousand), digits: 2, unit: " ms", bound: 15},
		{what: "100,000 words, more memory", figure: coldMemory(most) - coldMemory(thousand), digits: 1, unit: " MB", bound: 8},
	}
	throughput, tail := math.NaN(), math.NaN()
	if len(r.levels) > 0 {
		gate, bare := busiest(r.levels, gateSide), busiest(r.levels, bareSide)
		throughput = median(gate.gate.throughput) / median(bare.bare.throughput)
		tail = float64(median(gate.gate.p99)) / float64(median(gate.bare.p99))
	}
	return append(all,
		target{what: "`serve`, throughput against net/http alone", figure: throughput, digits: 3, bound: 0.8, least: true},
		target{what: "`serve`, p99 against net/http alone", figure: tail, digits: 3, bound: 1.3},
	)
}
