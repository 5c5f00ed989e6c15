package app

import (
	"io"
	"maps"
	"sync"

	"topicgate/pkg/gate"
	"topicgate/pkg/policy"
)

// Late makes its gate when the variables arrive: SCF brings them with each invocation.
// Whenever they differ from the last ones they are read again. A valid configuration
// replaces the last one; a broken one leaves it in place.
type Late struct {
	base []string // the process's own environment
	out  io.Writer

	mu   sync.Mutex
	last map[string]string
	live *Live
}

// NewLate reads nothing yet. Variables that arrive win over those of environ.
func NewLate(environ []string, out io.Writer) *Late {
	return &Late{base: environ, out: out}
}

// Gate is the gate for an invocation's variables.
func (l *Late) Gate(variables map[string]string) *gate.Gate {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.live != nil && maps.Equal(l.last, variables) {
		return l.live.gate
	}
	l.last = maps.Clone(variables)
	environ := l.base[:len(l.base):len(l.base)]
	for key, value := range variables {
		environ = append(environ, key+"="+value)
	}
	c := load(environ)
	switch next := newLive(c, environ, asFunction); {
	case l.live == nil || l.live.gate.Snapshot().Broken():
		next.start(l.out, gate.Observer{}, nil)
		l.live = next
	case c.Broken():
		l.live.refuse("variables", policy.Texts(c.Problems))
	default:
		next.follow(l.live, l.out)
		l.live = next
	}
	return l.live.gate
}

// follow takes over from what other variables made: what was counted, and what was found
// at POLICY_URL, hold on.
func (l *Live) follow(old *Live, out io.Writer) {
	old.loading.Lock()
	redisURL, found := old.config.RedisURL, old.found
	l.chat = old.chat
	old.loading.Unlock()
	if l.remote != nil && found != nil {
		if c := l.load(found, nil); !c.Broken() {
			l.config, l.found = c, found
		}
	}
	counter := old.gate.Counter
	if redisURL != l.config.RedisURL {
		counter = newCounter(l.config.RedisURL)
	}
	l.makeGate(out, gate.Observer{}, counter)
	l.gate.LogReload(gate.Reload{Source: "variables", Before: old.gate.Snapshot().Digest})
}
