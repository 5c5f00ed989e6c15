package textfold

import (
	"sync"
	"unicode/utf8"
)

// A traced is a folded name whose characters know where they were written: detectors
// read what a reader sees, and say what was typed. It serves one goroutine.
type traced struct {
	name  string
	runes []rune
	at    []int32 // where in name each of them begins; len(name) behind the last

	folded []byte  // of which runes are made
	from   []int32 // where in name each byte of folded begins
	groups []group // of longNumber: the digits at hand
	host   []byte  // of Link: the host at hand, its labels joined by full stops
	ends   []int   // and where each label ends
}

// traces keeps the memory of names that were read, for the same reason as texts.
var traces = sync.Pool{New: func() any { return new(traced) }}

// foldAlone folds a character that stands for itself or is a letter of ASCII: most do,
// whatever is beside them.
func foldAlone(r rune) (folded rune, ok bool) {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r, r >= ' ' && r != 0x7F // controls are invisible
	}
	return r, foldOf(r) <= foldHan
}

// trace folds a name. It is good until its release.
func trace(name string) *traced {
	t := traces.Get().(*traced)
	t.name = name
	if !t.readAlone() {
		t.read()
	}
	t.at = append(t.at, int32(len(name))) //nolint:gosec // a name is no longer than a callback's body
	return t
}

// readAlone folds a name whose characters all fold alone, which takes a third of the time.
func (t *traced) readAlone() bool {
	t.runes, t.at = t.runes[:0], t.at[:0]
	for at, r := range t.name {
		folded, ok := foldAlone(r)
		if !ok {
			return false
		}
		t.runes, t.at = append(t.runes, folded), append(t.at, int32(at)) //nolint:gosec // as above
	}
	return true
}

// read folds any name.
func (t *traced) read() {
	t.runes, t.at, t.from = t.runes[:0], t.at[:0], t.from[:0]
	f := folder{dst: t.folded[:0]}
	for at, r := range t.name {
		f.add(r)
		// A mark may have changed the end of what was there.
		t.from = t.from[:min(len(t.from), len(f.dst))]
		for len(t.from) < len(f.dst) {
			t.from = append(t.from, int32(at)) //nolint:gosec // as above
		}
	}
	t.folded = f.dst
	for i := 0; i < len(t.folded); {
		r, n := rune(t.folded[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(t.folded[i:])
		}
		t.runes, t.at = append(t.runes, r), append(t.at, t.from[i])
		i += n
	}
}

// release ends the use of a trace. Its memory is used again, unless a very long name has
// made that large.
func (t *traced) release() {
	t.name = ""
	if cap(t.folded) < 1<<16 {
		traces.Put(t)
	}
}

// written is what was typed for the characters from start up to end. Two of them may
// come from one that was typed, such as the digits of ⑫.
func (t *traced) written(start, end int) string {
	from, to := t.at[start], t.at[end]
	for to == from && end < len(t.runes) {
		end++
		to = t.at[end]
	}
	return t.name[from:to]
}

// rune is the character at a place, and 0 where there is none.
func (t *traced) rune(i int) rune {
	if 0 <= i && i < len(t.runes) {
		return t.runes[i]
	}
	return 0
}
