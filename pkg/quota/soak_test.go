//go:build unix

package quota

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"topicgate/pkg/quota/quotatest"
)

// dedicated is a client for the test's own commands.
func dedicated(t testing.TB, s *quotatest.Server) redis.Conn {
	t.Helper()
	c, err := redis.Dial("tcp", s.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestSoakRedis(t *testing.T) {
	if testing.Short() || underRace {
		t.Skip(t.Name(), "skipped: a million Takes, with -short or -race")
	}
	const (
		takes    = 1_000_000
		direct   = 50_000 // the rest of them are pipelined: the same script on the same keys, without as many round trips
		subjects = 200_000
		batch    = 5_000
		window   = 3 * time.Second
	)
	s := redisServer(t)
	empty := s.UsedMemory()
	most, mostKeys := 0, 0
	sample := func() {
		most = max(most, s.UsedMemory()-empty)
		mostKeys = max(mostKeys, s.Number("DBSIZE"))
	}

	r := newRedis(t, s.URL())
	var running sync.WaitGroup
	for worker := range maxConnections {
		running.Go(func() {
			for i := worker; i < direct; i += maxConnections {
				if _, err := r.Take(t.Context(), fmt.Sprint("operator-", i), 5, window); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	running.Wait()
	sample()

	c := dedicated(t, s)
	digest, err := redis.String(c.Do("SCRIPT", "LOAD", takeScript)) // half the work for a long test
	if err != nil {
		t.Fatal(err)
	}
	for from := direct; from < takes; from += batch {
		for i := range batch {
			key := RedisKey(fmt.Sprint("operator-", (from+i)%subjects))
			if err := c.Send("EVALSHA", digest, 1, key, 5, window.Milliseconds(), newToken()); err != nil {
				t.Fatal(err)
			}
		}
		if replies, err := redis.Int64s(c.Do("")); err != nil || len(replies) != batch {
			t.Fatalf("%d replies, %v", len(replies), err)
		}
		if from%100_000 == 0 {
			sample()
		}
	}
	sample()
	if mostKeys > subjects {
		t.Errorf("%d keys, want %d at most", mostKeys, subjects)
	}
	const bound = subjects * 256
	if most > bound {
		t.Errorf("%d bytes in use, want %d at most", most, bound)
	}

	left := 0
	for range 100 {
		if left = s.Number("DBSIZE"); left == 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	after := s.UsedMemory() - empty
	if left != 0 {
		t.Errorf("%d keys are left long after the last window ended", left)
	}
	if after > bound/4 {
		t.Errorf("%d bytes are still in use", after)
	}
	t.Logf("%d keys and %.1f MB of Redis at most; %d keys and %.1f MB after the last window", mostKeys, float64(most)/(1<<20), left, float64(after)/(1<<20))
}

func BenchmarkRedisTake(b *testing.B) {
	s := redisServer(b)
	r := newRedis(b, s.URL())
	for name, limit := range map[string]int{"taken": 1 << 30, "refused": 1} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Take(b.Context(), name, limit, time.Hour); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("new connection", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r, _ := NewRedis(s.URL())
			if _, err := r.Take(b.Context(), "k", 1, time.Hour); err != nil {
				b.Fatal(err)
			}
			_ = r.Close()
		}
	})
}

// BenchmarkEval is what takeScript's comment weighs: the script sent whole, or by its digest.
func BenchmarkEval(b *testing.B) {
	s := redisServer(b)
	c := dedicated(b, s)
	digest, err := redis.String(c.Do("SCRIPT", "LOAD", takeScript))
	if err != nil {
		b.Fatal(err)
	}
	for _, form := range []struct{ command, script string }{{"EVAL", takeScript}, {"EVALSHA", digest}} {
		b.Run(form.command, func(b *testing.B) {
			for b.Loop() {
				if _, err := c.Do(form.command, form.script, 1, RedisKey("k"), 1_000_000_000, 3_600_000, newToken()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
