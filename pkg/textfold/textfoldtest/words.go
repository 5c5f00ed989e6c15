// Package textfoldtest makes up words for benchmarks and tests of long lists.
package textfoldtest

import "math/rand/v2"

// Words are words like those of real lists, without end and always the same: two thirds
// Chinese of two to five characters, one third English of four to twelve letters. Some
// come again, as in real lists.
func Words(yield func(string) bool) {
	random := rand.New(rand.NewPCG(1, 2))
	for {
		var w []rune
		if random.IntN(3) > 0 {
			for range 2 + random.IntN(4) {
				w = append(w, 0x4E00+rune(random.IntN(5000)))
			}
		} else {
			for range 4 + random.IntN(9) {
				w = append(w, rune("eeeetttaaaooiinnsshhrrddlluucmwfgypbvkjxqz"[random.IntN(42)]))
			}
		}
		if !yield(string(w)) {
			return
		}
	}
}

// Some are the first n of Words.
func Some(n int) []string {
	words := make([]string, 0, n)
	for w := range Words {
		if len(words) == n {
			break
		}
		words = append(words, w)
	}
	return words
}
