package policy

import "topicgate/pkg/textfold"

// nameLinks finds URLs and hosts, however they are dotted. A host of unless_links, and
// what is below it, is excused.
var nameLinks = Condition{
	Keys: []Key{
		{Path: PathOf("name", "links"),
			About:   "Holds for a name with a URL or a host, however dotted; not for names of files and products, such as README.md and ASP.NET.",
			Example: "name: {links: true}", Holds: "`https://example.com`, `example。com`, `example dot com`; not `Node.js`"},
		{Path: PathOf("name", "unless_links"), Modifies: []string{"links"},
			About:   "Hosts that are no links, nor is what is below them.",
			Example: "name: {links: true, unless_links: [example.com]}", Holds: "`example.org`, but not `www.example.com`"},
	},
	Sentence: "This name contains a link, which is not allowed.",
	Telling:  11,
	compile: func(c *compiler, m *Match) []test {
		hosts := make([]string, len(m.Name.UnlessLinks))
		for i, written := range m.Name.UnlessLinks {
			host, ok := textfold.Host(written)
			if !ok {
				c.itemProblem("unless_links", i, "write a host such as example.com", "%q is no host", written)
			}
			hosts[i] = host
		}
		return nameTest("links", func(name string) (string, bool) { return textfold.Link(name, hosts) })
	},
}
