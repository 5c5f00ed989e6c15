package policy

import (
	"regexp"

	"topicgate/pkg/textfold"
)

// namePattern restricts the form of a name by regular expressions, found anywhere in
// it. They are RE2: their time is linear in the name, so no name can hang one.
func (c *compiler) namePattern(n *Name) []condition {
	if n.Folded && n.Matches == "" && n.NotMatches == "" {
		c.problem("folded", "folded: modifies matches or not_matches, and neither is here")
	}
	text := func(cr *Creation) string { return cr.Name }
	if n.Folded {
		text = func(cr *Creation) string { return textfold.Fold(cr.Name) }
	}
	var all []condition
	if re := c.pattern("matches", n.Matches); re != nil {
		all = append(all, condition{"name matches", func(cr *Creation) (hit, bool) {
			name := text(cr)
			at := re.FindStringIndex(name)
			if at == nil {
				return hit{}, false
			}
			return hit{detail: name[at[0]:at[1]]}, true
		}})
	}
	if re := c.pattern("not_matches", n.NotMatches); re != nil {
		all = append(all, condition{"name not_matches", func(cr *Creation) (hit, bool) {
			return hit{}, !re.MatchString(text(cr))
		}})
	}
	return all
}

func (c *compiler) pattern(key, pattern string) *regexp.Regexp {
	if pattern == "" {
		return nil
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		c.problem(key, "%s: %q is not a regular expression: %v", key, pattern, err)
		return nil
	}
	return re
}
