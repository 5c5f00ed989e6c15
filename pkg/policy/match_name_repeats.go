package policy

import "topicgate/pkg/textfold"

// nameRepeats finds what is typed again and again: a character, or a unit of a few.
var nameRepeats = Condition{
	Keys: []Key{{Path: PathOf("name", "repeats"),
		About:   "Holds for a name in which a character, or a unit of up to four, stands so many times in a row.",
		Schema:  map[string]any{"minimum": 2},
		Example: "name: {repeats: 6}", Holds: "`!!!!!!` and `哈哈哈哈哈哈`, and `加我加我加我加我加我加我`"}},
	Sentence: "This name repeats the same characters too often.",
	Telling:  6,
	compile: func(c *compiler, m *Match) []test {
		times := m.Name.Repeats
		if times < 2 {
			c.problem("repeats", "nothing repeats fewer than 2 times", "%d is too few", times)
		}
		return nameTest("repeats", func(name string) (string, bool) { return textfold.Repeated(name, times) })
	},
}
