package policy

import (
	"testing"

	"topicgate/pkg/textfold"
)

// Which texts an expression is not even asked about.
func TestPatternMayMatch(t *testing.T) {
	for _, test := range []struct {
		expression, text string
		want             bool
	}{
		{"[0-9]{7}", "no digit", false},
		{"[0-9]{7}", "one digit: 1", true},
		{`(?i)https?://|www\.`, "Welcome to the guild", false},
		{`(?i)https?://|www\.`, "WWW.example.org", true},
		{`(?i)https?://|www\.`, "HTTP://example.org", true},
		{"^[A-Z !]{12,}$", "新手 WELCOME TO ALL", false},
		{"^[A-Z !]{12,}$", "WELCOME TO ALL", true},
		{"^test", "a test", false},
		{"^test", "tester", true},
		{"^test", "", false},
		{"(?m)^test", "a\ntest", true},
		{"(^a|^b)c", "cab", false},
		{"(^a|b)c", "cab", true}, // a match may begin with b, anywhere
		{"^a?b", "b", true},
		{"^a?b", "ab", true},
		{"^a?b", "xb", false},
		{"^(a*|b)$", "", true},
		{`^\bword`, "a word", false},
		{"x*", "guild", true},
		{"x+", "guild", false},
		{"x{0,3}y", "guild", false},
		{"(a|b|)c", "guild", false},
		{"(?i)kelvin", "\u212Aelvin", true},
		{"(?i)sun", "\u017Fun", true},
		{"微信", "加微", true}, // all that is not ASCII is alike
		{"微信", "guild", false},
		{`\p{Cyrillic}`, "Clуb", true},
		{".", "\xff", true},
		{`[^\x00-\x{10FFFF}]`, "guild", false}, // nothing is in it
	} {
		p, err := compilePattern(test.expression)
		if err != nil {
			t.Fatal(err)
		}
		has := textfold.BytesOf(test.text)
		if got := p.mayMatch(test.text, &has); got != test.want {
			t.Errorf("%s on %q: got %v, want %v", test.expression, test.text, got, test.want)
		}
	}
}

// FuzzPattern: what an expression matches, it is asked about.
func FuzzPattern(f *testing.F) {
	for _, expression := range benchExpressions {
		f.Add(expression, "Welcome to the guild 1234567 http://www.example.org")
	}
	for _, seed := range [][2]string{
		{"(?i)k[^a-z]s", "\u212A \u017F"}, {"(?m)^(a|b$)*?c", "x\nc"}, {`(?s)\A(?:a|.b)+\z`, "\xffb"}, {"(?U)(x{2,3}|y?)+$", "xx"},
		{`\b[[:alpha:]]|\B\pL`, "新"}, {"((a?|^b)(c|$)){0,2}d", "d"}, {`[^\x00-\x{10FFFF}]|\Qa.b\E`, "a.b"}, {"(|a)^(|b)c", "bc"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, expression, text string) {
		p, err := compilePattern(expression)
		if err != nil || len(text) > 1000 {
			return
		}
		if has := textfold.BytesOf(text); p.MatchString(text) && !p.mayMatch(text, &has) {
			t.Errorf("%q matches %q", expression, text)
		}
	})
}

var benchExpressions = []string{"[0-9]{7}", `(?i)https?://|www\.`, "^[A-Z !]{12,}$", "^test"}

// BenchmarkPattern is four expressions that do not match a name: looked at before they
// are asked, and asked at once.
func BenchmarkPattern(b *testing.B) {
	const name = "新手报到区 Welcome to the guild"
	patterns := make([]pattern, len(benchExpressions))
	for i, expression := range benchExpressions {
		var err error
		if patterns[i], err = compilePattern(expression); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("looked-at", func(b *testing.B) {
		for b.Loop() {
			has := textfold.BytesOf(name)
			for i := range patterns {
				if p := &patterns[i]; p.mayMatch(name, &has) && p.MatchString(name) {
					b.Fatal(p)
				}
			}
		}
	})
	b.Run("asked", func(b *testing.B) {
		for b.Loop() {
			for i := range patterns {
				if patterns[i].MatchString(name) {
					b.Fatal(&patterns[i])
				}
			}
		}
	})
}
