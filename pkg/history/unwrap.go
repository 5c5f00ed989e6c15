package history

import (
	"bytes"
	"context"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"topicgate/pkg/rawjson"
)

// wrappings are the keys under which those that carry a log keep a line of it, or many.
// Of two in one object the first here counts. All of them may lead to a text, an object, or
// a list of such.
var wrappings = [...]string{
	"message",     // CloudWatch Logs: filter-log-events, subscriptions
	"@message",    // Insights
	"MESSAGE",     // journald
	"log",         // Docker, fluent-bit
	"SCF_Message", // SCF in CLS
	"content",     // CLS, of other sources
	"__CONTENT__", // CLS, of what it could not parse
	"LogJson",     // CLS's SearchLog
	"record",      // Lambda's telemetry
	"events",      // filter-log-events
	"logEvents",   // subscriptions
	"results",     // Insights
	"Results",     // CLS's SearchLog
	"Response",    // Tencent Cloud's API
}

func wraps(key []byte) bool { return rank(key) >= 0 }

func rank(key []byte) int {
	return slices.IndexFunc(wrappings[:], func(w string) bool { return w == string(key) })
}

// maxDepth is the most wrappings around a line.
const maxDepth = 8

// reading is one pass over logs.
type reading struct {
	ctx      context.Context
	decision func(*Decision) error
	other    func(message string, fields map[string]any)
	counts   Counts
}

func (g *reading) skip(kind string) { g.counts.Skipped[kind]++ }

// event reads one line, event or row.
func (g *reading) event(text []byte) error {
	if g.counts.Lines++; g.counts.Lines%1024 == 0 && g.ctx.Err() != nil {
		return g.ctx.Err()
	}
	return g.text(text, 0)
}

// likeGo is what rawjson reads.
var likeGo = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

// text reads what there is in a text: mostly one object, with a time, a host or a container
// before it. Nothing that a user sent stands before the first bracket; what is inside of an
// object that cannot be read is not looked at, for there it does.
func (g *reading) text(text []byte, depth int) error {
	text = bytes.Trim(text, "\x00\uFEFF \t\r\n")
	if inside, ok := unquoted(text); ok && depth < maxDepth { // as jq prints a message
		return g.text(inside, depth+1)
	}
	from, to := bytes.IndexByte(text, '{'), bytes.LastIndexByte(text, '}')
	switch {
	case len(text) == 0:
		return nil
	case from < 0:
		g.skip(SkippedText)
		return nil
	case to < from:
		g.skip(SkippedBroken)
		return nil
	}
	if read, err := g.object(text[from:to+1], depth); read || err != nil {
		return err
	}
	return g.several(text[from:], depth)
}

// unquoted is what is in a text that is one JSON text.
func unquoted(text []byte) (inside []byte, ok bool) {
	if !bytes.HasPrefix(text, []byte{'"'}) || !jsontext.Value(text).IsValid(likeGo...) {
		return nil, false
	}
	s, ok := rawjson.Text(text)
	return []byte(s), ok
}

// several reads objects that follow one another on a line, as the text output of the AWS
// CLI has them.
func (g *reading) several(text []byte, depth int) error {
	for next := 0; next >= 0; next = bytes.IndexByte(text, '{') {
		value, rest, ok := first(text[next:])
		if !ok {
			g.skip(SkippedBroken)
			return nil
		}
		if _, err := g.object(value, depth); err != nil {
			return err
		}
		text = rest
	}
	return nil
}

// first is the value that a text begins with.
func first(text []byte) (value, rest []byte, ok bool) {
	d := jsontext.NewDecoder(bytes.NewBuffer(text), likeGo...)
	value, err := d.ReadValue()
	return value, text[d.InputOffset():], err == nil
}

// object reads one object: a line of the gate's, or one around it. read is false when it is
// no object.
func (g *reading) object(data []byte, depth int) (read bool, err error) {
	var l line
	if !l.read(data) {
		return false, nil
	}
	if d, message, ours := l.ours(); ours {
		return true, g.said(d, message, data)
	}
	switch {
	case l.field != nil: // of a row of Insights, one column
		if !wraps(text(l.field)) {
			return true, nil
		}
		return true, g.value(l.value, depth+1)
	case l.wrapped != nil:
		return true, g.value(l.wrapped, depth+1)
	}
	g.skip(SkippedOther)
	return true, nil
}

// value reads what an object wraps, or a list holds.
func (g *reading) value(value []byte, depth int) (err error) {
	if depth > maxDepth {
		g.skip(SkippedDeep)
		return nil
	}
	switch jsontext.Value(value).Kind() {
	case jsontext.KindString:
		return g.text(text(value), depth)
	case jsontext.KindBeginObject:
		_, err = g.object(value, depth)
		return err
	case jsontext.KindBeginArray:
		if message, ok := octets(value); ok {
			return g.text(message, depth)
		}
		rawjson.Elements(value, func(element []byte) {
			if err == nil {
				err = g.value(element, depth+1)
			}
		})
		return err
	}
	g.skip(SkippedBroken) // journald's null for what is too long, a number
	return nil
}
