package history

import (
	"cmp"
	"slices"
	"strings"
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
	type person struct {
		key
		operator string
	}
	seen, people := map[key]*NameChange{}, map[person]bool{}
	var names []*NameChange
	for i := range r.Changes {
		c := &r.Changes[i]
		if c.Kind != rule.Kind || c.Old != rule.Old || c.New.Answer != rule.New {
			continue
		}
		k := key{c.Name, timeless(c.New.Word)}
		n := seen[k]
		if n == nil {
			n = &NameChange{Name: c.Name, Word: k.word, First: c}
			seen[k], names = n, append(names, n)
		}
		n.Times += c.Times
		if who := (person{k, c.Operator}); !people[who] {
			people[who] = true
			n.People++
		}
	}
	slices.SortStableFunc(names, func(a, b *NameChange) int { return cmp.Or(b.Times-a.Times, cmp.Compare(a.Name, b.Name)) })
	return names
}

// Words are on what of the policy decisions matched that changed by the same rules, most
// frequent first. What users wrote, and who they are, is not told with them.
func (r *Replay) Words(rule *RuleChange) []Count {
	times := map[string]int{}
	for _, c := range r.changes {
		if c.Kind != rule.Kind || c.Old != rule.Old || c.New.Answer != rule.New || c.New.Verdict == Allow {
			continue
		}
		word := timeless(c.New.Word)
		if found, _ := r.vocab.find(c.New.Rule, word); len(found) > 0 {
			for _, key := range found {
				times[key.word] += c.Times
			}
		} else if written := withoutDisguise(word); written != "" && written != c.Name {
			times[written] += c.Times
		}
	}
	words := make([]Count, 0, len(times))
	for word, n := range times {
		words = append(words, Count{word, n})
	}
	slices.SortFunc(words, func(a, b Count) int { return cmp.Or(cmp.Compare(b.Times, a.Times), cmp.Compare(a.What, b.What)) })
	return words
}

// timeless is what a rule matched on, without the time: that is another each time, and would
// tell apart what is alike.
func timeless(detail string) string {
	parts := strings.Split(detail, "; ")
	return strings.Join(slices.DeleteFunc(parts, aTime.MatchString), "; ")
}
