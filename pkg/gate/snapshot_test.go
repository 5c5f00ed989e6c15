package gate

import (
	"slices"
	"testing"
)

func TestTokensFor(t *testing.T) {
	s := &Snapshot{Tokens: []string{"a", "b"}, AppTokens: map[string][]string{"2": {"c"}, "3": nil}}
	for app, want := range map[string][]string{"1": {"a", "b"}, "2": {"c"}, "3": {"a", "b"}, "": {"a", "b"}} {
		if got := s.tokensFor(app); !slices.Equal(got, want) {
			t.Errorf("of %q: %q, want %q", app, got, want)
		}
	}
	if got := (&Snapshot{AppTokens: s.AppTokens}).tokensFor("1"); got != nil {
		t.Errorf("of an app that has none: %q", got)
	}
}
