package policyfile

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"

	"topicgate/pkg/policy"
)

// Excuse writes a name into unless_contains of a rule, in each of its conditions on words
// that finds one in it. Whatever else stands in the text stays as it is. What comes back
// loads, and those conditions do not find the name any more; an error says why there is no
// such text.
func Excuse(text, file string, folder Folder, rule, name string) (string, error) {
	before, err := conditionsOf(text, file, folder, rule)
	if err != nil {
		return "", err
	}
	var edits []insertion
	item := quote(name)
	for _, one := range before {
		if !one.finds(name) {
			continue
		}
		edit, err := one.excuse(text, file, item)
		if err != nil {
			return "", err
		}
		if !slices.Contains(edits, edit) { // of a list that several name
			edits = append(edits, edit)
		}
	}
	if edits == nil {
		return "", fmt.Errorf("rule %q has no list of words that finds %q; keep the name as a case, and mend the rule by hand", rule, name)
	}
	slices.SortFunc(edits, func(a, b insertion) int { return b.at - a.at })
	for _, e := range edits {
		text = text[:e.at] + e.text + text[e.at:]
	}
	after, err := conditionsOf(text, file, folder, rule)
	if err != nil {
		return "", fmt.Errorf("%s cannot be written there: %w; write it by hand", item, err)
	}
	for i := range after {
		if len(after) != len(before) || before[i].finds(name) && after[i].finds(name) {
			return "", fmt.Errorf("rule %q finds a word that %s does not cover; write the exception by hand", rule, item)
		}
	}
	return text, nil
}

// A wordCondition is a condition on words, and where it is written.
type wordCondition struct {
	root, name *yaml.Node // all of the policy; what stands at the condition's key name
	spec       policy.Name
	source     *Source
}

// conditionsOf are the conditions on words of a rule, those in its all and any too.
func conditionsOf(text, file string, folder Folder, rule string) (found []wordCondition, err error) {
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
	_, match := entry(rules.Content[i], "match")
	walkWords(spec.Rules[i].Match, match, func(n *policy.Name, node *yaml.Node) {
		found = append(found, wordCondition{source.root, node, policy.Name{
			Contains: n.Contains, Unless: n.Unless, WholeWord: n.WholeWord, IgnoreSeps: n.IgnoreSeps, LookAlikes: n.LookAlikes, Disguised: n.Disguised,
		}, source})
	})
	return found, nil
}

// walkWords calls f with each condition on words that a match asks for.
func walkWords(m *policy.Match, node *yaml.Node, f func(*policy.Name, *yaml.Node)) {
	if m == nil {
		return
	}
	if m.Name != nil && m.Name.Contains != nil {
		_, name := entry(node, "name")
		f(m.Name, name)
	}
	for _, group := range [...]struct {
		key     string
		members []policy.Match
	}{{"all", m.All}, {"any", m.Any}} {
		_, nodes := entry(node, group.key)
		for i := range group.members {
			walkWords(&group.members[i], nodes.Content[i], f)
		}
	}
}

// finds reports whether the condition finds a word in a name.
func (c *wordCondition) finds(name string) bool {
	p, _, _ := policy.Compile(policy.Spec{Rules: []policy.Rule{{Name: "words", Match: &policy.Match{Name: &c.spec}, Action: policy.Refuse}}})
	return p != nil && !p.Decide(context.Background(), policy.Creation{Name: name}, nil, false).Allowed
}

// excuse writes an item among the exempt words of the condition.
func (c *wordCondition) excuse(text, file, item string) (insertion, error) {
	key, unless := entry(c.name, "unless_contains")
	if key == nil {
		return withKey(text, c.name, "contains", "unless_contains: ["+item+"]"), nil
	}
	if unless.Kind == yaml.ScalarNode { // the name of a list
		if l := c.source.lists[unless.Value]; l.file != file {
			return insertion{}, fmt.Errorf("the exceptions stand in %s, which is not written here; write %s there, on a line of its own", l.file, item)
		}
		_, lists := entry(c.root, "lists")
		_, unless = entry(lists, unless.Value)
	}
	if unless == nil || unless.Kind != yaml.SequenceNode {
		return insertion{}, errors.New("unless_contains is no list; write the exception by hand")
	}
	return withItem(text, unless, item), nil
}
