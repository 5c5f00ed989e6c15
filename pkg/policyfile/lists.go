package policyfile

import (
	"maps"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v4"

	"topicgate/pkg/policy"
)

// A list is an entry of lists.
type list struct {
	items policy.List
	file  string
	text  string // of a list file
	lines []int  // of the items; of a list file, once a problem has asked
}

// line is the line of an item.
func (l *list) line(i int) (n int, ok bool) {
	if l.lines == nil {
		l.lines = ItemLines(l.text)
	}
	if i >= len(l.lines) {
		return 0, false
	}
	return l.lines[i], true
}

// mostSuggested is how many lists there may be for one of them to be looked for that was
// meant: to compare a name with each takes its time, and the names of all fill a screen.
const mostSuggested = 100

// list reads a list in place, or finds the one that is named.
func (l *loading) list(at, node *yaml.Node, into reflect.Value, path policy.Path) {
	if node.Kind == yaml.SequenceNode {
		items, _ := l.items(node, path)
		if len(node.Content) == 0 {
			l.problem(at, path, "", "the list is empty")
		}
		into.Set(reflect.ValueOf(items))
		return
	}
	if node.Kind != yaml.ScalarNode {
		l.problem(at, path, "", "is neither a list nor the name of one")
		return
	}
	name, ok := l.item(at, node, path)
	if !ok {
		return
	}
	found, ok := l.source.lists[name]
	if !ok {
		how := "define it under lists, or write [" + name + "]"
		if n := len(l.source.lists); n > 0 && n <= mostSuggested {
			_, how = policy.Suggest(name, slices.Sorted(maps.Keys(l.source.lists)))
		}
		l.problem(at, path, how, "there is no list %q", name)
		return
	}
	l.source.uses[path.String()] = found
	into.Set(reflect.ValueOf(found.items))
}

// items reads a sequence of texts, and their lines.
func (l *loading) items(node *yaml.Node, path policy.Path) (policy.List, []int) {
	items, lines := policy.List{}, []int{}
	for i, one := range node.Content {
		at := path.Item(i)
		if l.odd(one, one, at) {
			continue
		}
		text, ok := l.item(one, one, at)
		if !ok {
			continue
		}
		items, lines = append(items, text), append(lines, one.Line)
	}
	return items, lines
}

// namedLists reads the lists first: rules may name them before they are written.
func (l *loading) namedLists(root *yaml.Node) {
	key, node := entry(root, "lists")
	if key == nil {
		return
	}
	path := policy.PathOf("lists")
	switch {
	case l.odd(key, node, path):
		return
	case node.Kind != yaml.MappingNode:
		l.problem(key, path, "", "is not a set of named lists")
		return
	}
	l.entries(node, path, func(name, value *yaml.Node) { l.namedList(name, value, path.Key(name.Value)) })
}

// unused warns of lists that no rule names.
func (l *loading) unused(root *yaml.Node) {
	used := map[*list]bool{}
	for _, list := range l.source.uses {
		used[list] = true
	}
	_, node := entry(root, "lists")
	for i := 0; node != nil && i+1 < len(node.Content); i += 2 {
		// An empty one was warned of.
		name := node.Content[i]
		if list := l.source.lists[name.Value]; !used[list] && len(list.items) > 0 {
			l.warnings = append(l.warnings, policy.Problem{
				Where: l.source.at(name), Path: policy.PathOf("lists", name.Value), Key: name.Value,
				What: "no rule uses this list", How: "name it in one, or remove it",
			})
		}
	}
}

func (l *loading) namedList(name, node *yaml.Node, path policy.Path) {
	one := &list{file: l.source.file, items: policy.List{}}
	before := len(l.problems)
	switch {
	case l.odd(name, node, path):
	case node.Kind == yaml.SequenceNode:
		one.items, one.lines = l.items(node, path)
	case node.Kind == yaml.MappingNode:
		one.file, one.text = l.listFile(name, node, path)
		one.items = ParseList(one.text)
	default:
		l.problem(name, path, "", "is neither a list nor {file: …}")
	}
	if len(one.items) == 0 && len(l.problems) == before {
		what := "the list is empty"
		if one.file != l.source.file {
			what += " in " + one.file
		}
		l.warnings = append(l.warnings, policy.Problem{Where: l.source.at(name), Path: path, Key: name.Value, What: what})
	}
	l.source.lists[name.Value] = one
}

// listFile reads {file: …}.
func (l *loading) listFile(name, node *yaml.Node, path policy.Path) (file, text string) {
	var from struct {
		File string `json:"file"`
	}
	before := len(l.problems)
	l.structure(name, node, reflect.ValueOf(&from).Elem(), path)
	if from.File == "" {
		if len(l.problems) == before {
			l.problem(name, path, "write {file: words.txt}", "names no file")
		}
		return "", ""
	}
	text, err := l.folder.Read(from.File)
	if err != nil {
		l.problem(name, path, "", "%v", err)
	}
	return l.folder.Path(from.File), text
}
