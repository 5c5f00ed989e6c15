package policy

import (
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"
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
	latin, han := slices.Contains(n.ScriptsNotIn, "Latin"), slices.Contains(n.ScriptsNotIn, "Han")
	return []condition{{"name scripts_not_in", func(q *question) (hit, bool) {
		if _, usual := q.usualName(); usual && latin && han {
			return hit{}, false
		}
		last := tables[0] // of the character before: most have a neighbour's script
		for _, r := range q.Name {
			if r < utf8.RuneSelf && (latin || !isLetterASCII(r)) || unicode.Is(last, r) {
				continue
			}
			i := slices.IndexFunc(tables, func(table *unicode.RangeTable) bool { return unicode.Is(table, r) })
			if i < 0 {
				return hit{detail: fmt.Sprintf("%q is %s", r, scriptOf(r))}, true
			}
			last = tables[i]
		}
		return hit{}, false
	}}}
}

func isLetterASCII(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }

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
