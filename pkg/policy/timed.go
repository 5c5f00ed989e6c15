package policy

import "slices"

// Timed reports whether the time at which something is asked can change what a rule makes
// of it, units of quotas aside. A freeze is no rule.
func (s *Spec) Timed() bool {
	return slices.ContainsFunc(s.Rules, func(r Rule) bool { return r.Until != "" || r.Match.timed() })
}

func (m *Match) timed() bool {
	if m == nil {
		return false
	}
	one := func(m Match) bool { return m.timed() }
	return m.Time != nil || m.Not.timed() || slices.ContainsFunc(m.All, one) || slices.ContainsFunc(m.Any, one)
}
