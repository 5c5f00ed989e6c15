package policy

import "testing"

var shouting = onName(Name{Shouting: true})

var shoutingFixtures = fixturesOf([]fixture{
	{"capitals", shouting, named("!!! BUY NOW CHEAP !!!"), true, "BUY NOW CHEAP"},
	{"a word of capitals", shouting, named("NASA news"), false, ""},
	{"no case", shouting, named("周末徒步新手群 7"), false, ""},
	{"empty", shouting, named(""), false, ""},
})

func TestNameShouting(t *testing.T) { runFixtures(t, shoutingFixtures) }
