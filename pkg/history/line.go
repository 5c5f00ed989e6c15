package history

import (
	"encoding/json"
	"regexp"
	"strconv"
	"time"

	"topicgate/pkg/rawjson"
)

// A line is an object that may be a line of the gate's: the members that tell, as they are
// written.
type line struct {
	Decision

	level, message, timestamp []byte
	wrapped                   []byte // what it may be around
	rank                      int
	field, value              []byte // of a row of Insights
}

// text decodes what is a string; nil where it is none.
func text(value []byte) []byte {
	s, ok := rawjson.Text(value)
	if !ok {
		return nil
	}
	return []byte(s)
}

// str is a text, or a number that somebody has put into one and back.
func str(value []byte) string {
	if s, ok := rawjson.Text(value); ok {
		return s
	}
	return string(value)
}

func number(value []byte) int64 {
	n, _ := strconv.ParseInt(str(value), 10, 64) // what is none is 0
	return n
}

// list is a list of texts. CLS keeps one as a text that holds it.
func list(value []byte) (items []string) {
	if s, ok := rawjson.Text(value); ok {
		value = []byte(s)
		if !json.Valid(value) {
			return nil
		}
	}
	rawjson.Elements(value, func(element []byte) { items = append(items, str(element)) })
	return items
}

// fields are the members of a decision, each with where it goes.
var fields = map[string]func(*Decision, []byte){
	"request_id":   func(d *Decision, v []byte) { d.RequestID = str(v) },
	"ref":          func(d *Decision, v []byte) { d.Ref = str(v) },
	"sdk_app_id":   func(d *Decision, v []byte) { d.App = str(v) },
	"command":      func(d *Decision, v []byte) { d.Command = str(v) },
	"operator":     func(d *Decision, v []byte) { d.Operator = str(v) },
	"type":         func(d *Decision, v []byte) { d.Type = str(v) },
	"name":         func(d *Decision, v []byte) { d.Name = str(v) },
	"platform":     func(d *Decision, v []byte) { d.Platform = str(v) },
	"client_ip":    func(d *Decision, v []byte) { d.ClientIP = str(v) },
	"verdict":      func(d *Decision, v []byte) { d.Verdict = str(v) },
	"code":         func(d *Decision, v []byte) { d.Code = int(number(v)) },
	"rule":         func(d *Decision, v []byte) { d.Rule = str(v) },
	"reason":       func(d *Decision, v []byte) { d.Reason = str(v) },
	"detail":       func(d *Decision, v []byte) { d.Detail = str(v) },
	"mode":         func(d *Decision, v []byte) { d.Mode = str(v) },
	"would_refuse": func(d *Decision, v []byte) { d.WouldRefuse = list(v) },
	"flags":        func(d *Decision, v []byte) { d.Flags = list(v) },
	"policy":       func(d *Decision, v []byte) { d.Policy = str(v) },
	"duration_us":  func(d *Decision, v []byte) { d.Duration = time.Duration(number(v)) * time.Microsecond },
	"cold_start":   func(d *Decision, v []byte) { d.ColdStart = str(v) == "true" },
	"stale_s":      func(d *Decision, v []byte) { d.StaleS = number(v) },
	"error":        func(d *Decision, v []byte) { d.Error = str(v) },
}

// read reports whether an object could be read.
func (l *line) read(data []byte) bool { return rawjson.Members(data, l.member) == nil }

// member takes one member of the object. The key is only lent.
func (l *line) member(key, value []byte) {
	if set, ok := fields[string(key)]; ok {
		set(&l.Decision, value)
	}
	switch string(key) {
	case "level":
		l.level = value
	case "timestamp":
		l.timestamp = value
	case "message":
		l.message = value
	case "field":
		l.field = value
	case "value":
		l.value = value
	}
	if r := rank(key); r >= 0 && (l.wrapped == nil || r < l.rank) {
		l.wrapped, l.rank = value, r
	}
}

// word is what the gate's messages are.
var word = regexp.MustCompile(`^[a-z][a-z_]{0,31}$`)

// ours is a line of the gate's, which has a level, a time and a message of one word. Its
// keys stand at the top, so that nothing that a user sent can be taken for one.
func (l *line) ours() (d *Decision, message string, ours bool) {
	message, ok := rawjson.Text(l.message)
	if !ok || l.level == nil || !word.MatchString(message) {
		return nil, "", false
	}
	at, err := time.Parse(time.RFC3339, str(l.timestamp))
	if err != nil {
		return nil, "", false
	}
	d = &l.Decision
	d.Timestamp, d.Time = at, at.Add(-d.Duration)
	return d, message, true
}

// said hands out what the gate wrote.
func (g *reading) said(d *Decision, message string, data []byte) error {
	if message == "decision" {
		if d.Verdict != "allow" && d.Verdict != "refuse" {
			g.skip(SkippedBroken)
			return nil
		}
		g.counts.Decisions++
		d.judge()
		return g.decision(d)
	}
	if len(g.counts.Skipped) >= maxKinds && g.counts.Skipped[message] == 0 {
		message = SkippedOther
	}
	g.skip(message)
	if g.other == nil || message == SkippedOther {
		return nil
	}
	var all map[string]any
	if err := json.Unmarshal(data, &all); err == nil { // which has been read already
		g.other(message, all)
	}
	return nil
}

// maxKinds is the most kinds that are told apart. The gate has a dozen messages.
const maxKinds = 64

const (
	longest      = 256         // bytes of a value in a log
	shortestCut  = longest - 3 // where a character of four bytes did not fit any more
	hashedDigits = 16
)

// judge looks at what became of the values. No operator is cut: of one that is longer
// nothing is decided, and none is logged.
func (d *Decision) judge() {
	for _, v := range [...]struct{ key, value string }{
		{"type", d.Type}, {"name", d.Name}, {"platform", d.Platform}, {"client_ip", d.ClientIP}, {"rule", d.Rule}, {"detail", d.Detail}, {"error", d.Error},
	} {
		if len(v.value) >= shortestCut {
			d.Cut = append(d.Cut, v.key)
		}
	}
	people, hashes := 0, 0
	for _, value := range [...]string{d.Operator, d.Name, d.ClientIP} {
		if value != "" {
			people++
			if looksHashed(value) {
				hashes++
			}
		}
	}
	d.Withheld = people == 0
	d.Hashed = people > 0 && hashes == people
}

func looksHashed(value string) bool {
	if len(value) != hashedDigits {
		return false
	}
	for _, c := range []byte(value) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
