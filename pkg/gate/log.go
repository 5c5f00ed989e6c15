package gate

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"topicgate/pkg/chat"
)

// maxLogged is the longest value in a log line, in bytes.
const maxLogged = 256

// NewLog is the log that all of topicgate writes: one JSON object and one write a
// line.
func NewLog(w io.Writer, level string) zerolog.Logger {
	parsed, _ := zerolog.ParseLevel(level) // the configuration takes no other
	return zerolog.New(w).Level(parsed)
}

// Stamp puts the time on a line as clouds read it: RFC 3339, milliseconds, UTC, in
// the key that Lambda's log filtering looks for.
func Stamp(e *zerolog.Event, at time.Time) *zerolog.Event {
	return e.Str("timestamp", at.UTC().Format("2006-01-02T15:04:05.000Z"))
}

// line begins a line; it is nil, and takes what it is given, where the level says so.
func (g *Gate) line(s *Snapshot, level zerolog.Level) *zerolog.Event {
	log := g.Log.Level(max(g.Log.GetLevel(), s.LogLevel))
	return Stamp(log.WithLevel(level), g.Clock())
}

// LogStart writes the one line that says what a process runs with, and what is wrong
// beside that.
func (g *Gate) LogStart(version string, wrong []string) {
	s := g.Snapshot()
	level := zerolog.InfoLevel
	if wrong = append(wrong[:len(wrong):len(wrong)], s.Problems...); len(wrong) > 0 {
		level = zerolog.ErrorLevel
	}
	e := g.line(s, level).Str("version", version)
	text(e, "policy", s.Digest)
	govern := zerolog.Arr()
	for _, subject := range s.Govern {
		govern.Str(string(subject))
	}
	e.Str("mode", string(s.Mode)).
		Str("on_error", string(s.OnError)).
		Array("govern", govern).
		Int("rules", s.Rules).
		Array("warnings", texts(s.Warnings)).
		Array("errors", texts(wrong)).
		Msg("start")
}

// A Reload is a change of the configuration while it serves.
type Reload struct {
	Source  string   // where it was seen: files, signal, url, variables or state
	Before  string   // the digest of the policy that it found
	Errors  []string // why it was refused; none of one that was swapped in
	Restart []string // variables that have changed and need a restart
}

// LogReload writes the one line of a change, after it.
func (g *Gate) LogReload(r Reload) {
	s := g.Snapshot()
	level := zerolog.InfoLevel
	switch {
	case len(r.Errors) > 0:
		level = zerolog.ErrorLevel
	case len(r.Restart) > 0:
		level = zerolog.WarnLevel
	}
	e := g.line(s, level).Str("source", r.Source)
	text(e, "policy", s.Digest)
	text(e, "before", r.Before)
	e.Str("mode", string(s.Mode)).
		Int("rules", s.Rules).
		Array("warnings", texts(s.Warnings)).
		Array("errors", texts(r.Errors))
	if len(r.Restart) > 0 {
		e.Array("needs_restart", texts(r.Restart))
	}
	e.Msg("reload")
}

// warnUnchecked says, once, that Chat signs and nobody checks: authentication was
// switched on in the console, and whoever did that believes that it protects.
func (g *Gate) warnUnchecked(s *Snapshot, r *Request) {
	tokens, served := s.Apps[r.Params.SDKAppID]
	if g.Unchecked == "" || r.Params.Sign == "" || len(tokens) > 0 || !served || s.Broken() || g.warned.Swap(true) {
		return
	}
	g.line(s, zerolog.WarnLevel).Str("warning", g.Unchecked).Msg("warning")
}

func texts(list []string) *zerolog.Array {
	a := zerolog.Arr()
	for _, s := range list {
		a.Str(chat.Cut(s, maxLogged))
	}
	return a
}

// logDecision writes the one line of a governed callback. It never holds a token,
// the Sign or the query string, nor, of a callback that failed authentication,
// anything about people: anybody can send those. A probe's is the same but for its
// message, so that whatever counts decisions leaves it out.
func (g *Gate) logDecision(s *Snapshot, r *Request, o *Outcome, probe bool) {
	cold := !g.warm.Swap(true)
	level := zerolog.InfoLevel
	var stale time.Duration
	if g.Source != nil {
		stale = g.Source.Stale(g.Clock())
	}
	if o.Reason.Undecidable() || o.Err != nil || stale > 0 {
		level = zerolog.WarnLevel
	}
	e := g.line(s, level)
	c := &o.Creation
	text(e, "request_id", r.RequestID)
	text(e, "ref", o.Ref)
	if isAppID(c.App) {
		e.Str("sdk_app_id", c.App)
	}
	text(e, "command", commandWord(r, o.Command))
	s.personal(e, "operator", c.Operator)
	text(e, "type", c.Type)
	byPolicy := o.Reason == ReasonRule || o.Reason == ReasonDefault
	if byPolicy && c.Name == "" && s.Personal == Full {
		e.Str("name", "") // an empty one was asked for, which is not the same as none
	} else {
		s.personal(e, "name", c.Name)
	}
	text(e, "platform", c.Platform)
	s.personal(e, "client_ip", c.ClientIP)
	e.Str("verdict", o.Verdict.Word())
	e.Int("code", o.Verdict.Code)
	text(e, "rule", o.Rule)
	e.Str("reason", string(o.Reason))
	if byPolicy {
		s.personal(e, "detail", o.Detail)
	} else {
		text(e, "detail", o.Detail) // a parameter's or field's name, or a number
	}
	e.Str("mode", string(s.Mode))
	if len(o.WouldRefuse) > 0 {
		e.Strs("would_refuse", o.WouldRefuse)
	}
	if len(o.Flags) > 0 {
		e.Strs("flags", o.Flags)
	}
	text(e, "policy", s.Digest)
	e.Int64("duration_us", g.Clock().Sub(r.Received).Microseconds())
	e.Bool("cold_start", cold)
	if stale > 0 {
		e.Int64("stale_s", int64(stale.Seconds()))
	}
	if o.Err != nil {
		text(e, "error", o.Err.Error())
	}
	if probe {
		e.Msg("probe")
		return
	}
	e.Msg("decision")
}

// logUndecided writes the line of what nothing was decided about, never with its query or
// body. A callback that was relayed is a "relay". Anything else is a "callback": another
// command, a misspelt one, a GET, an event that is no HTTP request; it tells whoever waits
// for decisions what arrives instead.
func (g *Gate) logUndecided(s *Snapshot, message string, r *Request, command chat.Command, status int, err error) {
	level := zerolog.DebugLevel
	if err != nil || status >= http.StatusInternalServerError {
		level = zerolog.WarnLevel
	}
	e := g.line(s, level)
	text(e, "request_id", r.RequestID)
	if r.Method != http.MethodPost {
		text(e, "method", chat.Command(r.Method).Word())
	}
	text(e, "command", commandWord(r, command))
	e.Int("status", status).Int64("duration_us", g.Clock().Sub(r.Received).Microseconds())
	if err != nil {
		text(e, "error", err.Error())
	}
	e.Msg(message)
}

// commandWord is a command as a line may hold it: strangers choose it, and a proxy may
// have put more into it.
func commandWord(r *Request, command chat.Command) string {
	if command.Known() {
		return string(command)
	}
	word := command.Word()
	if r.Params.Reveals(word) {
		return ""
	}
	return word
}

// isAppID reports whether an app is one that a line may hold: digits, not many.
func isAppID(app string) bool {
	return app != "" && len(app) <= 20 && strings.Trim(app, "0123456789") == ""
}

// text adds a value, cut to size; a key without a value is left out.
func text(e *zerolog.Event, key, value string) {
	if value != "" {
		e.Str(key, chat.Cut(value, maxLogged))
	}
}

// Personal says how much of people the log tells.
type Personal int

// The choices for operator, name, client_ip and detail.
const (
	Full   Personal = iota
	Hashed          // keyed, so that lines can be matched but not read
	Off
)

// personal adds a value that is about people, as Personal says.
func (s *Snapshot) personal(e *zerolog.Event, key, value string) {
	switch {
	case value == "" || s.Personal == Off:
	case s.Personal == Full:
		text(e, key, value)
	case len(s.LogKey) > 0: // else rather nothing than a hash that anyone can undo
		e.Str(key, Hash(s.LogKey, value))
	}
}

// Hash is a value as a log has it that is Hashed.
func Hash(key []byte, value string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(value))
	return hex.EncodeToString(mac.Sum(nil)[:8])
}
