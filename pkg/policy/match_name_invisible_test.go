package policy

import "testing"

var invisible = onName(Name{Invisible: true})

// What counts as invisible is textfold's to test; here, that it is asked, and told.
var invisibleFixtures = fixturesOf([]fixture{
	{"zero-width space", invisible, named("ad\u200Bmin"), true, "U+200B"},
	{"right-to-left override", invisible, named("\u202Enimda"), true, "U+202E"},
	{"NUL", invisible, named("a\x00"), true, "U+0000"},
	{"all to be seen", invisible, named("客服 Club, 7!"), false, ""},
	{"empty", invisible, named(""), false, ""},
})

func TestNameInvisible(t *testing.T) { runFixtures(t, invisibleFixtures) }
