// Package textfold folds names so that look-alike spellings compare equal.
package textfold

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Options are the modifiers of a word list.
type Options struct{ LookAlikes, WholeWord, IgnoreSeparators bool }

// An EmptyWordsError lists the words that are nothing once folded.
type EmptyWordsError struct{ Words []string }

func (e *EmptyWordsError) Error() string {
	return fmt.Sprintf("%d words are nothing once folded", len(e.Words))
}

// A Set is a list of words to find inside names.
type Set struct{ words, folded, exempt []string }

// NewSet folds the words once.
func NewSet(words, exempt []string, _ Options) (*Set, error) {
	s := &Set{words: words}
	var empty EmptyWordsError
	add := func(to *[]string, list []string) {
		for _, w := range list {
			f := Fold(w)
			if f == "" {
				empty.Words = append(empty.Words, w)
			}
			*to = append(*to, f)
		}
	}
	add(&s.folded, words)
	add(&s.exempt, exempt)
	if empty.Words != nil {
		return nil, &empty
	}
	return s, nil
}

// Find returns the first word of the list that the name contains outside every
// exempt word.
func (s *Set) Find(name string) (string, bool) {
	folded := Fold(name)
	for i, w := range s.folded {
		for at := 0; ; {
			j := strings.Index(folded[at:], w)
			if j < 0 {
				break
			}
			if !s.excused(folded, at+j, at+j+len(w)) {
				return s.words[i], true
			}
			at += j + 1
		}
	}
	return "", false
}

func (s *Set) excused(folded string, from, to int) bool {
	for _, e := range s.exempt {
		for at := 0; ; {
			j := strings.Index(folded[at:], e)
			if j < 0 {
				break
			}
			if at+j <= from && to <= at+j+len(e) {
				return true
			}
			at += j + 1
		}
	}
	return false
}

// Names are reserved names.
type Names struct{ names []string }

// NewNames folds the names once.
func NewNames(names []string) (*Names, error) { return &Names{names}, nil }

// Find returns the reserved name that a name equals once folded.
func (n *Names) Find(name string) (string, bool) {
	for _, reserved := range n.names {
		if Fold(reserved) == Fold(name) {
			return reserved, true
		}
	}
	return "", false
}

// Fold is NFKC and full case folding without format characters.
func Fold(s string) string {
	s = cases.Fold().String(norm.NFKC.String(s))
	return StripInvisible(s)
}

// Invisible finds the first format or control character.
func Invisible(s string) (rune, bool) {
	for _, r := range s {
		if unicode.In(r, unicode.Cf, unicode.Cc) {
			return r, true
		}
	}
	return 0, false
}

// StripInvisible removes format and control characters.
func StripInvisible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cf, unicode.Cc) {
			return -1
		}
		return r
	}, s)
}
