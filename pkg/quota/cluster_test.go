//go:build unix

package quota

import (
	"net"
	"strings"
	"testing"
	"time"

	"topicgate/pkg/quota/quotatest"
)

// A cluster of two nodes, asked at the one that has not got the keys.
func TestCluster(t *testing.T) {
	start := func() (s *quotatest.Server, bus string) {
		_, bus, _ = net.SplitHostPort(quotatest.RefusingAddress(t))
		return redisServer(t, "--cluster-enabled", "yes", "--cluster-port", bus), bus
	}
	a, _ := start()
	b, busB := start()
	ok := func(s *quotatest.Server, arguments ...string) {
		t.Helper()
		if got := s.Do(arguments...); got != "OK" {
			t.Fatalf("%v: %s", arguments, got)
		}
	}
	ok(b, "CLUSTER", "ADDSLOTSRANGE", "0", "16383")
	hostB, portB, _ := net.SplitHostPort(b.Address())
	ok(a, "CLUSTER", "MEET", hostB, portB, busB)
	both := func(what string) {
		t.Helper()
		for range 200 {
			if strings.Contains(a.Do("CLUSTER", "INFO"), what) && strings.Contains(b.Do("CLUSTER", "INFO"), what) {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Fatalf("the cluster does not come up:\n%s", a.Do("CLUSTER", "INFO"))
	}
	both("cluster_state:ok")

	p := quotatest.StartProxy(t, a.Address())
	r := newRedis(t, p.URL())
	for _, key := range []string{"k", "k", "another", "third"} {
		if !mustTake(t, r, key, 2, time.Hour) {
			t.Errorf("%s: refused", key)
		}
	}
	if mustTake(t, r, "k", 2, time.Hour) {
		t.Error("took 3 units of 2")
	}
	if _, trips := p.Counts(); trips != 1 {
		t.Errorf("the wrong node had %d round trips, want one question", trips)
	}

	// While a slot moves, what is not there yet is asked for elsewhere.
	slot := b.Do("CLUSTER", "KEYSLOT", RedisKey("k"))
	idA, idB := a.Do("CLUSTER", "MYID"), b.Do("CLUSTER", "MYID")
	ok(a, "CLUSTER", "SETSLOT", slot, "IMPORTING", idB)
	ok(b, "CLUSTER", "SETSLOT", slot, "MIGRATING", idA)
	for _, want := range []bool{true, true, false} {
		if got := mustTake(t, r, "moving", 2, time.Hour); got != want {
			t.Errorf("a moving slot: taken %v, want %v", got, want)
		}
	}
	if got := a.Do("CLUSTER", "COUNTKEYSINSLOT", slot); got != "1" {
		t.Errorf("%s keys where the slot moves to, want 1", got)
	}
}

// Sentinels say where the master is, and are asked again after a failure.
func TestSentinel(t *testing.T) {
	s := redisServer(t, "--requirepass", "hunter2")
	other := redisServer(t, "--requirepass", "hunter2")
	sentinel := quotatest.StartSentinel(t, "mymaster", s.Address())
	r := newRedis(t, "redis+sentinel://:hunter2@"+quotatest.RefusingAddress(t)+","+sentinel.Address()+"/mymaster/2")
	for _, want := range []bool{true, true, false} {
		if got := mustTake(t, r, "k", 2, time.Hour); got != want {
			t.Errorf("taken %v, want %v", got, want)
		}
	}

	// Another one becomes the master.
	host, port, _ := net.SplitHostPort(other.Address())
	s.Kill()
	failing(t, r, "connecting")
	sentinel.Do("SENTINEL", "REMOVE", "mymaster")
	sentinel.Do("SENTINEL", "MONITOR", "mymaster", host, port, "1")
	recovering(t, r)
	t.Run("unknown master", func(t *testing.T) {
		failing(t, newRedis(t, "redis+sentinel://:hunter2@"+sentinel.Address()+"/another"), "asking the sentinels", "no such master")
	})
	t.Run("password", func(t *testing.T) {
		closed := quotatest.StartSentinel(t, "mymaster", other.Address(), "requirepass right")
		url := "redis+sentinel://:hunter2@" + closed.Address() + "/mymaster"
		failing(t, newRedis(t, url), "asking the sentinels", "NOAUTH")
		failing(t, newRedis(t, url+"?sentinel_password=hunter2"), "asking the sentinels", "WRONGPASS")
		mustTake(t, newRedis(t, url+"?sentinel_password=right"), "k", 1, time.Hour)
	})
	t.Run("dead connection", func(t *testing.T) {
		s := redisServer(t)
		r := newRedis(t, "redis+sentinel://"+quotatest.StartSentinel(t, "mymaster", s.Address()).Address()+"/mymaster")
		mustTake(t, r, "k", 2, time.Hour)
		if s.Number("CLIENT", "KILL", "TYPE", "normal") == 0 {
			t.Fatal("no connection was closed")
		}
		mustTake(t, r, "k", 2, time.Hour)
		if got := units(t, s, "k"); got != 2 {
			t.Errorf("Redis has counted %d units, want 2", got)
		}
	})
	t.Run("stalled", func(t *testing.T) {
		r := newRedis(t, "redis+sentinel://:hunter2@"+quotatest.StartPeer(t, "")+"/mymaster")
		failing(t, r, "asking the sentinels", "waiting for the answer")
	})
}
