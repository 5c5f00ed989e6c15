package policy

import "slices"

// ReadsName reports whether a match, or one within it, has a condition on the name.
func (m *Match) ReadsName() bool { return m.reads(func(m *Match) bool { return m.Name != nil }) }

// ReadsTime reports whether a match, or one within it, has a condition on the time.
func (m *Match) ReadsTime() bool { return m.reads(func(m *Match) bool { return m.Time != nil }) }

func (m *Match) reads(it func(*Match) bool) bool {
	if m == nil {
		return false
	}
	in := func(m Match) bool { return m.reads(it) }
	return it(m) || slices.ContainsFunc(m.All, in) || slices.ContainsFunc(m.Any, in) || m.Not.reads(it)
}

// ReadsName reports whether the rule of this name has a condition on the name that was
// asked for. A freeze and the default have none.
func (p *Policy) ReadsName(name string) bool {
	return slices.ContainsFunc(p.rules, func(r rule) bool { return r.Name == name && r.Match.ReadsName() })
}
