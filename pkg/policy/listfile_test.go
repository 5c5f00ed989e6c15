package policy

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseList(t *testing.T) {
	for text, want := range map[string]struct {
		items []string
		lines []int
	}{
		"":                                 {[]string{}, nil},
		"\n\n":                             {[]string{}, nil},
		"# a\r\n\r\nspam\r\n \t#\n\nham":   {[]string{"spam", "ham"}, []int{3, 6}},
		"\u3000 徒步 # 群\u2028\n\xff\xfe\n#": {[]string{"徒步 # 群", "\xff\xfe"}, []int{1, 2}},
	} {
		if diff := cmp.Diff(want.items, ParseList(text)); diff != "" {
			t.Errorf("%q: items -want +got:\n%s", text, diff)
		}
		if got := ItemLines(text); !slices.Equal(got, want.lines) {
			t.Errorf("%q: lines %v, want %v", text, got, want.lines)
		}
	}
}
