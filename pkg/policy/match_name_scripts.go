package policy

import (
	"fmt"
	"slices"
	"unicode"
)

// nameScripts restricts the writing systems of a name, by their Unicode names.
// Digits, punctuation, emoji and combining marks belong to none (Common, Inherited)
// and always pass.
func (c *compiler) nameScripts(n *Name) []condition {
	if n.ScriptsNotIn == nil {
		return nil
	}
	var tables []*unicode.RangeTable
	if len(n.ScriptsNotIn) == 0 {
		c.problem("scripts_not_in", "scripts_not_in: the list is empty")
	}
	for i, script := range n.ScriptsNotIn {
		table, known := unicode.Scripts[script]
		if !known {
			c.problem(item("scripts_not_in", i), "scripts_not_in: %q is no Unicode script; write Han, Latin, Cyrillic, Hiragana, …", script)
			continue
		}
		tables = append(tables, table)
	}
	tables = append(tables, unicode.Common, unicode.Inherited)
	return []condition{{"name scripts_not_in", func(q *question) (hit, bool) {
		for _, r := range q.Name {
			if !unicode.In(r, tables...) {
				return hit{detail: fmt.Sprintf("%q is %s", r, scriptOf(r))}, true
			}
		}
		return hit{}, false
	}}}
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
