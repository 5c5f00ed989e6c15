package main

import (
	"fmt"
	"log"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const iotaSubscript = 0x345

// A folder knows the folding of each single code point.
type folder struct {
	simplified map[rune]rune
	pairs      []pair
	second     map[rune]bool // composes with a starter before it
}

// A pair of characters composes to one.
type pair struct{ a, b, c rune }

func ccc(r rune) uint8 { return norm.NFD.PropertiesString(string(r)).CCC() }

func valid(r rune) bool { return r < 0xD800 || 0xDFFF < r }

var fullFold = cases.Fold()

// casefold is full case folding, but for U+0345, which is a mark until its
// marks have been put in order.
func casefold(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == iotaSubscript,
			// x/text swaps the cases of Cherokee; CaseFolding.txt folds to capitals.
			0x13A0 <= r && r <= 0x13F5:
			b.WriteRune(r)
		default:
			b.WriteString(fullFold.String(string(r)))
		}
	}
	return b.String()
}

func newFolder(simplified map[rune]rune) *folder {
	f := &folder{simplified: simplified, second: map[rune]bool{}}
	for r := rune(0x80); r < limit; r++ {
		d := []rune(norm.NFD.String(string(r)))
		if !valid(r) || len(d) < 2 || 0xAC00 <= r && r <= 0xD7A3 {
			continue
		}
		a := []rune(norm.NFC.String(string(d[:len(d)-1])))
		b := d[len(d)-1]
		if len(a) != 1 || norm.NFC.String(string(a)+string(b)) != string(r) {
			continue
		}
		// Marks of Latin letters are dropped and capitals never appear in
		// folded text, so that neither needs composing.
		if f.fold(r) == string(r) {
			f.pairs = append(f.pairs, pair{a[0], b, r})
			if ccc(b) == 0 {
				f.second[b] = true
			}
		}
	}
	for r := rune(0x1161); r <= 0x11C2; r++ { // the vowels and finals of Hangul syllables
		if r <= 0x1175 || 0x11A8 <= r {
			f.second[r] = true
		}
	}
	slices.SortFunc(f.pairs, func(x, y pair) int {
		if x.a != y.a {
			return int(x.a - y.a)
		}
		return int(x.b - y.b)
	})
	return f
}

// decompose returns what r folds to before composition.
func (f *folder) decompose(r rune) string {
	s := string(r)
	for {
		var b strings.Builder
		for _, r := range norm.NFKD.String(s) {
			if to, ok := f.simplified[r]; ok {
				r = to
			}
			if !invisible(r) && !private(r) {
				b.WriteString(casefold(string(r)))
			}
		}
		next := norm.NFKD.String(b.String())
		if next == s {
			return stripMarks(s)
		}
		s = next
	}
}

// private reports the characters to which Unicode gives no meaning: a font that has none
// of its own shows a box.
func private(r rune) bool { return unicode.Is(unicode.Co, r) }

// stripMarks removes the marks of Latin letters and of Han characters.
func stripMarks(s string) string {
	var b strings.Builder
	bare := false
	for _, r := range s {
		if !unicode.IsMark(r) {
			bare = latinLetter(r) || unicode.Is(unicode.Han, r)
		} else if bare {
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// fold returns what r by itself folds to.
func (f *folder) fold(r rune) string {
	d := f.decompose(r)
	if strings.ContainsRune(strings.TrimSuffix(d, "\u0345"), iotaSubscript) {
		log.Fatalf("%U: U+0345 amid its folding", r)
	}
	return norm.NFC.String(strings.ReplaceAll(d, "\u0345", "ι"))
}

// The values of the fold trie, as fold.go reads them: a kind, from foldCCC on
// a combining class, and from foldEntry on an entry.
const (
	foldCopy    = 0   // folds to itself
	foldLatin   = 1   // the same, a Latin letter: the marks after it go
	foldHan     = 2   // the same, a Han character
	foldDelete  = 3   // invisible
	foldPrivate = 4   // goes too, though a box is shown
	foldMark    = 5   // a mark of combining class 0
	foldCompose = 6   // the same, which composes with what is before it
	foldJamo    = 7   // composes with what is before it and is no mark
	foldIota    = 8   // U+0345
	foldCCC     = 9   // the combining class is foldClasses[value-foldCCC]
	foldEntry   = 128 // the folding is an entry
)

// The flags of an entry.
const (
	entryLatin = 1 // ends in a Latin letter
	entryIota  = 2 // ends in a ι that was U+0345
	entrySlow  = 4 // may compose with what is before it: to be folded rune by rune
	entryHan   = 8 // ends in a Han character
)

func (f *folder) write(out *file) {
	out.header(fromText, fromUnicode, fromOpenCC, fromUnihan)
	fmt.Fprintf(out, `
const (
	foldCopy = %d
	foldLatin = %d
	foldHan = %d
	foldDelete = %d
	foldPrivate = %d
	foldMark = %d
	foldCompose = %d
	foldJamo = %d
	foldIota = %d
	foldCCC = %d
	foldEntry = %d

	entryLatin = %d
	entryIota = %d
	entrySlow = %d
	entryHan = %d

	// tablesVersion is the edition of Unicode that the tables know.
	tablesVersion = %q
)
`, foldCopy, foldLatin, foldHan, foldDelete, foldPrivate, foldMark, foldCompose, foldJamo, foldIota, foldCCC, foldEntry,
		entryLatin, entryIota, entrySlow, entryHan, norm.Version)

	var classes []uint8
	for r := rune(0); r < limit; r++ {
		if c := ccc(r); valid(r) && c != 0 && !slices.Contains(classes, c) {
			classes = append(classes, c)
		}
	}
	slices.Sort(classes)
	if foldCCC+len(classes) > foldEntry {
		log.Fatal("too many combining classes")
	}
	var entries pool
	trie(out, "how each code point folds: a fold kind.", "fold", func(r rune) uint16 {
		if !valid(r) {
			return foldCopy
		}
		if invisible(r) {
			return foldDelete
		}
		if private(r) {
			return foldPrivate
		}
		if r == iotaSubscript {
			return foldIota
		}
		d, folded := []rune(f.decompose(r)), f.fold(r)
		if folded != string(r) {
			var flags uint32
			switch last := d[len(d)-1]; {
			case latinLetter(last):
				flags |= entryLatin
			case unicode.Is(unicode.Han, last):
				flags |= entryHan
			case last == iotaSubscript:
				flags |= entryIota
			}
			if unicode.IsMark(d[0]) || f.second[d[0]] {
				flags, folded = entrySlow, string(d)
			}
			return uint16(foldEntry + entries.add(folded, flags))
		}
		switch c := ccc(r); {
		case c != 0:
			return uint16(foldCCC + slices.Index(classes, c))
		case f.second[r] && unicode.IsMark(r):
			return foldCompose
		case f.second[r]:
			return foldJamo
		case unicode.IsMark(r):
			return foldMark
		case latinLetter(r):
			return foldLatin
		case unicode.Is(unicode.Han, r):
			return foldHan
		}
		return foldCopy
	})
	entries.write(out, "fold")
	array(out, "foldClasses holds the canonical combining classes other than 0.", "foldClasses", classes)

	var firsts, seconds, composed []rune
	for _, p := range f.pairs {
		firsts, seconds, composed = append(firsts, p.a), append(seconds, p.b), append(composed, p.c)
	}
	array(out, "pairFirst, pairSecond and pairComposed hold which two characters compose to which, sorted.",
		"pairFirst", firsts)
	array(out, "See pairFirst.", "pairSecond", seconds)
	array(out, "See pairFirst.", "pairComposed", composed)
	byComposed := make([]uint16, len(f.pairs))
	for i := range byComposed {
		byComposed[i] = uint16(i)
	}
	slices.SortFunc(byComposed, func(i, j uint16) int { return int(f.pairs[i].c - f.pairs[j].c) })
	array(out, "pairByComposed holds the indices of the pairs in the order of pairComposed.", "pairByComposed", byComposed)
}
