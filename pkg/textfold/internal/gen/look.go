package main

import (
	"fmt"
	"log"
	"strings"
	"unicode"

	"go.mau.fi/util/confusable"
	"golang.org/x/text/unicode/norm"
)

// How far a code point's likeness goes, as look.go explains.
const (
	lookStrict = 0 // looks Latin in a word of its own script
	lookLoose  = 1 // looks Latin only beside Latin letters
	lookAlways = 2 // a Latin letter in ornament
)

// looser are the letters, in strict scripts, that pass for Latin only in
// Latin company; the right-hand side is what they then pass for.
var looser = [][2]string{
	{"вкмнтгпиьяшєҥңҡҟҝӊӈ", "bkmhtrnubrwehhkkkhh"},
	{"ИЬЯШЄ", "nbrwe"},
	{"κχτηωμγεβσπς", "kxtnwuyebonc"},
}

// ornaments are ranges of 26 letters each, A to Z, that NFKC leaves alone or
// puts between parentheses.
var ornaments = []rune{
	0x249C,  // PARENTHESIZED LATIN SMALL LETTER A
	0x1F110, // PARENTHESIZED LATIN CAPITAL LETTER A
	0x1F150, // NEGATIVE CIRCLED LATIN CAPITAL LETTER A
	0x1F170, // NEGATIVE SQUARED LATIN CAPITAL LETTER A
	0x1F1E6, // REGIONAL INDICATOR SYMBOL LETTER A
}

// alike are letters that people use as Latin ones and UTS #39 does not know,
// or knows as something else: small capitals, turned and hooked letters.
var alike = [][2]string{
	{"ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯǫʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqqrstuvwyz"},
	{"ɐɘǝəɛɜɟɥɯɹɾʇʌʍʎʞɔɒɑɡɩıȷ", "aeeeeefhmrrtvwykcaagiij"},
	{"ɓɖɗƒɠɦɨɫɬɱɲɳŋɵɽʂʈʉʋʐʑʒƙƥƭƴȼɇɉɍɏⱥⱦ", "bddfghillmnnnorstuvzzzkptycejryat"},
	{"ІΙ", "ii"}, // capitals that UTS #39 takes for l
}

// strictScripts are those whose letters pass for Latin ones throughout a
// word. A Hebrew, Arabic or Indic word never does, whatever letters it has.
var strictScripts = []*unicode.RangeTable{
	unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee, unicode.Coptic,
	unicode.Lisu, unicode.Deseret,
}

type look struct {
	letters string
	kind    int
}

// eachPair calls do for each letter of pair[0] and the one it looks like.
func eachPair(pair [2]string, do func(r rune, letter string)) {
	from := []rune(pair[0])
	if len(from) != len(pair[1]) {
		log.Fatalf("%s (%d) and %s (%d) differ in length", pair[0], len(from), pair[1], len(pair[1]))
	}
	for i, r := range from {
		do(r, pair[1][i:i+1])
	}
}

// looks returns the Latin letters, in lower case, that code points look like.
func (f *folder) looks() map[rune]look {
	given := map[rune]look{}
	for _, pair := range looser {
		eachPair(pair, func(r rune, letter string) { given[r] = look{letter, lookLoose} })
	}
	for _, first := range ornaments {
		for i := range rune(26) {
			given[first+i] = look{string('a' + i), lookAlways}
		}
	}
	for _, pair := range alike {
		eachPair(pair, func(r rune, letter string) { given[r] = look{letter, kindOf(r)} })
	}
	all := map[rune]look{}
	for r := rune(0x80); r < limit; r++ {
		if !valid(r) || invisible(r) || unicode.IsMark(r) {
			continue
		}
		if l, ok := given[r]; ok {
			all[r] = l
			continue
		}
		// A letter with marks looks like its base.
		base, marks := splitMarks(norm.NFKD.String(string(r)))
		if marks && base < 0x80 || base == 0 {
			continue // the plain folding does that
		}
		if l, ok := given[base]; ok {
			all[r] = l
		} else if letters := latinPrototype(base); letters != "" && base >= 0x80 {
			all[r] = look{letters, kindOf(base)}
		}
	}
	return all
}

func kindOf(r rune) int {
	switch {
	case latinLetter(r):
		return lookAlways
	case unicode.In(r, strictScripts...) && unicode.IsLetter(r):
		return lookStrict
	}
	return lookLoose
}

// splitMarks returns the base of a decomposition of one character, and
// whether marks follow it; 0 when it has other characters.
func splitMarks(s string) (base rune, marks bool) {
	for i, r := range s {
		switch {
		case i == 0:
			base = r
		case unicode.IsMark(r):
			marks = true
		default:
			return 0, false
		}
	}
	return base, marks
}

// latinPrototype returns the ASCII letters that UTS #39 takes r for.
func latinPrototype(r rune) string {
	prototype := norm.NFD.String(confusable.GetReplacement(r))
	letters := stripMarks(prototype)
	if letters == "rn" {
		letters = "m"
	}
	if letters == "" || len(letters) > 2 {
		return ""
	}
	for _, c := range []byte(letters) {
		if c|0x20 < 'a' || 'z' < c|0x20 {
			return ""
		}
	}
	return strings.ToLower(letters)
}

func (f *folder) writeLooks(out *file) {
	out.header(fromConfusables, fromText, fromUnicode, "the lists in internal/gen/look.go")
	fmt.Fprintf(out, "\nconst (\nlookStrict = %d\nlookLoose = %d\nlookAlways = %d\n)\n", lookStrict, lookLoose, lookAlways)
	looks := f.looks()
	var texts []string
	for c := 'a'; c <= 'z'; c++ {
		texts = append(texts, string(c))
	}
	trie(out, "what each code point looks like: 0, or 1 + the index of\n// its letters in lookText + 64 times its kind.",
		"look", func(r rune) uint8 {
			l, ok := looks[r]
			if !ok {
				return 0
			}
			i := 0
			for i < len(texts) && texts[i] != l.letters {
				i++
			}
			if i == len(texts) {
				texts = append(texts, l.letters)
			}
			if i >= 63 {
				log.Fatal("too many look-alikes of several letters")
			}
			return uint8(1 + i + 64*l.kind)
		})
	fmt.Fprintf(out, "\n// lookText holds the letters that something looks like, two bytes each.\nconst lookText = \"\"")
	for _, t := range texts {
		fmt.Fprintf(out, "+\n%q", (t + "\x00")[:2])
	}
	out.WriteByte('\n')
}
