package policy

import (
	"strconv"
	"strings"

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

// render fills the placeholders.
func (m message) render(cr *Creation, h hit) string {
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

// builtIn is what a rule says when nobody wrote a message: the sentence of its most
// telling condition.
func builtIn(r Rule) string {
	if r.Quota != nil {
		return "Too many were created in a short time. Please try again later."
	}
	told := Condition{Sentence: "This cannot be created."}
	for _, condition := range Conditions {
		if condition.Telling > told.Telling && condition.written(r.Match) {
			told = condition
		}
	}
	return told.Sentence
}
