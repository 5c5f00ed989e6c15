//go:build !race

// These walk all of Unicode, which the race detector makes ten times as long and has
// nothing to say about.

package textfold

import (
	"testing"
	"unicode"
)

func TestFoldMatchesReferenceEverywhere(t *testing.T) {
	// Each character alone, after a Latin and a Greek letter, and before marks
	// that sort to either side of most others.
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if 0x33000 <= r && r < 0xE0000 || r >= 0xE1000 && r < 0x10FFF0 || !validRune(r) {
			continue
		}
		for _, name := range []string{string(r), "e" + string(r), "α" + string(r), string(r) + "\u0323\u0301", "ᄀ" + string(r) + "ᆨ"} {
			if got, want := Fold(name), reference(name); got != want {
				t.Errorf("Fold(%+q) = %+q, want %+q", name, got, want)
			}
		}
	}
}

func TestSkeletonMatchesReferenceEverywhere(t *testing.T) {
	for r := rune(0); r < rune(trieLimit)+64; r++ {
		if validRune(r) {
			checkSkeleton(t, string(r))
			checkSkeleton(t, "a\u05B4"+string(r)+"\u0323\u0301")
		}
	}
}
