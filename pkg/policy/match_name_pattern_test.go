package policy

import "testing"

func matching(re string) Match    { return onName(Name{Matches: re}) }
func notMatching(re string) Match { return onName(Name{NotMatches: re}) }

var patternFixtures = fixturesOf([]fixture{
	{"matches anywhere", matching("[0-9]{3}"), named("call 12345 now"), true, "123"},
	{"matches nowhere", matching("[0-9]{3}"), named("call 12 34"), false, ""},
	{"matches the whole", matching(`\A[a-z]+\z`), named("guild"), true, "guild"},
	{"a line break is no end", matching(`^[a-z]+$`), named("guild\nBUY"), false, ""},
	{"matches nothing in particular", matching("x*"), named("guild"), true, ""},
	{"a name as it is written", matching("spam"), named("ＳＰＡＭ"), false, ""},
	{"a folded name", onName(Name{Matches: "spam", Folded: true}), named("ＳＰＡＭ"), true, "spam"},
	{"a folded name, another word", onName(Name{Matches: "spam", Folded: true}), named("ＳＰＩＮ"), false, ""},
	{"without case", matching("(?i)spam"), named("SPAM"), true, "SPAM"},
	{"Unicode classes", matching(`\p{Cyrillic}`), named("Clуb"), true, "у"},
	{"not UTF-8", matching(`^a.b$`), named("a\xffb"), true, "a\xffb"},

	{"not_matches, found", notMatching("^[a-z]+$"), named("guild"), false, ""},
	{"not_matches, not found", notMatching("^[a-z]+$"), named("Guild"), true, ""},
	{"not_matches, folded", onName(Name{NotMatches: "^[a-z]+$", Folded: true}), named("ＧＵＩＬＤ"), false, ""},
	{"not_matches, folded, not found", onName(Name{NotMatches: "^[a-z]+$", Folded: true}), named("ＧＵＩＬＤ７"), true, ""},
	{"both", onName(Name{Matches: "a", NotMatches: "b"}), named("ac"), true, "a"},
	{"both, one found too many", onName(Name{Matches: "a", NotMatches: "b"}), named("ab"), false, ""},
})

func TestNamePattern(t *testing.T) { runFixtures(t, patternFixtures) }

func TestNamePatternProblems(t *testing.T) {
	runProblems(t, []problemCase{
		{"folded alone", onName(Name{Folded: true}), []string{"name.folded | folded: modifies matches or not_matches, and neither is here"}},
		{"folded beside a word", onName(Name{Folded: true, Contains: []string{"spam"}}), []string{"name.folded | folded: modifies matches or not_matches, and neither is here"}},
		{"bad patterns", onName(Name{Matches: "a)|(b", NotMatches: "(?=a)"}), []string{
			"name.matches | matches: \"a)|(b\" is not a regular expression: error parsing regexp: unexpected ): `a)|(b`",
			"name.not_matches | not_matches: \"(?=a)\" is not a regular expression: error parsing regexp: invalid or unsupported Perl syntax: `(?=`",
		}},
	})
}
