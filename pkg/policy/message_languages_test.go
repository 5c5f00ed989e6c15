package policy

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// everyLanguage says of each text which it is.
var everyLanguage = Text{Zh: "zh", Ja: "ja", Ko: "ko", Ru: "ru", Ar: "ar", Th: "th", Hi: "hi", He: "he", El: "el", Default: "default"}

// The language is told by the writing of the name.
func TestMessageLanguage(t *testing.T) {
	without := func(change func(*Text)) Text { text := everyLanguage; change(&text); return text }
	noZh := without(func(t *Text) { t.Zh = "" })
	noJa := without(func(t *Text) { t.Ja = "" })
	tests := []struct {
		text Text
		name string
		want string
	}{
		{everyLanguage, "", "default"},
		{everyLanguage, "MyFirstTopic", "default"},
		{everyLanguage, "Ünïcödé Việt", "default"},
		{everyLanguage, "2026 👍 !?", "default"},
		{everyLanguage, "ამბავი", "default"}, // Georgian: nobody wrote a text
		{everyLanguage, "新手报到区", "zh"},
		{everyLanguage, "賭場", "zh"},
		{everyLanguage, "初心者の部屋", "ja"},
		{everyLanguage, "ゲーム", "ja"},
		{everyLanguage, "ｶﾗｵｹ", "ja"},
		{everyLanguage, "東京都渋谷区の会", "ja"}, // kana before Han, one among many
		{everyLanguage, "초보자", "ko"},
		{everyLanguage, "新 초보자", "ko"},
		{everyLanguage, "новости", "ru"},
		{everyLanguage, "мы 新手报到", "zh"}, // by most of its letters
		{everyLanguage, "أخبار", "ar"},
		{everyLanguage, "ข่าว", "th"},
		{everyLanguage, "समाचार", "hi"},
		{everyLanguage, "חדשות", "he"},
		{everyLanguage, "νέα", "el"},
		{everyLanguage, "Welcome everybody to 新手", "zh"}, // Latin letters do not count
		{everyLanguage, "Minecraft сервер", "ru"},
		{everyLanguage, "\xff新\xfe", "zh"},
		{everyLanguage, "新手нет", "ru"},
		{everyLanguage, "но新手", "zh"}, // of as many, the first of the list

		{noZh, "新手", "default"},
		{noJa, "ゲーム大会", "default"}, // not Chinese, though some of it is Han
		{Text{Default: "all"}, "新手", "all"},
	}
	for _, tt := range tests {
		r := Rule{Name: "r", Action: Refuse, Message: tt.text}
		if got := said(t, r, Creation{Name: tt.name}); got != tt.want {
			t.Errorf("%q is told %q, want %q", tt.name, got, tt.want)
		}
	}
}

// A rule's own message wins over the policy's in every language, whatever it has.
func TestMessageLanguageOfThePolicy(t *testing.T) {
	spec := Spec{Refusal: Refusal{Message: everyLanguage}, Default: Refuse, Rules: []Rule{
		{Name: "own", Match: &isLeckie, Action: Refuse, Message: Text{Default: "own", Ko: "제"}},
		{Name: "none", Match: &isMallory, Action: Refuse},
	}}
	p := mustCompile(t, spec)
	for _, tt := range []struct{ operator, name, want string }{
		{"leckie", "新手", "own"}, {"leckie", "초보자", "제"}, {"mallory", "新手", "zh"}, {"bob", "新手", "zh"}, {"bob", "guild", "default"},
	} {
		if d := p.Decide(t.Context(), Creation{Operator: tt.operator, Name: tt.name}, nil, false); d.Message != tt.want || d.Code != 10100 {
			t.Errorf("%s, %q: told %d, %q, want 10100, %q", tt.operator, tt.name, d.Code, d.Message, tt.want)
		}
	}
}

// Every text is filled and looked at, not only the one that is mostly told.
func TestMessageLanguageProblems(t *testing.T) {
	long := strings.Repeat("不", 90)
	message := Text{Zh: "“{{word}}” {{limit}}", Ko: "{{name}} {{no}}", Default: "No."}
	_, problems, _ := Compile(rules(Rule{Name: "r", Action: Refuse, Message: message}))
	want := []string{
		"rules[0].message.zh | message.zh: {{limit}} needs a quota in the same rule",
		"rules[0].message.ko | message.ko: {{no}} is not known; use {{word}}, {{name}}, {{operator}}, {{ref}} or, beside a quota, {{limit}}",
	}
	if diff := cmp.Diff(want, lines(problems)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}

	_, problems, _ = Compile(Spec{Refusal: Refusal{Message: Text{Zh: "不行。"}}, Rules: []Rule{{Name: "r", Match: &isLeckie, Action: Refuse, Message: Text{El: "Όχι."}}}})
	const missing = "message: has no default; write default, too: it is for names in every other writing"
	if diff := cmp.Diff([]string{"refusal.message | " + missing, "rules[0].message | " + missing}, lines(problems)); diff != "" {
		t.Errorf("no default: -want +got:\n%s", diff)
	}

	match := containing("spam")
	_, _, warnings := Compile(Spec{
		Refusal: Refusal{Message: Text{Zh: "不行。", Default: strings.Repeat("b", 255) + "{{word}}"}},
		Rules:   []Rule{{Name: "a", Match: &match, Action: Refuse, Message: Text{Zh: long, Default: "No."}}, {Name: "b", Match: &match, Action: Refuse}},
	})
	want = []string{
		"rules[0].message.zh | message.zh: is 270 bytes long, of which 256 are sent; shorten it; the rest is cut off",
		`refusal.message.default | message.default: is 259 bytes long with the word "spam", of which 256 are sent; shorten it; the rest is cut off`,
	}
	if diff := cmp.Diff(want, lines(warnings)); diff != "" {
		t.Errorf("too long: -want +got:\n%s", diff)
	}
}

func TestMessageLanguageFilled(t *testing.T) {
	m := containing("spam")
	r := Rule{Name: "r", Match: &m, Action: Refuse, Message: Text{Zh: "不能用“{{word}}”，{{operator}}", Default: "No {{word}}."}}
	if got, want := said(t, r, Creation{Operator: "bob", Name: "卖 spam"}), "不能用“spam”，bob"; got != want {
		t.Errorf("says %q, want %q", got, want)
	}
}

// One text is a text, in however many words it was written; several are a mapping, in the
// type's order.
func TestTextJSON(t *testing.T) {
	for want, text := range map[string]Text{
		`""`:                            {},
		`"No \u003cb\u003e"`:            {Default: "No <b>"},
		`{"zh":"不","default":"No."}`:    {Default: "No.", Zh: "不"},
		`{"ja":"だめ","el":"Όχι"}`:        {El: "Όχι", Ja: "だめ"},
		`{"ru":"\ufffd","default":"x"}`: {Ru: "\xff", Default: "x"},
	} {
		if got, err := json.Marshal(text); err != nil || string(got) != want {
			t.Errorf("%+v is written %s, %v, want %s", text, got, err, want)
		}
	}
}

// Languages cost nothing where nobody wrote any, and little where somebody did.
func TestMessageLanguageAllocates(t *testing.T) {
	text := everyLanguage
	if n := testing.AllocsPerRun(100, func() { _ = text.to("東京都渋谷区の会 Welcome") }); n != 0 {
		t.Errorf("%v allocations to choose a language, want none", n)
	}
}
