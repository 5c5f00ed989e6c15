package policy

import (
	"strconv"
	"strings"

	"topicgate/pkg/textfold"
)

// fill is the message of a refusal with its placeholders filled, and the names of those
// that cannot be. What a user wrote is put in as it is, without invisible characters;
// nothing in it is looked at again.
func (r *Rule) fill(cr *Creation, h hit) (filled string, unknown []string) {
	var b strings.Builder
	for text := r.Message; ; {
		literal, rest, opened := strings.Cut(text, "{{")
		name, after, closed := strings.Cut(rest, "}}")
		if !opened || !closed {
			return b.String() + text, unknown
		}
		b.WriteString(literal)
		switch name = strings.TrimSpace(name); {
		case name == "word":
			b.WriteString(h.word)
		case name == "name":
			b.WriteString(textfold.StripInvisible(cr.Name))
		case name == "operator":
			b.WriteString(cr.Operator)
		case name == "limit" && r.Quota != nil:
			b.WriteString(strconv.Itoa(r.Quota.Limit))
		default:
			unknown = append(unknown, name)
		}
		text = after
	}
}

// message reports the placeholders of a message that cannot be filled.
func (c *compiler) message(r *Rule) {
	_, unknown := r.fill(&Creation{}, hit{})
	for _, name := range unknown {
		if name == "limit" {
			c.problem("message", "", "{{limit}} needs a quota in the same rule")
			continue
		}
		c.problem("message", "use {{word}}, {{name}}, {{operator}} or, beside a quota, {{limit}}", "{{%s}} is not known", name)
	}
}

// MaxMessage is the most of a message that is sent, in bytes of UTF-8.
const MaxMessage = 256

// refuse is what a refusal says: the message filled, and cut on a character where it
// becomes too long. What is not UTF-8 is replaced before, as JSON would do after: three
// bytes for one.
func (r *Rule) refuse(cr *Creation, h hit) string {
	text, _ := r.fill(cr, h)
	text = strings.ToValidUTF8(text, "\uFFFD")
	return strings.ToValidUTF8(text[:min(len(text), MaxMessage)], "")
}

// warnLong looks for a message at a path of which users see only the beginning: whatever
// the name and the operator are, or with the longest of some words.
func (c *compiler) warnLong(at Path, r *Rule, word string) {
	without, _ := r.fill(&Creation{}, hit{})
	with, _ := r.fill(&Creation{}, hit{word: word})
	const how = "shorten it; the rest is cut off"
	switch {
	case len(without) > MaxMessage:
		c.warn(at, "message", how, "is %d bytes long, of which %d are sent", len(without), MaxMessage)
	case len(with) > MaxMessage:
		c.warn(at, "message", how, "is %d bytes long with the word %q, of which %d are sent", len(with), word, MaxMessage)
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
