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
	if err != nil {
		c.emptyWords(err, "contains", n.Contains, "unless_contains", n.Unless)
		return nil
	}
	return []condition{{"name contains", func(cr *Creation) (hit, bool) {
		word, found := set.Find(cr.Name)
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
	if err != nil {
		c.emptyWords(err, "resembles", n.Resembles, "", nil)
		return nil
	}
	return []condition{{"name resembles", func(cr *Creation) (hit, bool) {
		reserved, found := names.Find(cr.Name)
		return hit{detail: reserved, word: reserved}, found
	}}}
}

// emptyWords reports the words of one list, or of its modifier's, that no name could
// contain.
func (c *compiler) emptyWords(err error, key string, list []string, modifier string, more []string) {
	var empty *textfold.EmptyWordError
	if !errors.As(err, &empty) {
		c.problem(key, "%s: %v", key, err)
		return
	}
	for _, word := range empty.Words {
		at, i := key, slices.Index(list, word)
		if i < 0 {
			at, i = modifier, slices.Index(more, word)
		}
		c.problem(item(at, i), "%s: %+q is nothing once folded; remove it, or write the word in letters", at, word)
	}
}
