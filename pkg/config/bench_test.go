package config

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"topicgate/pkg/textfold/textfoldtest"
)

// BenchmarkLoadWordList loads a policy with a list file, as a function does at its start.
func BenchmarkLoadWordList(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("words=%d", n), func(b *testing.B) {
			writeWordPolicy(b, n)
			b.ReportAllocs()
			for b.Loop() {
				loadWordPolicy(b)
			}
		})
	}
}

// A function's memory is paid for: what a long list takes at the start, garbage and
// all, is held to 192 bytes a word, of which 27 are its text and its place in the spec.
func TestLoadWordListAllocatesLittle(t *testing.T) {
	allocated := func(words int) uint64 {
		writeWordPolicy(t, words)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		loadWordPolicy(t)
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	few, many := allocated(1_000), allocated(101_000)
	if got := (many - few) / 100_000; got > 192 {
		t.Errorf("a word of a list allocates %d bytes", got)
	}
}

func loadWordPolicy(tb testing.TB) {
	tb.Helper()
	if c := Load(usual, Options{Function: true, PolicyFile: "policy.yaml"}); c.Broken() {
		tb.Fatal(c.Problems)
	}
}

// writeWordPolicy writes a policy with a list file into a folder and goes there.
func writeWordPolicy(tb testing.TB, n int) {
	tb.Helper()
	tb.Chdir(tb.TempDir())
	for file, text := range map[string]string{
		"words.txt": strings.Join(textfoldtest.Some(n), "\n") + "\n",
		"policy.yaml": `lists:
  banned: {file: words.txt}
rules:
  - {name: banned-words, match: {name: {contains: banned, look_alikes: true}}, action: refuse}
`,
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
}
