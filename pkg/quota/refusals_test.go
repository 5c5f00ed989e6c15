//go:build unix

package quota

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"topicgate/pkg/quota/quotatest"
)

func TestFaultLoading(t *testing.T) {
	s := redisServer(t)
	for i := range 1500 {
		s.Do("SET", fmt.Sprint("ballast-", i), strings.Repeat("x", 100))
	}
	s.Do("SAVE")
	s.Kill()
	s.Start("--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024")
	r := newRedis(t, s.URL())
	failing(t, r, "LOADING")
	for range 100 {
		if strings.Contains(s.Do("INFO", "persistence"), "\nloading:0") {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	recovering(t, r)
}

func TestFaultReadOnly(t *testing.T) {
	s := redisServer(t)
	r := newRedis(t, s.URL())
	mustTake(t, r, "k", 1000, time.Hour)
	s.Do("REPLICAOF", "127.0.0.1", "1")
	failing(t, r, "READONLY")
	s.Do("REPLICAOF", "NO", "ONE")
	recovering(t, r)
}

func TestFaultPassword(t *testing.T) {
	s := redisServer(t, "--requirepass", "right")
	for name, c := range map[string]struct{ user, says string }{
		"wrong password": {":hunter2@", "WRONGPASS"},
		"wrong user":     {"hunter2:right@", "WRONGPASS"},
		"none":           {"", "NOAUTH"},
	} {
		t.Run(name, func(t *testing.T) { failing(t, newRedis(t, "redis://"+c.user+s.Address()), c.says) })
	}
}

// A server that does not know a command quotes its arguments.
func TestFaultPasswordQuoted(t *testing.T) {
	s := redisServer(t, "--rename-command", "AUTH", "")
	failing(t, newRedis(t, "redis://user:hunter2@"+s.Address()), "unknown command 'AUTH'")
	s = redisServer(t, "--rename-command", "EVAL", "")
	failing(t, newRedis(t, s.URL()), "unknown command")
}

// A Redis that turns a client away says why, to the first of the questions that were put at once, and closes: the reason
// is reported by its own code, not as a wrong password.
func TestFaultTurnedAway(t *testing.T) {
	turningAway := func(t *testing.T, answer string) (address string) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = c.Write([]byte(answer))
				_ = c.Close()
			}
		}()
		return l.Addr().String()
	}
	full := redisServer(t, "--maxclients", "1")
	only, err := net.Dial("tcp", full.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = only.Close() }()
	open := redisServer(t)
	for name, c := range map[string]struct{ address, says string }{
		"full":           {full.Address(), "Redis answered: max number of clients reached"},
		"protected":      {turningAway(t, "-DENIED Redis is running in protected mode because protected mode is enabled\r\n"), "Redis answered: DENIED Redis is running in protected mode"},
		"loading":        {turningAway(t, "-LOADING Redis is loading the dataset in memory\r\n"), "Redis answered: LOADING"},
		"half a word":    {turningAway(t, "-DENIED Redis"), "Redis answered: DENIED Redis"},
		"no password":    {open.Address(), "Redis answered: AUTH <password> called without any password configured for the default user"},
		"quotes us":      {turningAway(t, "-NOPERM hunter2 has no permissions\r\n"), "Redis answered: NOPERM"},
		"quotes us only": {turningAway(t, "-ERR what is hunter2 to mean\r\n"), "Redis answered: an error"},
	} {
		for _, user := range []string{"", ":hunter2@", "default:hunter2@"} {
			if name == "no password" && user != ":hunter2@" {
				continue // such a Redis has no objection to anybody else
			}
			if strings.HasPrefix(name, "quotes us") && user == "" {
				continue
			}
			t.Run(name+" "+user, func(t *testing.T) {
				err := failure(t, newRedis(t, "redis://"+user+c.address), c.says)
				if strings.Contains(err.Error(), "user or password") && name != "quotes us only" {
					t.Errorf("taken for a wrong password: %v", err)
				}
			})
		}
	}
}

// Redis before 6 does not know HELLO.
func TestOldRedis(t *testing.T) {
	s := redisServer(t, "--rename-command", "HELLO", "", "--requirepass", "secret")
	p := quotatest.StartProxy(t, s.Address())
	r := newRedis(t, "redis://:secret@"+p.Address()+"/3")
	mustTake(t, r, "k", 1, time.Hour)
	if connections, trips := p.Counts(); connections != 1 || trips != 3 { // AUTH, SELECT, and the question
		t.Errorf("%d connections and %d round trips, want 1 and 3", connections, trips)
	}
}

func TestFaultDatabase(t *testing.T) {
	s := redisServer(t)
	failing(t, newRedis(t, s.URL()+"/99"), "Redis answered", "DB index is out of range")
}

func TestFaultOutOfMemory(t *testing.T) {
	s := redisServer(t, "--maxmemory", "1", "--maxmemory-policy", "noeviction")
	r := newRedis(t, s.URL())
	failing(t, r, "OOM")
	s.Do("CONFIG", "SET", "maxmemory", "0")
	recovering(t, r)
}
