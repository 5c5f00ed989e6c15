package policy

import (
	"fmt"

	"topicgate/pkg/textfold"
)

// nameInvisible finds characters that a reader cannot see: controls, bidi controls,
// zero-width and blank look-alikes; not those that hold an emoji or a script together.
var nameInvisible = Condition{
	Keys: []Key{{Path: PathOf("name", "invisible"),
		About:   "Holds for a name with characters that nobody sees; not those that hold an emoji or a script together.",
		Example: "name: {invisible: true}", Holds: "names with characters that nobody sees"}},
	Sentence: "This name contains characters that cannot be seen.",
	Telling:  7,
	compile: func(*compiler, *Match) []test {
		return nameTest("invisible", func(name string) (string, bool) {
			r, found := textfold.Invisible(name)
			if !found {
				return "", false
			}
			return fmt.Sprintf("%U", r), true
		})
	},
}
