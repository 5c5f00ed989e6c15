package policy

import (
	"fmt"
	"strings"
	"testing"
)

func tooLong(l Length) Match { return onName(Name{LengthOutside: &l}) }

var lengthFixtures = fixturesOf([]fixture{
	{"min_chars, below", tooLong(Length{MinChars: 2}), named("a"), true, "1 characters"},
	{"min_chars, at", tooLong(Length{MinChars: 2}), named("ab"), false, ""},
	{"min_chars, empty", tooLong(Length{MinChars: 1}), named(""), true, "0 characters"},
	{"max_chars, at", tooLong(Length{MaxChars: 3}), named("新手村"), false, ""},
	{"max_chars, above", tooLong(Length{MaxChars: 3}), named("新手村1"), true, "4 characters"},
	{"max_bytes, at", tooLong(Length{MaxBytes: 9}), named("新手村"), false, ""},
	{"max_bytes, above", tooLong(Length{MaxBytes: 8}), named("新手村"), true, "9 bytes"},
	{"all, inside", tooLong(Length{MinChars: 2, MaxChars: 3, MaxBytes: 9}), named("新手"), false, ""},
	{"all, too short", tooLong(Length{MinChars: 2, MaxChars: 3, MaxBytes: 9}), named("新"), true, "1 characters"},
	{"all, too many characters", tooLong(Length{MinChars: 2, MaxChars: 3, MaxBytes: 9}), named("abcd"), true, "4 characters"},
	{"all, too many bytes", tooLong(Length{MinChars: 2, MaxChars: 3, MaxBytes: 9}), named("新手😀"), true, "10 bytes"},
	{"no bound below", tooLong(Length{MaxChars: 1}), named(""), false, ""},
})

func TestNameLength(t *testing.T) { runFixtures(t, lengthFixtures) }

// TestCharacters tries the limit, one below and one above on names that look shorter
// or longer than they are.
func TestCharacters(t *testing.T) {
	tests := []struct {
		name       string
		characters int
	}{
		{"a", 1},
		{"客服", 2},
		{"ｆｕｌｌ", 4},
		{"e\u0301", 1},                         // é in two
		{"Z\u0351\u036B\u0343\u036A\u0302", 1}, // a tower of marks
		{"\u1112\u1161\u11AB", 1},              // 한 in three
		{"नि", 1},                              // a vowel sign
		{"👨‍👩‍👧‍👦", 1},                         // four people and three joiners
		{"👍🏽", 1},                              // a skin tone
		{"❤️", 1},                              // a variation selector
		{"🇩🇪🇫🇷", 2},                            // two letters a flag
		{"🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F", 1}, // England
		{"1️⃣", 1}, // a keycap
		{"\r\n", 1},
		{"a\x00b", 3},
		{"a\u200Bb", 3}, // a zero-width space stands alone
		{"a\u200Db", 2}, // a joiner does not
		{"\u202Eab", 3}, // a bidi control counts
		{"\u3164", 1},   // blank, and a letter
		{"a\xffb", 3},   // not UTF-8
		{strings.Repeat("界", 10), 10},
	}
	for _, tt := range tests {
		for _, bound := range []struct {
			length  Length
			outside bool
		}{
			{Length{MinChars: tt.characters}, false},
			{Length{MinChars: tt.characters + 1}, true},
			{Length{MaxChars: tt.characters}, false},
			{Length{MaxChars: tt.characters - 1}, tt.characters > 1}, // none, when 0
			{Length{MaxChars: tt.characters + 1}, false},
			{Length{MaxBytes: len(tt.name)}, false},
			{Length{MaxBytes: len(tt.name) - 1}, len(tt.name) > 1},
			{Length{MaxBytes: len(tt.name) + 1}, false},
		} {
			if bound.length == (Length{}) {
				continue
			}
			m := tooLong(bound.length)
			d := mustCompile(t, rules(Rule{Name: "r", Match: &m, Action: Refuse})).Decide(t.Context(), named(tt.name), nil, false)
			if got := d.Rule == "r"; got != bound.outside {
				t.Errorf("%+q, %+v: outside = %v (%s), want %v", tt.name, bound.length, got, d.Detail, bound.outside)
			}
		}
	}
}

func TestNameLengthProblems(t *testing.T) {
	problem := func(name string, l Length, want ...string) problemCase {
		for i := range want {
			want[i] = "name.length_outside" + want[i]
		}
		return problemCase{name, tooLong(l), want}
	}
	cases := []problemCase{
		problem("no bound", Length{}, " | length_outside: has no bound; write min_chars, max_chars or max_bytes"),
		problem("no room in characters", Length{MinChars: 4, MaxChars: 3}, ".min_chars | min_chars: 4 is more than max_chars, 3; no name would do"),
		problem("no room in bytes", Length{MinChars: 4, MaxBytes: 3}, ".min_chars | min_chars: 4 is more than max_bytes, 3; no name would do"),
		problem("room for one", Length{MinChars: 3, MaxChars: 3, MaxBytes: 3}),
	}
	// In this order, and in no other: what is printed twice should be the same twice.
	for i := range 8 {
		cases = append(cases, problem(fmt.Sprint("negative ", i), Length{-1, -2, -3},
			".min_chars | min_chars: -1 is negative", ".max_chars | max_chars: -2 is negative", ".max_bytes | max_bytes: -3 is negative"))
	}
	runProblems(t, cases)
}
