package textfold

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"topicgate/pkg/textfold/textfoldtest"
)

// Names of about 50 bytes that no list has a word in.
var cleanNames = map[string]string{
	"english": "weekend hiking group for beginners in the valley",
	"chinese": "周末徒步新手群欢迎大家一起来玩吧",
	"mixed":   "Weekend 徒步群 for beginners 欢迎大家 2026",
}

func BenchmarkFold(b *testing.B) {
	var buffer [256]byte
	for _, bench := range []struct{ name, text string }{
		{"english", cleanNames["english"]},
		{"chinese", cleanNames["chinese"]},
		{"mixed", cleanNames["mixed"]},
		{"evasive", "ｗｅｅｋｅｎｄ 𝓱𝓲𝓴𝓲𝓷𝓰 s\u200bp\u0336a\u0336m 加微信"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				AppendFold(buffer[:0], bench.text)
			}
		})
	}
}

func BenchmarkSetFind(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		words := slices.DeleteFunc(textfoldtest.Some(n), func(w string) bool {
			for _, name := range cleanNames {
				if strings.Contains(Fold(strings.ReplaceAll(name, " ", "")), w) || strings.Contains(Fold(name), w) {
					return true
				}
			}
			return false
		})
		for _, modifiers := range []string{"", "-looks", "-whole-separators"} {
			set, err := NewSet(words, nil, Options{
				LookAlikes:       modifiers == "-looks",
				WholeWord:        modifiers == "-whole-separators",
				IgnoreSeparators: modifiers == "-whole-separators",
			})
			if err != nil {
				b.Fatal(err)
			}
			for _, kind := range []string{"english", "chinese", "mixed"} {
				b.Run(fmt.Sprintf("words=%d%s/%s", n, modifiers, kind), func(b *testing.B) {
					if word, found := set.Find(cleanNames[kind]); found {
						b.Skipf("%q has %q", cleanNames[kind], word)
					}
					b.ReportAllocs()
					for b.Loop() {
						set.Find(cleanNames[kind])
					}
				})
			}
		}
	}
}

func BenchmarkNewSet(b *testing.B) {
	shared := make([]string, 100_000)
	for i := range shared {
		shared[i] = fmt.Sprintf("sharedprefix%05d", i*7919%100_000)
	}
	cyrillic := make([]string, 100_000)
	for i := range cyrillic {
		cyrillic[i] = string([]rune{'а' + rune(i%32), 'а' + rune(i/32%32), 'о', 'а' + rune(i/1024%32), 'р', 'а' + rune(i/32768)})
	}
	for _, bench := range []struct {
		name  string
		words []string
	}{
		{"1000", textfoldtest.Some(1_000)},
		{"100000", textfoldtest.Some(100_000)},
		{"100000-shared", shared},
		{"100000-cyrillic-looks", cyrillic},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := NewSet(bench.words, nil, Options{LookAlikes: true}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNamesFind(b *testing.B) {
	names, err := NewNames(textfoldtest.Some(1_000))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		names.Find(cleanNames["mixed"])
	}
}

func BenchmarkInvisible(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Invisible(cleanNames["mixed"])
	}
}

// BenchmarkDisguised searches names for disguised words, of which they have none, and
// asks all detectors.
func BenchmarkDisguised(b *testing.B) {
	names := maps.Clone(cleanNames)
	names["digits"] = "Season 2024 Round 16 lvl5 h3llo w0rld c0de 4fun 123"
	for _, n := range []int{1_000, 100_000} {
		words := slices.DeleteFunc(textfoldtest.Some(n), func(w string) bool { return w == "weekend" || w == "season" })
		set, err := NewSet(words, nil, Options{WholeWord: true, LookAlikes: true, IgnoreSeparators: true, Disguised: true})
		if err != nil {
			b.Fatal(err)
		}
		for kind, name := range names {
			b.Run(fmt.Sprintf("words=%d/%s", n, kind), func(b *testing.B) {
				if word, found := set.Find(name); found {
					b.Fatal(word)
				}
				b.ReportAllocs()
				for b.Loop() {
					set.Find(name)
					detectAll(name)
				}
			})
		}
	}
}

func detectAll(name string) {
	Contact(name)
	Link(name, nil)
	Repeated(name, 6)
	Shouting(name)
}
