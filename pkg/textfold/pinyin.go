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

// spellings returns the letters of a syllable, and with a ü those with u for it too, as
// the fold leaves it: nü is typed nv and folds to nu, which is another syllable.
func spellings(id uint16) (letters, withU string) {
	letters = syllable(id)
	if strings.Contains(letters, "v") {
		withU = strings.Replace(letters, "v", "u", 1)
	}
	return letters, withU
}

// syllableID returns the syllable of these letters, and 0 for none. Lü and nü want their
// v, since lu and nu are syllables as well; lüe and nüe do not; ju, qu, xu and yu may
// have one, for it is a ü that they are spoken with.
func syllableID(letters string) uint16 {
	if id := exactSyllable(letters); id != 0 {
		return id
	}
	if len(letters) < 2 {
		return 0
	}
	switch first, second := letters[0], letters[1]; {
	case second == 'u' && (first == 'l' || first == 'n'):
		return exactSyllable(letters[:1] + "v" + letters[2:])
	case second == 'v' && strings.IndexByte("jqxy", first) >= 0:
		return exactSyllable(letters[:1] + "u" + letters[2:])
	}
	return 0
}

func exactSyllable(letters string) uint16 { return syllableIDs()[letters] }

// syllableIDs are the syllables by their letters, for whoever looks for pinyin at all.
var syllableIDs = sync.OnceValue(func() map[string]uint16 {
	const n = len(syllableText) / maxSyllable
	ids := make(map[string]uint16, n)
	for id := range uint16(n) {
		ids[syllable(id+1)] = id + 1
	}
	return ids
})

// maxRun is how long a run of letters is cut into syllables: no name of a topic has ten
// syllables without a break.
const maxRun = 64

// cutSyllables appends to ids the syllables that run consists of: ASCII letters in lower
// case, as the fold leaves them, with the digit of a tone behind a syllable or not. It
// takes the longest syllable that leaves something which can be cut: xian is one
// syllable, and fangan is fang an. It reports false for what is not all syllables.
func cutSyllables[T string | []byte](ids []uint16, run T) (_ []uint16, ok bool) {
	if len(run) == 0 || len(run) > maxRun {
		return ids, false
	}
	c := cutter[T]{run: run}
	return c.cut(ids, 0)
}

type cutter[T string | []byte] struct {
	run  T
	dead uint64 // the places from which the rest cannot be cut, so that each is tried once
}

func (c *cutter[T]) cut(ids []uint16, at int) (_ []uint16, ok bool) {
	if at == len(c.run) {
		return ids, true
	}
	if c.dead&(1<<at) != 0 {
		return ids, false
	}
	for n := min(maxSyllable, len(c.run)-at); n > 0; n-- {
		id := syllableID(string(c.run[at : at+n]))
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
