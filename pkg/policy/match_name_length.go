package policy

import (
	"strconv"

	// uax29 counts by Unicode 17, adds 40 KB less than rivo/uniseg, and had a release in
	// 2026.
	"github.com/clipperhouse/uax29/v2/graphemes"
)

// nameLength restricts how long a name may be, in characters as a user counts them
// (a family emoji is one) and in bytes, as Chat does: it allows a topic 30 bytes by
// REST and 150 by SDK, and a Chinese character takes three.
func (c *compiler) nameLength(n *Name) []condition {
	l := n.LengthOutside
	if l == nil {
		return nil
	}
	c.below("length_outside", func() {
		for _, b := range [...]struct {
			key   string
			bound int
		}{{"min_chars", l.MinChars}, {"max_chars", l.MaxChars}, {"max_bytes", l.MaxBytes}} {
			if b.bound < 0 {
				c.problem(b.key, "%s: %d is negative", b.key, b.bound)
			}
		}
		switch {
		case *l == Length{}:
			c.problem("", "length_outside: has no bound; write min_chars, max_chars or max_bytes")
		case l.MaxChars > 0 && l.MinChars > l.MaxChars:
			c.problem("min_chars", "min_chars: %d is more than max_chars, %d; no name would do", l.MinChars, l.MaxChars)
		case l.MaxBytes > 0 && l.MinChars > l.MaxBytes:
			c.problem("min_chars", "min_chars: %d is more than max_bytes, %d; no name would do", l.MinChars, l.MaxBytes)
		}
	})
	bounds := *l
	return []condition{{"name length_outside", func(q *question) (hit, bool) {
		if bounds.MaxBytes > 0 && len(q.Name) > bounds.MaxBytes {
			return hit{detail: measured(len(q.Name), "bytes")}, true
		}
		chars := characters(q.Name)
		if chars < bounds.MinChars || bounds.MaxChars > 0 && chars > bounds.MaxChars {
			return hit{detail: measured(chars, "characters")}, true
		}
		return hit{}, false
	}}}
}

func measured(n int, unit string) string { return strconv.Itoa(n) + " " + unit }

// characters counts user-perceived characters: extended grapheme clusters of UAX #29.
func characters(s string) int {
	n := 0
	for g := graphemes.FromString(s); g.Next(); {
		n++
	}
	return n
}
