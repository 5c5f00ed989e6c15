package textfold

import "unicode/utf8"

// The forms of a Latin word of three letters and more, where no letter stands beside it
// unless a star of the item says otherwise:
//
//   - digits and signs for letters, p0rn and $h!t: digits only in words of four letters
//     and more, and never more of them than letters; a sign never as the last character;
//   - letters stretched to three and more: fuuuck;
//   - inner letters hidden by * # % ^, the first and at least one more in place: f*ck.
//
// Words and names are compared by a key that the first two forms share: letters that
// one digit can stand for are one, and a run is one letter. What the key finds is then
// looked at letter by letter.
type latinDisguises struct {
	words *searcher
	open  []open    // of each word; nil when none has a star
	keys  *searcher // that the forms share

	masked  map[maskedKey][]uint32 // words by how they begin and how long they are
	longest int
}

type maskedKey struct {
	first  byte
	length int
}

const (
	leastLatin  = 3
	leastDigits = 4
)

// What a byte can be in a disguise.
const (
	glyphLetter = 1 + iota
	glyphDigit
	glyphSign
	glyphMask
)

// A glyph is a byte of folded text as disguises see it.
type glyph struct {
	kind    uint8
	key     byte   // the letter that stands for it in keys
	letters string // those that it can stand for
}

// glyphs are all ASCII characters that count. Letters that share a digit share a key.
var glyphs = makeGlyphs()

func makeGlyphs() (all [256]glyph) {
	for c := byte('a'); c <= 'z'; c++ {
		all[c] = glyph{glyphLetter, c, string(c)}
	}
	all['l'].key, all['q'].key = 'i', 'g'
	for _, g := range [...]struct {
		kind    uint8
		c       byte
		letters string
	}{
		{glyphDigit, '0', "o"}, {glyphDigit, '1', "il"}, {glyphDigit, '3', "e"}, {glyphDigit, '4', "a"}, {glyphDigit, '5', "s"},
		{glyphDigit, '6', "g"}, {glyphDigit, '7', "t"}, {glyphDigit, '8', "b"}, {glyphDigit, '9', "gq"},
		{glyphSign, '@', "a"}, {glyphSign, '$', "s"}, {glyphSign, '!', "il"}, {glyphSign, '|', "il"}, {glyphSign, '+', "t"},
	} {
		all[g.c] = glyph{g.kind, all[g.letters[0]].key, g.letters}
	}
	for _, c := range "*#%^" {
		all[c] = glyph{kind: glyphMask}
	}
	return all
}

func (g *glyph) standsFor(letter byte) bool {
	for i := range len(g.letters) {
		if g.letters[i] == letter {
			return true
		}
	}
	return false
}

// newLatinDisguises compiles the words that are Latin letters only; nil for none.
func newLatinDisguises(words *searcher, stars []open) *latinDisguises {
	d := &latinDisguises{words: words, open: stars, keys: &searcher{}, masked: map[maskedKey][]uint32{}}
	var key []byte
	for i := range uint32(len(words.words)) { //nolint:gosec // NewSet limits the words of a list
		word := words.key(i)
		if len(word) < leastLatin || !isLatinWord(word) {
			continue
		}
		key = appendKey(key[:0], word)
		d.keys.addKey(i, key)
		at := maskedKey{word[0], len(word)}
		d.masked[at] = append(d.masked[at], i)
		d.longest = max(d.longest, len(word))
	}
	if d.longest == 0 {
		return nil
	}
	d.keys.finish()
	return d
}

func isLatinWord(folded []byte) bool {
	for i := range folded {
		if glyphs[folded[i]].kind != glyphLetter {
			return false
		}
	}
	return true
}

func appendKey(key, letters []byte) []byte {
	for i := range letters {
		if k := glyphs[letters[i]].key; len(key) == 0 || key[len(key)-1] != k {
			key = append(key, k)
		}
	}
	return key
}

// find calls yield for each word that stands disguised in folded text, until that says
// that it is one.
func (d *latinDisguises) find(text []byte, s *scratch, yield func(word uint32, at span) bool) bool {
	if d == nil {
		return false
	}
	for i := 0; i < len(text); {
		if glyphs[text[i]].kind == 0 {
			i++
			continue
		}
		from := i
		letters, others, masks, run, stretched := 0, 0, 0, 0, false
		for ; i < len(text) && glyphs[text[i]].kind != 0; i++ {
			switch glyphs[text[i]].kind {
			case glyphLetter:
				letters++
			case glyphMask:
				masks++
			default:
				others++
			}
			if run++; i > from && text[i] != text[i-1] {
				run = 1
			}
			stretched = stretched || run >= 3
		}
		if letters == 0 || i-from < leastLatin {
			continue
		}
		if (others > 0 || stretched) && d.findWritten(text, from, i, s, yield) ||
			masks > 0 && letters > 1 && d.findMasked(text, from, i, yield) {
			return true
		}
	}
	return false
}

// findWritten looks for digits and signs for letters, and for stretched ones, in a part
// of the text.
func (d *latinDisguises) findWritten(text []byte, from, to int, s *scratch, yield func(uint32, span) bool) bool {
	s.key, s.from = s.key[:0], s.from[:0]
	for i := from; i < to; i++ {
		k := glyphs[text[i]].key // 0 of a mask, which is in no key
		if n := len(s.key); n == 0 || s.key[n-1] != k {
			s.key, s.from = append(s.key, k), append(s.from, uint32(i)) //nolint:gosec // a name is short
		}
	}
	n := len(s.key)
	s.key, s.from = append(s.key, padding...), append(s.from, uint32(to)) //nolint:gosec // a name is short
	key := s.key[:n]
	for i := d.keys.next(key, 0); i < n; i = d.keys.next(key, i+1) {
		for m := d.keys.at(key, i); m.find(); {
			index := d.keys.number(m.key)
			at := span{int(s.from[i]), int(s.from[m.end])}
			if d.bounded(index, text, at) && standsFor(text[at.from:at.to], d.words.key(index)) && yield(index, at) {
				return true
			}
		}
	}
	return false
}

// standsFor reports whether written stands for a word whose key it shares, and is not
// the word itself.
func standsFor(written, word []byte) bool {
	letters, digits, signs, stretched := 0, 0, 0, false
	for i, w := 0, 0; i < len(written) || w < len(word); {
		if w == len(word) {
			return false
		}
		letter, want := word[w], 0
		for ; w < len(word) && word[w] == letter; w++ {
			want++
		}
		// The same letter as often as the word has it, or stretched to three and more.
		// A digit of two letters belongs to the one before as long as that wants it.
		had := 0
		for ; i < len(written) && glyphs[written[i]].standsFor(letter); i++ {
			if had == want && written[i] != written[i-1] && glyphs[written[i]].kind != glyphLetter {
				break
			}
			switch glyphs[written[i]].kind {
			case glyphLetter:
				letters++
			case glyphDigit:
				digits++
			case glyphSign:
				signs++
			}
			had++
		}
		switch {
		case had == want:
		case had > want && had >= 3:
			stretched = true
		default:
			return false
		}
	}
	if digits > 0 && (len(word) < leastDigits || digits > letters) {
		return false
	}
	last := glyphs[written[len(written)-1]].kind
	return letters > 0 && last != glyphSign && (digits+signs > 0 || stretched)
}

// findMasked looks for words with inner letters hidden, in a part of the text.
func (d *latinDisguises) findMasked(text []byte, from, to int, yield func(uint32, span) bool) bool {
	for i := from; i+leastLatin <= to; i++ {
		if glyphs[text[i]].kind != glyphLetter || d.open == nil && letterBefore(text, i) {
			continue
		}
		masks := 0
		for end := i + 1; end < to && end-i < d.longest; end++ {
			switch glyphs[text[end]].kind {
			case glyphMask:
				masks++
				continue
			case glyphLetter:
			default:
				end = to // nothing else is in a masked word
				continue
			}
			if masks == 0 || end+1-i < leastLatin {
				continue
			}
			for _, index := range d.masked[maskedKey{text[i], end + 1 - i}] {
				at := span{i, end + 1}
				if hides(text[at.from:at.to], d.words.key(index)) && d.bounded(index, text, at) && yield(index, at) {
					return true
				}
			}
		}
	}
	return false
}

// hides reports whether written is a word of the same length but for its masks.
func hides(written, word []byte) bool {
	for i := range word {
		if written[i] != word[i] && glyphs[written[i]].kind != glyphMask {
			return false
		}
	}
	return true
}

// bounded reports whether no letter stands beside a word, unless it goes on there.
func (d *latinDisguises) bounded(index uint32, text []byte, at span) bool {
	goesOn := open{}
	if d.open != nil {
		goesOn = d.open[index]
	}
	return (goesOn.before || !letterBefore(text, at.from)) && (goesOn.after || !letterAfter(text, at.to))
}

// letterBefore and letterAfter report whether a letter, or a mark of one, stands beside
// a place. Digits and signs bound.
func letterBefore(text []byte, at int) bool {
	r, n := utf8.DecodeLastRune(text[:at])
	return n > 0 && isLetter(r)
}

func letterAfter(text []byte, at int) bool {
	r, n := utf8.DecodeRune(text[at:])
	return n > 0 && isLetter(r)
}

// isLetter reports whether a character beside a Latin word makes it a part of another.
func isLetter(r rune) bool {
	c := classOf(r)
	return c.mark() || c >= classLatin && c != classHan && c != classUnspaced
}
