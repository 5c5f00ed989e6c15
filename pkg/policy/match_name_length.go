package policy

import (
	"strconv"

	// uax29 (MIT) counts as Unicode's UAX #29 says. It had a release in 2026 and adds
	// 40 KB less than rivo/uniseg, which has been quiet since 2024.
	"github.com/clipperhouse/uax29/v2/graphemes"
)

// nameLength restricts how long a name may be, in characters as a user counts them
// (a family emoji is one) and in bytes, as Chat does: it allows a topic 30 bytes by
// REST and 150 by SDK, and a Chinese character takes three.
var nameLength = Condition{
	Keys: []Key{
		{Path: PathOf("name", "length_outside"), About: "Holds for a name that violates any of the bounds."},
		{Path: PathOf("name", "length_outside", "min_chars"), About: "Fewest characters, as a user counts them.", Schema: positive,
			Example: "name: {length_outside: {min_chars: 2}}", Holds: "names of one character; a flag or a family emoji is one"},
		{Path: PathOf("name", "length_outside", "max_chars"), About: "Most characters, as a user counts them.", Schema: positive,
			Example: "name: {length_outside: {max_chars: 30}}", Holds: "names of 31 characters and more"},
		{Path: PathOf("name", "length_outside", "max_bytes"), About: "Most bytes of UTF-8; a Chinese character takes three.", Schema: positive,
			Example: "name: {length_outside: {max_bytes: 150}}", Holds: "names over 150 bytes; a Chinese character takes three"},
	},
	Sentence: "This name is too short or too long.",
	Telling:  10,
	compile: func(c *compiler, m *Match) []test {
		bounds := *m.Name.LengthOutside
		c.below(c.path.Key("length_outside"), func() { c.bounds(bounds) })
		return nameTest("length_outside", func(name string) (string, bool) {
			if bounds.MaxBytes > 0 && len(name) > bounds.MaxBytes {
				return strconv.Itoa(len(name)) + " bytes", true
			}
			chars := characters(name)
			if chars < bounds.MinChars || bounds.MaxChars > 0 && chars > bounds.MaxChars {
				return strconv.Itoa(chars) + " characters", true
			}
			return "", false
		})
	},
}

var positive = map[string]any{"minimum": 1}

// bounds checks that some name is within.
func (c *compiler) bounds(l Length) {
	for _, b := range [...]struct {
		key   string
		bound int
	}{{"min_chars", l.MinChars}, {"max_chars", l.MaxChars}, {"max_bytes", l.MaxBytes}} {
		if b.bound < 0 {
			c.problem(b.key, "", "%d is negative", b.bound)
		}
	}
	switch {
	case l == Length{}:
		c.add(c.path, "length_outside", "write min_chars, max_chars or max_bytes", "has no bound")
	case l.MaxChars > 0 && l.MinChars > l.MaxChars:
		c.problem("min_chars", "no name would do", "%d is more than max_chars, %d", l.MinChars, l.MaxChars)
	case l.MaxBytes > 0 && l.MinChars > l.MaxBytes:
		c.problem("min_chars", "no name would do", "%d is more than max_bytes, %d", l.MinChars, l.MaxBytes)
	}
}

// characters counts user-perceived characters: extended grapheme clusters of UAX #29.
func characters(s string) int {
	n := 0
	for g := graphemes.FromString(s); g.Next(); {
		n++
	}
	return n
}
