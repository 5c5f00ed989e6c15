package policy

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestParseList(t *testing.T) {
	for r := range rune(unicode.MaxRune) {
		for _, line := range []string{string(r) + "a", "a" + string(r), string(r) + "徒", "徒" + string(r), "徒a" + string(r), "徒é" + string(r), "😀" + string(r)} {
			if got, want := trim(line), strings.TrimSpace(line); got != want {
				t.Errorf("%+q: got %+q, want %+q", line, got, want)
			}
		}
	}
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

// isUTF8 agrees with the library on each lead byte, with all kinds of bytes behind it,
// wherever they stand among the eight that are read at a time.
func TestIsUTF8(t *testing.T) {
	behind := []string{"", "a", "徒", "😀"}
	for _, a := range []byte{0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0} {
		behind = append(behind, string([]byte{a}), string([]byte{a, 0x80}), string([]byte{a, 0xBF, 0x80}), string([]byte{a, 0x41}), string([]byte{a, 0xE5}))
	}
	for lead := range 256 {
		for _, middle := range behind {
			for before := range 9 {
				for _, after := range []string{"", "a", "abcdefgh", "徒步新手", "群é徒步新手", "\xBF"} {
					for _, fill := range []string{"abcdefgh"[:before], "徒步新手群"[:before/3*3]} {
						text := fill + string([]byte{byte(lead)}) + middle + after
						if got, want := isUTF8(text), utf8.ValidString(text); got != want {
							t.Fatalf("%q: got %v, want %v", text, got, want)
						}
					}
				}
			}
		}
	}
}
