// Package app ties the knot, once for every platform: from an environment to a gate
// that logs and answers.
package app

import (
	"io"
	"log"
	"os"
	"runtime/debug"
	"strings"
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

// AskedVersion answers a function's binary that is run by a person with --version, which
// no platform does.
func AskedVersion(args []string, out io.Writer) bool {
	if len(args) != 2 || args[1] != "--version" && args[1] != "-version" {
		return false
	}
	_, _ = io.WriteString(out, "topicgate "+version+"\n")
	return true
}

// New makes the gate of a configuration, broken or not, that does not change.
func New(c *config.Config, out io.Writer, observer gate.Observer) *gate.Gate {
	return newLive(c, nil, config.Options{}).start(out, observer, nil)
}

// start makes the gate and writes its start line, with errors that are not its own.
func (l *Live) start(out io.Writer, observer gate.Observer, errors []string) *gate.Gate {
	l.makeGate(out, observer, newCounter(l.config.RedisURL))
	l.gate.LogStart(version, errors)
	if ignored := l.config.Ignored; len(ignored) > 0 {
		gate.Stamp(l.gate.Log.Debug(), time.Now()).Strs("variables", ignored).Msg("ignored")
	}
	return l.gate
}

// makeGate makes the gate, and sends what libraries print through the same log.
func (l *Live) makeGate(out io.Writer, observer gate.Observer, counter policy.Counter) {
	s := gate.Settings{Log: gate.NewLog(out, l.config.LogLevel), Observer: observer, Unchecked: config.Unchecked, Counter: counter}
	log.SetFlags(0)
	log.SetOutput(libraryLog{s.Log})
	if l.config.Upstream != nil {
		s.Relay = relay.New(l.config.Upstream).Relay
	}
	if l.remote != nil {
		s.Source = l
	}
	l.counter = counter
	l.gate = gate.New(l.snapshot(), s)
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
		Review: events(c.Review), Admin: c.ChatAdmin,
		Policy: c.Policy, Digest: c.ShortDigest(), Rules: len(c.Spec.Rules),
		Problems: policy.Texts(c.Problems), Warnings: policy.Texts(c.Warnings),
		LogLevel: level, Personal: personal[c.LogPersonal], LogKey: c.LogKey,
	}
}

var personal = map[config.Personal]gate.Personal{config.Full: gate.Full, config.Hash: gate.Hashed, config.Off: gate.Off}

// newCounter is what quotas are counted by. Redis is not asked before the first quota.
func newCounter(redisURL string) policy.Counter {
	if redisURL != "" {
		if shared, err := quota.NewRedis(redisURL); err == nil {
			return shared
		}
	}
	return quota.NewMemory() // of a broken URL too: nothing is decided then
}

// FromEnvironment makes the gate of this process's own environment: a function's.
func FromEnvironment() *gate.Gate {
	environ := os.Environ()
	return newLive(load(environ), environ, asFunction).start(os.Stdout, gate.Observer{}, nil)
}

var asFunction = config.Options{Function: true}

// load reads the configuration of a function. To collect garbage at the usual 4 MB would
// find a long list of words alive, string by string, and delay the first answer; at 400
// per cent it is due at 16 MB.
func load(environ []string) *config.Config {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	return config.Load(environ, asFunction)
}

// libraryLog takes what libraries write to the standard log, a line a write.
type libraryLog struct{ log zerolog.Logger }

func (l libraryLog) Write(p []byte) (int, error) {
	gate.Stamp(l.log.Error(), time.Now()).Str("error", strings.TrimSpace(string(p))).Msg("library")
	return len(p), nil
}
