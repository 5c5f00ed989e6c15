package gatetest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"topicgate/pkg/live/livetest"
)

// TestLive: under a steady load of signed callbacks 200 changes are made, of policy, lists
// and tokens, by file, by signal and at a URL, every fourth of them broken. No callback is
// lost or decided by a mixture, and each change acts in time.
func TestLive(t *testing.T) {
	t.Parallel()
	for _, way := range []struct {
		name    string
		changes int
		within  time.Duration
		apply   func(*changing)
	}{
		{"files", 12, 5 * time.Second, func(*changing) {}},
		{"signal", 180, time.Second, func(c *changing) {
			if err := syscall.Kill(c.server.PID(), syscall.SIGHUP); err != nil {
				c.Error(err)
			}
		}},
		{"url", 8, 6 * time.Second, nil}, // REFRESH and a second
	} {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			c := newChanging(t, way.apply)
			c.serveLoad()
			slowest := time.Duration(0)
			for n := 2; n < way.changes+2; n++ {
				slowest = max(slowest, c.change(n, n%4 == 0))
			}
			answered, latest := c.endLoad()
			// How soon is promised of a machine that is not loaded: here it is told.
			t.Logf("%d changes, the slowest after %v of %v; %d callbacks meanwhile, the slowest in %v", way.changes, slowest, way.within, answered, latest)
		})
	}
}

// changing is a server whose configuration changes while it answers. Every version has a
// code, a word and a token of its own, so that a mixture shows.
type changing struct {
	*testing.T
	root   string
	remote *livetest.Server // nil where files change
	apply  func(*changing)  // what follows a change of the files
	server *Server

	oldest, newest atomic.Int64 // versions that may answer now
	stop           chan struct{}
	load           sync.WaitGroup
	answered       atomic.Int64
	latest         atomic.Int64 // of the answers, in nanoseconds
}

const steadyToken = "steady0123456789abcdef"

func versionToken(n int64) string { return fmt.Sprintf("version%d0123456789abcdef", n) }

func newChanging(t *testing.T, apply func(*changing)) *changing {
	c := &changing{T: t, root: t.TempDir(), apply: apply, stop: make(chan struct{})}
	s := Scenario{Env: env{"TOKENS_FILE": "tokens"}}
	if apply == nil {
		c.remote = livetest.NewServer(t)
		s.Env["POLICY_URL"], s.Env["REFRESH"] = c.remote.URL(), "5s"
	} else {
		s.Env["POLICY_FILE"] = "policy.yaml"
	}
	c.oldest.Store(1)
	c.newest.Store(1)
	c.write(1)
	var err error
	if c.server, err = StartServer(binaries.topicgate, c.root, s.Environ()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.server.Close)
	return c
}

// write writes a version, file by file, as an editor or a copy does.
func (c *changing) write(n int64) {
	c.Helper()
	policy := fmt.Sprintf("version: 1\nlists: {words: %%s}\nrules: [{name: v, match: {name: {contains: words}}, action: refuse, code: %d, message: '{{word}}'}]\n", codeOf(n))
	files := map[string]string{"tokens": steadyToken + "\n" + versionToken(n) + "\n"}
	if c.remote == nil {
		files["policy.yaml"] = fmt.Sprintf(policy, "{file: words.txt}")
		files["words.txt"] = wordOf(n) + "\n"
	} else {
		files["tokens"] = steadyToken + "\n"
		c.remote.Set(fmt.Sprintf(policy, "["+wordOf(n)+"]"))
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(c.root, name), []byte(text), 0o600); err != nil {
			c.Error(err)
		}
	}
}

// breakIt writes what is no configuration.
func (c *changing) breakIt() {
	if c.remote != nil {
		c.remote.Set(livetest.Broken)
	} else if err := os.WriteFile(filepath.Join(c.root, "policy.yaml"), []byte(livetest.Broken), 0o600); err != nil {
		c.Error(err)
	}
}

func codeOf(n int64) int    { return 10101 + int(n%90) }
func wordOf(n int64) string { return fmt.Sprintf("word%dx", n) }

// change makes a change, and returns after how long it acted.
func (c *changing) change(version int, broken bool) time.Duration {
	c.Helper()
	n := int64(version)
	began := time.Now()
	acts := func() bool { return c.decidedBy(c.asks(versionOrSteady(c, n))) == n }
	if broken {
		refused := c.refusedChanges()
		c.breakIt()
		acts = func() bool { return c.refusedChanges() > refused }
	} else {
		c.newest.Store(n)
		c.write(n)
	}
	if c.apply != nil {
		c.apply(c)
	}
	for !acts() {
		if time.Since(began) > patience {
			c.Fatalf("change %d does not act", n)
		}
		pause(5 * time.Millisecond)
	}
	took := time.Since(began)
	if !broken {
		c.oldest.Store(n)
		if c.remote == nil && c.decidedBy(c.asks(versionToken(n-2))) != 0 {
			c.Errorf("version %d: an older one's token still signs", n)
		}
	}
	return took
}

// versionOrSteady is the token that shows a version: its own, where files change.
func versionOrSteady(c *changing, n int64) string {
	if c.remote != nil {
		return steadyToken
	}
	return versionToken(n)
}

// asks asks for a name with every version's word that it may be decided by, signed with a
// token.
func (c *changing) asks(token string) Answer {
	const coming = 40 // changes that may be made before this is decided
	var words []string
	for n := c.oldest.Load(); n <= c.newest.Load()+coming; n++ {
		words = append(words, wordOf(n))
	}
	answer, err := c.server.Do(c.Context(), (&Scenario{Token: token, Topic: strings.Join(words, " ")}).Call(time.Now()))
	if err != nil {
		c.Errorf("lost: %v", err)
	}
	return answer
}

// decidedBy is the version that an answer is of; 0 of a callback that was not believed,
// and -1, with an error, of a mixture.
func (c *changing) decidedBy(a Answer) int64 {
	var verdict struct {
		ErrorCode int
		ErrorInfo string
	}
	if err := json.Unmarshal([]byte(a.Body), &verdict); err != nil || a.Status != 200 {
		c.Errorf("answered %+v", a)
		return -1
	}
	if verdict.ErrorCode == 1 {
		return 0
	}
	var n int64
	if _, err := fmt.Sscanf(verdict.ErrorInfo, "word%dx", &n); err != nil || codeOf(n) != verdict.ErrorCode {
		c.Errorf("decided by a mixture: %s", a.Body)
		return -1
	}
	return n
}

func (c *changing) refusedChanges() int {
	text, err := c.server.written()
	if err != nil {
		c.Fatal(err)
	}
	text = text[:strings.LastIndexByte(string(text), '\n')+1]
	lines, err := Lines(text, "reload")
	if err != nil {
		c.Fatal(err)
	}
	refused := 0
	for _, line := range lines {
		if line.Level == "error" {
			refused++
		}
	}
	return refused
}

// serveLoad sends callbacks one after another, from two clients, until endLoad.
func (c *changing) serveLoad() {
	for range 2 {
		c.load.Go(func() {
			for {
				select {
				case <-c.stop:
					return
				default:
				}
				began, oldest := time.Now(), c.oldest.Load()
				n := c.decidedBy(c.asks(steadyToken))
				if newest := c.newest.Load(); n < oldest || n > newest {
					c.Errorf("decided by version %d, want one from %d to %d", n, oldest, newest)
				}
				c.answered.Add(1)
				c.latest.Store(max(c.latest.Load(), int64(time.Since(began))))
				pause(3 * time.Millisecond)
			}
		})
	}
}

// endLoad ends it, and returns how many callbacks were answered, and the longest that one
// took.
func (c *changing) endLoad() (answered int64, latest time.Duration) {
	close(c.stop)
	c.load.Wait()
	latest = time.Duration(c.latest.Load())
	if latest > 2*time.Second {
		c.Logf("a verdict came after %v: Chat would have gone, were this machine not so loaded", latest)
	}
	return c.answered.Load(), latest
}
