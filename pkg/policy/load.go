package policy

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	// yaml/v4 gives each node its line, so that every mistake can be reported where it
	// is. It is the maintained successor of gopkg.in/yaml.v3 (Apache-2.0 and MIT,
	// released in November 2026): 0.6 MB in a binary, 0.3 ms at the first file.
	"go.yaml.in/yaml/v4"
)

// A Source is where a loaded policy was written: it turns the path of a Problem into
// a file and line.
type Source struct {
	file  string
	lines map[string]int // by path
	lists map[string]list
	uses  map[string]string // which list stands at a path
	rules []string          // their names
}

// list is an entry of lists.
type list struct {
	items List
	file  string
	lines []int // of the items
	line  int   // of the entry
}

// Where is the file and line of a path, or of what is nearest around it.
func (s *Source) Where(path string) string {
	if open := strings.LastIndexByte(path, '['); open >= 0 && strings.HasSuffix(path, "]") {
		if l, ok := s.lists[s.uses[path[:open]]]; ok {
			if i, err := strconv.Atoi(path[open+1 : len(path)-1]); err == nil && i < len(l.lines) {
				return fmt.Sprintf("%s:%d", l.file, l.lines[i])
			}
		}
	}
	for {
		if line, ok := s.lines[path]; ok {
			return fmt.Sprintf("%s:%d", s.file, line)
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			return s.file + ":1"
		}
		path = path[:cut]
	}
}

// Report is a problem as it is printed: file:line: rule "x": problem.
func (s *Source) Report(p Problem) string { return s.Where(p.Path) + ": " + p.String() }

// Load reads a policy in YAML, or in JSON, which is YAML. It is strict: what it does
// not know is a problem. file names the policy in reports, and the files of its lists
// are relative to dir. What could be read is returned even when there are problems;
// Compile finds what is wrong with values that could be.
func Load(text, file, dir string) (Spec, *Source, []Problem, []Problem) {
	l := &loading{
		source: &Source{file: file, lines: map[string]int{}, lists: map[string]list{}, uses: map[string]string{}},
		dir:    dir,
	}
	var document yaml.Node
	if err := yaml.Load([]byte(text), &document); err != nil {
		l.syntax(err)
		return Spec{}, l.source, l.problems, nil
	}
	if len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode {
		l.problem("", "is not a policy; start with version: 1")
		return Spec{}, l.source, l.problems, nil
	}
	root := document.Content[0]
	l.namedLists(root)
	var spec Spec
	l.structure(root, reflect.ValueOf(&spec).Elem(), "", "lists")
	for _, r := range spec.Rules {
		l.source.rules = append(l.source.rules, r.Name)
	}
	for i := range l.problems {
		l.problems[i].Rule = l.source.ruleAt(l.problems[i].Path)
	}
	return spec, l.source, l.problems, l.warnings
}

// ruleAt is the name of the rule that a path leads into.
func (s *Source) ruleAt(path string) string {
	var i int
	if _, err := fmt.Sscanf(path, "rules[%d]", &i); err != nil || i >= len(s.rules) {
		return ""
	}
	return s.rules[i]
}

type loading struct {
	source   *Source
	dir      string
	problems []Problem
	warnings []Problem
}

func (l *loading) problem(path, format string, args ...any) {
	l.problems = append(l.problems, Problem{Path: path, Text: fmt.Sprintf(format, args...)})
}

// syntax reports text that is no YAML, in the library's words and at its line.
func (l *loading) syntax(err error) {
	var at *yaml.LoadError
	var several *yaml.LoadErrors
	text := "is not YAML: " + err.Error()
	switch {
	case errors.As(err, &at):
		text = "is not YAML: " + at.Message
		l.source.lines[""] = max(at.Mark.Line, 1)
	case errors.As(err, &several) && len(several.Errors) > 0:
		text = "is not one YAML document: " + strings.TrimPrefix(several.Errors[0].Message, "yaml: ")
	}
	l.problem("", "%s", text)
}

// entries calls f for each key of a mapping, once; repeats, anchors and merges are
// problems: a policy must read the same to everybody.
func (l *loading) entries(node *yaml.Node, path string, f func(key string, keyNode, value *yaml.Node)) {
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		at := join(path, key.Value)
		switch {
		case key.Kind != yaml.ScalarNode || key.Tag == "!!merge":
			l.mark(path+"?", key)
			l.problem(path+"?", "only plain keys are understood")
		case seen[key.Value]:
			l.mark(at+"?", key)
			l.problem(at+"?", "%s: is written twice", key.Value)
		case value.Kind == yaml.AliasNode:
			l.mark(at, value)
			l.problem(at, "%s: aliases (*) are not understood; write the value, or a list under lists", key.Value)
		default:
			seen[key.Value] = true
			l.mark(at, key)
			f(key.Value, key, value)
		}
	}
}

// mark remembers where a path is written.
func (l *loading) mark(path string, node *yaml.Node) { l.source.lines[path] = node.Line }

// structure reads a mapping into a struct by its JSON names.
func (l *loading) structure(node *yaml.Node, into reflect.Value, path string, others ...string) {
	if node.Kind != yaml.MappingNode {
		l.problem(path, "%s: is not a set of keys and values", lastKey(path))
		return
	}
	l.entries(node, path, func(key string, _, value *yaml.Node) {
		for field := range into.NumField() {
			if jsonName(into.Type().Field(field)) == key {
				l.value(value, into.Field(field), join(path, key))
				return
			}
		}
		if slices.Contains(others, key) {
			return // read already
		}
		known := others
		for field := range into.NumField() {
			known = append(known, jsonName(into.Type().Field(field)))
		}
		l.problem(join(path, key), "%s: unknown key; did you mean %s?", key, Nearest(key, known))
	})
}

func jsonName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return name
}

func lastKey(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

var (
	listType     = reflect.TypeFor[List]()
	durationType = reflect.TypeFor[Duration]()
)

// value reads a node into a field of any type that a Spec has.
func (l *loading) value(node *yaml.Node, into reflect.Value, path string) {
	key := lastKey(path)
	if node.Tag == "!!null" {
		l.problem(path, "%s: has no value", key)
		return
	}
	switch {
	case into.Type() == listType:
		l.list(node, into, path)
	case into.Type() == durationType:
		text, ok := l.text(node, path)
		d, err := time.ParseDuration(text)
		if ok && err != nil {
			l.problem(path, "%s: %q is not a duration such as 90s or 1h", key, text)
		}
		into.SetInt(int64(d))
	case into.Kind() == reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		l.value(node, into.Elem(), path)
	case into.Kind() == reflect.Struct:
		l.structure(node, into, path)
	case into.Kind() == reflect.Slice:
		if node.Kind != yaml.SequenceNode {
			l.problem(path, "%s: is not a list; write [a, b] or one - item a line", key)
			return
		}
		into.Set(reflect.MakeSlice(into.Type(), len(node.Content), len(node.Content)))
		for i, one := range node.Content {
			at := item(path, i)
			l.mark(at, one)
			l.value(one, into.Index(i), at)
		}
	case into.Kind() == reflect.String:
		text, _ := l.text(node, path)
		into.SetString(text)
	case into.Kind() == reflect.Int:
		n, err := strconv.Atoi(node.Value)
		if node.Kind != yaml.ScalarNode || err != nil {
			l.problem(path, "%s: %q is not a whole number", key, node.Value)
		}
		into.SetInt(int64(n))
	case into.Kind() == reflect.Bool:
		if node.Kind != yaml.ScalarNode || node.Tag != "!!bool" {
			l.problem(path, "%s: is not true or false", key)
			return
		}
		into.SetBool(strings.EqualFold(node.Value, "true"))
	default:
		panic("a field of a type that no policy holds: " + into.Type().String())
	}
}

// text reads a text. Numbers are taken as they are written: an SDKAppID is one.
func (l *loading) text(node *yaml.Node, path string) (string, bool) {
	switch {
	case node.Kind != yaml.ScalarNode:
		l.problem(path, "%s: is not a text", lastKey(path))
		return "", false
	case node.Tag != "!!str" && node.Tag != "!!int" && node.Tag != "!!float" && node.Tag != "!!timestamp":
		l.problem(path, "%s: %s is not a text; put it in quotes", lastKey(path), node.Value)
		return "", false
	}
	return node.Value, true
}

// list reads a list in place, or finds the one that is named.
func (l *loading) list(node *yaml.Node, into reflect.Value, path string) {
	key := lastKey(path)
	if node.Kind == yaml.SequenceNode {
		items, _ := l.items(node, path)
		if len(items) == 0 {
			l.problem(path, "%s: the list is empty", key)
		}
		into.Set(reflect.ValueOf(items))
		return
	}
	name, ok := l.text(node, path)
	if !ok {
		return
	}
	found, ok := l.source.lists[name]
	if !ok {
		how := "define it under lists, or write [" + name + "]"
		if len(l.source.lists) > 0 {
			names := make([]string, 0, len(l.source.lists))
			for known := range l.source.lists {
				names = append(names, known)
			}
			slices.Sort(names)
			how = "did you mean " + Nearest(name, names) + "?"
		}
		l.problem(path, "%s: there is no list %q; %s", key, name, how)
		return
	}
	l.source.uses[path] = name
	into.Set(reflect.ValueOf(found.items))
}

// items reads a sequence of texts, and their lines.
func (l *loading) items(node *yaml.Node, path string) (List, []int) {
	items, lines := List{}, []int{}
	for i, one := range node.Content {
		at := item(path, i)
		l.mark(at, one)
		text, ok := l.text(one, at)
		if !ok {
			continue
		}
		items, lines = append(items, text), append(lines, one.Line)
	}
	return items, lines
}

// namedLists reads the lists first: rules may name them before they are written.
func (l *loading) namedLists(root *yaml.Node) {
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value != "lists" {
			continue
		}
		l.mark("lists", root.Content[i])
		node := root.Content[i+1]
		if node.Kind != yaml.MappingNode {
			l.problem("lists", "lists: is not a set of named lists")
			return
		}
		l.entries(node, "lists", l.namedList)
		return
	}
}

func (l *loading) namedList(name string, keyNode, node *yaml.Node) {
	path := join("lists", name)
	entry := list{file: l.source.file, line: keyNode.Line, items: List{}}
	switch node.Kind {
	case yaml.SequenceNode:
		entry.items, entry.lines = l.items(node, path)
	case yaml.MappingNode:
		var from struct {
			File string `json:"file"`
		}
		l.structure(node, reflect.ValueOf(&from).Elem(), path)
		if from.File == "" {
			l.problem(path, "%s: names no file; write {file: words.txt}", name)
			break
		}
		entry.file = from.File
		if !filepath.IsAbs(entry.file) {
			entry.file = filepath.Join(l.dir, entry.file)
		}
		text, err := ReadFile(entry.file)
		if err != nil {
			l.problem(path, "%s: %v", name, err)
			break
		}
		entry.items, entry.lines = ParseList(text)
	default:
		l.problem(path, "%s: is neither a list nor {file: …}", name)
	}
	if len(entry.items) == 0 && len(l.problems) == 0 {
		l.warnings = append(l.warnings, Problem{Path: path, Text: name + ": the list is empty"})
	}
	l.source.lists[name] = entry
}

// Nearest is the known name that takes the fewest edits to reach.
func Nearest(name string, known []string) string {
	best, least := "", -1
	for _, candidate := range known {
		if d := edits(name, candidate); least < 0 || d < least {
			best, least = candidate, d
		}
	}
	return best
}

// edits is the Levenshtein distance in bytes: the names that are known are ASCII.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
