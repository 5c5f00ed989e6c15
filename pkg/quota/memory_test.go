package quota

import (
	"context"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// clock is a clock that stands still until it is moved.
type clock struct{ now time.Time }

func newClock() *clock                { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }
func (c *clock) Now() time.Time       { return c.now }
func (c *clock) move(d time.Duration) { c.now = c.now.Add(d) }

func mustTake(t *testing.T, counter counter, key string, limit int, window time.Duration) bool {
	t.Helper()
	taken, err := counter.Take(context.Background(), key, limit, window)
	if err != nil {
		t.Fatalf("Take(%q, %d, %v): %v", key, limit, window, err)
	}
	return taken
}

// counter is the interface that the policy declares.
type counter interface {
	Take(ctx context.Context, key string, limit int, window time.Duration) (taken bool, err error)
}

var (
	_ counter = (*Memory)(nil)
	_ counter = (*Redis)(nil)
)

// memoryAt is a Memory that goes by c.
func memoryAt(c *clock) *Memory {
	m := NewMemory()
	m.now = c.Now
	return m
}

func TestMemoryWindow(t *testing.T) {
	c := newClock()
	m := memoryAt(c)
	for _, step := range []struct {
		move   time.Duration
		limit  int
		window time.Duration
		want   bool
	}{
		{0, 2, time.Minute, true},
		{30 * time.Second, 2, time.Minute, true},
		{29 * time.Second, 2, time.Minute, false},
		{1*time.Second - 1, 2, time.Minute, false}, // a refusal extends nothing
		{1, 2, time.Minute, true},                  // the next window
		{0, 3, time.Minute, true},                  // a larger limit counts at once
		{0, 1, time.Minute, false},                 // so does a smaller one
		{0, 3, time.Hour, true},                    // a longer window does not, the open one runs out
		{time.Minute, 1, time.Hour, true},
		{time.Minute, 1, time.Minute, false}, // nor does a shorter one
		{59 * time.Minute, 1, time.Minute, true},
	} {
		c.move(step.move)
		if got := mustTake(t, m, "k", step.limit, step.window); got != step.want {
			t.Errorf("at %v, limit %d: taken %v, want %v", c.now, step.limit, got, step.want)
		}
	}
}

// A clock that is set back must not give anybody a second quota.
func TestMemoryClockSetBack(t *testing.T) {
	c := newClock()
	m := memoryAt(c)
	mustTake(t, m, "k", 1, time.Minute)
	c.move(-time.Hour)
	if mustTake(t, m, "k", 1, time.Minute) {
		t.Error("taken twice in one window")
	}
	mustTake(t, m, "other", 1, time.Minute)
	c.move(time.Hour + time.Minute)
	for _, key := range []string{"k", "other"} {
		if !mustTake(t, m, key, 1, time.Minute) {
			t.Errorf("%s: the window did not end", key)
		}
	}
}

func TestEdges(t *testing.T) {
	r, err := NewRedis("redis://" + "127.0.0.1:1") // asking it would fail
	if err != nil {
		t.Fatal(err)
	}
	for name, counter := range map[string]counter{"memory": NewMemory(), "redis": r} {
		for _, limit := range []int{0, -1} {
			if mustTake(t, counter, "k", limit, time.Hour) {
				t.Errorf("%s: took a unit of a limit of %d", name, limit)
			}
		}
		for _, window := range []time.Duration{0, -time.Second} {
			if _, err := counter.Take(t.Context(), "k", 1, window); err == nil {
				t.Errorf("%s: no error for a window of %v", name, window)
			}
		}
	}
	for window, want := range map[time.Duration]time.Duration{
		1:                      time.Millisecond,
		time.Millisecond:       time.Millisecond,
		1500 * time.Nanosecond: time.Millisecond,
		time.Second + 1:        time.Second + time.Millisecond,
	} {
		if got, _ := wholeMilliseconds(window); got != want {
			t.Errorf("wholeMilliseconds(%v) = %v, want %v", window, got, want)
		}
	}
}

func TestMemoryForgetsWhatEndsSoonest(t *testing.T) {
	c := newClock()
	m := memoryAt(c)
	m.maxKeys = 3
	mustTake(t, m, "day", 1, 24*time.Hour)
	mustTake(t, m, "minute", 1, time.Minute)
	mustTake(t, m, "hour", 1, time.Hour)
	mustTake(t, m, "new", 1, 2*time.Hour) // displaces minute
	for _, want := range []struct {
		key   string
		taken bool
	}{{"day", false}, {"hour", false}, {"new", false}, {"minute", true}} {
		if got := mustTake(t, m, want.key, 1, time.Minute); got != want.taken {
			t.Errorf("%s: taken %v, want %v", want.key, got, want.taken)
		}
	}
	if got := len(m.windows); got != 3 {
		t.Errorf("%d keys, want 3", got)
	}
}

// Ended windows are removed by later Takes, a few at a time, whatever keys those have.
func TestMemoryReclaims(t *testing.T) {
	c := newClock()
	m := memoryAt(c)
	for i := range 1000 {
		mustTake(t, m, strconv.Itoa(i), 1, time.Minute)
	}
	c.move(time.Hour)
	for i := range 1001 {
		before := len(m.windows)
		mustTake(t, m, "one", 5, 24*time.Hour)
		if removed := before - len(m.windows); removed > reclaimed {
			t.Fatalf("Take %d removed %d windows", i, removed)
		}
	}
	if got := len(m.windows); got != 1 || len(m.ending) != 1 {
		t.Errorf("%d windows, %d in order; want 1", got, len(m.ending))
	}
}

func TestMemoryUnusedCostsNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	if n := testing.AllocsPerRun(100, func() { NewMemory() }); n > 1 {
		t.Errorf("%v allocations", n)
	}
	if got := runtime.NumGoroutine(); got > before {
		t.Errorf("%d goroutines, before %d", got, before)
	}
}

func TestSoakMemory(t *testing.T) {
	if testing.Short() || underRace {
		t.Skip(t.Name(), "skipped: a million Takes, with -short or -race")
	}
	const takes, subjects = 1_000_000, 200_000
	c := newClock()
	m := memoryAt(c)
	before := heapInUse()
	var most uint64
	taken := 0
	for i := range takes {
		// A name as long as Chat sends them must not count for more than a short one.
		key := "flood\x001400000000\x00" + strings.Repeat("n", i%200) + strconv.Itoa(i*7919%subjects)
		if mustTake(t, m, key, 2, time.Hour) {
			taken++
		}
		c.move(10 * time.Millisecond) // a hundred a second: 360,000 in an hour
		if i%250_000 == 249_999 {
			most = max(most, heapInUse()-before)
		}
	}
	if len(m.windows) > defaultMaxKeys || len(m.ending) != len(m.windows) {
		t.Errorf("%d windows, %d in order; want %d at most", len(m.windows), len(m.ending), defaultMaxKeys)
	}
	const bound = 10 << 20
	if most > bound {
		t.Errorf("the heap grew by %d bytes, want %d at most", most, bound)
	}
	t.Logf("%d of %d taken; the heap grew by %.1f MB for %d keys", taken, takes, float64(most)/(1<<20), len(m.windows))

	c.move(2 * time.Hour)
	for range len(m.windows) {
		mustTake(t, m, "one", 5, 24*time.Hour)
	}
	if len(m.windows) != 1 {
		t.Errorf("%d windows left after all have ended", len(m.windows))
	}
}

// heapInUse is what is reachable on the heap, in bytes.
func heapInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

func BenchmarkMemoryTake(b *testing.B) {
	for name, keys := range map[string]int{"one key": 1, "65536 keys": defaultMaxKeys, "200000 keys, full": 200_000} {
		b.Run(name, func(b *testing.B) {
			names := make([]string, keys)
			for i := range names {
				names[i] = "flood\x001400000000\x00operator-" + strconv.Itoa(i)
			}
			m := NewMemory()
			for _, name := range names {
				_, _ = m.Take(b.Context(), name, 5, time.Hour)
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				_, _ = m.Take(b.Context(), names[i%keys], 5, time.Hour)
				i++
			}
		})
	}
}
