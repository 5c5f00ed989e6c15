// Package app ties the knot, once for every platform: from an environment to a gate
// that logs and answers.
package app

import (
	"io"
	"log"
	"maps"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/policy"
	"topicgate/pkg/quota"
	"topicgate/pkg/relay"
)

// version is set by the build: -ldflags "-X topicgate/pkg/app.version=v1.2.3".
var version = "dev"

// Version is the version of this build.
func Version() string { return version }

// New makes the gate of a configuration, broken or not, with somebody who counts or
// nobody. It writes the gate's start line, and sends what libraries print through the
// same log.
func New(c *config.Config, out io.Writer, observer gate.Observer) *gate.Gate {
	logger := gate.NewLog(out, c.LogLevel)
	log.SetFlags(0)
	log.SetOutput(libraryLog{logger})
	s := gate.Settings{Log: logger, Observer: observer, Unchecked: config.Unchecked}
	if !c.Broken() && c.Policy.Counts() {
		s.Counter = counter(c.RedisURL)
	}
	if c.Upstream != nil {
		s.Relay = relay.New(c.Upstream).Relay
	}
	g := gate.New(Snapshot(c), s)
	g.LogStart(version)
	if len(c.Ignored) > 0 {
		gate.Stamp(logger.Debug(), time.Now()).Strs("variables", c.Ignored).Msg("ignored")
	}
	return g
}

// Snapshot is what of a configuration requests ask.
func Snapshot(c *config.Config) *gate.Snapshot {
	level, _ := zerolog.ParseLevel(c.LogLevel) // the configuration takes no other
	apps := map[string][]string{}
	for _, app := range c.AppIDs {
		apps[app] = c.TokensFor(app)
	}
	return &gate.Snapshot{
		Apps: apps, Govern: c.Spec.Govern, Mode: c.Spec.Mode, OnError: c.Spec.OnError, Timeout: c.Timeout,
		Policy: c.Policy, Digest: c.ShortDigest(), Rules: len(c.Spec.Rules),
		Problems: policy.Texts(c.Problems), Warnings: policy.Texts(c.Warnings),
		LogLevel: level, Personal: personal[c.LogPersonal], LogKey: c.LogKey,
	}
}

var personal = map[config.Personal]gate.Personal{config.Full: gate.Full, config.Hash: gate.Hashed, config.Off: gate.Off}

// counter is what quotas are counted by. Redis is not asked before the first quota.
func counter(redisURL string) policy.Counter {
	if redisURL == "" {
		return quota.NewMemory()
	}
	shared, err := quota.NewRedis(redisURL)
	if err != nil {
		panic(err) // the configuration was checked
	}
	return shared
}

// FromEnvironment makes the gate of this process's own environment.
func FromEnvironment() *gate.Gate {
	return New(load(os.Environ()), os.Stdout, gate.Observer{})
}

// load reads the configuration of a function. To collect garbage at the usual 4 MB would
// find a long list of words alive, string by string, and delay the first answer; at 400
// per cent it is due at 16 MB.
func load(environ []string) *config.Config {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	return config.Load(environ, config.Options{Function: true})
}

// libraryLog takes what libraries write to the standard log, a line a write.
type libraryLog struct{ log zerolog.Logger }

func (l libraryLog) Write(p []byte) (int, error) {
	gate.Stamp(l.log.Error(), time.Now()).Str("error", strings.TrimSpace(string(p))).Msg("library")
	return len(p), nil
}

// Late makes its gate when the variables arrive: SCF brings them with each
// invocation. A valid configuration is kept; a broken one is read again when they
// have changed.
type Late struct {
	base []string // the process's own environment
	out  io.Writer

	mu   sync.Mutex
	last map[string]string
	gate *gate.Gate
}

// NewLate reads nothing yet. Variables that arrive win over those of environ.
func NewLate(environ []string, out io.Writer) *Late {
	return &Late{base: environ, out: out}
}

// Gate is the gate for an invocation's variables.
func (l *Late) Gate(variables map[string]string) *gate.Gate {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gate != nil && (!l.gate.Snapshot().Broken() || maps.Equal(l.last, variables)) {
		return l.gate
	}
	environ := l.base[:len(l.base):len(l.base)]
	for key, value := range variables {
		environ = append(environ, key+"="+value)
	}
	l.last = maps.Clone(variables)
	l.gate = New(load(environ), l.out, gate.Observer{})
	return l.gate
}
