package policyfile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"topicgate/pkg/policy"
)

// Excuse writes into a policy what lets a creation pass a rule that refuses its name, see
// [policy.Spec.Excuse]: an item of a list, or a rule before it. Whatever else stands in the
// text stays as it is. What comes back loads, and the rule does not refuse the creation any
// more; an error says why there is no such text.
func Excuse(text, file string, folder Folder, rule string, cr policy.Creation) (string, error) {
	p, err := readExcused(text, file, folder, rule)
	if err != nil {
		return "", err
	}
	e, ok := p.spec.Excuse(cr, rule)
	if !ok {
		return "", fmt.Errorf("rule %q does not refuse %q; keep the name as a case, and mend the rule by hand", rule, cr.Name)
	}
	edits, err := p.edits(e, cr)
	if err != nil {
		return "", err
	}
	slices.SortFunc(edits, func(a, b insertion) int { return b.at - a.at })
	for _, e := range slices.Compact(edits) { // a list that several name gets one
		text = text[:e.at] + e.text + text[e.at:]
	}
	after, err := readExcused(text, file, folder, rule)
	if err != nil {
		return "", fmt.Errorf("%s cannot be written there: %w; write it by hand", ExcuseYAML(e), err)
	}
	if excused := after.at > 0 && after.spec.Rules[after.at-1].Name == e.Allow.Name; e.Key == "" && excused {
		return text, nil
	}
	if _, refuses := after.spec.Excuse(cr, rule); refuses {
		return "", fmt.Errorf("rule %q finds more in the name than %s covers; write the exception by hand", rule, ExcuseYAML(e))
	}
	return text, nil
}

// An excused is a policy with a rule that somebody is to be excused from, and where that
// stands.
type excused struct {
	text, file string
	source     *Source
	spec       policy.Spec
	rules      *yaml.Node
	at         int // of the rule among them
}

func readExcused(text, file string, folder Folder, rule string) (*excused, error) {
	spec, source, problems, _ := Load(text, file, folder)
	if problems == nil {
		_, problems, _ = policy.Compile(spec)
	}
	if problems != nil {
		return nil, fmt.Errorf("the policy has a problem: %s", problems[0])
	}
	i := slices.IndexFunc(spec.Rules, func(r policy.Rule) bool { return r.Name == rule })
	if i < 0 {
		return nil, fmt.Errorf("the policy has no rule %q", rule)
	}
	_, rules := entry(source.root, "rules")
	return &excused{text, file, source, spec, rules, i}, nil
}

// excuseLists are the lists of exceptions of a condition on the name: each belongs to what
// stands before it, of which alone makes is a condition.
var excuseLists = map[string]struct {
	of    string
	alone func(*policy.Name) *policy.Name // nil where there is none
}{
	"unless_contains": {"contains", func(n *policy.Name) *policy.Name {
		if n.Contains == nil {
			return nil
		}
		return &policy.Name{Contains: n.Contains, Unless: n.Unless, WholeWord: n.WholeWord, IgnoreSeps: n.IgnoreSeps, LookAlikes: n.LookAlikes, Disguised: n.Disguised}
	}},
	"unless_links": {"links", func(n *policy.Name) *policy.Name {
		if !n.Links {
			return nil
		}
		return &policy.Name{Links: n.Links, UnlessLinks: n.UnlessLinks}
	}},
}

// edits are where an excuse is written: in each condition that finds something in the name,
// those in all and any too.
func (p *excused) edits(e policy.Excuse, cr policy.Creation) (edits []insertion, err error) {
	rule := p.rules.Content[p.at]
	switch e.Key {
	case "":
		return []insertion{withElementBefore(p.text, p.rules, p.at, asWritten(p.text, strings.TrimPrefix(ExcuseYAML(e), "- ")))}, nil
	case "exempt":
		_, quota := entry(rule, "quota")
		edit, err := p.withException(quota, e.Key, "per", quote(e.Item))
		return []insertion{edit}, err
	}
	list := excuseLists[e.Key]
	_, match := entry(rule, "match")
	walkNames(p.spec.Rules[p.at].Match, match, func(n *policy.Name, node *yaml.Node) {
		if alone := list.alone(n); err == nil && alone != nil && matches(alone, cr) {
			var edit insertion
			edit, err = p.withException(node, e.Key, list.of, quote(e.Item))
			edits = append(edits, edit)
		}
	})
	return edits, err
}

// walkNames calls f with each condition on the name that a match asks for.
func walkNames(m *policy.Match, node *yaml.Node, f func(*policy.Name, *yaml.Node)) {
	if m == nil {
		return
	}
	if m.Name != nil {
		_, name := entry(node, "name")
		f(m.Name, name)
	}
	for _, group := range [...]struct {
		key     string
		members []policy.Match
	}{{"all", m.All}, {"any", m.Any}} {
		_, nodes := entry(node, group.key)
		for i := range group.members {
			walkNames(&group.members[i], nodes.Content[i], f)
		}
	}
}

// matches reports whether a condition on the name holds of a creation.
func matches(n *policy.Name, cr policy.Creation) bool {
	p, _, _ := policy.Compile(policy.Spec{Rules: []policy.Rule{{Name: "alone", Match: &policy.Match{Name: n}, Action: policy.Refuse}}})
	return p != nil && !p.Decide(context.Background(), cr, nil, false).Allowed
}

// withException writes an item into a list of exceptions of a mapping, which is made behind
// another key where there is none.
func (p *excused) withException(mapping *yaml.Node, key, behind, item string) (insertion, error) {
	found, list := entry(mapping, key)
	if found == nil {
		made := asWritten(p.text, "{"+key+": ["+item+"]}")
		return withKey(p.text, mapping, behind, made[1:len(made)-1]), nil
	}
	if list.Kind == yaml.ScalarNode { // the name of a list
		if l := p.source.lists[list.Value]; l.file != p.file {
			return insertion{}, fmt.Errorf("the exceptions stand in %s, which is not written here; write %s there, on a line of its own", l.file, item)
		}
		_, lists := entry(p.source.root, "lists")
		_, list = entry(lists, list.Value)
	}
	if list == nil || list.Kind != yaml.SequenceNode {
		return insertion{}, errors.New(key + " is no list; write the exception by hand")
	}
	return withItem(p.text, list, asWritten(p.text, item)), nil
}
