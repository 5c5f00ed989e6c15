package textfold

import (
	"strings"
	"testing"
	"unicode/utf8"

	"topicgate/pkg/textfold/textfoldtest"
)

// IsUTF8 agrees with the library on each lead byte, with all kinds of bytes behind it,
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
						if got, want := IsUTF8(text), utf8.ValidString(text); got != want {
							t.Fatalf("%q: got %v, want %v", text, got, want)
						}
					}
				}
			}
		}
	}
}

func FuzzIsUTF8(f *testing.F) {
	for _, seed := range []string{"", "abcdefg徒", "徒步新手群欢迎大家", "徒步\xE5", "abcdefgh\xED\xA0\x80", "é徒步新手群", "😀abcdefgh"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got, want := IsUTF8(text), utf8.ValidString(text); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	})
}

func BenchmarkIsUTF8(b *testing.B) {
	list := strings.Join(textfoldtest.Some(100_000), "\n") // longer than a processor remembers
	for name, valid := range map[string]func(string) bool{"textfold": IsUTF8, "library": utf8.ValidString} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(list)))
			for b.Loop() {
				if !valid(list) {
					b.Fatal("not UTF-8")
				}
			}
		})
	}
}
