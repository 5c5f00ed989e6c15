package main

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// addVariants adds to simplified, OpenCC's simplified characters, those that a reader of
// today's Chinese takes for another writing of a character: Japanese new forms (売, 銭),
// the variants of Hong Kong and Taiwan, Unihan's variants, and radicals.
//
// Who reads 通用规范汉字表, the standard of simplified Chinese, or the one before, must
// lose no difference that it makes. So no character of them folds to another, nor one of
// which OpenCC has something to say; and what another character folds to is of today's
// standard, and one alone.
func (f *folder) addVariants(u *unihan, o *opencc) {
	maps.Copy(f.simplified, u.radicals)
	for {
		before := len(f.simplified)
		for _, from := range slices.Sorted(maps.Keys(o.japanese)) {
			f.addVariant(u, o, from, o.japanese[from], false)
		}
		for _, from := range slices.Sorted(maps.Keys(o.regional)) {
			f.addVariant(u, o, from, o.regional[from], false)
		}
		for _, from := range slices.Sorted(maps.Keys(u.shape)) {
			f.addVariant(u, o, from, u.shape[from], true)
		}
		for _, from := range slices.Sorted(maps.Keys(u.semantic)) {
			f.addVariant(u, o, from, u.semantic[from], true)
		}
		if len(f.simplified) == before {
			return // what follows from all others has been added too
		}
	}
}

// strokes are what Unihan has for old writings of a character, and a reader of today for
// parts of others.
const strokes = "乚㐅亼"

// addVariant adds one character, if what it may stand for is one character of today's
// Chinese. If loose, that must be read like it, and must not have it for a half: Unihan's
// variants have some that share a meaning and are other words, and old characters from
// which today's were made by adding to them (匋 in 陶), where nobody reads the one as the
// other.
func (f *folder) addVariant(u *unihan, o *opencc, from rune, to []rune, loose bool) {
	if strings.ContainsRune(strokes, from) || u.standard[from] || u.earlier[from] || o.known[from] || !unicode.Is(unicode.Han, from) ||
		norm.NFKC.String(string(from)) != string(from) {
		return
	}
	if _, ok := f.simplified[from]; ok {
		return
	}
	var target rune
	for _, r := range to {
		t := []rune(f.fold(r))
		switch {
		case len(t) != 1 || t[0] == from || !u.standard[t[0]]:
		case loose && (u.syllable(from) == "" || u.syllable(from) != u.syllable(t[0]) || halfOf(from, t[0])):
		case target != 0 && target != t[0]:
			return // it may stand for several
		default:
			target = t[0]
		}
	}
	if target != 0 {
		f.simplified[from] = target
	}
}
