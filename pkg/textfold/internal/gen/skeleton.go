package main

import (
	"log"
	"strings"
	"unicode"

	"go.mau.fi/util/confusable"
	"go.mau.fi/util/emojirunes"
	"golang.org/x/text/unicode/norm"
)

// writeSkeletons writes the three steps of a skeleton: clean decomposes and
// drops what does not count, skeleton and folded take the prototype of what
// is left, as it is and case-folded first.
func (f *folder) writeSkeletons(out *file) {
	out.header(fromConfusables, fromEmoji, fromText, fromUnicode)
	emoji := map[rune]bool{'©': true, '®': true}
	for _, r := range emojirunes.EmojiRunes {
		emoji[r] = true
	}
	var entries pool
	entry := func(r rune, s string) uint16 {
		if s == string(r) {
			return 0
		}
		return uint16(1 + entries.add(s, 0))
	}
	trie(out, "0, or 1 + the entry of what a code point decomposes to.", "clean", func(r rune) uint16 {
		if !valid(r) || 0xAC00 <= r && r <= 0xD7A3 {
			return 0
		}
		if invisible(r) {
			return entry(r, "")
		}
		var b strings.Builder
		for _, r := range norm.NFKD.String(string(r)) {
			if !invisible(r) && !unicode.Is(unicode.White_Space, r) && !unicode.IsPunct(r) && !unicode.IsSymbol(r) && !emoji[r] {
				b.WriteRune(r)
			}
		}
		return entry(r, b.String())
	})
	stable := func(r rune) bool { return valid(r) && norm.NFKD.String(string(r)) == string(r) }
	trie(out, "0, or 1 + the entry of a code point's prototype, case-folded.", "skeleton", func(r rune) uint16 {
		if !stable(r) {
			return 0
		}
		return entry(r, casefold(prototype(string(r))))
	})
	trie(out, "0, or 1 + the entry of the prototype of the case-folded\n// code point, where skeleton says something else.", "folded", func(r rune) uint16 {
		if !stable(r) {
			return 0
		}
		folded := casefold(string(r))
		if r == iotaSubscript {
			folded = "ι"
		}
		s := casefold(prototype(norm.NFD.String(folded)))
		if s == casefold(prototype(string(r))) {
			return 0
		}
		return uint16(1 + entries.add(s, 0))
	})
	entries.write(out, "skeleton")
}

// prototype replaces each character by the one that stands for its look-alikes.
func prototype(s string) string {
	var b strings.Builder
	for _, r := range s {
		if p := confusable.GetReplacement(r); p != "" {
			b.WriteString(p)
		} else {
			b.WriteRune(r)
		}
	}
	p := norm.NFD.String(b.String())
	if strings.ContainsRune(p, iotaSubscript) {
		log.Fatalf("the prototype of %+q has U+0345", s)
	}
	return p
}
