package textfold

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// reference folds with x/text, as the package's documentation says it.
func reference(name string) string {
	var b strings.Builder
	for _, r := range name {
		for _, r := range norm.NFKD.String(string(r)) {
			if !referenceInvisible(r) && !unicode.Is(unicode.Co, r) {
				b.WriteRune(r)
			}
		}
	}
	s := limitMarks(b.String())
	for {
		b.Reset()
		for _, r := range stripMarks(norm.NFKD.String(s)) {
			b.WriteString(referenceCasefold(simplify(r)))
		}
		next := norm.NFKC.String(stripMarks(norm.NFKD.String(b.String())))
		if next == s {
			return s
		}
		s = next
	}
}

func referenceInvisible(r rune) bool {
	switch {
	case unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp), 0x13430 <= r && r <= 0x1345F,
		r == 0x2800, r == 0xFFFC, r == 0x1D159, 0xE0000 <= r && r <= 0xE0FFF:
		return true
	case unicode.In(r, unicode.White_Space, unicode.Prepended_Concatenation_Mark):
		return false
	}
	return unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// referenceCasefold mends x/text, which folds Cherokee capitals to small
// letters and small ones to capitals; CaseFolding.txt has only the latter.
func referenceCasefold(r rune) string {
	if 0x13A0 <= r && r <= 0x13F5 {
		return string(r)
	}
	return cases.Fold().String(string(r))
}

// simplify takes the word of OpenCC and Unihan, through the tables, for Han characters.
func simplify(r rune) rune {
	if v := foldOf(r); unicode.Is(unicode.Han, r) && v >= foldEntry {
		s, _ := entry(foldText, foldEntries[v-foldEntry])
		return []rune(s)[0]
	}
	return r
}

func stripMarks(s string) string {
	var b strings.Builder
	bare := false
	for _, r := range s {
		if !unicode.IsMark(r) {
			bare = unicode.IsLetter(r) && unicode.Is(unicode.Latin, r) || unicode.Is(unicode.Han, r)
		} else if bare {
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func limitMarks(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if norm.NFD.PropertiesString(string(r)).CCC() == 0 {
			n = 0
		} else if n++; n > maxMarks {
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func TestTablesAreFresh(t *testing.T) {
	if norm.Version != tablesVersion {
		t.Errorf("x/text knows Unicode %s, the tables %s: run go generate", norm.Version, tablesVersion)
	}
}

func TestFoldASCII(t *testing.T) {
	// Every byte, at every place among eight and in every company.
	for c := range 256 {
		for i := range 8 {
			for _, beside := range []string{"a", "Z", "\x1f", " ", "\x7f", "@[`{"} {
				name := []byte(strings.Repeat(beside, 8)[:8])
				name[i] = byte(c)
				if got, want := Fold(string(name)), reference(string(name)); got != want {
					t.Errorf("Fold(%+q) = %+q, want %+q", name, got, want)
				}
			}
		}
	}
}

func validRune(r rune) bool { return r < 0xD800 || 0xDFFF < r }

func FuzzFold(f *testing.F) {
	for _, seed := range foldSeeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := Fold(name)
		if want := reference(name); got != want {
			t.Errorf("Fold(%+q) = %+q, want %+q", name, got, want)
		}
		if again := Fold(got); again != got {
			t.Errorf("Fold(Fold(%+q)) = %+q, want %+q", name, again, got)
		}
	})
}

var foldSeeds = []string{
	"", "Straße ﬁn", "ｓＰａＭ", "加微信 加薇信", "é\u200b\u0301", "ᾳ\u0301\u0323\u0345", "й\u0323", "がｶﾞ", "ㄱㅏㄱ",
	"\x00\xff\xed\xa0\x80", strings.Repeat("\u0301\u0323", 20), "α" + strings.Repeat("\u0345\u0301", 20), "ො\u0dca",
	"加\uabed微\u0336信\u20dd", "代\ue65c开\U000F0000发票\U0010FFFD", "a\ue000\u0301", "売銭沢\u3099", "㍻\u0301㊊\u0301",
}

// TestMaxGrowth: no character folds to more characters than MaxGrowth for each of its
// bytes, neither by itself nor again.
func TestMaxGrowth(t *testing.T) {
	most := 0.0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		name := strings.Repeat(string(r), 3)
		growth := float64(utf8.RuneCountInString(Fold(name))) / float64(len(name))
		most = max(most, growth)
	}
	if most != MaxGrowth {
		t.Errorf("a character folds to %v for each of its bytes, not %d", most, MaxGrowth)
	}
}
