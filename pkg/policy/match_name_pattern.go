package policy

import "topicgate/pkg/textfold"

// namePattern restricts the form of a name by regular expressions, found anywhere in
// it. They are RE2: their time is linear in the name, so no name can hang one.
func (c *compiler) namePattern(n *Name) []condition {
	if n.Folded && n.Matches == "" && n.NotMatches == "" {
		c.problem("folded", "folded: modifies matches or not_matches, and neither is here")
	}
	// text is what is looked at, and what it is made of.
	text := func(q *question) (string, *textfold.Bytes) { return q.Name, q.nameBytes() }
	if n.Folded {
		text = func(q *question) (string, *textfold.Bytes) {
			folded := textfold.Fold(q.Name)
			has := textfold.BytesOf(folded)
			return folded, &has
		}
	}
	var all []condition
	if p, ok := c.pattern("matches", n.Matches); ok {
		all = append(all, condition{"name matches", func(q *question) (hit, bool) {
			name, has := text(q)
			if !p.mayMatch(name, has) {
				return hit{}, false
			}
			at := p.FindStringIndex(name)
			if at == nil {
				return hit{}, false
			}
			return hit{detail: name[at[0]:at[1]]}, true
		}})
	}
	if p, ok := c.pattern("not_matches", n.NotMatches); ok {
		all = append(all, condition{"name not_matches", func(q *question) (hit, bool) {
			name, has := text(q)
			return hit{}, !p.mayMatch(name, has) || !p.MatchString(name)
		}})
	}
	return all
}

func (c *compiler) pattern(key, expression string) (p pattern, ok bool) {
	if expression == "" {
		return pattern{}, false
	}
	p, err := compilePattern(expression)
	if err != nil {
		c.problem(key, "%s: %q is not a regular expression: %v", key, expression, err)
	}
	return p, err == nil
}
