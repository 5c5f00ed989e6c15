package textfold

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Options are the modifiers of the policy language's contains condition.
type Options struct {
	// LookAlikes takes look-alikes of Latin letters as Latin, but for ASCII
	// characters; see look.go for how far. Names are then read twice, with
	// and without, and what either reading has counts.
	LookAlikes bool
	// WholeWord wants no letter or number beside a word. Han characters
	// always bound, on either side of the edge; so does a separator that
	// IgnoreSeparators left out. A combining mark belongs to its letter.
	WholeWord bool
	// IgnoreSeparators leaves white space, punctuation and symbols (emoji
	// among them) out of names and words.
	IgnoreSeparators bool
}

// An EmptyWordError lists the words that fold to nothing, and so would be
// everywhere in every name.
type EmptyWordError struct {
	Words, Exempt []string
}

func (e *EmptyWordError) Error() string {
	var parts []string
	for _, p := range []struct {
		what  string
		words []string
	}{{"words", e.Words}, {"exempt words", e.Exempt}} {
		if len(p.words) > 0 {
			parts = append(parts, fmt.Sprintf("%s %+q", p.what, p.words))
		}
	}
	return strings.Join(parts, " and ") + " fold to nothing"
}

// A Set is a list of words compiled for searching inside names, with the
// words that excuse them.
type Set struct {
	options Options
	words   *searcher
	exempt  *searcher // nil for none
}

// maxWords leaves the numbers of keys room for three readings of each word.
const maxWords = number / 4

// NewSet compiles words, and the exempt words that excuse those inside them.
// Of words that fold alike the first is kept. The error is an
// [*EmptyWordError], or says that there are more than 4 million words.
func NewSet(words, exempt []string, o Options) (*Set, error) {
	if max(len(words), len(exempt)) > maxWords {
		return nil, fmt.Errorf("more than %d words", maxWords)
	}
	s := &Set{options: o}
	var empty EmptyWordError
	s.words, empty.Words = newSearcher(words, o)
	if len(exempt) > 0 {
		s.exempt, empty.Exempt = newSearcher(exempt, o)
	}
	if len(empty.Words)+len(empty.Exempt) > 0 {
		return nil, &empty
	}
	return s, nil
}

// Find returns the first word in name that no exempt word around it excuses,
// as the list writes it: the earliest, and of those that begin at the same
// place the longest. The plain reading comes before the look-alike one.
func (s *Set) Find(name string) (word string, found bool) {
	if len(s.words.words) == 0 {
		return "", false
	}
	t := scratches.Get().(*scratch)
	defer t.release()
	t.text, t.flags = AppendFold(t.text[:0], name), t.flags[:0]
	word, found = s.search(t)
	if found || !s.options.LookAlikes || !hasLooks(name) {
		return word, found
	}
	var looked bool
	t.text, t.flags, looked = appendLook(t.text[:0], t.flags[:0], name, false)
	if !looked {
		return "", false
	}
	return s.search(t)
}

// search searches one reading of a name.
func (s *Set) search(t *scratch) (word string, found bool) {
	if s.options.IgnoreSeparators {
		t.text, t.flags = joinParts(t.text, t.flags, s.options.WholeWord)
	}
	n := len(t.text)
	t.text = append(t.text, padding...)
	text, flags := t.text[:n], t.flags

	// Excused is how far the exempt words reach that begin before exemptAt.
	excused, exemptAt := 0, 0
	for at := s.words.next(text, 0); at < n; at = s.words.next(text, at+1) {
		for m := s.words.at(text, at); m.find(); {
			if s.exempt != nil {
				for ; exemptAt <= at; exemptAt++ {
					if exemptAt = s.exempt.next(text, exemptAt); exemptAt > at {
						break
					}
					if e := s.exempt.at(text, exemptAt); e.find() {
						excused = max(excused, e.end)
					}
				}
			}
			if m.end <= excused {
				break // and so are the shorter ones that begin here
			}
			if s.words.foreign(m.key) && !anyFlag(flags, at, m.end, flagLook) ||
				s.options.WholeWord && !bounded(text, flags, at, m.end) {
				continue
			}
			return s.words.word(m.key), true
		}
	}
	return "", false
}

// joinParts drops the separators of folded text, and the marks on them. With
// mark it flags the bytes that followed one.
func joinParts(text, flags []byte, mark bool) (_, _ []byte) {
	if mark && len(flags) == 0 {
		flags = slices.Grow(flags, len(text))[:len(text)]
		clear(flags)
	}
	kept, dropped := 0, false
	for i := 0; i < len(text); {
		r, n := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(text[i:])
		}
		c := classOf(r)
		if c.separator() || dropped && c.mark() {
			dropped = true
			i += n
			continue
		}
		copy(text[kept:], text[i:i+n])
		if len(flags) > 0 {
			copy(flags[kept:], flags[i:i+n])
			if dropped {
				flags[kept] |= flagAfter
			}
		}
		dropped = false
		kept += n
		i += n
	}
	return text[:kept], flags[:min(kept, len(flags))]
}

func anyFlag(flags []byte, from, to int, flag byte) bool {
	return len(flags) > 0 && slices.ContainsFunc(flags[from:to], func(f byte) bool { return f&flag != 0 })
}

// bounded reports whether no letter or number stands beside text[from:to].
func bounded(text, flags []byte, from, to int) bool {
	if from > 0 && !anyFlag(flags, from, from+1, flagAfter) {
		edge, _ := utf8.DecodeRune(text[from:])
		if classOf(edge).mark() {
			return false // amid a letter
		}
		// What is beside is the character that the marks before belong to.
		at, c := from, classMark
		for at > 0 && c.mark() {
			r, n := utf8.DecodeLastRune(text[:at])
			at, c = at-n, classOf(r)
		}
		if c.alphanumeric() && c != classHan && classOf(edge) != classHan {
			return false
		}
	}
	if to < len(text) && !anyFlag(flags, to, to+1, flagAfter) {
		edge, _ := utf8.DecodeLastRune(text[:to])
		next, _ := utf8.DecodeRune(text[to:])
		c := classOf(next)
		if (c.alphanumeric() && c != classHan || c.mark()) && classOf(edge) != classHan {
			return false
		}
	}
	return true
}
