package policy

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"topicgate/pkg/textfold"
)

// A message is a refusal's text, cut at its placeholders.
type message []piece

// A piece is a literal text followed by a placeholder's value.
type piece struct {
	literal string
	value   func(*Creation, hit) string // nil at the end of the text
}

// message compiles a refusal's text and reports placeholders that cannot be filled.
func (c *compiler) message(text string, quota *Quota) message {
	var m message
	for {
		literal, rest, opened := strings.Cut(text, "{{")
		name, after, closed := strings.Cut(rest, "}}")
		if !opened || !closed {
			return append(m, piece{literal: text})
		}
		m = append(m, piece{literal, c.placeholder(strings.TrimSpace(name), quota)})
		text = after
	}
}

// placeholder is what fills {{name}}. What a user wrote is put in as it is, without
// invisible characters; nothing in it is looked at again.
func (c *compiler) placeholder(name string, quota *Quota) func(*Creation, hit) string {
	switch {
	case name == "word":
		return func(_ *Creation, h hit) string { return h.word }
	case name == "name":
		return func(cr *Creation, _ hit) string { return textfold.StripInvisible(cr.Name) }
	case name == "operator":
		return func(cr *Creation, _ hit) string { return cr.Operator }
	case name == "limit" && quota != nil:
		limit := strconv.Itoa(quota.Limit)
		return func(*Creation, hit) string { return limit }
	case name == "limit":
		c.problem("message", "", "{{limit}} needs a quota in the same rule")
	default:
		c.problem("message", "use {{word}}, {{name}}, {{operator}} or, beside a quota, {{limit}}", "{{%s}} is not known", name)
	}
	return nil
}

// MaxMessage is the most of a message that is sent, in bytes of UTF-8.
const MaxMessage = 256

// render fills the placeholders, and cuts what becomes too long, on a character. What is
// not UTF-8 is replaced before, as JSON would do after: three bytes for one.
func (m message) render(cr *Creation, h hit) string {
	text := m.fill(cr, h)
	if len(text) <= MaxMessage && utf8.ValidString(text) {
		return text
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	end := min(len(text), MaxMessage)
	for end < len(text) && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

func (m message) fill(cr *Creation, h hit) string {
	if len(m) == 1 {
		return m[0].literal
	}
	var b strings.Builder
	for _, p := range m {
		b.WriteString(p.literal)
		if p.value != nil {
			b.WriteString(p.value(cr, h))
		}
	}
	return b.String()
}

// warnLong looks for a message at a path of which users see only the beginning: whatever
// the name and the operator are, or with the longest of some words.
func (c *compiler) warnLong(at Path, m message, word string) {
	without, with := len(m.fill(&Creation{}, hit{})), len(m.fill(&Creation{}, hit{word: word}))
	const how = "shorten it; the rest is cut off"
	switch {
	case without > MaxMessage:
		c.warn(at, "message", how, "is %d bytes long, of which %d are sent", without, MaxMessage)
	case with > MaxMessage:
		c.warn(at, "message", how, "is %d bytes long with the word %q, of which %d are sent", with, word, MaxMessage)
	}
}

// longestWord is the longest that {{word}} can be in the message of a rule, and longest
// for none that is longer.
func longestWord(m *Match, longest string) string {
	if m == nil {
		return longest
	}
	if m.Name != nil {
		for _, list := range []List{m.Name.Contains, m.Name.Resembles} {
			for _, word := range list {
				if len(word) > len(longest) {
					longest = word
				}
			}
		}
	}
	for _, members := range [][]Match{m.All, m.Any} {
		for i := range members {
			longest = longestWord(&members[i], longest)
		}
	}
	return longest
}

// builtIn is what a rule says when nobody wrote a message: the sentence of its most
// telling condition.
func builtIn(r Rule) string {
	if r.Quota != nil {
		return "Too many were created in a short time. Please try again later."
	}
	told := &Condition{Sentence: "This cannot be created."}
	keys := written(r.Match)
	for i := range Conditions {
		if condition := &Conditions[i]; condition.Telling > told.Telling && condition.in(keys) {
			told = condition
		}
	}
	return told.Sentence
}
