package config

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// BenchmarkLoadWordList loads a policy with a list file, as a function does at its start.
// The words are like those of real lists: two thirds Chinese of two to five characters,
// one third English of four to twelve letters.
func BenchmarkLoadWordList(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("words=%d", n), func(b *testing.B) {
			b.Chdir(b.TempDir())
			random := rand.New(rand.NewPCG(1, 2))
			var words strings.Builder
			for range n {
				if random.IntN(3) > 0 {
					for range 2 + random.IntN(4) {
						words.WriteRune(0x4E00 + rune(random.IntN(5000)))
					}
				} else {
					for range 4 + random.IntN(9) {
						words.WriteByte("eeeetttaaaooiinnsshhrrddlluucmwfgypbvkjxqz"[random.IntN(42)])
					}
				}
				words.WriteByte('\n')
			}
			for file, text := range map[string]string{
				"words.txt": words.String(),
				"policy.yaml": `lists:
  banned: {file: words.txt}
rules:
  - {name: banned-words, match: {name: {contains: banned, look_alikes: true}}, action: refuse}
`,
			} {
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				if c := Load(usual, Options{Function: true, PolicyFile: "policy.yaml"}); c.Broken() {
					b.Fatal(c.Problems)
				}
			}
		})
	}
}
