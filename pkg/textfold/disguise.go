package textfold

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// open says whether a word goes on: a star of the item stands there.
type open struct{ before, after bool }

// cutStars takes the stars off a word as a list writes it: fuck* goes on behind, *porn*
// on both sides, and \* is a star.
func cutStars(word string) (bare string, o open) {
	if strings.Trim(word, "*") == "" {
		return word, o // the star itself
	}
	if rest, ok := strings.CutPrefix(word, "*"); ok && rest != "" {
		word, o.before = rest, true
	}
	if rest, ok := strings.CutSuffix(word, "*"); ok && rest != "" && !strings.HasSuffix(rest, `\`) {
		word, o.after = rest, true
	}
	return strings.ReplaceAll(word, `\*`, "*"), o
}

// BareWord is a word of a list as hits name it: without the stars at which it goes on.
func BareWord(word string) string {
	bare, _ := cutStars(word)
	return bare
}

// cutAllStars is cutStars of a list, which stays as it is when no word has a star.
func cutAllStars(words []string) ([]string, []open) {
	if !slices.ContainsFunc(words, func(word string) bool { return strings.Contains(word, "*") }) {
		return words, nil
	}
	bare, stars := make([]string, len(words)), make([]open, len(words))
	for i, word := range words {
		bare[i], stars[i] = cutStars(word)
	}
	return bare, stars
}

// A span is a part of a text.
type span struct{ from, to int }

// A scratch is what looking for disguises needs while it does.
type scratch struct {
	key   []byte   // what is searched instead of the text
	from  []uint32 // where each byte of it is in the text; one more behind its end
	units []unit
}

// findDisguised looks for the forms in which people hide a word, in the reading that
// takes look-alikes as Latin: the modifier brings its own folding.
func (s *Set) findDisguised(t *Text) (h Hit, found bool) {
	looks := true
	r := t.read(looks, false)
	if r.absent {
		looks = false
		r = t.read(looks, false)
	}
	yield := func(word uint32, at span) bool {
		if s.excused(r.text, at) {
			return false
		}
		h = Hit{s.words.words[word], t.written(looks, at)}
		return true
	}
	found = s.latin.find(r.text, &t.scratch, yield) || s.han.find(r.text, &t.scratch, yield) || s.findBetween(r.text, &t.scratch, yield)
	return h, found
}

// excused reports whether an exempt word that stands plainly covers a span.
func (s *Set) excused(text []byte, at span) bool {
	if s.exempt == nil {
		return false
	}
	for i := s.exempt.next(text, 0); i <= at.from; i = s.exempt.next(text, i+1) {
		if m := s.exempt.at(text, i); m.find() && m.end >= at.to {
			return true
		}
	}
	return false
}

// written is how the name writes a span of one of its readings. Folding is done again,
// character by character: it is asked of hits alone.
func (t *Text) written(looks bool, at span) string {
	from, to := -1, len(t.name)
	for i := 0; i < len(t.name); {
		_, n := utf8.DecodeRuneInString(t.name[i:])
		folded := t.foldedLength(t.name[:i+n], looks)
		if from < 0 && folded > at.from {
			from = i
		}
		if folded >= at.to {
			to = i + n
			break
		}
		i += n
	}
	return t.name[max(from, 0):to]
}

// foldedLength is how long the beginning of a name is in one of its readings.
func (t *Text) foldedLength(beginning string, looks bool) int {
	if looks {
		text, _, _ := appendLook(nil, nil, beginning, false)
		return len(text)
	}
	return len(AppendFold(nil, beginning))
}
