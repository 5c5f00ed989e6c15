package textfold

import "sort"

// Hangul syllables compose by arithmetic: The Unicode Standard, section 3.12.
const (
	hangulBase, hangulEnd = 0xAC00, 0xD7A4
	leadBase, leads       = 0x1100, 19
	vowelBase, vowels     = 0x1161, 21
	finalBase, finals     = 0x11A7, 28 // the first final is none at all
)

// compose returns the character that a and b compose to, and 0 for none. It
// knows no capitals and no Latin letters: folded text has none to compose.
func compose(a, b rune) rune {
	switch {
	case vowelBase <= b && b < vowelBase+vowels:
		if leadBase <= a && a < leadBase+leads {
			return hangulBase + ((a-leadBase)*vowels+b-vowelBase)*finals
		}
		return 0
	case finalBase < b && b < finalBase+finals:
		if hangulBase <= a && a < hangulEnd && (a-hangulBase)%finals == 0 {
			return a + b - finalBase
		}
		return 0
	}
	i := sort.Search(len(pairFirst), func(i int) bool {
		return pairFirst[i] > a || pairFirst[i] == a && pairSecond[i] >= b
	})
	if i < len(pairFirst) && pairFirst[i] == a && pairSecond[i] == b {
		return pairComposed[i]
	}
	return 0
}

// decompose returns the two characters that c composes from, and 0 for none.
// It leaves Hangul syllables whole.
func decompose(c rune) (a, b rune) {
	i := sort.Search(len(pairByComposed), func(i int) bool {
		return pairComposed[pairByComposed[i]] >= c
	})
	if i == len(pairByComposed) {
		return 0, 0
	}
	if j := pairByComposed[i]; pairComposed[j] == c {
		return pairFirst[j], pairSecond[j]
	}
	return 0, 0
}
