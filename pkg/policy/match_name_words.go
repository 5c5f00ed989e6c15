package policy

import (
	"errors"
	"slices"

	"topicgate/pkg/textfold"
)

// nameWords restricts what a name may contain: words of a list, compared folded, so
// that another spelling of the same word is the same word. A hit inside a word of
// unless_contains is excused.
func (c *compiler) nameWords(n *Name) []condition {
	if n.Contains == nil {
		for _, modifier := range [...]struct {
			key string
			set bool
		}{
			{"unless_contains", n.Unless != nil},
			{"whole_word", n.WholeWord},
			{"ignore_separators", n.IgnoreSeps},
			{"look_alikes", n.LookAlikes},
		} {
			if modifier.set {
				c.problem(modifier.key, "%s: modifies contains, which is not here", modifier.key)
			}
		}
		return nil
	}
	set, err := textfold.NewSet(n.Contains, n.Unless, textfold.Options{
		LookAlikes:       n.LookAlikes,
		WholeWord:        n.WholeWord,
		IgnoreSeparators: n.IgnoreSeps,
	})
	if empty := (*textfold.EmptyWordError)(nil); errors.As(err, &empty) {
		c.emptyWords("contains", n.Contains, empty.Words)
		c.emptyWords("unless_contains", n.Unless, empty.Exempt)
		return nil
	}
	return []condition{{"name contains", func(q *question) (hit, bool) {
		word, found := set.FindIn(q.nameText())
		return hit{detail: word, word: word}, found
	}}}
}

// nameResembles keeps names apart from reserved ones that they could be taken for,
// whole against whole: administrator, аdministrator, A d m i n i s t r a t o r.
func (c *compiler) nameResembles(n *Name) []condition {
	if n.Resembles == nil {
		return nil
	}
	names, err := textfold.NewNames(n.Resembles)
	if empty := (*textfold.EmptyNameError)(nil); errors.As(err, &empty) {
		c.emptyWords("resembles", n.Resembles, empty.Names)
		return nil
	}
	return []condition{{"name resembles", func(q *question) (hit, bool) {
		reserved, found := names.Find(q.Name)
		return hit{detail: reserved, word: reserved}, found
	}}}
}

// emptyWords reports the words of a list that no name could contain. One word may
// stand in several places.
func (c *compiler) emptyWords(key string, list, empty []string) {
	for i, word := range list {
		if slices.Contains(empty, word) {
			c.problem(item(key, i), "%s: %+q is nothing once folded; remove it, or write the word in letters", key, word)
		}
	}
}
