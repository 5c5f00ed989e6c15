package textfold

import (
	"strings"
	"sync"
)

// Han characters are hidden in the letters of their sound (加wei信, jiaweixin) and in
// other characters of the same sound (六和采). So each has its primary reading in
// Mandarin: a syllable, by its number, which is 1 + its place in syllableText, and a tone.
// Other readings would find more innocent names than hidden words.

// syllableOf returns the syllable of a folded Han character, and 0 for none.
func syllableOf(r rune) (id uint16) { return readingOf(r) & (1<<toneShift - 1) }

// toneOf returns the tone of a folded Han character's reading: 1 to 4, and 0 for none.
func toneOf(r rune) uint16 { return readingOf(r) >> toneShift }

func readingOf(r rune) uint16 {
	if int(r) < trieLimit {
		return value(pinyinTop[:], pinyinIndex[:], pinyinBlocks[:], r)
	}
	return 0
}

// syllable returns the letters of a syllable, with v for ü, as it is typed.
func syllable(id uint16) string {
	if id == 0 {
		return ""
	}
	end := int(id) * maxSyllable
	return strings.TrimRight(syllableText[end-maxSyllable:end], " ")
}

// otherSpelling returns letters that are typed for a syllable's as well, or "". A ü is
// typed as v, and folds to u; ju, qu, xu and yu are spoken with a ü.
func otherSpelling(letters string) string {
	if len(letters) < 2 {
		return ""
	}
	switch first, second := letters[0], letters[1]; {
	case second == 'v':
		return letters[:1] + "u" + letters[2:]
	case second == 'u' && strings.IndexByte("jqxy", first) >= 0:
		return letters[:1] + "v" + letters[2:]
	}
	return ""
}

// spelled is what is known of the letters of syllables.
type spelled struct {
	ids map[uint32]uint16 // by their letters, packed
	// lengths has a bit for each length of the syllables that begin with two letters: few
	// letters of other languages get further.
	lengths [1 << 10]uint8
}

// pack is the letters of a syllable as a number, the last one lowest.
func pack(letters string) (packed uint32) {
	for i := range len(letters) {
		packed = packed<<5 | uint32(letters[i]&31)
	}
	return packed
}

func pair(first, second byte) int { return int(first&31)<<5 | int(second&31) }

// allSpelled is made for whoever looks for pinyin at all. Lü and nü want their v, since
// lu and nu are syllables as well; lüe and nüe do not.
var allSpelled = sync.OnceValue(func() *spelled {
	const n = len(syllableText) / maxSyllable
	all := &spelled{ids: make(map[uint32]uint16, 2*n)}
	for id := range uint16(n) {
		all.add(syllable(id+1), id+1)
	}
	for id := range uint16(n) {
		if other := otherSpelling(syllable(id + 1)); other != "" && all.ids[pack(other)] == 0 {
			all.add(other, id+1)
		}
	}
	return all
})

func (s *spelled) add(letters string, id uint16) {
	s.ids[pack(letters)] = id
	if len(letters) > 1 {
		s.lengths[pair(letters[0], letters[1])] |= 1 << len(letters)
		return
	}
	for second := range byte(32) {
		s.lengths[pair(letters[0], second)] |= 1 << 1
	}
}

// maxRun is how long a run of letters is cut into syllables: no name of a topic has ten
// syllables without a break.
const maxRun = 64

// cutSyllables appends to ids the syllables that run consists of: ASCII letters in lower
// case, as the fold leaves them, with the digit of a tone behind a syllable or not. It
// takes the longest syllable that leaves something which can be cut: xian is one
// syllable, and fangan is fang an. It reports false for what is not all syllables.
func cutSyllables(ids []uint16, run []byte) (_ []uint16, ok bool) {
	if len(run) == 0 || len(run) > maxRun {
		return ids, false
	}
	c := cutter{spelled: allSpelled(), run: run}
	return c.cut(ids, 0)
}

type cutter struct {
	*spelled

	run  []byte
	dead uint64 // the places from which the rest cannot be cut, so that each is tried once
}

func (c *cutter) cut(ids []uint16, at int) (_ []uint16, ok bool) {
	if at == len(c.run) {
		return ids, true
	}
	if c.dead&(1<<at) != 0 {
		return ids, false
	}
	second := byte(0)
	if at+1 < len(c.run) {
		second = c.run[at+1]
	}
	lengths := c.lengths[pair(c.run[at], second)]
	n, packed := 0, uint32(0)
	for ; n < maxSyllable && at+n < len(c.run) && c.run[at+n]-'a' < 26; n++ {
		packed = packed<<5 | uint32(c.run[at+n]&31)
	}
	for ; n > 0; n, packed = n-1, packed>>5 {
		if lengths&(1<<n) == 0 {
			continue
		}
		id := c.ids[packed]
		if id == 0 {
			continue
		}
		end := at + n
		if end < len(c.run) && '1' <= c.run[end] && c.run[end] <= '5' {
			end++
		}
		if whole, ok := c.cut(append(ids, id), end); ok {
			return whole, true
		}
	}
	c.dead |= 1 << at
	return ids, false
}
