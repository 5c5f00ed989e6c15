package app

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/live"
	"topicgate/pkg/policy"
)

const (
	// lookTime is the most that a decision waits for a look at POLICY_URL, the loading of
	// what it finds included.
	lookTime = 300 * time.Millisecond
	// staleAfter is how many times REFRESH may pass without a good look before decisions
	// say so.
	staleAfter = 10
)

// Live keeps a gate's configuration up to date. What it is made of is looked at, loaded
// aside, and swapped in whole; what is broken is reported, and the last good one goes on.
type Live struct {
	gate     *gate.Gate // nil until there is one
	environ  []string
	options  config.Options
	refresh  time.Duration
	remote   *live.Remote // nil without POLICY_URL
	schedule *live.Schedule
	server   bool // looks are no decision's part
	changed  func(*gate.Snapshot)

	counter policy.Counter // the gate's
	chat    client

	looking  sync.Mutex // is held by the one who looks at POLICY_URL
	rejected []string   // why what is there is not good
	said     string     // of the last look that was in vain

	loading sync.Mutex     // is held by the one who loads and swaps
	config  *config.Config // the gate goes by it
	found   *string        // at POLICY_URL, and good

	lastGood atomic.Int64 // when a look was good, or the process began, in Unix nanoseconds
	counts   Counts
}

// Counts are what metrics tell of changes.
type Counts struct {
	Check, Change atomic.Int64 // when there was one last, in Unix seconds; 0 for never
	Failures      atomic.Int64 // changes and looks that came to nothing
}

// newLive keeps up to date what was loaded of an environment.
func newLive(c *config.Config, environ []string, o config.Options) *Live {
	l := &Live{config: c, environ: environ, options: o, refresh: c.Refresh}
	l.lastGood.Store(time.Now().UnixNano())
	if c.PolicyURL != nil {
		l.remote = live.NewRemote(c.PolicyURL, func(name string) string { return variable(environ, name) })
		l.schedule = live.NewSchedule(c.Refresh)
	}
	return l
}

func variable(environ []string, name string) string {
	for _, pair := range slices.Backward(environ) {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value
		}
	}
	return ""
}

// Due reports whether a decision should look before it goes by the configuration.
func (l *Live) Due(now time.Time) bool {
	if l.server || !l.looking.TryLock() {
		return false
	}
	defer l.looking.Unlock()
	return l.schedule.Due(now)
}

// Stale is how long ago the last good look was, when that is worth a warning, else 0.
func (l *Live) Stale(now time.Time) time.Duration {
	ago := time.Duration(now.UnixNano() - l.lastGood.Load())
	if l.remote == nil || ago <= staleAfter*l.refresh {
		return 0
	}
	return ago
}

// Look looks at POLICY_URL within a decision that has a time for all of it. It waits
// lookTime at most, and half the decision's time for the first that is found; what takes
// longer goes on beside later decisions, which the last good configuration serves.
func (l *Live) Look(received time.Time, timeout time.Duration) {
	if !l.looking.TryLock() {
		return // one look at a time
	}
	most := lookTime
	if l.found == nil {
		most = timeout / 2
	}
	ctx, cancel := context.WithTimeout(context.Background(), min(most, timeout/2)-time.Since(received))
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer l.looking.Unlock()
		l.look(ctx)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// look asks POLICY_URL once.
func (l *Live) look(ctx context.Context) {
	now := time.Now() // and not after it: an instance may be frozen meanwhile, for hours
	problems := l.ask(ctx)
	l.counts.Check.Store(now.Unix())
	l.schedule.Looked(now, len(problems) == 0)
	if len(problems) == 0 {
		l.said = ""
		l.lastGood.Store(now.UnixNano())
		return
	}
	l.counts.Failures.Add(1)
	if said := strings.Join(problems, "; "); said != l.said { // else the same trouble goes on
		l.said = said
		l.refuse("url", problems)
	}
}

// ask returns why a look was not good.
func (l *Live) ask(ctx context.Context) (problems []string) {
	defer func() {
		if p := recover(); p != nil { // it would take all decisions with it
			problems = []string{fmt.Sprintf("panic: %v", p)}
		}
	}()
	text, changed, err := l.remote.Look(ctx)
	switch {
	case err != nil:
		return []string{config.Prefix + "POLICY_URL: " + err.Error()}
	case !changed:
		return l.rejected
	}
	l.loading.Lock()
	defer l.loading.Unlock()
	l.rejected = []string{l.config.PolicyURL.String() + ": it could not be loaded"} // if that panics
	c := l.load(&text, nil)
	if l.rejected = policy.Texts(c.Problems); !c.Broken() {
		l.found = &text
		l.swap(c, "url")
	}
	return l.rejected
}

// load reads everything anew, with what was found at POLICY_URL.
func (l *Live) load(found *string, seen func(path, text string, err error)) *config.Config {
	o := l.options
	o.Found, o.Seen = found, seen
	return config.Load(l.environ, o)
}

// swap puts a good configuration in place of the last one.
func (l *Live) swap(c *config.Config, source string) {
	restart := needRestart(l.config, c)
	l.config = c
	l.counts.Change.Store(time.Now().Unix())
	if l.gate == nil {
		return // the start line is still to come
	}
	before := l.gate.Snapshot().Digest
	s := l.snapshot()
	l.gate.Swap(s)
	if l.changed != nil {
		l.changed(s)
	}
	l.gate.LogReload(gate.Reload{Source: source, Before: before, Restart: restart})
}

// refuse reports what is not put in place of the last one.
func (l *Live) refuse(source string, problems []string) {
	if l.gate == nil {
		l.config.Warnings = append(l.config.Warnings, policy.Problem{What: strings.Join(problems, "; ")})
		return
	}
	l.gate.LogReload(gate.Reload{Source: source, Before: l.gate.Snapshot().Digest, Errors: problems})
}

// snapshot is what the gate goes by. While nothing was found at POLICY_URL, and there is
// nothing else to go by, that is on_error: whoever set it has rules in mind that are not
// there yet.
func (l *Live) snapshot() *gate.Snapshot {
	s := Snapshot(l.config)
	s.Remedy = l.remedy()
	if l.config.PolicyURL != nil && l.found == nil && !l.config.Bundled && !s.Broken() {
		s.Problems = []string{config.Prefix + "POLICY_URL: no policy was found there yet; see what is logged of each look, or set " + config.Prefix + "POLICY_FILE for the time until one is"}
		s.Policy, s.Digest = nil, ""
	}
	return s
}

// needRestart are the variables of which a running process keeps what it began with.
func needRestart(old, c *config.Config) (names []string) {
	for _, setting := range [...]struct {
		name     string
		old, new any
	}{
		{"ADDR", old.Addr, c.Addr},
		{"METRICS_ADDR", old.MetricsAddr, c.MetricsAddr},
		{"MAX_CONNECTIONS", old.MaxConnections, c.MaxConnections},
		{"REDIS_URL", old.RedisURL, c.RedisURL},
		{"UPSTREAM_URL", old.Upstream, c.Upstream},
		{"POLICY_URL", old.PolicyURL, c.PolicyURL},
	} {
		if !reflect.DeepEqual(setting.old, setting.new) {
			names = append(names, config.Prefix+setting.name)
		}
	}
	return names
}
