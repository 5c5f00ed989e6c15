package policy

import (
	"errors"

	"topicgate/pkg/textfold"
)

// nameResembles keeps names apart from reserved ones that they could be taken for,
// whole against whole: administrator, аdministrator, A d m i n i s t r a t o r.
var nameResembles = Condition{
	Keys: []Key{{Path: PathOf("name", "resembles"),
		About:   "Names that no whole name may be taken for.",
		Example: "name: {resembles: [Acme Support]}", Holds: "names that could be read as this one, whole against whole"}},
	Sentence: "This name is too similar to a reserved one.",
	Telling:  8,
	compile: func(c *compiler, m *Match) []test {
		names, err := textfold.NewNames(m.Name.Resembles)
		if empty, ok := errors.AsType[*textfold.EmptyNameError](err); ok {
			c.emptyWords("resembles", m.Name.Resembles, empty.Names)
			return nil
		}
		return []test{{"name resembles", func(q *question) (hit, bool) {
			reserved, found := names.Find(q.Name)
			return hit{detail: reserved, word: reserved}, found
		}}}
	},
}
