package textfold

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func skeleton(text []byte, fold bool) string {
	all, _ := prototypes(nil, text, fold, math.MaxInt)
	return string(orderMarks(all))
}

func TestNamesFind(t *testing.T) {
	reserved := []string{"Official Support", "Paypal", "客服中心", "Bill", "한국"}
	names, err := NewNames(reserved)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, want string }{
		{"official support", "Official Support"},
		{"OFFICIAL-SUPPORT!", "Official Support"},
		{"🎉 Ｏｆｆｉｃｉａｌ\u200BＳｕｐｐｏｒｔ ✅️", "Official Support"},
		{"0fficial Support", "Official Support"},
		{"Оffiсiаl Suрроrt", "Official Support"},
		{"PaypaI", "Paypal"},
		{"pаypаl", "Paypal"},
		{"РАУРАL", "Paypal"},
		{"Ρaypal", "Paypal"},
		{"Paypa1", "Paypal"},
		{"客服 中心", "客服中心"},
		{"客服中心①", ""},
		{"Bi11", "Bill"},
		{"BILL", "Bill"},
		{"B1LL", ""},
		{"한국", "한국"},
		{"한국", "한국"},
		{"Official Supporters", ""},
		{"Unofficial Support", ""},
		{"Paypál", ""},
		{"", ""},
		{"🎉!\u200B", ""},
	} {
		got, found := names.Find(test.name)
		if got != test.want || found != (test.want != "") {
			t.Errorf("Find(%q) = %q %v, want %q", test.name, got, found, test.want)
		}
	}
}

// Symbols separate, as white space does; where one looks like a letter it is read as that,
// too; and what is little more than its signs is compared with them.
func TestNamesWithSymbols(t *testing.T) {
	names, err := NewNames([]string{"官方客服", "Paypal", "C++", "C#", "Acme™ Shop", "A", "R&D"})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"官方★客服": "官方客服", "官方|客服": "官方客服", "官方+客服": "官方客服", "★官方￨客服→": "官方客服", "官\U00013430方\uFFFC客服": "官方客服",
		"Paypa|": "Paypal", "Pay|pal": "Paypal", "$Paypal$": "Paypal", "P^a~y`p=a<l>": "Paypal", "Paypa|!": "Paypal",
		"C++": "C++", "c + +": "C++", "Ｃ＋＋": "C++", "C++ 🎉": "C++", "С++": "C++", "C": "", "C+": "", "C+++": "", "C#": "C#", "c＃": "C#", "C!": "",
		"Acme Shop": "", "AcmeTM Shop": "Acme™ Shop", "A": "A", "A+": "A", "R & D": "R&D", "R&D": "R&D", "RD": "R&D",
		"★": "", "++": "",
	} {
		if got, found := names.Find(name); got != want || found != (want != "") {
			t.Errorf("Find(%q) = %q %v, want %q", name, got, found, want)
		}
	}
	if _, err := NewNames([]string{"★", "+++", "$"}); err == nil {
		t.Error("names of nothing but symbols are reserved")
	}
}

func TestNewNamesListsEveryEmptyName(t *testing.T) {
	_, err := NewNames([]string{"ok", "", "!?", "\u200B🎉 "})
	var empty *EmptyNameError
	if !errors.As(err, &empty) {
		t.Fatalf("got %v, want an EmptyNameError", err)
	}
	if want := []string{"", "!?", "\u200B🎉 "}; !slices.Equal(empty.Names, want) {
		t.Errorf("got %q, want %q", empty.Names, want)
	}
}

func TestNamesReturnsTheFirstOfTheList(t *testing.T) {
	names, err := NewNames([]string{"b", "pаypаl", "PayPal"})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := names.Find("PAYPAL"); got != "pаypаl" {
		t.Errorf("got %q, want the first", got)
	}
}

// referenceClean is clean with x/text, with the emoji of the tables. It drops
// from NFKD.
func referenceClean(name string) string {
	var b strings.Builder
	for _, r := range visible(name) {
		if !unicode.In(r, unicode.White_Space, unicode.P, unicode.S) && classOf(r) != classEmoji {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func visible(name string) string {
	var b strings.Builder
	for _, r := range name {
		if !referenceInvisible(r) {
			b.WriteRune(r)
		}
	}
	return limitMarks(norm.NFKD.String(b.String()))
}

// referenceSkeleton is UTS #39's, with the prototypes of the tables.
func referenceSkeleton(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		if v := skeletonOf(r); v != 0 {
			p, _ := entry(skeletonText, skeletonEntries[v-1])
			b.WriteString(p)
		} else {
			b.WriteRune(r)
		}
	}
	return casefold(norm.NFD.String(b.String()))
}

func casefold(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteString(referenceCasefold(r))
	}
	return b.String()
}

func checkSkeleton(t *testing.T, name string) {
	t.Helper()
	clean := referenceClean(name)
	got, want := skeleton(cleanBytes(name), false), referenceSkeleton(clean)
	if got != want {
		t.Errorf("%+q: skeleton %+q, want %+q", name, got, want)
	}
	got = skeleton(cleanBytes(name), true)
	want = referenceSkeleton(casefold(norm.NFD.String(clean)))
	if got != want {
		t.Errorf("%+q: case-folded skeleton %+q, want %+q", name, got, want)
	}
}

func cleanBytes(name string) []byte { return clean(nil, name) }

func FuzzSkeleton(f *testing.F) {
	for _, seed := range foldSeeds {
		f.Add(seed)
	}
	f.Add("PаypaI\u05B4\u0345\u0301")
	f.Fuzz(func(t *testing.T, name string) {
		if len(norm.NFKD.String(name)) < 60 { // so that x/text's limit on marks is not met
			checkSkeleton(t, name)
		}
	})
}

// FuzzNames: a name resembles a reserved one just when a skeleton of theirs agrees, those
// of the names with their symbols, too; of what is a character and signs, with all signs.
func FuzzNames(f *testing.F) {
	for _, seed := range [][2]string{
		{"Official Support", "0fficial support"}, {"Paypal", "PаypaI"}, {"한국", "한국"}, {"客服中心", "🎉客 服中心"},
		{"\u0301\u05B4a", "\u05B4\u0301A"}, {"ﷺ", "\u200Bﷺ"}, {"\xffa", "\uFFFDa"}, {"ﬃ", "FFI"}, {"㎭", "rad"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, reserved, name string) {
		names, err := NewNames([]string{reserved})
		if err != nil {
			return
		}
		readings := [][2][]byte{{cleanBytes(reserved), cleanBytes(name)}}
		switch a, b := cleanBut(reserved, symbols), cleanBut(name, symbols); {
		case utf8.RuneCount(cleanBytes(reserved)) == 1 && len(cleanBut(reserved, allSigns)) > len(cleanBytes(reserved)):
			readings = [][2][]byte{{cleanBut(reserved, allSigns), cleanBut(name, allSigns)}}
		default:
			readings = append(readings, [2][]byte{a, b}, [2][]byte{a, cleanBytes(name)}, [2][]byte{cleanBytes(reserved), b})
		}
		want := false
		for _, r := range readings {
			for _, fold := range []bool{false, true} {
				want = want || skeleton(r[0], fold) == skeleton(r[1], fold)
			}
		}
		if _, got := names.Find(name); got != want {
			t.Errorf("%+q and %+q: got %v, want %v", reserved, name, got, want)
		}
	})
}
