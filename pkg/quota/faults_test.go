//go:build unix

package quota

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"topicgate/pkg/quota/quotatest"
)

// promised is the most that a Take may last. It is not the constant that the code goes by: that one is under test.
const promised = 300 * time.Millisecond

// failing is failure where the error itself is of no further interest.
func failing(t *testing.T, r *Redis, says ...string) {
	t.Helper()
	_ = failure(t, r, says...)
}

// failure expects a Take to fail with an error that says each of says, and no password, within the budget; and the
// next ones to fail at once, for the same reason, without asking.
func failure(t *testing.T, r *Redis, says ...string) error {
	t.Helper()
	start := time.Now()
	taken, err := r.Take(t.Context(), "k", 1000, time.Hour)
	lasted := time.Since(start)
	if taken || err == nil {
		t.Fatalf("Take = %v, %v; want an error", taken, err)
	}
	t.Logf("after %v: %v", lasted.Round(time.Millisecond), err)
	if lasted > promised+late {
		t.Errorf("Take lasted %v, want %v at most", lasted, promised)
	}
	start = time.Now()
	_, again := r.Take(t.Context(), "another", 1000, time.Hour)
	if lasted := time.Since(start); lasted > late/3 {
		t.Errorf("the next Take lasted %v, want none", lasted)
	}
	for _, err := range []error{err, again} {
		if !errors.Is(err, ErrUnavailable) {
			t.Errorf("not an ErrUnavailable: %v", err)
			continue
		}
		for _, word := range says {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("the error does not say %q: %v", word, err)
			}
		}
		for _, word := range []string{"hunter2", "topicgate:q:", "redis.call", "script:"} {
			if strings.Contains(err.Error(), word) {
				t.Errorf("the error says %q: %v", word, err)
			}
		}
	}
	if !strings.Contains(fmt.Sprint(again), "not asked again within 1s") {
		t.Errorf("the next Take does not say that Redis rests: %v", again)
	}
	return err
}

// recovering expects r to take again once the rest is over.
func recovering(t *testing.T, r *Redis) {
	t.Helper()
	time.Sleep(rest + 20*time.Millisecond)
	if !mustTake(t, r, "k", 1000, time.Hour) {
		t.Error("refused")
	}
}

func TestFaultRefusedConnection(t *testing.T) {
	r := newRedis(t, "redis://:hunter2@"+quotatest.RefusingAddress(t))
	if err := failure(t, r, "connecting"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("not ECONNREFUSED: %v", err)
	}
}

func TestFaultUnknownHost(t *testing.T) {
	failing(t, newRedis(t, "redis://:hunter2@redis.invalid"), "connecting")
}

func TestFaultBlackHole(t *testing.T) {
	address := quotatest.StartPeer(t, "")
	for _, scheme := range []string{"redis", "rediss"} {
		t.Run(scheme, func(t *testing.T) {
			err := failure(t, newRedis(t, scheme+"://:hunter2@"+address))
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("not a time-out: %v", err)
			}
		})
	}
}

func TestFaultNotRedis(t *testing.T) {
	for name, answer := range map[string]string{
		"HTTP":   "HTTP/1.1 400 Bad Request\r\n\r\n",
		"banner": "220 mail.example ESMTP\r\n",
		"text":   "$5\r\nhello\r\n",
		"nil":    "$-1\r\n",
		"two":    ":2\r\n",
		"OK":     "+OK\r\n",

		"a redirection":    "-MOVED\r\n",
		"one to nowhere":   "-MOVED 1 :\r\n",
		"one to nobody":    "-MOVED 1 :1\r\n",
		"one without node": "-MOVED 1 x\r\n",
		"one that asks":    "-ASK 1 [::1]:1\r\n",
	} {
		t.Run(name, func(t *testing.T) { failing(t, newRedis(t, "redis://"+quotatest.StartPeer(t, answer))) })
	}
}

// A peer that means harm must not make us allocate what it announces, nor listen to it for as long as it likes.
func TestFaultHostile(t *testing.T) {
	for name, answer := range map[string]string{
		"a text of 8 EiB":      "$9223372036854775807\r\n",
		"a text of 1 TiB":      "$1099511627776\r\nhello",
		"a list of everything": "*9223372036854775807\r\n",
		"lists in lists":       strings.Repeat("*1000000\r\n", 1000),
		"behind a status":      "+OK\r\n*1099511627776\r\n",
		"a line without end":   "-" + strings.Repeat("x", 64<<10),
		"many lines":           strings.Repeat("+\r\n", 64<<10),
		"a length of RESP3":    "%9223372036854775807\r\n",
		"nothing but an end":   "\r\n",
		"a length below zero":  "*-4611686018427387900\r\n",
		"a map of less":        "%-9223372034707292160\r\n",
		"piece by piece":       "$?\r\n;1099511627776\r\n",
		"many small lists":     strings.Repeat("*999\r\n", 1000),
	} {
		t.Run(name, func(t *testing.T) {
			r := newRedis(t, "redis://user:hunter2@"+quotatest.StartPeer(t, answer)+"/7")
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			failing(t, r)
			runtime.ReadMemStats(&after)
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 4<<20 {
				t.Errorf("%d bytes were allocated", grown)
			}
		})
	}
}

// What a server was sent before it stopped, it works off when it continues: the question and its repetition are one.
func TestFaultStopped(t *testing.T) {
	s := redisServer(t)
	r := newRedis(t, s.URL())
	mustTake(t, r, "k", 1000, time.Hour)
	s.Stop()
	failing(t, r, "waiting for the answer")
	s.Continue()
	recovering(t, r)
	if got := units(t, s, "k"); got != 3 {
		t.Errorf("Redis has counted %d units, want 3: before, the one that failed, once, and after", got)
	}
}

func TestFaultKilled(t *testing.T) {
	s := redisServer(t)
	r := newRedis(t, s.URL())
	mustTake(t, r, "k", 1000, time.Hour)
	s.Kill()
	failing(t, r)
	s.Start()
	recovering(t, r)

	// When nobody asked meanwhile nobody notices.
	s.Kill()
	s.Start()
	if !mustTake(t, r, "k", 1000, time.Hour) {
		t.Error("refused")
	}
}

func TestFaultStall(t *testing.T) {
	s := redisServer(t)
	p := quotatest.StartProxy(t, s.Address())
	r := newRedis(t, p.URL())
	mustTake(t, r, "k", 1000, time.Hour)
	p.Delay(2 * time.Second)
	failing(t, r, "waiting for the answer")
	p.Delay(0)
	recovering(t, r)
	if got := units(t, s, "k"); got != 3 {
		t.Errorf("Redis has counted %d units, want 3", got)
	}
}

// A slow Redis that answers within the budget is not a failure.
func TestSlow(t *testing.T) {
	s := redisServer(t)
	p := quotatest.StartProxy(t, s.Address())
	p.Delay(60 * time.Millisecond)
	r := newRedis(t, p.URL())
	for range 3 {
		mustTake(t, r, "k", 1000, time.Hour)
	}
	if connections, trips := p.Counts(); connections != 1 || trips != 3 {
		t.Errorf("%d connections and %d round trips, want 1 and 3", connections, trips)
	}
}

// A thawed instance's connection may have been forgotten on the way: what is sent goes nowhere and nobody says so.
func TestFaultSilentlyGone(t *testing.T) {
	s := redisServer(t)
	p := quotatest.StartProxy(t, s.Address())
	r := newRedis(t, p.URL())
	mustTake(t, r, "k", 1000, time.Hour)
	for round := range 3 {
		p.Forget()
		start := time.Now()
		if !mustTake(t, r, "k", 1000, time.Hour) {
			t.Error("refused")
		}
		if lasted := time.Since(start); lasted > promised+late {
			t.Errorf("Take lasted %v, want %v at most", lasted, promised)
		} else {
			t.Logf("replaced after %v", lasted.Round(time.Millisecond))
		}
		if got, want := units(t, s, "k"), round+2; got != want {
			t.Errorf("Redis has counted %d units, want %d", got, want)
		}
	}

	// One that is too old is not even tried.
	old := newRedis(t, p.URL())
	old.maxIdle = 50 * time.Millisecond
	mustTake(t, old, "k", 1000, time.Hour)
	p.Forget()
	time.Sleep(2 * old.maxIdle)
	p.Counts()
	start := time.Now()
	mustTake(t, old, "k", 1000, time.Hour)
	if lasted := time.Since(start); lasted > patience {
		t.Errorf("Take lasted %v", lasted)
	}
	if connections, trips := p.Counts(); connections != 1 || trips != 1 {
		t.Errorf("%d connections and %d round trips, want 1 and 1", connections, trips)
	}
}

func TestFaultCut(t *testing.T) {
	s := redisServer(t)
	p := quotatest.StartProxy(t, s.Address())
	r := newRedis(t, p.URL())
	for round := range 5 {
		if !mustTake(t, r, "k", 1000, time.Hour) {
			t.Error("refused")
		}
		if got, want := units(t, s, "k"), round+1; got != want {
			t.Errorf("Redis has counted %d units, want %d", got, want)
		}
		p.Cut()
	}
}

// The worst case of repeating: the first question was answered, and the answer lost.
func TestRepetitionCountsOnce(t *testing.T) {
	s := redisServer(t)
	p := quotatest.StartProxy(t, s.Address())
	r := newRedis(t, p.URL())
	for round := range 5 {
		mustTake(t, r, "warm", 1000, time.Hour)
		p.Counts()
		p.Swallow(true)
		var running sync.WaitGroup
		running.Go(func() {
			for units(t, s, "k") <= round { // until the first question has been counted
				time.Sleep(time.Millisecond)
			}
			time.Sleep(20 * time.Millisecond) // and its answer swallowed
			p.Swallow(false)
		})
		// The last round takes the last unit: the repetition must hear that it has it.
		if !mustTake(t, r, "k", 5, time.Hour) {
			t.Errorf("round %d: refused", round)
		}
		running.Wait()
		if got, want := units(t, s, "k"), round+1; got != want {
			t.Errorf("round %d: Redis has counted %d units, want %d", round, got, want)
		}
		if connections, trips := p.Counts(); connections != 1 || trips != 2 {
			t.Errorf("round %d: %d connections and %d round trips, want 1 and 2: nothing was repeated", round, connections, trips)
		}
	}
}

// When the rest is over one Take finds out for all.
func TestOneProbe(t *testing.T) {
	s := redisServer(t)
	p := quotatest.StartProxy(t, s.Address())
	r := newRedis(t, p.URL())
	herd := func() (taken, resting int64) {
		var ok, rests atomic.Int64
		var running sync.WaitGroup
		for range 50 {
			running.Go(func() {
				_, err := r.Take(t.Context(), "k", 1000, time.Hour)
				switch {
				case err == nil:
					ok.Add(1)
				case strings.Contains(err.Error(), "not asked again"):
					rests.Add(1)
				}
			})
		}
		running.Wait()
		return ok.Load(), rests.Load()
	}
	p.Stall(true)
	failing(t, r)
	for range 2 {
		p.Counts()
		time.Sleep(rest + 20*time.Millisecond)
		if taken, resting := herd(); taken != 0 || resting != 49 {
			t.Errorf("%d of 50 taken, %d told that Redis rests; want 0 and 49", taken, resting)
		}
		if connections, trips := p.Counts(); connections != 1 || trips != 1 {
			t.Errorf("%d connections and %d questions, want 1 and 1", connections, trips)
		}
	}
	p.Stall(false)
	recovering(t, r)
	if taken, _ := herd(); taken != 50 {
		t.Errorf("%d of 50 taken after Redis came back", taken)
	}
}

// All that wait when Redis stops answering wait for one budget, together.
func TestFaultCrowd(t *testing.T) {
	s := redisServer(t)
	p := quotatest.StartProxy(t, s.Address())
	r := newRedis(t, p.URL())
	mustTake(t, r, "k", 1000, time.Hour)
	p.Stall(true)
	var running sync.WaitGroup
	start := time.Now()
	for range 200 {
		running.Go(func() {
			if _, err := r.Take(t.Context(), "k", 1000, time.Hour); !errors.Is(err, ErrUnavailable) {
				t.Error(err)
			}
		})
	}
	running.Wait()
	if lasted := time.Since(start); lasted > promised+late {
		t.Errorf("200 Takes lasted %v, want %v at most", lasted, promised)
	}
}

func TestContext(t *testing.T) {
	s := redisServer(t)
	p := quotatest.StartProxy(t, s.Address())
	r := newRedis(t, p.URL())
	mustTake(t, r, "k", 1000, time.Hour)

	p.Delay(90 * time.Millisecond)
	cancelled, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	start := time.Now()
	_, err := r.Take(cancelled, "k", 1000, time.Hour)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, ErrUnavailable) || time.Since(start) > 20*time.Millisecond+late {
		t.Errorf("cancelled: %v after %v", err, time.Since(start))
	}
	_, err = r.Take(cancelled, "k", 1000, time.Hour)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, ErrUnavailable) {
		t.Errorf("cancelled before: %v", err)
	}
	short, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	if _, err = r.Take(short, "k", 1000, time.Hour); !errors.Is(err, ErrUnavailable) {
		t.Errorf("hardly any time: %v", err)
	}

	// None of that says anything of Redis.
	if _, err := r.Take(t.Context(), "k", 1000, time.Hour); err != nil {
		t.Errorf("after a caller gave up: %v", err)
	}
	// But this does, although the deadline was the caller's.
	p.Stall(true)
	short, cancel = context.WithTimeout(t.Context(), 60*time.Millisecond)
	defer cancel()
	start = time.Now()
	if _, err = r.Take(short, "k", 1000, time.Hour); !errors.Is(err, ErrUnavailable) || time.Since(start) > 60*time.Millisecond+late {
		t.Errorf("the caller's deadline: %v after %v", err, time.Since(start))
	}
	if _, err = r.Take(t.Context(), "k", 1000, time.Hour); !strings.Contains(fmt.Sprint(err), "not asked again") {
		t.Errorf("after a stall: %v", err)
	}
}
