package textfold

import (
	"encoding/binary"
	"unicode/utf8"
)

// The forms of a word of two Han characters and more:
//
//   - some of its characters in pinyin, tones or not: 加wei信, du博; from three
//     characters on all of them: jia wei xin;
//   - from three characters on, characters of the same sound and tone: 六和采 for 六合彩;
//   - characters as their two halves: 贝者 for 赌. Those are keys of their own (see
//     searcher.addHalves), since a list has fewer of them than a name has neighbours;
//   - up to three ASCII letters, digits or signs between two characters: 傻1逼.
//
// The first two compare syllables: those of a word, and those that a name's characters
// and letters stand for. A character has one, its usual reading.
type hanDisguises struct {
	words  *searcher
	sounds *searcher // by syllables, each of two bytes
}

// A unit of a name is a character, or letters that are a syllable.
type unit struct {
	syllable    uint16
	char        rune // 0 of letters
	from, to    int
	first, last bool // of a run of letters
}

// noSyllable stands for what breaks a word.
const noSyllable = 1<<16 - 1

// newHanDisguises compiles the words that are Han characters only; nil for none.
func newHanDisguises(words *searcher) *hanDisguises {
	d := &hanDisguises{words: words, sounds: &searcher{}}
	var key []byte
	for i := range uint32(len(words.words)) { //nolint:gosec // NewSet limits the words of a list
		var ok bool
		if key, ok = appendSounds(key[:0], words.key(i)); ok {
			d.sounds.addKey(i, key)
		}
	}
	if len(d.sounds.ends) == 0 {
		return nil
	}
	d.sounds.finish()
	return d
}

// appendSounds appends the syllables of a word; ok is false unless it is of two
// characters and more that all have one.
func appendSounds(key, word []byte) (_ []byte, ok bool) {
	n := 0
	for len(word) > 0 {
		r, size := utf8.DecodeRune(word)
		id := syllableOf(r)
		if id == 0 {
			return key, false
		}
		key = binary.LittleEndian.AppendUint16(key, id)
		word = word[size:]
		n++
	}
	return key, n >= 2
}

// find calls yield for each word that is written by its sound, until that says that it
// is one.
func (d *hanDisguises) find(text []byte, s *scratch, yield func(word uint32, at span) bool) bool {
	if d == nil {
		return false
	}
	s.units = appendUnits(s.units[:0], text)
	s.key = s.key[:0]
	for _, u := range s.units {
		s.key = binary.LittleEndian.AppendUint16(s.key, u.syllable)
	}
	n := len(s.key)
	s.key = append(s.key, padding...)
	key := s.key[:n]
	for i := d.sounds.next(key, 0); i < n; i = d.sounds.next(key, i+1) {
		if i%2 != 0 {
			continue
		}
		for m := d.sounds.at(key, i); m.find(); {
			units := s.units[i/2 : m.end/2]
			word := d.sounds.number(m.key)
			if soundsLike(units, d.words.key(word)) && yield(word, span{units[0].from, units[len(units)-1].to}) {
				return true
			}
		}
	}
	return false
}

// soundsLike reports whether units of the syllables of a word are a disguise of it.
func soundsLike(units []unit, word []byte) bool {
	same, letters, others := 0, 0, 0
	for _, u := range units {
		r, size := utf8.DecodeRune(word)
		word = word[size:]
		switch u.char {
		case r:
			same++
		case 0:
			letters++
		default:
			if toneOf(u.char) != toneOf(r) {
				return false
			}
			others++
		}
	}
	first, last := units[0], units[len(units)-1]
	if first.char == 0 && !first.first || last.char == 0 && !last.last {
		return false // a part of a run of letters
	}
	long := len(units) >= 3
	switch {
	case others > 0:
		return long && same > 0 && letters == 0
	case letters > 0:
		return long || same > 0
	}
	return false // the word itself
}

// appendUnits appends what a folded text sounds like. Separators are passed over;
// whatever else has no syllable breaks a word.
func appendUnits(units []unit, text []byte) []unit {
	for i := 0; i < len(text); {
		c := text[i]
		if 'a' <= c && c <= 'z' {
			from, digits := i, false
			for ; i < len(text); i++ {
				if c := text[i]; '0' <= c && c <= '9' {
					digits = true
				} else if c < 'a' || c > 'z' {
					break
				}
			}
			units = appendSyllables(units, text, from, i, digits)
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		if !classOf(r).separator() {
			id := syllableOf(r)
			if id == 0 {
				id = noSyllable
			}
			units = append(units, unit{syllable: id, char: r, from: i, to: i + n})
		}
		i += n
	}
	return units
}

// undisguised appends letters with the digits among them as the letters that they stand
// for.
func undisguised(to, letters []byte) []byte {
	for _, c := range letters {
		if glyphs[c].letters != "" {
			c = glyphs[c].letters[0]
		}
		to = append(to, c)
	}
	return to
}

// appendSyllables appends the syllables that a run of letters is cut into, each with its
// tone or without; a break when it cannot be.
func appendSyllables(units []unit, text []byte, from, to int, digits bool) []unit {
	run := text[from:to]
	if len(run) <= maxRun {
		var buf [maxRun]uint16
		ids, ok := cutSyllables(buf[:0], run)
		if !ok && digits { // which may be no tones, but letters: q1ng
			var letters [maxRun]byte
			run = undisguised(letters[:0], run)
			ids, ok = cutSyllables(buf[:0], run)
		}
		if ok {
			before := len(units)
			for at, i := 0, 0; i < len(ids); i++ {
				end := at + len(syllable(ids[i]))
				if end < len(run) && '1' <= run[end] && run[end] <= '5' {
					end++
				}
				units = append(units, unit{syllable: ids[i], from: from + at, to: from + end})
				at = end
			}
			units[before].first, units[len(units)-1].last = true, true
			return units
		}
	}
	return append(units, unit{syllable: noSyllable, char: noSyllable, from: from, to: to})
}

// addHalves adds keys of the words that have characters which can be written as two: one
// of them so, in each way, and all of them in the first.
func (s *searcher) addHalves() {
	for i := range uint32(len(s.words)) { //nolint:gosec // NewSet limits the words of a list
		word := string(s.key(i))
		var all []byte
		split := 0
		for at, r := range word {
			after := word[at+utf8.RuneLen(r):]
			first := true
			for left, right := range halvesOf(r) {
				halves := string([]rune{left, right})
				s.addKey(i, []byte(word[:at]+halves+after))
				s.extra[len(s.extra)-1].halves = true
				if first {
					all, first = append(all, halves...), false
					split++
				}
			}
			if first {
				all = utf8.AppendRune(all, r)
			}
		}
		if split > 1 {
			s.addKey(i, all)
			s.extra[len(s.extra)-1].halves = true
		}
	}
}

// asHalves is how a key writes a word in halves, or "" for another key.
func (s *searcher) asHalves(key uint32) string {
	if n := len(s.words); int(key) >= n && s.extra[int(key)-n].halves {
		return string(s.key(key))
	}
	return ""
}

// maxBetween is how many ASCII characters may stand between two of a word.
const maxBetween = 3

// findBetween looks for Han words with ASCII characters between.
func (s *Set) findBetween(text []byte, buf *scratch, yield func(word uint32, at span) bool) bool {
	if !closeGaps(text, buf) {
		return false
	}
	n := len(buf.key)
	buf.key = append(buf.key, padding...)
	key := buf.key[:n]
	for i := s.words.next(key, 0); i < n; i = s.words.next(key, i+1) {
		for m := s.words.at(key, i); m.find(); {
			word := s.words.number(m.key)
			at := span{int(buf.from[i]), int(buf.from[m.end-1]) + 1}
			if at.to-at.from == m.end-i || !isHanWord(s.words.key(m.key)) {
				continue // nothing between, or no word of this kind
			}
			if yield(word, at) {
				return true
			}
		}
	}
	return false
}

// closeGaps leaves out of a text what stands between two Han characters and is ASCII and
// no longer than maxBetween; it reports whether there was any.
func closeGaps(text []byte, buf *scratch) (closed bool) {
	buf.key, buf.from = buf.key[:0], buf.from[:0]
	han, gap := false, 0 // the last character beyond ASCII was Han; how much ASCII stands behind it
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			if gap++; text[i] <= ' ' {
				han = false
			}
			buf.key, buf.from = append(buf.key, text[i]), append(buf.from, uint32(i))
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		isHan := classOf(r) == classHan
		if isHan && han && 0 < gap && gap <= maxBetween {
			buf.key, buf.from = buf.key[:len(buf.key)-gap], buf.from[:len(buf.from)-gap]
			closed = true
		}
		for range n {
			buf.key, buf.from = append(buf.key, text[i]), append(buf.from, uint32(i))
			i++
		}
		han, gap = isHan, 0
	}
	return closed
}

// isHanWord reports whether a key is of two Han characters and more.
func isHanWord(key []byte) bool {
	n := 0
	for len(key) > 0 {
		r, size := utf8.DecodeRune(key)
		if classOf(r) != classHan {
			return false
		}
		key = key[size:]
		n++
	}
	return n >= 2
}
