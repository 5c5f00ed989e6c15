package textfold

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"topicgate/pkg/textfold/textfoldtest"
)

func mustSet(t testing.TB, words, exempt []string, o Options) *Set {
	t.Helper()
	s, err := NewSet(words, exempt, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSetFind(t *testing.T) {
	var (
		plain = Options{}
		looks = Options{LookAlikes: true}
		whole = Options{WholeWord: true}
		apart = Options{IgnoreSeparators: true}
		both  = Options{WholeWord: true, IgnoreSeparators: true}
	)
	list := strings.Fields
	for _, test := range []struct {
		name, words, exempt string
		o                   Options
		want                string // empty for none
	}{
		{"", "spam", "", plain, ""},
		{"buy sPaM now", "Spam", "", plain, "Spam"},
		{"加薇信", "微信", "", plain, ""},
		{"臺灣賭場", "赌场", "", plain, "赌场"},
		{"spamming", "spam spamming", "", plain, "spamming"},
		{"a spam ham", "ham spam", "", plain, "spam"},
		{"ab", "b ab a", "", plain, "ab"},
		{"STRASSE", "straße", "", plain, "straße"},
		{"сasino", "casino", "", plain, ""},
		{"spam\x00", "spam", "", plain, "spam"},
		{"s\xffpam", "spam", "", plain, ""},

		// Exempt words.
		{"classic", "ass", "classic", plain, ""},
		{"classics", "ass", "classic", plain, ""},
		{"classic ass", "ass", "classic", plain, "ass"},
		{"ass classic", "ass", "classic", plain, "ass"},
		{"classass", "ass", "class", plain, "ass"},
		{"assassin", "ass assassin", "assassin", plain, ""},
		{"assassins", "ass assassins", "assassin", plain, "assassins"},
		{"aab", "ab aab", "aa", plain, "aab"},
		{"aaab", "a", "aaa", plain, ""},
		{"xab", "ab abc", "xab", plain, ""},
		{"xabc", "ab abc", "xab", plain, "abc"},
		{"CLASSIC", "ass", "ｃｌａｓｓｉｃ", plain, ""},

		// Whole words.
		{"class", "ass", "", whole, ""},
		{"ass", "ass", "", whole, "ass"},
		{"an ass!", "ass", "", whole, "ass"},
		{"ass2", "ass", "", whole, "ass"},
		{"casino88", "casino", "", whole, "casino"},
		{"1989", "89", "", whole, ""},
		{"8-9", "9", "", whole, "9"},
		{"asses", "ass", "", whole, ""},
		{"two spams", "spam", "", whole, "spam"},
		{"spamss", "spam", "", whole, ""},
		{"微信s", "微信", "", whole, "微信"},
		{"バカass", "ass", "", whole, "ass"},
		{"บาทass", "ass", "", whole, "ass"},
		{"광고ass", "ass", "", whole, "ass"},
		{"ass_2", "ass", "", whole, "ass"},
		{"ass²", "ass", "", whole, "ass"},

		// Words that go on.
		{"classic", "*ass*", "", whole, "ass"},
		{"assassin", "ass*", "", whole, "ass"},
		{"bass", "ass*", "", whole, ""},
		{"bass", "*ass", "", whole, "ass"},
		{"basso", "*ass", "", whole, ""},
		{"f*ck", `f\*ck`, "", whole, "f*ck"},
		{"2*3", `2*`, "", whole, "2"},
		{"我加vx群", "vx", "", whole, "vx"},
		{"abc微信def", "微信", "", whole, "微信"},
		{"café", "cafe", "", whole, "cafe"},
		{"сидр", "сид", "", whole, ""},
		{"и\u0302", "и", "", whole, ""},
		{"हिन्दी", "हिन्द", "", whole, ""},
		{"हिन्दी", "हिन्दी", "", whole, "हिन्दी"},
		{"е\u0302ass", "ass", "", whole, ""},
		{"-\u0302ass", "ass", "", whole, "ass"},
		{"assets ass", "ass assets", "", whole, "assets"},
		{"assetsx ass", "ass assets", "", whole, "ass"},
		{"ass kisser", "ass asskiss", "", whole, "ass"},

		// Separators.
		{"加-微 信", "加微信", "", apart, "加微信"},
		{"加😀微★信", "加微信", "", apart, "加微信"},
		{"加微信", "加-微-信", "", apart, "加-微-信"},
		{"gas pam", "spam", "", apart, "spam"},
		{"s-\u0336p", "sp", "", apart, "sp"},
		{"mass age", "sag", "massage", apart, ""},
		{"buy s.p.a.m now", "spam", "", both, "spam"},
		{"gas pam", "spam", "", both, ""},
		{"s pammer", "spam", "", both, ""},
		{"go s pa m", "spam", "", both, "spam"},
		{"spam.mer", "spam", "", both, "spam"},
		{" spam ", "spam", "", both, "spam"},

		// Look-alikes.
		{"сasino", "casino", "", looks, "casino"},
		{"ВИНО", "вино", "", looks, "вино"},
		{"вино", "ВИНО", "", looks, "ВИНО"},
		{"ΝΙΚΗ", "νίκη", "", looks, ""},
		{"ΝΊΚΗ", "νίκη", "", looks, "νίκη"},
		{"tеlеgrаm", "Telegram", "", looks, "Telegram"},
		{"ВТС", "btc", "", looks, "btc"},
		{"Вtс", "btc", "", looks, "btc"},
		{"🅱🆃🅲", "btc", "", looks, "btc"},
		{"🇸🇵🇦🇲", "spam", "", looks, "spam"},
		{"🇸🇵🇦🇲", "spam", "", plain, ""},
		{"ѕрär", "spar", "", looks, "spar"},
		{"Москва", "mock", "", looks, ""},
		{"скорее", "pee", "", looks, ""},
		{"Pakistan", "рак", "", looks, ""},
		{"Пакистан Pakistan", "рак", "", looks, ""},
		{"лечим pак", "рак", "", looks, "рак"},
		{"xуй", "хуй", "", looks, "хуй"},
		{"casino", "саsino", "", looks, "саsino"},
		{"мой casinо", "мой саsino", "", looks, "мой саsino"},
		{"сlаssiс", "ass", "classic", looks, ""},
		{"p0rn 1ife", "porn life", "", looks, ""},
		{"с а s i n о", "casino", "", Options{LookAlikes: true, IgnoreSeparators: true}, "casino"},
		{"gаs рam", "spam", "", Options{LookAlikes: true, WholeWord: true, IgnoreSeparators: true}, ""},
		{"в s.р.а.m", "spam", "", Options{LookAlikes: true, WholeWord: true, IgnoreSeparators: true}, "spam"},
	} {
		s := mustSet(t, list(test.words), list(test.exempt), test.o)
		if strings.HasPrefix(test.words, "мой") {
			s = mustSet(t, []string{test.words}, nil, test.o)
		}
		got, found := s.Find(test.name)
		if got != test.want || found != (test.want != "") {
			t.Errorf("%q in %q, exempt %q, %+v: got %q %v, want %q",
				test.words, test.name, test.exempt, test.o, got, found, test.want)
		}
	}
}

func TestNewSetListsEveryEmptyWord(t *testing.T) {
	_, err := NewSet([]string{"ok", "", "\u200b", "!?"}, []string{"\u0301", "\u00ad"}, Options{})
	var empty *EmptyWordError
	if !errors.As(err, &empty) {
		t.Fatalf("got %v, want an EmptyWordError", err)
	}
	if want := []string{"", "\u200b"}; !slices.Equal(empty.Words, want) {
		t.Errorf("got words %q, want %q", empty.Words, want)
	}
	if want := []string{"\u00ad"}; !slices.Equal(empty.Exempt, want) {
		t.Errorf("got exempt %q, want %q", empty.Exempt, want)
	}
	_, err = NewSet([]string{"!?", "a"}, nil, Options{IgnoreSeparators: true})
	if want := `words ["!?"] fold to nothing`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// Of a sign nothing is left without separators: it is found as it is written.
func TestSetOfSigns(t *testing.T) {
	o := Options{IgnoreSeparators: true, WholeWord: true, LookAlikes: true}
	s := mustSet(t, []string{"spam", "🖕", "s-pam", "$$", "™", "★ ☆", "pam"}, []string{"no 🖕 here", "😀"}, o)
	for name, want := range map[string]string{
		"🖕": "🖕", "x🖕x": "🖕", "🖕🏽": "🖕", "no 🖕 here": "", "no 🖕 there": "🖕", "s p a m": "spam", "a$$b": "", "a $$ b": "$$", "$ $": "",
		"TM": "™", "★ ☆": "★ ☆", "★☆": "", "😀": "", "spam 🖕": "spam", "🖕 spam": "spam",
	} {
		if got, found := s.Find(name); got != want || found != (want != "") {
			t.Errorf("%q: found %q %v, want %q", name, got, found, want)
		}
	}
	if got := s.Repeated(); got.Count != 1 || !slices.Equal(got.First, []int{2}) {
		t.Errorf("repeated are %+v, want the third of the list", got)
	}
	for text, want := range map[string]bool{"spams": true, "x🖕": true, "🖕": true, "no 🖕 here": true, "ham": false} {
		if got := s.Excuses(text); got != want {
			t.Errorf("%q excuses: %v, want %v", text, got, want)
		}
	}
	if _, err := NewSet([]string{"🖕", "!?", "\u200B"}, nil, o); err == nil || err.Error() != `words ["!?" "\u200b"] fold to nothing` {
		t.Errorf("got %v", err)
	}
}

func TestSome(t *testing.T) {
	var s Some
	for _, i := range []int{9, 4, 7, 1, 8, 3} {
		s.Add(i)
	}
	if s.Count != 6 || !slices.Equal(s.First, []int{1, 3, 4}) {
		t.Errorf("got %+v", s)
	}
}

func TestEmptySetFindsNothing(t *testing.T) {
	if word, found := mustSet(t, nil, nil, Options{}).Find("anything"); found {
		t.Errorf("found %q", word)
	}
}

func TestSetOfManyWords(t *testing.T) {
	words := textfoldtest.Some(100_000)
	for i := range 1000 {
		words = append(words, fmt.Sprintf("sharedprefix%05d", i), strings.Repeat("a", i+1))
	}
	s := mustSet(t, words, nil, Options{WholeWord: true})
	for _, w := range words {
		got, found := s.Find("【" + w + "】")
		if !found || Fold(got) != Fold(w) {
			t.Fatalf("%q: got %q %v", w, got, found)
		}
	}
}

func TestAdversarialNames(t *testing.T) {
	words := []string{"spam", strings.Repeat("a", 300) + "b", "а"}
	for i := range 200 {
		words = append(words, strings.Repeat("a", i+1)+"c")
	}
	var nested []string // each begins with all before it, and never ends at a word's end
	for i := range 500 {
		nested = append(nested, strings.Repeat("ا", i+1))
	}
	names, err := NewNames(words)
	if err != nil {
		t.Fatal(err)
	}
	sets := map[Options][]*Set{}
	for m := range 8 {
		o := Options{LookAlikes: m&1 != 0, WholeWord: m&2 != 0, IgnoreSeparators: m&4 != 0}
		sets[o] = []*Set{
			mustSet(t, words, []string{strings.Repeat("a", 100)}, o),
			mustSet(t, nested, []string{strings.Repeat("ا", 500)}, o),
		}
	}
	const size = 64 << 10 // a quarter of the largest: what is not linear takes minutes all the same
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	for _, name := range []string{
		fill("a"), fill("\u0301"), "α" + fill("\u0345\u0301"), "и" + fill("\u0323\u0301"), fill("\xff"), fill("\x00"),
		fill("ᅡ"), fill("का\u200d"), fill("ा"), fill("🏴\U000E0061"), fill("\uFDFA"), fill("s.p"), fill("ѕр"), fill("👩\u200d"), fill("ا"),
	} {
		for o := range sets {
			for _, s := range sets[o] {
				s.Find(name)
			}
		}
		names.Find(name)
		Invisible(name)
		if clean := StripInvisible(name); clean != StripInvisible(clean) {
			t.Errorf("%.20q…: stripping twice changes it", name)
		}
		if folded := Fold(name); !utf8.ValidString(folded) || Fold(folded) != folded {
			t.Errorf("%.20q…: folding twice changes it", name)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	s := mustSet(t, []string{"spam", "赌场"}, []string{"spamalot"}, Options{LookAlikes: true})
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 200 {
				if w, _ := s.Find("臺灣賭場"); w != "赌场" {
					t.Errorf("got %q", w)
				}
				if w, found := s.Find("Spаmalot"); found {
					t.Errorf("got %q", w)
				}
			}
		})
	}
	wait.Wait()
}
