package policy

import (
	"fmt"
	"strings"
	"testing"
)

// costOf compiles rules with a condition each, and returns which of them cost too much.
func costOf(t *testing.T, matches ...Match) (refused []int) {
	t.Helper()
	var spec Spec
	for i := range matches {
		spec.Rules = append(spec.Rules, Rule{Name: fmt.Sprintf("r%d", i), Action: Refuse, Match: &matches[i]})
	}
	_, problems, _ := Compile(spec)
	for _, p := range problems {
		if !strings.Contains(p.What, "takes too long") {
			t.Errorf("%s", p)
		}
		i, _, _ := p.Path.InRule()
		refused = append(refused, i)
	}
	return refused
}

func ofThem(n int, m Match) []Match {
	all := make([]Match, n)
	for i := range all {
		all[i] = m
	}
	return all
}

// TestCost: what a decision may cost has a bound, which no ordinary policy comes near.
func TestCost(t *testing.T) {
	const ordinary = `\A(?:[\p{Han}\p{L}0-9 _-]{2,30})\z`
	for name, fine := range map[string][]Match{
		"forty ordinary ones":    ofThem(40, notMatching(ordinary)),
		"ten, folded":            ofThem(10, onName(Name{NotMatches: ordinary, Folded: true})),
		"one that repeats a lot": {matching("[a-z ]{0,999}!")},
		"a hundred words":        {matching("(?i)" + strings.Repeat("casino|", 100) + "poker")},
		"twenty long globs":      ofThem(20, Match{Operator: &OneOf{In: []string{strings.Repeat("*a", 128)}}}),
		"thousands of globs":     {{Operator: &OneOf{In: append(globs(5000, "*-ops-%d"), globs(20000, "ops-%d-*")...)}}},
		"whole UserIDs":          {{Operator: &OneOf{In: globs(100000, "user-%d")}}},
	} {
		if refused := costOf(t, fine...); refused != nil {
			t.Errorf("%s: refused: %v", name, refused)
		}
	}
	for name, slow := range map[string][]Match{
		"ten that repeat a lot":   ofThem(10, matching("[a-z ]{0,999}!")),
		"some that nest":          ofThem(4, matching("(([a-z]{0,30}){0,30})!")),
		"one that repeats folded": {onName(Name{Matches: "[a-z ]{0,999}!", Folded: true})},
		"globs":                   {{Operator: &OneOf{NotIn: globs(20000, strings.Repeat("*a", 100)+"%d")}}},
	} {
		refused := costOf(t, slow...)
		if len(refused) == 0 {
			t.Errorf("%s: not refused", name)
		}
	}
	// What fits is taken in order, and a small one after a large one still fits.
	large, small := matching("[a-z ]{0,999}!"), matching("a+b")
	if got := fmt.Sprint(costOf(t, large, large, large, small)); got != "[2]" {
		t.Errorf("refused: %s, want the third", got)
	}
}

func globs(n int, format string) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(format, i)
	}
	return all
}

func TestCostProblems(t *testing.T) {
	_, problems, _ := Compile(Spec{Rules: []Rule{{Name: "r", Action: Refuse, Match: &Match{Name: &Name{Matches: "[a-z ]{0,999}[a-z ]{0,999}[a-z ]{0,999}!"}}}}})
	want := `rule "r": matches: takes too long on the longest name: 6140928 steps, of which all expressions together may take 4194304; ` +
		"repeat less ({0,30}), leave lengths to length_outside and words to contains"
	if got := fmt.Sprint(problems); got != "["+want+"]" {
		t.Errorf("got %s", got)
	}
}
