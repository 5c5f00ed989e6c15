//go:build unix

package quota

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"topicgate/pkg/quota/quotatest"
)

func redisServer(t testing.TB, arguments ...string) *quotatest.Server {
	t.Helper()
	return quotatest.StartServer(t, arguments...)
}

func newRedis(t testing.TB, url string) *Redis {
	t.Helper()
	r, err := NewRedis(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// units is the number of units that Redis has counted for key, as an operator would find it.
func units(t testing.TB, s *quotatest.Server, key string) int {
	t.Helper()
	text := s.Do("GETRANGE", RedisKey(key), "0", "9")
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("the count is %q", text)
	}
	return n
}

func TestRedisWindow(t *testing.T) {
	s := redisServer(t)
	r := newRedis(t, s.URL())
	for i, step := range []struct {
		reset  bool
		limit  int
		window time.Duration
		want   bool
		count  int
	}{
		{false, 2, time.Minute, true, 1},
		{false, 2, time.Minute, true, 2},
		{false, 2, time.Minute, false, 2},
		{false, 3, time.Minute, true, 3},
		{false, 1, time.Minute, false, 3},
		{false, 4, time.Hour, true, 4}, // the open window runs out as it was opened
		{true, 1, time.Hour, true, 1},
		{false, 1, time.Minute, false, 1},
	} {
		if step.reset {
			s.Do("DEL", RedisKey("k"))
		}
		if got := mustTake(t, r, "k", step.limit, step.window); got != step.want {
			t.Errorf("step %d: taken %v, want %v", i, got, step.want)
		}
		if got := units(t, s, "k"); got != step.count {
			t.Errorf("step %d: Redis has counted %d, want %d", i, got, step.count)
		}
		most := int(time.Minute / time.Millisecond)
		if i >= 6 {
			most = int(time.Hour / time.Millisecond)
		}
		if got := s.Number("PTTL", RedisKey("k")); got > most || got < most-30_000 {
			t.Errorf("step %d: %d ms are left of %d", i, got, most)
		}
	}
	if got := s.Number("DBSIZE"); got != 1 {
		t.Errorf("%d keys in Redis, want 1", got)
	}
	if got := s.Do("KEYS", "*"); got != RedisKey("k") || len(got) != len("topicgate:q:{1}:")+22 {
		t.Errorf("the key is %q", got)
	}
}

// With windows that really run out, in real time.
func TestRedisWindowEnds(t *testing.T) {
	s := redisServer(t)
	r := newRedis(t, s.URL())
	const window = 250 * time.Millisecond
	for round := range 3 {
		opened := time.Now()
		if !mustTake(t, r, "k", 1, window) {
			t.Fatalf("round %d: the window did not end", round)
		}
		for time.Since(opened) < window-50*time.Millisecond {
			taken := mustTake(t, r, "k", 1, window)
			// On a machine that was busy elsewhere the window may have ended meanwhile.
			if taken && time.Since(opened) < window {
				t.Fatalf("round %d: taken twice within %v", round, time.Since(opened))
			}
			time.Sleep(20 * time.Millisecond)
		}
		time.Sleep(window - time.Since(opened) + 10*time.Millisecond)
	}
	time.Sleep(window)
	if got := s.Number("DBSIZE"); got != 0 {
		t.Errorf("%d keys outlive their windows", got)
	}
}

// The ring of tokens must neither grow nor disturb the count.
func TestRedisManyUnits(t *testing.T) {
	s := redisServer(t)
	r := newRedis(t, s.URL())
	const limit = 1200
	for i := range limit {
		if !mustTake(t, r, "k", limit, time.Hour) {
			t.Fatalf("unit %d was refused", i)
		}
	}
	if mustTake(t, r, "k", limit, time.Hour) {
		t.Errorf("took more than %d units", limit)
	}
	if got := units(t, s, "k"); got != limit {
		t.Errorf("Redis has counted %d, want %d", got, limit)
	}
	if got, want := s.Number("STRLEN", RedisKey("k")), 10+512*tokenSize; got != want {
		t.Errorf("the value has %d bytes, want %d", got, want)
	}
	for _, few := range []struct{ units, most int }{{1, 200}, {5, 256}, {64, 1400}, {limit, 8800}} {
		key := strconv.Itoa(few.units)
		for range few.units {
			mustTake(t, r, key, limit, time.Hour)
		}
		got := s.Number("MEMORY", "USAGE", RedisKey(key))
		if got > few.most {
			t.Errorf("a key with %d units takes %d bytes of Redis, want %d at most", few.units, got, few.most)
		}
		t.Logf("a key with %d units takes %d bytes of Redis", few.units, got)
	}
}

// A question that is put again is recognised although hundreds were counted in between.
func TestRepetitionInACrowd(t *testing.T) {
	s := redisServer(t)
	r := newRedis(t, s.URL())
	ask := func(token string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		taken, err := r.ask(ctx, question{key: RedisKey("k"), limit: "1000", window: "60000", token: token})
		if err != nil || !taken {
			t.Fatalf("taken %v, %v", taken, err)
		}
	}
	first := newToken()
	ask(first)
	for range 511 {
		ask(newToken())
	}
	ask(first)
	if got := units(t, s, "k"); got != 512 {
		t.Errorf("Redis has counted %d units, want 512", got)
	}
}

// Memory and Redis must give the same verdicts for the same keys at the same times. Memory is driven by a clock of the
// test's. Redis's own cannot be moved, but all that depends on it is when keys expire: time passes by bringing that
// forward. Steps are whole minutes and windows end between them, so the seconds that the test really lasts decide
// nothing.
func TestRedisLikeMemory(t *testing.T) {
	s := redisServer(t)
	r := newRedis(t, s.URL())
	verdicts := map[bool]int{}
	rapid.Check(t, func(rt *rapid.T) {
		s.Do("FLUSHALL")
		c := newClock()
		m := memoryAt(c)
		keys := []string{"", "a", "b", "flood\x001400000000\x00张三", strings.Repeat("x", 1000)}
		steps := rapid.IntRange(1, 60).Draw(rt, "steps")
		for range steps {
			if minutes := rapid.SampledFrom([]int{0, 0, 0, 0, 1, 2, 7, 60}).Draw(rt, "minutes"); minutes > 0 {
				c.move(time.Duration(minutes) * time.Minute)
				for key := range strings.FieldsSeq(s.Do("KEYS", "*")) {
					left := s.Number("PTTL", key) - minutes*60_000
					s.Do("PEXPIRE", key, strconv.Itoa(left)) // removes it when that is not positive
				}
			}
			key := rapid.SampledFrom(keys).Draw(rt, "key")
			limit := rapid.IntRange(-1, 4).Draw(rt, "limit")
			window := time.Duration(rapid.IntRange(0, 9).Draw(rt, "window"))*time.Minute + 30*time.Second
			inMemory := mustTake(t, m, key, limit, window)
			inRedis := mustTake(t, r, key, limit, window)
			if inMemory != inRedis {
				rt.Fatalf("memory %v, Redis %v", inMemory, inRedis)
			}
			verdicts[inRedis]++
		}
	})
	t.Logf("%d Takes taken, %d refused, alike", verdicts[true], verdicts[false])
	if verdicts[true] == 0 || verdicts[false] == 0 {
		t.Error("the sequences show nothing")
	}
}

func TestConcurrentTakes(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		m := NewMemory()
		concurrently(t, []counter{m})
	})
	t.Run("redis", func(t *testing.T) {
		// Eight counters with connections of their own are eight processes, as far as Redis can tell.
		s := redisServer(t)
		var counters []counter
		for range 8 {
			counters = append(counters, newRedis(t, s.URL()))
		}
		concurrently(t, counters)
	})
}

// concurrently lets 200 goroutines take of one key at a time, in 50 rounds, and expects exactly the limit to succeed. A
// round in which a machine too busy with other things kept an answer from a Take for 300 ms shows nothing about
// counting: it is passed over, a few times.
func concurrently(t *testing.T, counters []counter) {
	const rounds, takes = 50, 200
	undisturbed := 0
	for round := 0; undisturbed < rounds; round++ {
		if round == rounds+20 {
			t.Fatalf("nothing was late in %d rounds of %d: is the machine that busy?", undisturbed, round)
		}
		key, limit := fmt.Sprint("round-", round), 1+rand.IntN(takes-1)
		var (
			taken, late atomic.Int64
			running     sync.WaitGroup
			begin       = make(chan struct{})
		)
		take := func(c counter, key string, limit int) bool {
			ok, err := c.Take(t.Context(), key, limit, time.Hour)
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				late.Add(1)
			} else if err != nil {
				t.Error(err)
			}
			return ok
		}
		for i := range takes {
			running.Go(func() {
				<-begin
				if take(counters[i%len(counters)], key, limit) {
					taken.Add(1)
				}
			})
		}
		close(begin)
		running.Wait()
		another := take(counters[0], key+" another", 1)
		if late.Load() > 0 {
			t.Logf("round %d is passed over: %d Takes were late", round, late.Load())
			time.Sleep(rest + 50*time.Millisecond)
			continue
		}
		if got := int(taken.Load()); got != limit {
			t.Fatalf("round %d: %d of %d Takes succeeded, want %d", round, got, takes, limit)
		}
		if !another {
			t.Fatalf("round %d: another key was touched", round)
		}
		undisturbed++
	}
}

// Round trips are counted, not timed: one for a Take, and for the first on a new connection one more for a password and
// one for a database, besides TCP's own, which is not counted here.
func TestRoundTrips(t *testing.T) {
	s := redisServer(t, "--requirepass", "secret")
	for name, c := range map[string]struct {
		url   string
		first int
	}{
		"password":          {"redis://:secret@%s", 2},
		"user and database": {"redis://default:secret@%s/3", 3},
	} {
		t.Run(name, func(t *testing.T) {
			p := quotatest.StartProxy(t, s.Address())
			r := newRedis(t, fmt.Sprintf(c.url, p.Address()))
			expect := func(what string, wantConnections, wantTrips int) {
				t.Helper()
				if connections, trips := p.Counts(); connections != wantConnections || trips != wantTrips {
					t.Errorf("%s: %d connections and %d round trips, want %d and %d", what, connections, trips, wantConnections, wantTrips)
				}
			}
			expect("before the first Take", 0, 0)
			mustTake(t, r, "k", 0, time.Hour)
			expect("a limit of nothing", 0, 0)
			mustTake(t, r, name, 1, time.Hour)
			expect("first Take", 1, c.first)
			mustTake(t, r, name, 1, time.Hour)
			expect("refused Take", 0, 1)
			for i := range 10 {
				mustTake(t, r, fmt.Sprint(name, i), 1, time.Hour)
			}
			expect("ten Takes", 0, 10)

			s.Do("SCRIPT", "FLUSH")
			mustTake(t, r, "k", 1, time.Hour)
			expect("after SCRIPT FLUSH", 0, 1)
		})
	}
}

// No goroutine and no connection is left behind, and no more than a few are ever open.
func TestRedisLeavesNothingBehind(t *testing.T) {
	s := redisServer(t)
	p := quotatest.StartProxy(t, s.Address())
	before := runtime.NumGoroutine()
	r := newRedis(t, p.URL())
	p.Delay(2 * time.Millisecond)
	var running sync.WaitGroup
	for range 200 {
		running.Go(func() { _, _ = r.Take(t.Context(), "k", 1000, time.Hour) })
	}
	running.Wait()
	if connections, _ := p.Counts(); connections > maxConnections {
		t.Errorf("%d connections, want %d at most", connections, maxConnections)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := r.Take(t.Context(), "k", 1, time.Hour); !errors.Is(err, ErrUnavailable) || !errors.Is(err, errClosed) {
		t.Errorf("Take of a closed counter: %v", err)
	}
	for range 200 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	stacks := make([]byte, 1<<16)
	t.Errorf("%d goroutines, before %d:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
}

// The rights that the documentation names suffice.
func TestRedisLeastRights(t *testing.T) {
	s := redisServer(t)
	if got := s.Do("ACL", "SETUSER", "topicgate", "on", ">secret", "resetkeys", "~topicgate:q:*", "-@all", "+eval", "+get", "+set", "+setrange"); got != "OK" {
		t.Fatalf("ACL SETUSER: %s", got)
	}
	r := newRedis(t, "redis://topicgate:secret@"+s.Address())
	for _, want := range []bool{true, true, false} {
		if got := mustTake(t, r, "k", 2, time.Hour); got != want {
			t.Errorf("taken %v, want %v", got, want)
		}
	}
}
