package policy

import (
	"fmt"

	"topicgate/pkg/textfold"
)

// nameInvisible finds characters that a reader cannot see: controls, bidi controls,
// zero-width and blank look-alikes; not those that hold an emoji or a script together.
func (c *compiler) nameInvisible(n *Name) []condition {
	if !n.Invisible {
		return nil
	}
	return []condition{{"name invisible", func(q *question) (hit, bool) {
		r, found := textfold.Invisible(q.Name)
		if !found {
			return hit{}, false
		}
		return hit{detail: fmt.Sprintf("%U", r)}, true
	}}}
}
