package policy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"topicgate/pkg/textfold"
)

func containing(words ...string) Match { return onName(Name{Contains: words}) }
func resembling(names ...string) Match { return onName(Name{Resembles: names}) }

// What each modifier does is textfold's to test: see TestNameWordsModifiers.
var (
	classic   = onName(Name{Contains: []string{"ass"}, Unless: []string{"classic", "grass"}})
	wholeWord = onName(Name{Contains: []string{"spam"}, WholeWord: true})
	gaps      = onName(Name{Contains: []string{"spam"}, IgnoreSeps: true})
	hidden    = onName(Name{Contains: []string{"spam", "加微信", "六合彩", "crap*"}, Disguised: true})
	alike     = onName(Name{Contains: []string{"spam"}, LookAlikes: true})
)

var wordFixtures = fixturesOf([]fixture{
	{"contains", containing("spam", "广告"), named("best spam here"), true, "spam"},
	{"contains, the second of the list", containing("spam", "广告"), named("来广告吧"), true, "广告"},
	{"contains nothing of it", containing("spam", "广告"), named("spa m, 广 告"), false, ""},
	{"contains, in another case", containing("Spam"), named("sPAM"), true, "Spam"}, // as the list writes it
	{"contains, in full width", containing("spam"), named("ｓｐａｍ"), true, "spam"},
	{"contains, the list in full width", containing("ＳＰＡＭ"), named("spam"), true, "ＳＰＡＭ"},
	{"contains, around a zero-width space", containing("spam"), named("sp\u200Bam"), true, "spam"},
	{"contains, but nothing is listed", containing([]string{}...), named("spam"), false, ""},

	{"excused", classic, named("Classic cars"), false, ""},
	{"excused by another", classic, named("GRASS"), false, ""},
	{"not excused", classic, named("brass"), true, "ass"},
	{"one excused, one not", classic, named("classic ass"), true, "ass"},

	{"whole word", wholeWord, named("best spam here"), true, "spam"},
	{"whole word, not there", wholeWord, named("best ham here"), false, ""},
	{"ignoring separators", gaps, named("best spam here"), true, "spam"},
	{"ignoring separators, not there", gaps, named("best ham here"), false, ""},
	{"look-alikes", alike, named("best spam here"), true, "spam"},
	{"look-alikes, not there", alike, named("best ham here"), false, ""},
	{"disguised, as it is", hidden, named("spam"), true, "spam"},
	{"disguised, digits and signs", hidden, named("sp4m, $pam"), true, "spam, as sp4m"},
	{"disguised, stretched", hidden, named("Spaaaam!"), true, "spam, as Spaaaam"},
	{"disguised, hidden", hidden, named("s*am"), true, "spam, as s*am"},
	{"disguised, in pinyin", hidden, named("加wei信吧"), true, "加微信, as 加wei信"},
	{"disguised, by its sound", hidden, named("六和采"), true, "六合彩, as 六和采"},
	{"disguised, with something between", hidden, named("加v微x信"), true, "加微信, as 加v微x信"},
	{"disguised, a word that goes on", hidden, named("cr4pola"), true, "crap, as cr4p"},
	{"disguised, not there", hidden, named("best ham here, Don't I?"), false, ""},

	{"resembles", resembling("Official", "客服"), named("客服"), true, "客服"},
	{"resembles, in another case", resembling("Official", "客服"), named("OFFICIAL"), true, "Official"},
	{"resembles, in full width", resembling("Official"), named("ｏｆｆｉｃｉａｌ"), true, "Official"},
	{"resembles, whole against whole", resembling("Official", "客服"), named("Officials"), false, ""},
	{"resembles, but nothing is listed", resembling([]string{}...), named("Official"), false, ""},
})

func TestNameWords(t *testing.T) { runFixtures(t, wordFixtures) }

// TestNameWordsModifiers holds each combination of modifiers against the set that it
// should make: none may be lost, or taken for another.
func TestNameWordsModifiers(t *testing.T) {
	words, exempt := []string{"spam", "加微信"}, []string{"spammer"}
	for bits := range 8 {
		o := textfold.Options{LookAlikes: bits&1 > 0, WholeWord: bits&2 > 0, IgnoreSeparators: bits&4 > 0}
		set, err := textfold.NewSet(words, exempt, o)
		if err != nil {
			t.Fatal(err)
		}
		m := onName(Name{Contains: words, Unless: exempt, LookAlikes: o.LookAlikes, WholeWord: o.WholeWord, IgnoreSeps: o.IgnoreSeparators})
		p := mustCompile(t, rules(Rule{Name: "r", Match: &m, Action: Refuse}))
		for _, name := range []string{"spam", "sраm", "spams", "s-p.a m", "加-微 信", "spammer", "sраmmer spam", "ham"} {
			want, found := set.Find(name)
			d := p.Decide(t.Context(), named(name), nil, false)
			if got := d.Rule == "r"; got != found || d.Detail != want {
				t.Errorf("%+v: %q: got %v, %q, want %v, %q", o, name, got, d.Detail, found, want)
			}
		}
	}
}

func TestNameWordsProblems(t *testing.T) {
	const nothing = ` is nothing once folded; remove it, or write the word in letters`
	runProblems(t, []problemCase{
		{"modifiers alone", onName(Name{Unless: []string{"a"}, WholeWord: true, IgnoreSeps: true, LookAlikes: true}), []string{
			"name.unless_contains | unless_contains: modifies contains, which is not here",
			"name.whole_word | whole_word: modifies contains, which is not here",
			"name.ignore_separators | ignore_separators: modifies contains, which is not here",
			"name.look_alikes | look_alikes: modifies contains, which is not here",
		}},
		{"a modifier beside another condition", onName(Name{Resembles: []string{"a"}, LookAlikes: true}), []string{
			"name.look_alikes | look_alikes: modifies contains, which is not here",
		}},
		{"words that are nothing", containing("spam", "\u200B", ""), []string{
			`name.contains[1] | contains: "\u200b"` + nothing,
			`name.contains[2] | contains: ""` + nothing,
		}},
		{"exempt words that are nothing", onName(Name{Contains: []string{"a"}, Unless: []string{"b", "\uFEFF\u200D"}}), []string{
			`name.unless_contains[1] | unless_contains: "\ufeff\u200d"` + nothing,
		}},
		// Each place is told: who mends the first only would be told again.
		{"the same nothing again and again", onName(Name{Contains: []string{"\u200B", "spam", "\u200B"}, Unless: []string{"a", "\u200B"}}), []string{
			`name.contains[0] | contains: "\u200b"` + nothing,
			`name.contains[2] | contains: "\u200b"` + nothing,
			`name.unless_contains[1] | unless_contains: "\u200b"` + nothing,
		}},
	})
}

// What resembles reports goes the same way.
func TestEmptyNames(t *testing.T) {
	c := &compiler{}
	nameResembles.compile(c, &Match{Name: &Name{Resembles: List{"\u200B", "a", "!"}}})
	want := []string{
		`resembles[0] | resembles: "\u200b" is nothing once folded; remove it, or write the word in letters`,
		`resembles[2] | resembles: "!" is nothing once folded; remove it, or write the word in letters`,
	}
	if diff := cmp.Diff(want, lines(c.problems)); diff != "" {
		t.Errorf("problems -want +got:\n%s", diff)
	}
}

// A long list must not lose its last word.
func TestManyWords(t *testing.T) {
	words := make([]string, 5000)
	for i := range words {
		words[i] = fmt.Sprintf("word%05d", i)
	}
	m := containing(words...)
	p := mustCompile(t, rules(Rule{Name: "r", Match: &m, Action: Refuse}))
	if d := p.Decide(t.Context(), named(strings.Repeat("word", 30)+"word04999"), nil, false); d.Detail != "word04999" {
		t.Errorf("detail %q, want word04999", d.Detail)
	}
}
