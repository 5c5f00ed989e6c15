package policy

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"topicgate/pkg/textfold"
)

// An Excuse is the least change of a policy that lets one name pass a rule that refuses it:
// an item of a list of that rule, or, where it has none that helps, a rule that stands
// before it.
type Excuse struct {
	Rule  string // that refuses the name
	Key   string // the list that gets the item: unless_contains, unless_links or exempt; else ""
	Item  string
	Allow Rule // where there is no Key
}

// Excuse finds it. ok is false where the policy has no such rule, or one that does not
// refuse the name, whatever its quota has left.
func (s *Spec) Excuse(c Creation, rule string) (e Excuse, ok bool) {
	i := slices.IndexFunc(s.Rules, func(r Rule) bool { return r.Name == rule })
	if i < 0 || s.Rules[i].Action != Refuse {
		return Excuse{}, false
	}
	r := s.Rules[i]
	if !refuses(r, c) {
		return Excuse{}, false
	}
	for _, try := range [...]struct {
		key, item string
		list      func(*Name) *List
	}{
		{"unless_contains", c.Name, func(n *Name) *List { return only(n.Contains != nil, &n.Unless) }},
		{"unless_links", r.Match.linked(c.Name), func(n *Name) *List { return only(n.Links, &n.UnlessLinks) }},
	} {
		excused := r
		excused.Match = r.Match.withItem(try.item, try.list)
		if !refuses(excused, c) {
			return Excuse{Rule: rule, Key: try.key, Item: try.item}, true
		}
	}
	if q := r.Quota; q != nil && q.Per == PerName {
		counted := *q
		counted.Exempt = append(slices.Clone(q.Exempt), c.Name)
		excused := r
		excused.Quota = &counted
		if !refuses(excused, c) {
			return Excuse{Rule: rule, Key: "exempt", Item: c.Name}, true
		}
	}
	return Excuse{Rule: rule, Allow: Rule{
		Name:   s.freeName("excused"),
		Match:  &Match{Name: &Name{Matches: "^" + regexp.QuoteMeta(c.Name) + "$"}},
		Action: Allow,
	}}, true
}

func only(is bool, list *List) *List {
	if is {
		return list
	}
	return nil
}

// refuses asks one rule alone, as if it were enforced and its quota used up.
func refuses(r Rule, c Creation) bool {
	r.Mode = Enforce
	p, problems, _ := Compile(Spec{Rules: []Rule{r}}.WithDefaults())
	if problems != nil { // such as an item that can be none of its list
		return true
	}
	return !p.Decide(context.Background(), c, usedUp{}, false).Allowed
}

// linked is the host that a name leads to, of the first link that a condition finds in it;
// "" for none.
func (m *Match) linked(name string) (host string) {
	if m == nil {
		return ""
	}
	if m.Name != nil && m.Name.Links {
		link, _ := textfold.Link(name, m.Name.UnlessLinks)
		if _, rest, ok := strings.Cut(link, "://"); ok {
			link = rest
		}
		if at := strings.IndexAny(link, "/?#:"); at >= 0 {
			link = link[:at]
		}
		host = link
	}
	for _, one := range slices.Concat(m.All, m.Any) {
		host = cmp.Or(host, one.linked(name))
	}
	return host
}

// usedUp is the counter of quotas that have nothing left.
type usedUp struct{}

func (usedUp) Take(context.Context, string, int, time.Duration) (bool, error) { return false, nil }

// withItem is the match with an item more in a list of each condition on the name that has
// it.
func (m *Match) withItem(item string, list func(*Name) *List) *Match {
	if m == nil {
		return nil
	}
	changed := *m
	if m.Name != nil {
		name := *m.Name
		if l := list(&name); l != nil {
			*l = append(slices.Clone(*l), item)
		}
		changed.Name = &name
	}
	each := func(matches []Match) (all []Match) {
		for i := range matches {
			all = append(all, *matches[i].withItem(item, list))
		}
		return all
	}
	changed.All, changed.Any, changed.Not = each(m.All), each(m.Any), m.Not.withItem(item, list)
	return &changed
}

// freeName is a name that no rule has.
func (s *Spec) freeName(name string) string {
	taken := func(name string) bool {
		return slices.ContainsFunc(s.Rules, func(r Rule) bool { return r.Name == name })
	}
	free := name
	for n := 2; taken(free); n++ {
		free = name + "-" + strconv.Itoa(n)
	}
	return free
}
