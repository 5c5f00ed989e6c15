package textfold

import (
	"math"
	"unicode"
	"unicode/utf8"
)

// Gist returns what the variations of one text have in common, as a key to count them by:
// "Join NOW!!! 🔥", "join  nоw 4711" with a Cyrillic о, "ＪＯＩＩＩＮ-now" and "joín\u200Bnow"
// have one gist. It is the skeleton of UTS #39 of the folded name, without digits, white
// space, punctuation, symbols, emoji, flags, invisible characters and accents, and with
// each row of equal letters as one. A digit is none of its letters, so "j0in" is another
// text; "C++" and "C#" are one.
//
// A key has one spelling, so that likeness goes further here than where two names are
// compared: I is i by its case and l by its looks, so i is l. Letters are taken for Latin
// ones without regard to their company, by the look of the small letter or, where that has
// none, of the capital; only Greek beside Latin letters looks as it is written, because ν
// is a v there and Ν an n.
//
// Where that leaves nothing, as of "2026", it is the name without invisible characters,
// white space, punctuation, symbols and emoji, in NFKC; and where that leaves nothing
// either, as of "🔥🔥", the folded name without white space and with rows of equal signs as
// one. It is empty for a name that shows nothing.
//
// Its length is bounded by the name's (see [MaxGrowth]), and so is its cost.
func Gist(name string) string {
	var room, other [256]byte // enough for most names
	folded := appendLatin(room[:0], name)
	text := clean(other[:0], string(folded))
	text = squeeze(text[:0], text, func(r rune) bool { return isDigit(r) || isAccent(r) })
	text, _ = prototypes(folded[:0], text, true, math.MaxInt)
	if text = squeeze(text[:0], plainest(text), isAccent); len(text) > 0 {
		return string(text)
	}
	if text = clean(text, name); len(text) > 0 {
		return string(text)
	}
	text = AppendFold(text, name)
	return string(squeeze(text[:0], text, func(r rune) bool { return classOf(r) == classSpace }))
}

// appendLatin appends the folded name to dst, without digits and emoji, and with every
// letter that looks like a Latin one as that.
func appendLatin(dst []byte, name string) []byte {
	latin := false
	for _, r := range name {
		latin = latin || isLatin(r)
	}
	f := folder{dst: dst, start: len(dst)}
	for _, r := range name {
		if isDigit(r) || unicode.Is(unicode.Regional_Indicator, r) {
			continue
		}
		if r >= utf8.RuneSelf && (!latin || !unicode.Is(unicode.Greek, r)) {
			big := unicode.ToUpper(r)
			if r = unicode.ToLower(r); lookOf(r) == 0 && lookOf(big) != 0 {
				r = big
			}
		}
		l, c := lookOf(r), classOf(r)
		switch ornament := l != 0 && l>>6 == lookAlways; { // 🅰
		case c == classEmoji && !ornament: // ™ too, which folds to letters
			continue
		case l == 0, c < classLatin && !ornament:
			f.add(r)
			continue
		}
		f.dst = appendLetters(f.dst, l)
		f.bare, f.iotas = true, 0
	}
	return f.dst
}

// appendLetters appends the Latin letters of a look, which is not 0.
func appendLetters(dst []byte, look uint8) []byte {
	at := 2 * int(look&63-1)
	dst = append(dst, lookText[at])
	if second := lookText[at+1]; second != 0 {
		dst = append(dst, second)
	}
	return dst
}

// plainest takes the prototypes of a text for the letters that those look like, in place:
// the prototype of ԍ is ɢ. And i for l.
func plainest(text []byte) []byte {
	kept := text[:0]
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch l := lookOf(r); {
		case r == 'i':
			kept = append(kept, 'l')
		case l != 0:
			kept = appendLetters(kept, l)
		default:
			kept = append(kept, text[:n]...)
		}
		text = text[n:]
	}
	return kept
}

// squeeze appends text to dst, which may be the beginning of text, without some
// characters, and with each row of equal ones as one.
func squeeze(dst, text []byte, without func(rune) bool) []byte {
	last := rune(-1)
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r != last && !without(r) {
			dst, last = append(dst, text[:n]...), r
		}
		text = text[n:]
	}
	return dst
}

// isDigit reports whether r is a digit, in any script or ornament. Letters that are
// numbers, as Ⅷ, are letters.
func isDigit(r rune) bool {
	if r < utf8.RuneSelf {
		return '0' <= r && r <= '9'
	}
	return classOf(r) == classNumber && !unicode.Is(unicode.Nl, r)
}

// isAccent reports whether r is a mark that does without the letter that it stands on in
// most writing: accents, what is struck through, the vowel points of Arabic and Hebrew.
// Voicing makes other letters of kana, and the vowel signs of Indic scripts are letters.
func isAccent(r rune) bool {
	switch {
	case r < 0x300, !classOf(r).mark(), r == 0x3099, r == 0x309A:
		return r == tatweel
	}
	return unicode.In(r, unicode.Inherited, unicode.Arabic, unicode.Hebrew, unicode.Cyrillic)
}

// tatweel stretches an Arabic word and is no part of it.
const tatweel = 0x640
