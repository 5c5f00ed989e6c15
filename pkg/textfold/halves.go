package textfold

import (
	"iter"
	"sort"
)

// halvesOf returns the one or two ways to write a folded Han character as its left and
// its right half, as the fold leaves them: 贝者 for 赌, 手丁 and 扌丁 for 打; none for a
// character that does not stand left and right, or is not of today's Chinese.
func halvesOf(r rune) iter.Seq2[rune, rune] {
	return func(yield func(left, right rune) bool) {
		i := sort.Search(len(halfWhole), func(i int) bool { return rune(halfWhole[i]) >= r })
		for ; i < len(halfWhole) && rune(halfWhole[i]) == r; i++ {
			if !yield(rune(halfLeft[i]), rune(halfRight[i])) {
				return
			}
		}
	}
}
