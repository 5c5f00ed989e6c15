package policy

import (
	"testing"
	"unicode"

	"topicgate/pkg/textfold"
)

// checkUsual holds what a usual name is taken to be to what it is taken for.
func checkUsual(t *testing.T, name string) {
	t.Helper()
	n, usual := textfold.Usual(name)
	if !usual {
		return
	}
	if r, found := textfold.Invisible(name); found {
		t.Errorf("%+q: %U is invisible", name, r)
	}
	if got := characters(name); got != n {
		t.Errorf("%+q: %d characters, not %d", name, got, n)
	}
	for _, r := range name {
		if !unicode.In(r, unicode.Common, unicode.Latin, unicode.Han) {
			t.Errorf("%+q: %U is of another script", name, r)
		}
	}
}

func FuzzUsual(f *testing.F) {
	for _, name := range []string{"", "新手报到区 Welcome to the guild", "~ 1", "a\u0301", "新\uFE00", "新\U000E0100", "\r\n", "1\uFE0F\u20E3", "\xff", "ｱ", "鿿"} {
		f.Add(name)
	}
	f.Fuzz(checkUsual)
}

func TestUsualCharacters(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if _, usual := textfold.Usual(string(r)); usual {
			checkUsual(t, string([]rune{r, r, 'a', r}))
		}
	}
	for name, want := range map[string]bool{"": true, "新手 Welcome!": true, "新手\u200B": false, "ｗ": false, "é": false, "あ": false, "a\tb": false, "\xff": false} {
		if _, got := textfold.Usual(name); got != want {
			t.Errorf("%+q: usual %v, want %v", name, got, want)
		}
	}
}
