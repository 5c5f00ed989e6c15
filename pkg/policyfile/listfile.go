package policyfile

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// All files that are no YAML follow one rule: each line end that Unicode knows ends a
// line, and # first on a line makes a comment. A list file holds one item a line, a value
// file what is left of its lines.

// LineEnds are the characters that end a line: a CR and LF end one together. Those
// besides LF come from an old Mac, a mainframe, a word processor.
const LineEnds = "\n\r\v\f\u0085\u2028\u2029"

// lines are the lines of a text, each with the characters that end it.
func lines(text string) iter.Seq2[string, string] {
	return func(yield func(line, end string) bool) {
		for text != "" {
			i := strings.IndexAny(text, LineEnds)
			if i < 0 {
				i = len(text)
			}
			_, n := utf8.DecodeRuneInString(text[i:])
			if strings.HasPrefix(text[i:], "\r\n") {
				n = 2
			}
			if !yield(text[:i], text[i:i+n]) {
				return
			}
			text = text[i+n:]
		}
	}
}

// Trim removes what stands around an item or a value and shows nothing: white space, byte
// order marks, characters of no width and those that only turn the direction of writing.
// People paste them without knowing. Where there is nothing else, they stay, to be
// reported.
func Trim(text string) string {
	text = strings.TrimSpace(text)
	if trimmed := strings.TrimFunc(text, blank); trimmed != "" {
		return trimmed
	}
	return text
}

// blank is not true of all that is invisible: the last character of a flag or of an emoji
// has a meaning.
func blank(r rune) bool {
	switch {
	case r == 0xAD, r == 0x180E, r == 0xFEFF, 0x200B <= r && r <= 0x200F, 0x202A <= r && r <= 0x202E, 0x2060 <= r && r <= 0x206F:
		return true
	}
	return unicode.IsSpace(r)
}

// ParseList reads the text of a list file: one item a line, trimmed. The items are never
// nil.
func ParseList(text string) []string {
	items := make([]string, 0, strings.Count(text, "\n")+1)
	for item := range listItems(text) {
		items = append(items, item)
	}
	return items
}

// ItemLines are the line numbers of the items of ParseList. They are apart because
// only problems and warnings ask for them, and most lists have none.
func ItemLines(text string) []int {
	numbers := make([]int, 0, strings.Count(text, "\n")+1)
	for _, n := range listItems(text) {
		numbers = append(numbers, n)
	}
	return numbers
}

// listItems are the items of a list file, each with its line number.
func listItems(text string) iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		n := 0
		for line := range lines(text) {
			n++
			item := Trim(line)
			if item != "" && item[0] != '#' && !yield(item, n) {
				return
			}
		}
	}
}

// ParseValue reads the text of a value file: its lines as they are, without comments and
// without the line ends before the first and behind the last.
func ParseValue(text string) string {
	var b strings.Builder
	for line, end := range lines(text) {
		if !strings.HasPrefix(Trim(line), "#") {
			b.WriteString(line)
			b.WriteString(end)
		}
	}
	return strings.Trim(b.String(), LineEnds)
}
