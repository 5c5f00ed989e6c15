package history

import "time"

// durations are how long things took, to within a sixty-fourth, in little memory
// whatever they are.
type durations struct {
	n     int
	most  time.Duration
	steps [64 * 40]int
}

// step is where a duration is counted: exactly below 128 µs, then 64 steps to each doubling.
func stepOf(d time.Duration) int {
	us, shift := max(d.Microseconds(), 0), 0
	for us >= 128 {
		us >>= 1
		shift++
	}
	return min(shift*64+int(us), 64*40-1)
}

// endOf is the longest duration of a step.
func endOf(step int) time.Duration {
	if step < 128 {
		return time.Duration(step) * time.Microsecond
	}
	shift := step/64 - 1
	return time.Duration((step-shift*64+1)<<shift-1) * time.Microsecond
}

func (s *durations) add(d time.Duration) {
	s.n++
	s.most = max(s.most, d)
	s.steps[stepOf(d)]++
}

// within is the time within which so many in a hundred were done.
func (s *durations) within(percent int) time.Duration {
	if s.n == 0 {
		return 0
	}
	left := (s.n*percent + 99) / 100
	for step, n := range s.steps {
		if left -= n; left <= 0 && step < len(s.steps)-1 {
			return min(endOf(step), s.most)
		}
	}
	return s.most
}

// Latency is how long decisions took, in microseconds.
type Latency struct {
	Decisions int   `json:"decisions"`
	P50       int64 `json:"p50_us"`
	P95       int64 `json:"p95_us"`
	P99       int64 `json:"p99_us"`
	Max       int64 `json:"max_us"`
}

func (s *durations) latency() Latency {
	return Latency{s.n, s.within(50).Microseconds(), s.within(95).Microseconds(), s.within(99).Microseconds(), s.most.Microseconds()}
}

// ChatWaits is how long Chat waits for a verdict: then it goes ahead.
const ChatWaits = 2 * time.Second

// latencyBands are what latencies are shown by; the last has no end.
var latencyBands = [...]time.Duration{time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond, 500 * time.Millisecond, time.Second, ChatWaits}

// A Band is how many decisions took longer than the band before, and up to an end; 0 is
// none.
type Band struct {
	UpTo      int64 `json:"up_to_us"`
	Decisions int   `json:"decisions"`
}
