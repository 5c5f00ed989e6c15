package gate

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"topicgate/pkg/chat"
	"topicgate/pkg/config"
	"topicgate/pkg/policy"
)

// maxLogged is the longest value in a log line, in bytes.
const maxLogged = 256

// NewLog is the log that all of topicgate writes: one JSON object and one write a
// line.
func NewLog(w io.Writer, level string) zerolog.Logger {
	parsed, err := zerolog.ParseLevel(level)
	if err != nil {
		parsed = zerolog.InfoLevel
	}
	return zerolog.New(w).Level(parsed)
}

// Stamp puts the time on a line as clouds read it: RFC 3339, milliseconds, UTC, in
// the key that Lambda's log filtering looks for.
func Stamp(e *zerolog.Event, at time.Time) *zerolog.Event {
	var buf [len("2006-01-02T15:04:05.000Z")]byte
	return e.Bytes("timestamp", appendTime(buf[:0], at))
}

// appendTime is time.Time.AppendFormat, which takes three times as long: it reads its
// layout anew each time.
func appendTime(to []byte, at time.Time) []byte {
	at = at.UTC()
	year, month, day := at.Date()
	hour, minute, second := at.Clock()
	to = append(appendDigits(to, year, 1000), '-')
	to = append(appendDigits(to, int(month), 10), '-')
	to = append(appendDigits(to, day, 10), 'T')
	to = append(appendDigits(to, hour, 10), ':')
	to = append(appendDigits(to, minute, 10), ':')
	to = append(appendDigits(to, second, 10), '.')
	return append(appendDigits(to, at.Nanosecond()/1e6, 100), 'Z')
}

// appendDigits appends the digits of n from that of a power of ten down.
func appendDigits(to []byte, n, power int) []byte {
	for ; power > 0; power /= 10 {
		to = append(to, "0123456789"[n/power%10])
	}
	return to
}

// LogStart writes the one line that says what a process runs with.
func (g *Gate) LogStart(version string) {
	c := g.Config
	level := zerolog.InfoLevel
	if c.Broken() {
		level = zerolog.ErrorLevel
	}
	e := Stamp(g.Log.WithLevel(level), g.Clock()).Str("version", version)
	text(e, "policy", c.ShortDigest())
	govern := zerolog.Arr()
	for _, subject := range c.Spec.Govern {
		govern.Str(string(subject))
	}
	e.Str("mode", string(c.Spec.Mode)).
		Str("on_error", string(c.Spec.OnError)).
		Array("govern", govern).
		Int("rules", len(c.Spec.Rules)).
		Array("warnings", texts(policy.Texts(c.Warnings))).
		Array("errors", texts(policy.Texts(c.Problems))).
		Msg("start")
}

// warnUnchecked says, once, that Chat signs and nobody checks: authentication was
// switched on in the console, and whoever did that believes that it protects.
func (g *Gate) warnUnchecked(r *Request) {
	if r.Params.Sign == "" || len(g.Config.Tokens) > 0 || g.Config.Broken() || g.warned.Swap(true) {
		return
	}
	Stamp(g.Log.Warn(), g.Clock()).
		Str("warning", "callbacks are signed, and no signature is checked: "+config.Prefix+"TOKENS: set it to the callback authentication token of the Chat console").
		Msg("warning")
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
// anything about people: anybody can send those.
func (g *Gate) logDecision(r *Request, o *Outcome) {
	cold := !g.warm.Swap(true)
	level := zerolog.InfoLevel
	if o.Reason.Undecidable() || o.Err != nil {
		level = zerolog.WarnLevel
	}
	if level < g.Log.GetLevel() {
		return
	}
	now := g.Clock()
	e := Stamp(g.Log.WithLevel(level), now)
	c := &o.Creation
	text(e, "request_id", r.RequestID)
	text(e, "sdk_app_id", c.App)
	text(e, "command", string(o.Command))
	g.redactor.text(e, "operator", c.Operator)
	text(e, "type", c.Type)
	g.redactor.text(e, "name", c.Name)
	text(e, "platform", c.Platform)
	g.redactor.text(e, "client_ip", c.ClientIP)
	e.Str("verdict", o.Verdict.Word())
	e.Int("code", o.Verdict.Code)
	text(e, "rule", o.Rule)
	e.Str("reason", string(o.Reason))
	if o.Reason == ReasonRule {
		g.redactor.text(e, "detail", o.Detail)
	} else {
		text(e, "detail", o.Detail) // a parameter's name or a number of seconds
	}
	e.Str("mode", string(g.Config.Spec.Mode))
	if len(o.WouldRefuse) > 0 {
		e.Strs("would_refuse", o.WouldRefuse)
	}
	text(e, "policy", g.Config.ShortDigest())
	e.Int64("duration_us", now.Sub(r.Received).Microseconds())
	e.Bool("cold_start", cold)
	if o.Err != nil {
		text(e, "error", o.Err.Error())
	}
	e.Msg("decision")
}

// logRelay writes the line of a relayed callback, never with its query or body.
func (g *Gate) logRelay(r *Request, command chat.Command, status int, err error) {
	level := zerolog.DebugLevel
	if err != nil || status >= http.StatusInternalServerError {
		level = zerolog.WarnLevel
	}
	if level < g.Log.GetLevel() {
		return
	}
	now := g.Clock()
	e := Stamp(g.Log.WithLevel(level), now)
	text(e, "request_id", r.RequestID)
	text(e, "command", string(command))
	e.Int("status", status).Int64("duration_us", now.Sub(r.Received).Microseconds())
	if err != nil {
		text(e, "error", err.Error())
	}
	e.Msg("relay")
}

// text adds a value, cut to size; a key without a value is left out.
func text(e *zerolog.Event, key, value string) {
	if value != "" {
		e.Str(key, chat.Cut(value, maxLogged))
	}
}

// A redactor writes what is about people as LOG_PERSONAL says.
type redactor struct {
	how config.Personal
	key []byte
}

func (r redactor) text(e *zerolog.Event, key, value string) {
	if value == "" {
		return
	}
	switch r.how {
	case config.Off:
	case config.Hash:
		if len(r.key) == 0 {
			return // a broken configuration: rather nothing than a hash that anyone can undo
		}
		mac := hmac.New(sha256.New, r.key)
		mac.Write([]byte(value))
		var digits [16]byte
		hex.Encode(digits[:], mac.Sum(nil)[:8])
		e.Bytes(key, digits[:])
	default:
		text(e, key, value)
	}
}
