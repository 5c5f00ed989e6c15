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
	// WholeWord wants no letter beside a word, and beside a digit no digit.
	// Characters of scripts that are written without spaces always bound, and
	// Hangul, and emoji, on either side of the edge; so does a separator that
	// IgnoreSeparators left out. A combining mark belongs to its letter. A Latin
	// word is found in its plural with s, and an item that begins or ends with a
	// star goes on there.
	WholeWord bool
	// IgnoreSeparators leaves white space, punctuation and symbols (emoji
	// among them) out of names and words.
	IgnoreSeparators bool
	// Disguised finds words in the forms in which people hide them, too: see
	// disguise_latin.go and disguise_han.go.
	Disguised bool
}

// A Hit is a word that stands in a name.
type Hit struct {
	Word string // as the list writes it, without stars
	As   string // how the name writes it, where that is a disguise
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
	open    []open    // of each word; nil when none has a star
	latin   *latinDisguises
	han     *hanDisguises
	// signs are the words of which IgnoreSeparators leaves nothing but which are there to
	// be seen, such as an emoji; nil for none. They are found as they are written.
	signs *Set
	// places are where words stand in the list; nil when all do.
	places []int
}

// The limits leave numbers and offsets of 24 and 32 bits room for three
// readings of each word, and for U+FDFA, which folds to eleven times its size.
const (
	maxWords = number / 4
	maxBytes = 64 << 20
)

// NewSet compiles words, and the exempt words that excuse those inside them.
// It keeps both slices, which must not change any more. Of words that fold
// alike the first is kept. A word of symbols and emoji alone is found as it is
// written, whatever separates. The error is an [*EmptyWordError], or says that a
// list has more than 4 million words or 64 MiB.
func NewSet(words, exempt []string, o Options) (*Set, error) {
	for _, list := range [][]string{words, exempt} {
		size := 0
		for _, w := range list {
			size += len(w)
		}
		if len(list) > maxWords || size > maxBytes {
			return nil, fmt.Errorf("a list of %d words and %d bytes is beyond %d words or %d bytes",
				len(list), size, maxWords, maxBytes)
		}
	}
	s := &Set{options: o}
	if o.IgnoreSeparators {
		var signs []string
		if words, signs, s.places = apart(words); len(signs) > 0 {
			plain, err := NewSet(signs, exempt, Options{WholeWord: o.WholeWord})
			if err != nil {
				return nil, err
			}
			s.signs = plain
		}
		exempt, _, _ = apart(exempt)
	}
	words, s.open = cutAllStars(words)
	var empty EmptyWordError
	s.words, empty.Words = newSearcher(words, o)
	if len(exempt) > 0 {
		s.exempt, empty.Exempt = newSearcher(exempt, o)
	}
	if len(empty.Words)+len(empty.Exempt) > 0 {
		return nil, &empty
	}
	if o.Disguised {
		s.latin = newLatinDisguises(s.words, s.open)
		s.han = newHanDisguises(s.words)
	}
	return s, nil
}

// apart parts the words of which nothing is left without separators, but which show
// symbols or emoji, from the others, and says where those stand.
func apart(list []string) (words, signs []string, places []int) {
	if !slices.ContainsFunc(list, isSigns) {
		return list, nil, nil
	}
	for i, w := range list {
		if isSigns(w) {
			signs = append(signs, w)
		} else {
			words, places = append(words, w), append(places, i)
		}
	}
	return words, signs, places
}

func isSigns(word string) bool {
	shown := false
	for _, r := range word {
		switch c := classOf(r); {
		case c == classEmoji, c == classSymbol:
			shown = true
		case !c.separator() && !c.mark() && foldOf(r) != foldDelete:
			return false
		}
	}
	return shown && len(joinKey(AppendFold(nil, word), 0)) == 0 // ™ is tm
}

// Repeated are the words that fold as one before them does.
func (s *Set) Repeated() Some {
	some := Some{s.words.repeated.Count, slices.Clone(s.words.repeated.First)}
	for i, place := range some.First {
		if s.places != nil {
			some.First[i] = s.places[place]
		}
	}
	return some
}

// Some are items of a list: how many there are, and the indices of the first three. Of a
// long list that is all that a person wants to see.
type Some struct {
	Count int
	First []int
}

const mostFirst = 3

// Add adds an item, in any order.
func (s *Some) Add(i int) {
	s.Count++
	at, _ := slices.BinarySearch(s.First, i)
	if at == mostFirst {
		return
	}
	if len(s.First) == mostFirst {
		s.First = s.First[:len(s.First)-1]
	}
	s.First = slices.Insert(s.First, at, i)
}

// Excuses reports whether a text holds a word, if only as a part of another: as an exempt
// word it would excuse that.
func (s *Set) Excuses(text string) bool {
	bare := Set{options: s.options, words: s.words}
	bare.options.WholeWord = false
	_, found := bare.Find(text)
	return found || s.signs != nil && s.signs.Excuses(text)
}

// Find returns the first word in name that no exempt word around it excuses,
// as the list writes it: the earliest, and of those that begin at the same
// place the longest. The plain reading comes before the look-alike one.
func (s *Set) Find(name string) (word string, found bool) {
	t := NewText(name)
	defer t.Release()
	h, found := s.FindIn(t)
	return h.Word, found
}

// FindIn is Find in a name that other sets search too. A disguise is looked for when
// the word stands nowhere as it is.
func (s *Set) FindIn(t *Text) (h Hit, found bool) {
	if len(s.words.words) > 0 {
		if h, found = s.findIn(t, false); !found && s.options.LookAlikes {
			h, found = s.findIn(t, true)
		}
	}
	if !found && s.signs != nil {
		h, found = s.signs.FindIn(t)
	}
	if found || !s.options.Disguised {
		return h, found
	}
	return s.findDisguised(t)
}

// findIn searches one of a name's two readings.
func (s *Set) findIn(t *Text, looks bool) (h Hit, found bool) {
	r := t.read(looks, s.options.IgnoreSeparators)
	if r.absent {
		return Hit{}, false
	}
	h, at, found := s.search(t.name, r.text, r.flags)
	if found {
		t.found = place{looks, s.options.IgnoreSeparators, at}
	}
	return h, found
}

// search searches one reading of a name.
func (s *Set) search(name string, text, flags []byte) (h Hit, where span, found bool) {
	n := len(text)
	// Excused is how far the exempt words reach that begin before exemptAt.
	excused, exemptAt := 0, 0
	for at := s.words.next(text, 0); at < n; at = s.words.next(text, at+1) {
		bounded := !s.options.WholeWord || boundedBefore(text, flags, at)
		if !bounded && s.open == nil {
			continue
		}
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
			if s.words.foreign(m.key) && !anyFlag(flags, at, m.end, flagLook) {
				continue
			}
			word := s.words.number(m.key)
			goesOn := open{}
			if s.open != nil {
				goesOn = s.open[word]
			}
			if !bounded && !goesOn.before || s.options.WholeWord && !goesOn.after && !endsWord(text, flags, m.end) {
				continue
			}
			if onlyVietnamese(name, s.words.key(m.key)) && isASCII([]byte(s.words.words[word])) {
				continue
			}
			return Hit{s.words.words[word], s.words.asHalves(m.key)}, span{at, m.end}, true
		}
	}
	return Hit{}, span{}, false
}

func anyFlag(flags []byte, from, to int, flag byte) bool {
	return len(flags) > 0 && slices.ContainsFunc(flags[from:to], func(f byte) bool { return f&flag != 0 })
}

// boundedBefore reports whether no letter or number stands before text[at:].
func boundedBefore(text, flags []byte, at int) bool {
	if at == 0 || anyFlag(flags, at, at+1, flagAfter) {
		return true
	}
	edge, _ := utf8.DecodeRune(text[at:])
	switch c := classOf(edge); {
	case c.mark():
		return false // amid a letter
	case c == classEmoji:
		return true
	}
	// What is beside is the character that the marks before belong to.
	beside := classMark
	for at > 0 && beside.mark() {
		r, n := utf8.DecodeLastRune(text[:at])
		at, beside = at-n, classOf(r)
	}
	return distinct(classOf(edge), beside)
}

// distinct reports whether two characters beside each other belong to different words.
func distinct(edge, beside class) bool {
	switch {
	case edge == classEmoji:
		return true
	case beside == classNumber:
		return edge != classNumber
	case beside < classLatin:
		return true
	}
	return beside.unspaced() || edge.unspaced()
}

// endsWord is boundedAfter, and true of a Latin word in its plural.
func endsWord(text, flags []byte, at int) bool {
	if boundedAfter(text, flags, at) {
		return true
	}
	last := text[at-1]
	return text[at] == 's' && 'a' <= last && last <= 'z' && boundedAfter(text, flags, at+1)
}

// boundedAfter reports whether no letter or number, nor a mark of the last
// letter, stands behind text[:at].
func boundedAfter(text, flags []byte, at int) bool {
	if at == len(text) || anyFlag(flags, at, at+1, flagAfter) {
		return true
	}
	edge, _ := utf8.DecodeLastRune(text[:at])
	next, _ := utf8.DecodeRune(text[at:])
	beside := classOf(next)
	return !beside.mark() && distinct(classOf(edge), beside)
}
