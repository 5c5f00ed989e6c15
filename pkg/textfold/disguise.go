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
		h = Hit{s.words.words[word], t.written(place{looks: looks, at: at})}
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

// A place is where something stands in one of a name's readings.
type place struct {
	looks, joined bool
	at            span
}

// Written is how the name writes the hit that was found in it last, disguised or not.
func (t *Text) Written(h Hit) string {
	if h.As != "" {
		return h.As
	}
	return t.written(t.found)
}

// written is how the name writes what stands at a place. Folding is done again, character
// by character: it is asked of hits alone.
func (t *Text) written(p place) string {
	from, to := -1, len(t.name)
	for i := 0; i < len(t.name); {
		_, n := utf8.DecodeRuneInString(t.name[i:])
		folded := p.length(t.name[:i+n])
		if from < 0 && folded > p.at.from {
			from = i
		}
		if folded >= p.at.to {
			to = i + n
			break
		}
		i += n
	}
	return t.name[max(from, 0):to]
}

// length is how long the beginning of a name is in the reading.
func (p *place) length(beginning string) int {
	var text, flags []byte
	if p.looks {
		text, flags, _ = appendLook(nil, nil, beginning, false)
	} else {
		text = AppendFold(nil, beginning)
	}
	if p.joined {
		text, _ = joinParts(text, flags, false)
	}
	return len(text)
}
