package textfold

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

// naiveFind is Find for small lists, without look-alikes, by trying every
// word everywhere.
func naiveFind(words, exempt []string, o Options, name string) (string, bool) {
	// The folded characters, and whether a separator was before each.
	read := func(s string) (text []rune, after []bool) {
		dropped := false
		for _, r := range Fold(s) {
			separator := unicode.In(r, unicode.White_Space, unicode.P, unicode.S) || r == 0x20E3
			if o.IgnoreSeparators && (separator || dropped && unicode.IsMark(r)) {
				dropped = true
				continue
			}
			text, after = append(text, r), append(after, dropped)
			dropped = false
		}
		return text, after
	}
	text, after := read(name)
	prefix := func(at int, word string) int {
		w, _ := read(word)
		if len(w) <= len(text)-at && slices.Equal(w, text[at:at+len(w)]) {
			return len(w)
		}
		return -1
	}
	unspaced := func(r rune) bool {
		return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
	}
	apart := func(edge, beside rune) bool {
		if classOf(edge) == classEmoji {
			return true
		}
		if unicode.IsNumber(beside) && !unicode.Is(unicode.Han, beside) {
			return !unicode.IsNumber(edge) || unicode.Is(unicode.Han, edge)
		}
		return !unicode.IsLetter(beside) || unspaced(beside) || unspaced(edge)
	}
	wholeEnd := func(to int) bool {
		return to == len(text) || after[to] || (!unicode.IsMark(text[to]) || text[to] == 0x20E3) && apart(text[to-1], text[to])
	}
	whole := func(from, to int) bool {
		if from > 0 && !after[from] {
			if unicode.IsMark(text[from]) && text[from] != 0x20E3 {
				return false
			}
			i := from - 1
			for i > 0 && unicode.IsMark(text[i]) && text[i] != 0x20E3 {
				i--
			}
			if !apart(text[from], text[i]) {
				return false
			}
		}
		return wholeEnd(to) || text[to] == 's' && 'a' <= text[to-1] && text[to-1] <= 'z' && wholeEnd(to+1)
	}
	for at := range text {
		best, length := "", 0
		for _, word := range words {
			n := prefix(at, word)
			if n <= length || o.WholeWord && !whole(at, at+n) {
				continue
			}
			excused := false
			for _, e := range exempt {
				for i := 0; i <= at; i++ {
					if m := prefix(i, e); m >= 0 && i+m >= at+n {
						excused = true
					}
				}
			}
			if !excused {
				best, length = word, n
			}
		}
		if length > 0 {
			return best, true
		}
	}
	return "", false
}

func FuzzSet(f *testing.F) {
	f.Add("ass\nassassin", "classic", "a classic assassin", uint8(0))
	f.Add("加微信\n微信", "加微信号", "加-微 信号 微信", uint8(3))
	f.Add("a\naa\naaa", "aaaa", "aa a.aaa", uint8(2))
	f.Add("и\nिन", "й", "й и\u0302 हिन्दी", uint8(1))
	f.Add("ab\nabcdefgh\nabcdefghi\nabcdef", "xabcdefg", "xabcdefghij", uint8(1))
	f.Fuzz(func(t *testing.T, list, excuses, name string, modifiers uint8) {
		o := Options{WholeWord: modifiers&1 != 0, IgnoreSeparators: modifiers&2 != 0}
		words, exempt := strings.Split(list, "\n"), strings.Split(excuses, "\n")
		if excuses == "" {
			exempt = nil
		}
		if len(name) > 200 || len(words) > 20 || len(exempt) > 20 {
			return // the naive search takes too long
		}
		s, err := NewSet(words, exempt, o)
		if err != nil || s.signs != nil { // signs have a test of their own
			return
		}
		got, _ := s.Find(name)
		if want, _ := naiveFind(words, exempt, o, name); got != want {
			t.Errorf("%+q, exempt %+q, in %+q, %+v: got %+q, want %+q", words, exempt, name, o, got, want)
		}
		// What is found as it is written stays found with look-alikes.
		o.LookAlikes = true
		looks, err := NewSet(words, exempt, o)
		if err != nil {
			t.Fatalf("%+q, exempt %+q with look-alikes: %v", words, exempt, err)
		}
		if _, found := looks.Find(name); got != "" && !found && len(exempt) == 0 {
			t.Errorf("%+q in %+q, %+v: not found", words, name, o)
		}
	})
}

// Words of every length around the lengths of keys, nested and not, against
// the naive search: what fuzzing reaches too rarely.
func TestSetAgainstNaiveSearch(t *testing.T) {
	letters := []string{"a", "b", "微", "-", " ", "é", "й", "ಾ"}
	seed := uint32(1)
	random := func(n int) int {
		seed = seed*1664525 + 1013904223
		return int(seed>>8) % n
	}
	text := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(letters[min(random(len(letters)), random(len(letters)))])
		}
		return b.String()
	}
	for range 4000 {
		var words, exempt []string
		for range 1 + random(8) {
			words = append(words, text(1+random(10)))
		}
		for range random(3) {
			exempt = append(exempt, text(1+random(10)))
		}
		o := Options{WholeWord: random(2) == 0, IgnoreSeparators: random(2) == 0}
		s, err := NewSet(words, exempt, o)
		if err != nil {
			continue
		}
		name := text(random(40))
		got, _ := s.Find(name)
		if want, _ := naiveFind(words, exempt, o, name); got != want {
			t.Fatalf("%q, exempt %q, in %q, %+v: got %q, want %q", words, exempt, name, o, got, want)
		}
	}
}
