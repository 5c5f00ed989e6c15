package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// A Source is where a loaded policy was written: it turns the path of a Problem into
// a file and line.
type Source struct {
	file   string
	root   *yaml.Node
	places map[string]place // by path, of what root does not have there
	lists  map[string]*list
	uses   map[string]string // which list stands at a path
	rules  []string          // their names
	unread []string          // paths of what could not be read
}

// place is where something is written.
type place struct {
	file         string
	line, column int
}

// list is an entry of lists.
type list struct {
	items List
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

// Where is the file and line of a path, or of what is nearest around it.
func (s *Source) Where(path string) string {
	at := s.place(path)
	return fmt.Sprintf("%s:%d", at.file, at.line)
}

func (s *Source) place(path string) place {
	if open := strings.LastIndexByte(path, '['); open >= 0 && strings.HasSuffix(path, "]") {
		if l, ok := s.lists[s.uses[path[:open]]]; ok {
			if i, err := strconv.Atoi(path[open+1 : len(path)-1]); err == nil {
				if n, ok := l.line(i); ok {
					return place{l.file, n, 0}
				}
			}
		}
	}
	for {
		if at, ok := s.places[path]; ok {
			return at
		}
		if node := find(s.root, path); node != nil {
			return place{s.file, node.Line, node.Column}
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			return place{s.file, 1, 0}
		}
		path = path[:cut]
	}
}

// find is the key or item of a node that a path leads to; nil where there is none. It
// is asked only when there is a problem, so that a policy without one pays for none.
func find(node *yaml.Node, path string) *yaml.Node {
	if node == nil {
		return nil
	}
	enter := func(at, value *yaml.Node, rest string) *yaml.Node {
		switch {
		case rest == "":
			return at
		case rest[0] == '.':
			return find(value, rest[1:])
		case rest[0] == '[':
			return find(value, rest)
		}
		return nil // another key, that begins alike
	}
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			key := node.Content[i]
			if rest, ok := strings.CutPrefix(path, key.Value); ok && key.Kind == yaml.ScalarNode {
				if found := enter(key, node.Content[i+1], rest); found != nil {
					return found
				}
			}
		}
	case yaml.SequenceNode:
		index, rest, _ := strings.Cut(strings.TrimPrefix(path, "["), "]")
		if i, err := strconv.Atoi(index); err == nil && i < len(node.Content) {
			return enter(node.Content[i], node.Content[i], rest)
		}
	}
	return nil
}

// Report is a problem as it is printed: file:line: rule "x": problem.
func (s *Source) Report(p Problem) string { return s.Where(p.Path) + ": " + p.String() }

// Sort puts problems into the order of the file, those in files of lists behind it.
func (s *Source) Sort(problems []Problem) {
	slices.SortStableFunc(problems, func(p, q Problem) int {
		a, b := s.place(p.Path), s.place(q.Path)
		if a.file != b.file {
			if a.file == s.file || b.file == s.file {
				return cmp.Compare(btoi(a.file != s.file), btoi(b.file != s.file))
			}
			return cmp.Compare(a.file, b.file)
		}
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
	})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Explains reports whether something at a path could not be read, or around it or
// below it: what Compile says of the path is then a consequence, and not worth saying.
func (s *Source) Explains(path string) bool {
	return slices.ContainsFunc(s.unread, func(unread string) bool { return within(unread, path) || within(path, unread) })
}

// within reports whether a path is another, or leads into it.
func within(path, outer string) bool {
	rest, ok := strings.CutPrefix(path, outer)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// ruleAt is the name of the rule that a path leads into.
func (s *Source) ruleAt(path string) string {
	i, _, ok := CutRule(path)
	if !ok || i >= len(s.rules) {
		return ""
	}
	return s.rules[i]
}

// CutRule cuts a path that leads into a rule behind the rule's index:
// rules[3].match.name into 3 and .match.name. It does without fmt's scanning, which
// nothing else links.
func CutRule(path string) (i int, rest string, ok bool) {
	path, ok = strings.CutPrefix(path, "rules[")
	index, rest, closed := strings.Cut(path, "]")
	i, err := strconv.Atoi(index)
	return i, rest, ok && closed && err == nil
}
