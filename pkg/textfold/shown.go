package textfold

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Hidden reports whether a screen would obey a character, or not show it: controls (ESC,
// C0, C1), line and paragraph separators, bidi controls, zero-width, blank and private
// characters. What makes a heart an emoji or a text is shown.
func Hidden(r rune) bool {
	return !unicode.IsGraphic(r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) ||
		unicode.Is(unicode.Variation_Selector, r) && r != 0xFE0E && r != 0xFE0F
}

// Shown writes hidden characters, but for those that are kept, and bytes that are not
// UTF-8 as escapes. In JSON they mean the same as before.
func Shown(s, kept string) string {
	var b strings.Builder
	done := 0
	for i, r := range s {
		broken := r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD")
		if !broken && (!Hidden(r) || strings.ContainsRune(kept, r)) {
			continue
		}
		b.WriteString(s[done:i])
		done = i + 1
		if broken {
			fmt.Fprintf(&b, `\x%02x`, s[i])
			continue
		}
		done = i + utf8.RuneLen(r)
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String() + s[done:]
}

// Quoted puts a text in quotes, as one word of which nothing is hidden.
func Quoted(s string) string { return Shown(strconv.Quote(s), "") }

// Printable is a text as it is where that shows all of it, else in quotes.
func Printable(s string) string {
	quoted := Quoted(s)
	if quoted == `"`+s+`"` {
		return s
	}
	return quoted
}
