package main

import (
	"fmt"
	"unicode"

	"go.mau.fi/util/emojirunes"
	"golang.org/x/text/unicode/norm"
)

// invisible reports whether r shows nothing, or nothing of its own: controls, format
// characters, default ignorable code points, and the blanks that no property tells. It is
// what every table and function here means by it.
func invisible(r rune) bool {
	switch {
	case unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp):
		return true
	case r == 0x2800, // BRAILLE PATTERN BLANK
		r == 0xFFFC,                  // OBJECT REPLACEMENT CHARACTER, of an object that is not there
		r == 0x1D159,                 // MUSICAL SYMBOL NULL NOTEHEAD
		0x13430 <= r && r <= 0x1345F: // Egyptian Hieroglyph Format Controls, blanks and damage among them
		return true
	case unicode.In(r, unicode.White_Space, unicode.Prepended_Concatenation_Mark):
		return false // signs of numbers, which show
	}
	// Format characters, and with the other two Default_Ignorable_Code_Point as
	// DerivedCoreProperties.txt derives it.
	return unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

func latinLetter(r rune) bool { return unicode.IsLetter(r) && unicode.Is(unicode.Latin, r) }

// The classes of class.go, in its order.
var classNames = []string{
	"classOther", "classSpace", "classPunctuation", "classSymbol", "classEmoji", "classNumber",
	"classMark", "classVirama", "classLatin", "classHan", "classUnspaced", "classJoining", "classLetter",
}

var (
	// unspaced are the scripts, Han apart, that write no space between words.
	unspaced = []*unicode.RangeTable{
		unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo, unicode.Yi,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan,
	}
	// joining are the scripts whose letters join, after ArabicShaping.txt.
	joining = []*unicode.RangeTable{
		unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Nko, unicode.Mandaic,
		unicode.Manichaean, unicode.Phags_Pa, unicode.Psalter_Pahlavi, unicode.Hanifi_Rohingya,
		unicode.Sogdian, unicode.Old_Uyghur, unicode.Adlam, unicode.Chorasmian,
	}
)

func classOf(emoji map[rune]bool, r rune) string {
	switch {
	case invisible(r):
		return "classOther"
	case emoji[r]:
		return "classEmoji"
	case unicode.Is(unicode.White_Space, r):
		return "classSpace"
	case unicode.IsPunct(r):
		return "classPunctuation"
	case unicode.IsSymbol(r):
		return "classSymbol"
	case unicode.IsMark(r) && norm.NFD.PropertiesString(string(r)).CCC() == 9:
		return "classVirama"
	case unicode.IsMark(r):
		return "classMark"
	case unicode.Is(unicode.Han, r):
		return "classHan"
	case unicode.IsNumber(r):
		return "classNumber"
	case !unicode.IsLetter(r):
		return "classOther"
	case latinLetter(r):
		return "classLatin"
	case unicode.In(r, unspaced...):
		return "classUnspaced"
	case unicode.In(r, joining...):
		return "classJoining"
	}
	return "classLetter"
}

func writeClasses(f *file) {
	f.header(fromUnicode, fromText+": canonical combining classes", fromEmoji)
	number := map[string]uint8{}
	fmt.Fprintf(f, "\nconst (\n")
	for i, name := range classNames {
		number[name] = uint8(i)
		if i == 0 {
			name += " class = iota"
		}
		fmt.Fprintf(f, "%s\n", name)
	}
	fmt.Fprintf(f, ")\n")
	// The two of Latin-1 that emojirunes leaves out beside the digits.
	emoji := map[rune]bool{'©': true, '®': true}
	for _, r := range emojirunes.EmojiRunes {
		emoji[r] = true
	}
	trie(f, "the class of each code point.", "class", func(r rune) uint8 { return number[classOf(emoji, r)] })
}
