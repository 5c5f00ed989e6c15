package policy

import "testing"

func links(unless ...string) Match { return onName(Name{Links: true, UnlessLinks: unless}) }

var linkFixtures = fixturesOf([]fixture{
	{"a URL", links(), named("see HTTPS://Example.com/a"), true, "HTTPS://Example.com"},
	{"a host", links(), named("看片example点com"), true, "example点com"},
	{"a product", links(), named("Node.js"), false, ""},
	{"another host", links("example.com"), named("example.org"), true, "example.org"},
	{"excused", links("Example.com"), named("www.example.com"), false, ""},
	{"one is, one is not", links("example.com"), named("example.com, example.org"), true, "example.org"},
	{"none is excused", links([]string{}...), named("example.com"), true, "example.com"},
	{"empty", links(), named(""), false, ""},
})

func TestNameLinks(t *testing.T) { runFixtures(t, linkFixtures) }

func TestNameLinksProblems(t *testing.T) {
	runProblems(t, []problemCase{
		{"no hosts", links("https://example.com", "example.com", "com"), []string{
			`name.unless_links[0] | unless_links: "https://example.com" is no host; write a host such as example.com`,
			`name.unless_links[2] | unless_links: "com" is no host; write a host such as example.com`,
		}},
		{"nothing to modify", onName(Name{Shouting: true, UnlessLinks: []string{"example.com"}}), []string{
			"name.unless_links | unless_links: modifies links, which is not here",
		}},
	})
}
