package textfold

import (
	"unicode"
	"unicode/utf8"
)

// Shouting reports whether a name is written in capitals: of eight cased letters and
// more, in two words at least, seven in ten. It returns what was typed from the first
// of them to the last. Letters of scripts without case count for nothing.
func Shouting(name string) (what string, found bool) {
	const letters, words = 8, 2
	var upper, cased, inWords, first, last int
	inside := false
	for at, r := range name {
		var isUpper, isLower bool
		if r <= unicode.MaxASCII {
			isUpper, isLower = 'A' <= r && r <= 'Z', 'a' <= r && r <= 'z'
		} else if c := classOf(r); c == classLatin || c == classLetter {
			isUpper, isLower = unicode.IsUpper(r), unicode.IsLower(r)
		}
		switch {
		case isUpper, isLower:
		case r == '\'' || r == '’': // DON'T is one word
			continue
		default:
			inside = false
			continue
		}
		if isUpper {
			upper++
		}
		if !inside {
			inside = true
			inWords++
		}
		if cased == 0 {
			first = at
		}
		cased++
		last = at + utf8.RuneLen(r)
	}
	if cased < letters || inWords < words || upper*10 < cased*7 {
		return "", false
	}
	return name[first:last], true
}
