package deploy_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestLayoutPicture holds the pictures of the structure to what is there: each names every
// package, and they are one.
func TestLayoutPicture(t *testing.T) {
	var pictures []string
	for _, file := range []string{"../README.md", "../.github/CONTRIBUTING.md"} {
		_, rest, begins := strings.Cut(guideText(t, file), "<!-- layout -->")
		picture, _, ends := strings.Cut(rest, "<!-- /layout -->")
		if !begins || !ends {
			t.Fatalf("%s has no picture", file)
		}
		pictures = append(pictures, picture)
	}
	if pictures[0] != pictures[1] {
		t.Error("the pictures of README.md and CONTRIBUTING.md differ")
	}
	words := strings.FieldsFunc(pictures[0], func(r rune) bool { return (r < 'a' || 'z' < r) && (r < 'A' || 'Z' < r) })
	for _, folder := range []string{"../pkg/*", "../functions/*"} {
		packages, err := filepath.Glob(folder)
		if err != nil || len(packages) == 0 {
			t.Fatal(folder, err)
		}
		for _, path := range packages {
			if info, err := os.Stat(path); err != nil || !info.IsDir() {
				t.Fatal(path, err)
			}
			if name := filepath.Base(path); name != "bench" && !slices.Contains(words, name) {
				t.Errorf("the picture has no %s", name)
			}
		}
	}
}
