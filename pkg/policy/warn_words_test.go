package policy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func warned(t *testing.T, names ...Name) []string {
	t.Helper()
	var spec Spec
	for i := range names {
		spec.Rules = append(spec.Rules, Rule{Name: fmt.Sprintf("r%d", i), Action: Refuse, Match: &Match{Name: &names[i]}})
	}
	_, problems, warnings := Compile(spec)
	if problems != nil {
		t.Fatal(problems)
	}
	return Texts(warnings)
}

// TestOddWords: what is rarely meant in a list of words is said of it, once for each kind,
// with how many there are and the first.
func TestOddWords(t *testing.T) {
	whole := func(words ...string) Name { return Name{Contains: words, WholeWord: true} }
	joined := func(words ...string) Name { return Name{Contains: words, WholeWord: true, IgnoreSeps: true} }
	const rule = `rule "r0": contains: `
	for name, test := range map[string]struct {
		of   Name
		want []string
	}{
		"nothing odd": {joined("spam", "buy now", "don't", "co-op", "e.g.", "18", "赌", "加微信", "casino88", "🖕", "$$$"), nil},
		"repeats": {whole("spam", "ＳＰＡＭ", "Spam", "賭場", "赌场", "spám", "x-y"), []string{
			rule + `4 words are written twice, such as "ＳＰＡＭ", "Spam", "赌场"; remove one of them; case, width and the like make no other word`}},
		"repeats without separators": {joined("buy now", "buynow", "🖕", "spam", "spam"), []string{
			rule + `2 words are written twice: "buynow", "spam"; remove one of them; case, width and the like make no other word`}},
		"single letters": {whole("a", "Ж", "7", "赌", "か", "한"), []string{
			rule + `3 words are single letters: "a", "Ж", "7"; names are full of them: remove it, or write a longer word`}},
		"comments": {whole("// bad words", "-- more", ";", "/* x */"), []string{
			rule + `4 words look like comments, such as "// bad words", "-- more", ";"; begin comments with #`}},
		"tabs": {whole("spam\t3"), []string{
			rule + `1 word holds a tab: "spam\t3"; write one word a line, and nothing behind it`}},
		"commas": {whole("a,b,c", "spam，scam、ham", "no, thanks, never", "hello,world", "x|y|z"), []string{
			rule + `3 words hold commas: "a,b,c", "spam，scam、ham", "x|y|z"; write one word a line`}},
		"stars": {whole("*", "**"), []string{
			rule + `2 words are nothing but stars: "*", "**"; a star is found as it is written; leave the match out to match everything`}},
		"signs": {joined("s&m", "b!tch", "🍑spam", "c++"), []string{
			rule + `4 words lose their signs to ignore_separators, such as "s&m", "b!tch", "🍑spam"; write it without, or in a rule without ignore_separators`}},
		"signs that stay": {whole("s&m"), nil},
		"short words": {Name{Contains: List{"ass", "tit", "spam", "加微"}}, []string{
			rule + `2 short words are found inside longer ones: "ass", "tit"; add whole_word: true, or list what is innocent under unless_contains`}},
		"short words, excused": {Name{Contains: List{"ass"}, Unless: List{"class"}}, nil},
		"exemptions in vain": {Name{Contains: List{"ass"}, Unless: List{"class", "bus", "// x"}}, []string{
			`rule "r0": unless_contains: 1 word looks like a comment: "// x"; begin comments with #`,
			`rule "r0": unless_contains: 1 exemption excuses nothing: "bus"; write a longer word that holds one of contains`}},
		"exemptions of whole words": {Name{Contains: List{"ass", "🖕"}, Unless: List{"bass", "no 🖕"}, WholeWord: true, IgnoreSeps: true}, nil},
	} {
		if diff := cmp.Diff(test.want, warned(t, test.of)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
	list := List{"a", "b"}
	if got := warned(t, Name{Contains: list, WholeWord: true}, Name{Contains: list, WholeWord: true}); len(got) != 1 {
		t.Errorf("a list that two rules use is reported as %q", got)
	}
}

// TestManyOddWords: a pasted list says in a few lines what is wrong with twenty thousand.
func TestManyOddWords(t *testing.T) {
	var words List
	for i := range 5000 {
		words = append(words, fmt.Sprintf("word%d", i), fmt.Sprintf("WORD%d", i), fmt.Sprintf("w&%d", i), fmt.Sprintf("a%d,b,c", i))
	}
	got := warned(t, Name{Contains: words, Unless: List{"nothing"}, WholeWord: true, IgnoreSeps: true})
	for i, want := range []string{"5000 words hold commas", "5000 words lose their signs", "5000 words are written twice", "1 exemption excuses nothing"} {
		if i >= len(got) || !strings.Contains(got[i], want) || len(got[i]) > 300 {
			t.Errorf("got %q, want %q", got, want)
			break
		}
	}
}

// TestPastedList: a list such as everybody pastes loads, an emoji is found as it is, and
// what is odd about the rest is told.
func TestPastedList(t *testing.T) {
	list := List{"2 girls", "anus", "ass", "ball gag", "butt", "foo fighter", "s&m", "sex", "xx", "xxx", "🖕"}
	match := Match{Name: &Name{Contains: list, WholeWord: true, IgnoreSeps: true, LookAlikes: true}}
	p := mustCompile(t, rules(Rule{Name: "r", Match: &match, Action: Refuse}))
	for name, want := range map[string]string{
		"🖕": "🖕", "a 🖕 b": "🖕", "you🖕": "🖕", "🖕🏿": "🖕", "🖕\uFE0F微信": "🖕", "b-u-t-t": "butt", "👍": "", "hiking 🏔": "", "class": "",
	} {
		if d := p.Decide(t.Context(), Creation{Name: name}, nil, false); d.Detail != want {
			t.Errorf("%q: %q is found, want %q", name, d.Detail, want)
		}
	}
}
