package policyfile

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseList(t *testing.T) {
	for text, want := range map[string]struct {
		items []string
		lines []int
	}{
		"":                               {[]string{}, nil},
		"\n\n":                           {[]string{}, nil},
		"# a\r\n\r\nspam\r\n \t#\n\nham": {[]string{"spam", "ham"}, []int{3, 6}},
		// Each line end that Unicode knows, and a line that none ends.
		"a\nb\r\nc\rd\ve\ff\u0085g\u2028h\u2029i": {strings.Split("abcdefghi", ""), []int{1, 2, 3, 4, 5, 6, 7, 8, 9}},
		"a\r\rb\n\rc":       {[]string{"a", "b", "c"}, []int{1, 3, 5}},
		"#a\rb\r# c\u2028d": {[]string{"b", "d"}, []int{2, 4}},
		// What shows nothing around an item is no part of it, and inside it stays.
		"\u200Ba\u200Bb\u00A0\u200B\n\u202Ac\u202C\r\u2060\u00ADd\u200E\n\u200B# e\n": {[]string{"a\u200Bb", "c", "d"}, []int{1, 2, 3}},
		// An item that shows nothing is not passed over, and an emoji stays whole.
		"\u200B\n❤\uFE0F\n🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F\n": {[]string{"\u200B", "❤\uFE0F", "🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F"}, []int{1, 2, 3}},
		"\u3000 徒步 # 群\u2028\n\xff\xfe\n#":                                                 {[]string{"徒步 # 群", "\xff\xfe"}, []int{1, 3}},
	} {
		if diff := cmp.Diff(want.items, ParseList(text)); diff != "" {
			t.Errorf("%q: items -want +got:\n%s", text, diff)
		}
		if got := ItemLines(text); !slices.Equal(got, want.lines) {
			t.Errorf("%q: lines %v, want %v", text, got, want.lines)
		}
	}
}

func TestParseValue(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "",
		"value":                         "value",
		"value\n":                       "value",
		"# ours\nvalue\n":               "value",
		"# ours\rvalue\r":               "value",
		" \t# ours\r\n value \r\n#\r\n": " value ",
		"value\n# theirs":               "value",
		"two\n# ours\r\nlines\u2028\n":  "two\nlines",
		"two\r\n\r\nparagraphs\u0085":   "two\r\n\r\nparagraphs",
		"a # is no comment\n":           "a # is no comment",
		"# only\n#\n":                   "",
		"# ours\n\nvalue":               "value",
	} {
		if got := ParseValue(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
