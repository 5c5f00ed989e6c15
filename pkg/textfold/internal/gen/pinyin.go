package main

import (
	"fmt"
	"log"
	"slices"
	"strings"
)

// writePinyin writes the syllables of Mandarin and which of them each character is. What
// the fold replaces has none: text is folded before it is read aloud. Nor has what few
// could read, and so nobody hides a word in: the characters of the extensions, if
// 通用规范汉字表 does not have them.
func (f *folder) writePinyin(out *file, u *unihan) {
	out.header(fromUnihan)
	read := func(r rune) string {
		extension := r < 0x4E00 || 0x9FFF < r
		if u.mandarin[r] == "" || extension && !u.standard[r] || f.fold(r) != string(r) {
			return ""
		}
		return u.syllable(r)
	}
	seen := map[string]bool{}
	for r := range rune(limit) {
		seen[read(r)] = true
	}
	delete(seen, "")
	var syllables []string
	for s := range seen {
		syllables = append(syllables, s)
	}
	slices.Sort(syllables)
	var text strings.Builder
	for _, s := range syllables {
		if len(s) > maxSyllable {
			log.Fatalf("the syllable %s is too long", s)
		}
		fmt.Fprintf(&text, "%-*s", maxSyllable, s)
	}
	fmt.Fprintf(out, "\n// maxSyllable is the length of the longest syllable.\nconst maxSyllable = %d\n", maxSyllable)
	fmt.Fprintf(out, "\n// toneShift is how many bits the number of a syllable has.\nconst toneShift = %d\n", toneShift)
	if len(syllables) >= 1<<toneShift {
		log.Fatalf("%d syllables are too many", len(syllables))
	}
	out.text("syllableText holds the syllables without tones, ü as v, sorted, each with spaces\n// to the length of the longest.",
		"syllableText", text.String())
	trie(out, "the primary Mandarin reading of each Han character: 0 for none,\n// or 1 + its place in syllableText, and its tone above toneShift.",
		"pinyin", func(r rune) uint16 {
			i, found := slices.BinarySearch(syllables, read(r))
			if !found {
				return 0
			}
			return uint16(1+i) | u.tone(r)<<toneShift
		})
}

const (
	maxSyllable = 6
	toneShift   = 9
)
