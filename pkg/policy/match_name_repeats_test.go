package policy

import "testing"

func repeats(times int) Match { return onName(Name{Repeats: times}) }

var repeatFixtures = fixturesOf([]fixture{
	{"a character", repeats(3), named("so Cooool"), true, "oooo"},
	{"a unit", repeats(3), named("哈哈哈"), true, "哈哈哈"},
	{"too few", repeats(3), named("Moon"), false, ""},
	{"empty", repeats(2), named(""), false, ""},
})

func TestNameRepeats(t *testing.T) { runFixtures(t, repeatFixtures) }

func TestNameRepeatsProblems(t *testing.T) {
	const tail = " is too few; nothing repeats fewer than 2 times"
	runProblems(t, []problemCase{
		{"once", repeats(1), []string{"name.repeats | repeats: 1" + tail}},
		{"negative", repeats(-1), []string{"name.repeats | repeats: -1" + tail}},
	})
}
