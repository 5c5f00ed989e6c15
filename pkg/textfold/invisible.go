package textfold

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Invisible returns the first character of name that shows nothing and does
// nothing: a control (tabs and line ends too), a bidi control, a zero-width or
// blank character, a default-ignorable code point, assigned or not.
//
// It passes over those that their place gives a meaning:
//
//   - joiners between emoji, and variation selectors after one (for a digit,
//     # and *, in a keycap only);
//   - the tags of a flag: U+1F3F4, three to seven of a-z and 0-9, U+E007F;
//   - joiners at a virama, and between the letters of a script that joins
//     them, after UAX #31. It asks for no joining types, because Persian is
//     typed with a ZWNJ after letters that do not join as well; and it grants
//     ZWJ after an Arabic letter (the abbreviation ه‍) and before a virama
//     (the Bengali র‍্য);
//   - variation selectors that Unicode defines for their base: ideographic ones
//     after Han, Mongolian ones after Mongolian, U+FE00 after a mathematical
//     symbol or a Myanmar letter, U+FE00 and U+FE01 after East Asian
//     punctuation;
//   - U+FE0E and U+FE0F after Han, kana and the like, and after symbols and
//     punctuation beyond ASCII: input methods leave them there, and nothing odd
//     is seen;
//   - the format controls of Egyptian hieroglyphs beside one.
//
// U+FFFD and bytes that are not UTF-8 show a symbol, and private use a box:
// neither is invisible.
func Invisible(name string) (r rune, found bool) {
	r, at, _ := nextInvisible(name, 0)
	return r, at < len(name)
}

// StripInvisible returns name without the characters that [Invisible] finds,
// and name itself when there are none. In what it changes, bytes that are not
// UTF-8 become U+FFFD, lest they make a character once they have met.
func StripInvisible(name string) string {
	_, at, size := nextInvisible(name, 0)
	if at == len(name) {
		return name
	}
	if !utf8.ValidString(name) {
		name = string([]rune(name))
		_, at, size = nextInvisible(name, 0)
	}
	var b strings.Builder
	b.Grow(len(name))
	kept := 0
	for at < len(name) {
		b.WriteString(name[kept:at])
		kept = at + size
		_, at, size = nextInvisible(name, kept)
	}
	b.WriteString(name[kept:])
	return b.String()
}

const (
	zwnj, zwj = 0x200C, 0x200D
	blackFlag = 0x1F3F4
	cancelTag = 0xE007F
	keycap    = 0x20E3
)

// nextInvisible returns the first invisible character from place from on,
// where it is and how long; and len(name) when there is none.
func nextInvisible(name string, from int) (r rune, at, size int) {
	for at = from; at < len(name); at += size {
		r, size = utf8.DecodeRuneInString(name[at:])
		switch {
		case r == blackFlag:
			size += flagTags(name[at+size:])
		case foldOf(r) == foldDelete && !meaningful(name, r, at, at+size):
			return r, at, size
		}
	}
	return 0, len(name), 0
}

// flagTags returns the length of the tags of a flag that s begins with, and 0
// for none. It is bounded, since tags are a way to hide text.
func flagTags(s string) int {
	const first, last = 3, 7
	at := 0
	for n := 0; n <= last; n++ {
		r, size := utf8.DecodeRuneInString(s[at:])
		at += size
		switch {
		case r == cancelTag && n >= first:
			return at
		case 0xE0030 <= r && r <= 0xE0039, 0xE0061 <= r && r <= 0xE007A:
		default:
			return 0
		}
	}
	return 0
}

// meaningful reports whether r, name[at:end], has a meaning where it stands.
func meaningful(name string, r rune, at, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(name[:at])
	after, afterSize := utf8.DecodeRuneInString(name[end:])
	if at == 0 {
		return false
	}
	switch {
	case r == zwj && classOf(after) == classEmoji && after != keycap:
		if before == 0xFE0F {
			before, _ = utf8.DecodeLastRuneInString(name[:at-len("\uFE0F")])
		}
		return classOf(before) == classEmoji && before != keycap
	case r == zwj || r == zwnj:
		return joins(name, r, at, end+afterSize)
	case r == 0xFE0E || r == 0xFE0F:
		if before < utf8.RuneSelf {
			return strings.ContainsRune("0123456789#*", before) && after == keycap
		}
		switch classOf(before) {
		case classEmoji:
			return before != keycap
		case classHan, classUnspaced, classSymbol, classPunctuation:
			return true
		}
		return false
	case r == 0xFE00 && (unicode.Is(unicode.Sm, before) || unicode.Is(unicode.Myanmar, before)),
		(r == 0xFE00 || r == 0xFE01) && strings.ContainsRune("！，．：；？、。", before):
		return true
	case 0xFE00 <= r && r <= 0xFE02, 0xE0100 <= r && r <= 0xE01EF:
		return classOf(before) == classHan
	case 0x180B <= r && r <= 0x180F:
		return unicode.Is(unicode.Mongolian, before)
	case 0x13430 <= r && r <= 0x1345F:
		return isHieroglyph(before) || isHieroglyph(after)
	}
	return false
}

// isHieroglyph reports whether r is an Egyptian hieroglyph, and no format control of them.
func isHieroglyph(r rune) bool {
	return unicode.Is(unicode.Egyptian_Hieroglyphs, r) && foldOf(r) != foldDelete
}

// joins reports whether a joiner at a place has letters to join; the character
// behind it ends at end.
func joins(name string, joiner rune, at, end int) bool {
	after, _ := utf8.DecodeLastRuneInString(name[:end])
	// The base before the joiner, behind its marks.
	virama, letter := classOf(after) == classVirama, classOther
	for letter == classOther && at > 0 {
		r, n := utf8.DecodeLastRuneInString(name[:at])
		at -= n
		switch c := classOf(r); {
		case c == classVirama:
			virama = true
		case c == classMark:
		case c < classLatin:
			return false
		default:
			letter = c
		}
	}
	if letter == classJoining {
		return joiner == zwj || classOf(after) == classJoining
	}
	// A ZWNJ at a virama shows the letter before it whole: it needs another.
	return virama && (letter == classLetter || letter == classUnspaced) &&
		(joiner == zwj || classOf(after) >= classUnspaced)
}
