package policyfile

import (
	"cmp"
	"slices"

	"go.yaml.in/yaml/v4"

	"topicgate/pkg/policy"
)

// A Source is where a loaded policy was written: it knows the file and line of what a
// path leads to.
type Source struct {
	file   string
	root   *yaml.Node
	lists  map[string]*list
	uses   map[string]*list // which list stands at a path
	unread paths            // what could not be read
}

func newSource(file string) *Source {
	return &Source{file: file, lists: map[string]*list{}, uses: map[string]*list{}}
}

// at is the place of a node; the beginning of the file for none.
func (s *Source) at(node *yaml.Node) policy.Origin {
	if node == nil {
		return policy.Origin{File: s.file, Line: 1}
	}
	return policy.Origin{File: s.file, Line: node.Line, Column: node.Column}
}

// Locate is the place of what a path leads to, or of what is nearest around it.
func (s *Source) Locate(path policy.Path) policy.Origin {
	if i, ok := path.Index(); ok {
		if l := s.uses[path[:len(path)-1].String()]; l != nil {
			if n, ok := l.line(i); ok {
				return policy.Origin{File: l.file, Line: n}
			}
		}
	}
	node, at := s.root, (*yaml.Node)(nil)
	for _, element := range path {
		var next *yaml.Node
		if next, node = enter(node, element); next == nil {
			break
		}
		at = next
	}
	return s.at(at)
}

// enter is the key or item that an element leads to, and what stands there; nil where
// there is none.
func enter(node *yaml.Node, element policy.Element) (at, value *yaml.Node) {
	switch i, ok := element.Item(); {
	case node == nil:
	case !ok:
		return entry(node, element.Key)
	case node.Kind == yaml.SequenceNode && i < len(node.Content):
		return node.Content[i], node.Content[i]
	}
	return nil, nil
}

// entry is the first key of a mapping that reads so, and its value; nil where there is
// none.
func entry(node *yaml.Node, name string) (key, value *yaml.Node) {
	if node.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if key = node.Content[i]; key.Kind == yaml.ScalarNode && key.Value == name {
			return key, node.Content[i+1]
		}
	}
	return nil, nil
}

// Sort puts problems into the order of the file, those in files of lists behind it.
func (s *Source) Sort(problems []policy.Problem) {
	slices.SortStableFunc(problems, func(p, q policy.Problem) int {
		a, b := p.Where, q.Where
		if a.File != b.File && a.File == s.file {
			return -1
		}
		if a.File != b.File && b.File == s.file {
			return 1
		}
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// Explains reports whether something at a path could not be read, or around it or
// below it: what Compile says of the path is then a consequence, and not worth saying.
func (s *Source) Explains(path policy.Path) bool { return s.unread.near(path) }

// paths are a set of paths, as a tree: however many there are, a look-up takes as long as
// the path.
type paths struct {
	here  bool
	below map[policy.Element]*paths
}

func (p *paths) add(path policy.Path) {
	for _, element := range path {
		if p.below == nil {
			p.below = map[policy.Element]*paths{}
		}
		if p.below[element] == nil {
			p.below[element] = &paths{}
		}
		p = p.below[element]
	}
	p.here = true
}

// near reports whether one of the paths leads to where a path does, around it or below
// it. What is wrong with a whole file is around its settings, and says nothing of a rule.
func (p *paths) near(path policy.Path) bool {
	_, _, inRule := path.InRule()
	for i, element := range path {
		if p.here && (i > 0 || !inRule) {
			return true
		}
		if p = p.below[element]; p == nil {
			return false
		}
	}
	return true // for each that is added leads somewhere
}
