package policy

// namePattern restricts the form of a name by regular expressions, found anywhere in
// it. They are RE2: their time is linear in the name, and cost.go bounds by what.
var namePattern = Condition{
	Keys: []Key{
		{Path: PathOf("name", "matches"),
			About:   "A regular expression (RE2) that is found anywhere in the name.",
			Example: `name: {matches: "[0-9]{6}"}`, Holds: "names with six digits in a row; RE2, anywhere in the name"},
		{Path: PathOf("name", "not_matches"),
			About:   "A regular expression (RE2) that is found nowhere in the name.",
			Example: `name: {not_matches: "^[A-Z]"}`, Holds: "names that do not begin with a capital"},
		{Path: PathOf("name", "folded"), Modifies: []string{"matches", "not_matches"},
			About:   "matches and not_matches look at the folded name: lower case, full-width as ASCII, traditional as simplified.",
			Example: `name: {matches: "^guild", folded: true}`, Holds: "also `ＧＵＩＬＤ`: the pattern sees the folded name, so write it in lower case"},
	},
	Sentence: "This name does not have the required form.",
	Telling:  5,
	compile: func(c *compiler, m *Match) []test {
		n := m.Name
		looked := func(q *question) string { return q.Name }
		if n.Folded {
			looked = (*question).folded
		}
		var all []test
		if re := c.pattern("matches", n.Matches, n.Folded); re != nil {
			all = append(all, test{"name matches", func(q *question) (hit, bool) {
				name := looked(q)
				at := re.FindStringIndex(name)
				if at == nil {
					return hit{}, false
				}
				return hit{detail: name[at[0]:at[1]], written: name[at[0]:at[1]]}, true
			}})
		}
		if re := c.pattern("not_matches", n.NotMatches, n.Folded); re != nil {
			all = append(all, test{"name not_matches", func(q *question) (hit, bool) {
				return hit{}, !re.MatchString(looked(q))
			}})
		}
		return all
	},
}
