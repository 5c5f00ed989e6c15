package policyfile

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// An insertion is what is written into a text, at a byte of it. Texts of people are edited
// so, and not printed anew: comments, order and form are theirs.
type insertion struct {
	at   int
	text string
}

// offset is the byte at which a line and a column of YAML are: both count from 1, columns
// in characters, and lines end as the parser has them end.
func offset(text string, line, column int) int {
	at := 0
	for ; line > 1; line-- {
		end := strings.IndexAny(text[at:], "\n\r\u0085\u2028\u2029")
		if end < 0 {
			return len(text)
		}
		at += end
		if strings.HasPrefix(text[at:], "\r\n") {
			at++
		}
		_, n := utf8.DecodeRuneInString(text[at:])
		at += n
	}
	for ; column > 1 && at < len(text); column-- {
		_, n := utf8.DecodeRuneInString(text[at:])
		at += n
	}
	return at
}

func offsetOf(text string, node *yaml.Node) int { return offset(text, node.Line, node.Column) }

func isFlow(node *yaml.Node) bool { return node.Style&yaml.FlowStyle != 0 }

// newLine begins a line as the text does, at a column.
func newLine(text string, column int) string {
	end := "\n"
	if strings.Contains(text, "\r\n") {
		end = "\r\n"
	}
	return end + strings.Repeat(" ", column-1)
}

// withItem writes an item behind those of a list in place.
func withItem(text string, list *yaml.Node, item string) insertion {
	at := offsetOf(text, list)
	if isFlow(list) {
		last := flowEnd(text, at+1, "]")
		if strings.HasSuffix(text[:last], "[") {
			return insertion{last, item}
		}
		if strings.HasSuffix(text[:last], ",") {
			return insertion{last, " " + item}
		}
		return insertion{last, ", " + item}
	}
	if n := len(list.Content); n > 0 {
		if last := list.Content[n-1]; last.Kind == yaml.ScalarNode { // on one line: what else is there is refused by who loads it
			if end := strings.IndexAny(text[offsetOf(text, last):], "\r\n"); end >= 0 {
				return insertion{offsetOf(text, last) + end, newLine(text, list.Column) + "- " + item}
			}
			return insertion{len(text), newLine(text, list.Column) + "- " + item}
		}
	}
	return insertion{at, "- " + item + newLine(text, list.Column)}
}

// withElementBefore writes an element of a list before another, and before the comment that
// stands above that.
func withElementBefore(text string, list *yaml.Node, i int, written string) insertion {
	at := offsetOf(text, list.Content[i])
	if isFlow(list) {
		return insertion{at, written + ", "}
	}
	line := lineBefore(text, at)
	if strings.Trim(text[line:at], " ") != "-" { // the hyphen has a line of its own
		return insertion{at, written + newLine(text, list.Column) + "- "}
	}
	for line > 0 {
		above := lineBefore(text, line-1)
		if !strings.HasPrefix(strings.TrimLeft(text[above:line], " "), "#") {
			break
		}
		line = above
	}
	return insertion{line, strings.TrimLeft(newLine(text, list.Column), "\r\n") + "- " + written + newLine(text, 1)}
}

// lineBefore is where the line begins that a byte is on.
func lineBefore(text string, at int) int { return strings.LastIndexByte(text[:at], '\n') + 1 }

// withKey writes a key and its value behind another of a mapping.
func withKey(text string, mapping *yaml.Node, behind, written string) insertion {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		key, value := mapping.Content[i], mapping.Content[i+1]
		switch {
		case key.Value != behind:
			continue
		case isFlow(mapping):
			last := flowEnd(text, offsetOf(text, value), ",}")
			return insertion{last, ", " + written}
		case i+2 < len(mapping.Content):
			key = mapping.Content[i+2]
		}
		return insertion{offsetOf(text, key), written + newLine(text, key.Column)}
	}
	panic("there is no key " + behind)
}

// flowEnd is the end of what stands in brackets from a byte on, up to one of some
// characters: behind the last that is neither white space nor a comment.
func flowEnd(text string, from int, ends string) (last int) {
	depth, begins := 0, true // begins: what may follow is the beginning of a value
	last = from
	for i := from; i < len(text); i++ {
		c := text[i]
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			continue
		case c == '#' && i > 0 && strings.IndexByte(" \t\n", text[i-1]) >= 0:
			for i+1 < len(text) && text[i+1] != '\n' {
				i++
			}
			continue
		case begins && (c == '"' || c == '\''):
			i = quoteEnd(text, i)
			begins = false
		case depth == 0 && strings.IndexByte(ends, c) >= 0:
			return last
		case c == '[' || c == '{':
			depth, begins = depth+1, true
		case c == ']' || c == '}':
			depth, begins = depth-1, false
		default:
			begins = c == ',' || c == ':'
		}
		last = i + 1
	}
	return last
}

// quoteEnd is where the quotes end that begin at a byte.
func quoteEnd(text string, at int) int {
	quote := text[at]
	for i := at + 1; i < len(text); i++ {
		switch {
		case quote == '"' && text[i] == '\\':
			i++
		case text[i] != quote:
		case quote == '\'' && strings.HasPrefix(text[i+1:], "'"):
			i++
		default:
			return i
		}
	}
	return len(text) - 1
}
