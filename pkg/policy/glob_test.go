package policy

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestGlob(t *testing.T) {
	tests := []struct {
		glob, text string
		want       bool
	}{
		{"", "", true},
		{"", "a", false},
		{"a", "", false},
		{"abc", "abc", true},
		{"abc", "ABC", false},
		{"abc", "abcd", false},
		{"abc", "ab", false},
		{"*", "", true},
		{"*", "anything at all", true},
		{"**", "x", true},
		{"a*", "a", true},
		{"a*", "ba", false},
		{"*a", "ba", true},
		{"*a", "ab", false},
		{"*a*", "bab", true},
		{"a*b*c", "a--b--c", true},
		{"a*b*c", "a--c--b", false},
		{"*ab", "aab", true}, // the star has to give one back
		{"*aab", "aaaab", true},
		{"a*ab*b", "aabab", true},
		{"a*?", "a", false},
		{"a*?", "ab", true},
		{"?", "", false},
		{"?", "a", true},
		{"?", "ab", false},
		{"??", "客服", true}, // characters, not bytes
		{"?", "😀", true},
		{"?", "\xff", true}, // what is not UTF-8 is a character a byte
		{"??", "\xff", false},
		{"客*", "客服", true},

		// Ordinary in a UserID, though not in path.Match.
		{"a/*", "a/b/c", true},
		{"[ab]", "a", false},
		{"[ab]", "[ab]", true},
		{"a.b+(c)|{d}^$", "a.b+(c)|{d}^$", true},
		{"a\nb*", "a\nb\n", true},
		{"a\x00?", "a\x00b", true},

		{`\*`, "*", true},
		{`\*`, "a", false},
		{`\?`, "?", true},
		{`\?`, "a", false},
		{`\\`, `\`, true},
		{`\\*`, `\anything`, true},
		{`\a`, "a", true},
		{`*\*`, "ab*", true},
		{`*\*`, "ab", false},
	}
	for _, tt := range tests {
		g, err := compileGlob(tt.glob)
		if err != nil {
			t.Errorf("compileGlob(%q): %v", tt.glob, err)
			continue
		}
		if got := g.match(tt.text); got != tt.want {
			t.Errorf("%q matches %q: %v, want %v", tt.glob, tt.text, got, tt.want)
		}
	}
}

func TestGlobTrailingBackslash(t *testing.T) {
	for _, pattern := range []string{`\`, `a\`, `\\\`, `*\`} {
		if _, err := compileGlob(pattern); !errors.Is(err, errTrailingBackslash) {
			t.Errorf("compileGlob(%q): %v, want %v", pattern, err, errTrailingBackslash)
		}
	}
}

func TestGlobLiteral(t *testing.T) {
	tests := []struct {
		glob    string
		literal bool
		text    string
	}{
		{"", true, ""},
		{"leckie", true, "leckie"},
		{`a\*\?\\`, true, `a*?\`},
		{"a*", false, ""},
		{"a?", false, ""},
	}
	for _, tt := range tests {
		g, err := compileGlob(tt.glob)
		if err != nil {
			t.Fatal(err)
		}
		if got := g.literal(); got != tt.literal {
			t.Errorf("%q is literal: %v, want %v", tt.glob, got, tt.literal)
		}
		if tt.literal && g.text() != tt.text {
			t.Errorf("text of %q = %q, want %q", tt.glob, g.text(), tt.text)
		}
	}
}

// Many stars make a naive matcher take ages: this one would not return.
func TestGlobManyStars(t *testing.T) {
	g, err := compileGlob(strings.Repeat("a*", 50) + "b")
	if err != nil {
		t.Fatal(err)
	}
	if g.match(strings.Repeat("a", 2000)) {
		t.Error("matched a text without a b")
	}
}

// FuzzGlob holds a glob against the regular expression that says the same.
func FuzzGlob(f *testing.F) {
	for _, seed := range [][2]string{
		{"", ""}, {"ops-*", "ops-7"}, {"*a?b*", "xxaxbxx"}, {`\*\?\\`, `*?\`}, {`a\`, "a"}, {"**?*", "客服"}, {"[a-c].*", "[a-c].+"},
		{"*ab*ab", "ababab"}, {"?\n*", "a\n\n"}, {"*\uFFFD", "\xff"}, {"a*a*a*b", "aaaaaaaa"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		g, err := compileGlob(pattern)
		expression, closed := expressionOf(pattern)
		if (err == nil) != closed {
			t.Fatalf("compileGlob(%q): %v, want an error: %v", pattern, err, !closed)
		}
		if err != nil {
			return
		}
		got := g.match(text)
		if !utf8.ValidString(pattern) || !utf8.ValidString(text) {
			return // regexp and glob may differ on it; neither panics
		}
		re, err := regexp.Compile(expression)
		if err != nil {
			t.Skip(err) // too large for regexp
		}
		if want := re.MatchString(text); got != want {
			t.Errorf("%q matches %q: %v, and %q does: %v", pattern, text, got, expression, want)
		}
		if g.literal() && (g.text() == text) != got {
			t.Errorf("%q is literally %q, and matches %q: %v", pattern, g.text(), text, got)
		}
	})
}

// expressionOf writes a glob as a regular expression; closed is false when it ends in
// a lone backslash.
func expressionOf(pattern string) (expression string, closed bool) {
	var b strings.Builder
	b.WriteString(`\A(?s:`)
	for pattern != "" {
		r, size := utf8.DecodeRuneInString(pattern)
		pattern = pattern[size:]
		switch r {
		case '*':
			b.WriteString(".*")
			continue
		case '?':
			b.WriteString(".")
			continue
		case '\\':
			if pattern == "" {
				return "", false
			}
			r, size = utf8.DecodeRuneInString(pattern)
			pattern = pattern[size:]
		}
		b.WriteString(regexp.QuoteMeta(string(r)))
	}
	b.WriteString(`)\z`)
	return b.String(), true
}
