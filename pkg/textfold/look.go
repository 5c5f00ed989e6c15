package textfold

import (
	"strings"
	"unicode/utf8"
)

// A look-alike reading takes letters for the Latin ones that they look like,
// each by its own look: В is a b, though в hardly is one. What a reader sees
// depends on the company, and Москва is no "mockba". So the unit is a run of
// letters of the scripts that write spaces between words, and there are three
// kinds of likeness, which tables_look.go tells apart:
//
//   - lookAlways: Latin letters in ornament (🅰, 🇦, ⒜, ᴀ, ɑ, ø) are Latin;
//   - lookStrict: letters that nobody can tell from Latin ones (а, е, о, Н, Т)
//     are Latin in a run that has a Latin letter, and in a run of nothing else;
//   - lookLoose: letters that only pass for Latin ones (к, т, и, ω, and all of
//     Hebrew, Arabic or Indic letters) are Latin in a run that has a Latin one.
//
// The plain reading of a name is always searched too, so that words in
// Cyrillic or Greek are found whatever their case.

// Flags of a byte of folded text.
const (
	flagLook  = 1 << iota // was a look-alike
	flagAfter             // a separator was left out before it
)

// appendLook appends the look-alike reading of name to dst, puts the flags of
// each byte of it into flags, which is empty, and reports whether any look-alike was taken for Latin.
// Everywhere makes it take all of them, whatever their company.
func appendLook(dst, flags []byte, name string, everywhere bool) (_, _ []byte, looked bool) {
	f := folder{dst: dst, start: len(dst)}
	runEnd, latin := 0, everywhere
	for i := 0; i < len(name); {
		if i >= runEnd && !everywhere {
			runEnd, latin = readRun(name, i)
		}
		r, n := utf8.DecodeRuneInString(name[i:])
		var flag byte
		if l := lookOf(r); l != 0 && (latin || l>>6 == lookAlways) {
			f.dst = appendLetters(f.dst, l)
			f.bare, f.iotas = true, 0
			flag, looked = flagLook, true
		} else {
			f.add(r)
		}
		// A character that composes rewrites the end of the text.
		size := len(f.dst) - f.start
		flags = flags[:min(len(flags), size)]
		for len(flags) < size {
			flags = append(flags, flag)
		}
		i += n
	}
	return f.dst, flags, looked
}

// readRun returns where the run of letters that begins at start ends, and
// whether its look-alikes are Latin. Without a letter at start, the run is
// the character there.
func readRun(name string, start int) (end int, latin bool) {
	strict, other := false, false
	for end = start; end < len(name); {
		r, n := utf8.DecodeRuneInString(name[end:])
		switch l := lookOf(r); {
		case r < utf8.RuneSelf && 'a' <= r|0x20 && r|0x20 <= 'z', isLatin(r), l != 0 && l>>6 == lookAlways:
			latin = true
		case l != 0 && l>>6 == lookStrict:
			strict = true
		case l != 0, classOf(r) == classLetter, classOf(r) == classJoining:
			other = true
		case classOf(r).mark(), passedOver(r):
		default:
			return max(end, start+n), latin || strict && !other
		}
		end += n
	}
	return end, latin || strict && !other
}

// passedOver reports the characters that the fold leaves out.
func passedOver(r rune) bool {
	v := foldOf(r)
	return v == foldDelete || v == foldPrivate
}

// isLatin reports whether r is a Latin letter, or one in NFKC.
func isLatin(r rune) bool {
	v := foldOf(r)
	if v >= foldEntry {
		_, flags := entry(foldText, foldEntries[v-foldEntry])
		return flags == entryLatin
	}
	return v == foldLatin
}

// hasLooks reports whether name has anything that may look Latin.
func hasLooks(name string) bool {
	return strings.ContainsFunc(name, func(r rune) bool { return r >= utf8.RuneSelf && lookOf(r) != 0 })
}
