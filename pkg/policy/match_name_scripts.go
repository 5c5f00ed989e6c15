package policy

import (
	"fmt"
	"slices"
	"unicode"
)

// nameScripts restricts the writing systems of a name, by their Unicode names.
// Digits, punctuation, emoji and combining marks belong to none (Common, Inherited)
// and always pass.
var nameScripts = Condition{
	Keys: []Key{{Path: PathOf("name", "scripts_not_in"),
		About:   "Unicode scripts; holds for a name with a letter of any other.",
		Schema:  map[string]any{"minItems": 1, "examples": []any{[]string{"Han", "Latin"}}},
		Example: "name: {scripts_not_in: [Han, Latin]}", Holds: "names with a letter of any other script; digits, punctuation and emoji pass"}},
	Sentence: "This name uses a writing system that is not allowed here.",
	Telling:  6,
	compile: func(c *compiler, m *Match) []test {
		scripts := m.Name.ScriptsNotIn
		if len(scripts) == 0 {
			c.problem("scripts_not_in", "", "the list is empty")
		}
		var tables []*unicode.RangeTable
		for i, script := range scripts {
			table, known := unicode.Scripts[script]
			if !known {
				c.itemProblem("scripts_not_in", i, "write Han, Latin, Cyrillic, Hiragana, …", "%q is no Unicode script", script)
				continue
			}
			tables = append(tables, table)
		}
		tables = append(tables, unicode.Common, unicode.Inherited) // last: most of a name is letters
		return nameTest("scripts_not_in", func(name string) (string, bool) {
			for _, r := range name {
				if !unicode.In(r, tables...) {
					return fmt.Sprintf("%q is %s", r, scriptOf(r)), true
				}
			}
			return "", false
		})
	},
}

func scriptOf(r rune) string {
	var found []string
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			found = append(found, name)
		}
	}
	if len(found) == 0 {
		return "of no known script"
	}
	return slices.Min(found)
}
