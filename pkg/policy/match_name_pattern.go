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
	// text is what is looked at.
	text := func(q *question) string { return q.Name }
	if n.Folded {
		text = func(q *question) string { return textfold.Fold(q.Name) }
	}
	var all []condition
	if re, ok := c.pattern("matches", n.Matches); ok {
		all = append(all, condition{"name matches", func(q *question) (hit, bool) {
			name := text(q)
			at := re.FindStringIndex(name)
			if at == nil {
				return hit{}, false
			}
			return hit{detail: name[at[0]:at[1]]}, true
		}})
	}
	if re, ok := c.pattern("not_matches", n.NotMatches); ok {
		all = append(all, condition{"name not_matches", func(q *question) (hit, bool) {
			return hit{}, !re.MatchString(text(q))
		}})
	}
	return all
}

func (c *compiler) pattern(key, expression string) (re *regexp.Regexp, ok bool) {
	if expression == "" {
		return nil, false
	}
	re, err := regexp.Compile(expression)
	if err != nil {
		c.problem(key, "%s: %q is not a regular expression: %v", key, expression, err)
	}
	return re, err == nil
}
