package history

import (
	"cmp"
	"slices"
)

// A NameChange is what becomes of one name, whoever asked for it.
type NameChange struct {
	Name, Word    string
	Times, People int
	First         *Change // of the first of them
}

// Names are the names of what becomes of decisions by the same rules, most frequent first.
func (r *Result) Names(rule *RuleChange) []*NameChange {
	type key struct{ name, word string }
	seen := map[key]*NameChange{}
	var names []*NameChange
	for i := range r.Changes {
		c := &r.Changes[i]
		if c.Kind != rule.Kind || c.Old != rule.Old || c.New.Answer != rule.New {
			continue
		}
		k := key{c.Name, c.New.Word}
		n := seen[k]
		if n == nil {
			n = &NameChange{Name: c.Name, Word: c.New.Word, First: c}
			seen[k], names = n, append(names, n)
		}
		n.Times += c.Times
		n.People++
	}
	slices.SortStableFunc(names, func(a, b *NameChange) int { return cmp.Or(b.Times-a.Times, cmp.Compare(a.Name, b.Name)) })
	return names
}
