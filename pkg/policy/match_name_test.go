package policy

import "testing"

func named(name string) Creation { return Creation{Name: name} }

func onName(n Name) Match { return Match{Name: &n} }

// nameFixtures combine conditions of one name; each has fixtures of its own beside
// its file.
var nameFixtures = fixturesOf([]fixture{
	{"both hold", onName(Name{LengthOutside: &Length{MaxChars: 3}, Contains: []string{"spam"}}), named("spam!"), true, "5 characters; spam"},
	{"only the length", onName(Name{LengthOutside: &Length{MaxChars: 3}, Contains: []string{"spam"}}), named("clean"), false, ""},
	{"only the word", onName(Name{LengthOutside: &Length{MaxChars: 4}, Contains: []string{"spam"}}), named("spam"), false, ""},
	// The cheapest is asked first, and so told first.
	{"all kinds", onName(Name{
		Matches: "s.a", NotMatches: "^x", Resembles: []string{"sp\u200Bам"}, Contains: []string{"ам"}, ScriptsNotIn: []string{"Latin"},
		Invisible: true, LengthOutside: &Length{MinChars: 9},
	}), named("sp\u200Bам"), false, ""}, // s.a is not found: the rest does not count
})

func TestMatchName(t *testing.T) { runFixtures(t, nameFixtures) }

func TestMatchNameOrder(t *testing.T) {
	m := onName(Name{
		Matches: "a", NotMatches: "^x", Resembles: []string{"spam"}, Contains: []string{"spam"}, ScriptsNotIn: []string{"Han"},
		Invisible: true, LengthOutside: &Length{MinChars: 9},
	})
	d := mustCompile(t, rules(Rule{Name: "r", Match: &m, Action: Refuse})).Decide(t.Context(), named("spa\u200Bm"), nil, false)
	if got, want := d.Detail, "5 characters; U+200B; 's' is Latin; spam; spam; a"; got != want {
		t.Errorf("detail = %q, want %q", got, want)
	}
}

func TestMatchNameProblems(t *testing.T) {
	runProblems(t, []problemCase{
		{"no condition", onName(Name{}), []string{"name | name: has no condition"}},
		{"several", onName(Name{LengthOutside: &Length{}, ScriptsNotIn: []string{"latin"}, Matches: "("}), []string{
			"name.length_outside | length_outside: has no bound; write min_chars, max_chars or max_bytes",
			`name.scripts_not_in[0] | scripts_not_in: "latin" is no Unicode script; write Han, Latin, Cyrillic, Hiragana, …`,
			"name.matches | matches: \"(\" is not a regular expression: error parsing regexp: missing closing ): `(`",
		}},
	})
}
