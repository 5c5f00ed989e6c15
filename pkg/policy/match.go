package policy

// match compiles a match into conditions that must all hold.
func (c *compiler) match(m *Match) []condition {
	before := len(c.problems)
	var all []condition
	all = append(all, c.oneOfFold("command", m.Command, func(q *question) string { return string(q.Subject) })...)
	all = append(all, c.oneOfFold("app", m.App, func(q *question) string { return q.App })...)
	all = append(all, c.oneOfFold("type", m.Type, func(q *question) string { return q.Type })...)
	all = append(all, c.oneOfFold("platform", m.Platform, func(q *question) string { return q.Platform })...)
	all = append(all, c.operator(m.Operator)...)
	all = append(all, c.clientIP(m.ClientIP)...)
	all = append(all, c.name(m.Name)...)
	all = append(all, c.time(m.Time)...)
	all = append(all, c.group("all", m.All, allOf)...)
	all = append(all, c.group("any", m.Any, anyOf)...)
	if m.Not != nil {
		c.below("not", func() { all = append(all, not(c.match(m.Not))) })
	}
	if len(all) == 0 && len(c.problems) == before {
		c.problem("", "match: is empty; leave it out to match everything")
	}
	return all
}

// group compiles the members of an all or any.
func (c *compiler) group(label string, members []Match, combine func(string, [][]condition) condition) []condition {
	if members == nil {
		return nil
	}
	if len(members) == 0 {
		c.problem(label, "%s: is empty; give it at least one match", label)
		return nil
	}
	compiled := make([][]condition, len(members))
	for i := range members {
		c.below(item(label, i), func() { compiled[i] = c.match(&members[i]) })
	}
	return []condition{combine(label, compiled)}
}

// holds reports whether all conditions hold, with what made them: the details
// joined, and the first word.
func holds(conditions []condition, q *question) (hit, bool) {
	var h hit
	for i := range conditions {
		one, ok := conditions[i].test(q)
		if !ok {
			return hit{}, false
		}
		h = h.and(one)
	}
	return h, true
}

func (h hit) and(other hit) hit {
	if h.detail == "" {
		h.detail = other.detail
	} else if other.detail != "" {
		h.detail += "; " + other.detail
	}
	if h.word == "" {
		h.word = other.word
	}
	return h
}

func allOf(label string, members [][]condition) condition {
	return condition{label, func(q *question) (hit, bool) {
		var h hit
		for _, member := range members {
			one, ok := holds(member, q)
			if !ok {
				return hit{}, false
			}
			h = h.and(one)
		}
		return h, true
	}}
}

func anyOf(label string, members [][]condition) condition {
	return condition{label, func(q *question) (hit, bool) {
		for _, member := range members {
			if h, ok := holds(member, q); ok {
				return h, true
			}
		}
		return hit{}, false
	}}
}

// not holds when its conditions do not: nothing matched, so there is no detail.
func not(conditions []condition) condition {
	return condition{"not", func(q *question) (hit, bool) {
		_, ok := holds(conditions, q)
		return hit{}, !ok
	}}
}
