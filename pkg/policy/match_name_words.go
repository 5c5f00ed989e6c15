package policy

import (
	"errors"
	"strings"

	"topicgate/pkg/textfold"
)

// nameContains restricts what a name may contain: words of a list, compared folded, so
// that another spelling of the same word is the same word. A hit inside a word of
// unless_contains is excused.
var nameContains = Condition{
	Keys: []Key{
		{Path: PathOf("name", "contains"),
			About:   "Words, compared folded: case, width, traditional characters, accents and invisible characters do not matter.",
			Example: "name: {contains: [spam, 加微信]}", Holds: "names with one of the words, in any case and width"},
		{Path: PathOf("name", "unless_contains"), Modifies: []string{"contains"},
			About:   "Longer words in which a hit of contains is excused: classic for ass.",
			Example: "name: {contains: [ass], unless_contains: [class]}", Holds: "`ass` and `bass`, but not `class`"},
		{Path: PathOf("name", "whole_word"), Modifies: []string{"contains"},
			About:   "A hit of contains counts only with no letter beside it; a digit bounds, and so do characters of scripts written without spaces. An item that begins or ends with * goes on there.",
			Example: "name: {contains: [ass], whole_word: true}", Holds: "`an ass!`, but not `bass`; beside a Chinese character a word always ends, and `ass*` goes on"},
		{Path: PathOf("name", "ignore_separators"), Modifies: []string{"contains"},
			About:   "White space, punctuation and symbols inside a word of contains do not count.",
			Example: "name: {contains: [加微信], ignore_separators: true}", Holds: "also `加-微 信` and `加★微★信`"},
		{Path: PathOf("name", "look_alikes"), Modifies: []string{"contains"},
			About:   "Letters of other scripts that look Latin count as Latin in contains.",
			Example: "name: {contains: [paypal], look_alikes: true}", Holds: "also `раураl` in Cyrillic letters"},
		{Path: PathOf("name", "disguised"), Modifies: []string{"contains"},
			About:   "Also finds a word of contains in the forms in which people hide it: p0rn, fuuuck, f*ck, 加wei信, 六和采.",
			Example: "name: {contains: [fuck, 加微信], disguised: true}", Holds: "also `f*ck`, `fuuuck`, `加wei信` and `jia wei xin`"},
	},
	Sentence: "This name contains a word that is not allowed.",
	Telling:  9,
	compile: func(c *compiler, m *Match) []test {
		n := m.Name
		for i, word := range n.Unless {
			if strings.HasPrefix(word, "*") || strings.HasSuffix(word, "*") && !strings.HasSuffix(word, `\*`) {
				c.itemProblem("unless_contains", i, "write the whole words that excuse", "%q goes on at its star, and an exempt word cannot", word)
			}
		}
		set, err := textfold.NewSet(n.Contains, n.Unless, textfold.Options{
			LookAlikes:       n.LookAlikes,
			WholeWord:        n.WholeWord,
			IgnoreSeparators: n.IgnoreSeps,
			Disguised:        n.Disguised,
		})
		if empty, ok := errors.AsType[*textfold.EmptyWordError](err); ok {
			c.emptyWords("contains", n.Contains, empty.Words)
			c.emptyWords("unless_contains", n.Unless, empty.Exempt)
			return nil
		}
		if err == nil {
			c.warnWords(n, set)
		}
		return []test{{"name contains", func(q *question) (hit, bool) {
			found, ok := set.FindIn(q.nameText())
			detail := found.Word
			if found.As != "" {
				detail += ", as " + found.As
			}
			h := hit{detail: detail, word: found.Word}
			if ok && q.shown {
				h.written = q.nameText().Written(found)
			}
			return h, ok
		}}}
	},
}

// emptyWords reports the words of a list that no name could contain. One word may
// stand in several places.
func (c *compiler) emptyWords(key string, list, empty []string) {
	isEmpty := make(map[string]bool, len(empty))
	for _, word := range empty {
		isEmpty[word] = true
	}
	for i, word := range list {
		if isEmpty[word] {
			c.itemProblem(key, i, "remove it, or write the word in letters", "%+q is nothing once folded", word)
		}
	}
}
