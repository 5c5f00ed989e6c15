package policy

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	// yaml/v4 gives each node its line, so that every mistake can be reported where it
	// is. It is the maintained successor of gopkg.in/yaml.v3 (Apache-2.0 and MIT,
	// released in November 2026): 0.6 MB in a binary, 0.2 ms at every start, and 0.3 ms at
	// the first file. Its forerunner yaml/v3, kept for security alone, saves half of the
	// former, and names a line only in the text of an error; goccy/go-yaml saves all of it,
	// and takes twice as long over a file.
	"go.yaml.in/yaml/v4"
)

// Load reads a policy in YAML, or in JSON, which is YAML. It is strict: what it does
// not know is a problem. file names the policy in reports, and the files of its lists
// are relative to dir. What could be read is returned even when there are problems;
// Compile finds what is wrong with values that could be.
func Load(text, file, dir string) (Spec, *Source, []Problem, []Problem) {
	growStack(len(dir) % 1024)
	l := &loading{
		source: &Source{file: file, places: map[string]place{}, lists: map[string]*list{}, uses: map[string]string{}},
		dir:    dir,
		fields: fields{},
	}
	document, ok := l.document(text, "version: 1")
	if !ok {
		return Spec{}, l.source, l.problems, nil
	}
	root := document.Content[0]
	l.odd(root, "")
	l.namedLists(root)
	var spec Spec
	l.structure(root, reflect.ValueOf(&spec).Elem(), "", "lists")
	for _, r := range spec.Rules {
		l.source.rules = append(l.source.rules, r.Name)
	}
	for i := range l.problems {
		l.problems[i].Rule = l.source.ruleAt(l.problems[i].Path)
		l.source.unread = append(l.source.unread, l.problems[i].Path)
	}
	l.source.Sort(l.problems)
	return spec, l.source, l.problems, l.warnings
}

// growStack makes room at once for what reading and compiling a policy takes: a stack
// that doubles while it is deep is copied each time, frame by frame, which was a
// twentieth of a cold start.
//
//go:noinline
func growStack(at int) byte {
	var room [16 << 10]byte
	return room[at] // so that it is there
}

type loading struct {
	source   *Source
	dir      string
	fields   fields
	problems []Problem
	warnings []Problem
}

func (l *loading) problem(path, format string, args ...any) {
	l.problems = append(l.problems, Problem{Path: path, Text: fmt.Sprintf(format, args...)})
}

// document reads the one document that a file is. A file that holds nothing of use is
// told how one starts.
func (l *loading) document(text, start string) (document yaml.Node, ok bool) {
	loader, err := yaml.NewLoader(strings.NewReader(text))
	if err == nil {
		err = loader.Load(&document)
	}
	var second yaml.Node
	switch {
	case errors.Is(err, io.EOF):
		l.problem("", "is empty; start with %s", start)
		return document, false
	case err == nil && (len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode):
		l.problem("", "is no set of keys and values; start with %s", start)
		return document, false
	case err == nil:
		err = loader.Load(&second)
	}
	switch {
	case errors.Is(err, io.EOF):
		l.source.root = document.Content[0]
		return document, true
	case err != nil:
		l.syntax(err, text)
	default:
		l.mark("", &second)
		l.problem("", "a second document begins here; write one, without ---")
	}
	return document, false
}

// syntax reports text that is no YAML, in the library's words and at its line.
func (l *loading) syntax(err error, text string) {
	var at *yaml.LoadError
	message := err.Error()
	if errors.As(err, &at) {
		message = at.Message
		// At the end of a text the library may be a line ahead.
		last := 1 + strings.Count(text, "\n") + strings.Count(strings.ReplaceAll(text, "\r\n", ""), "\r")
		l.source.places[""] = place{l.source.file, min(max(at.Mark.Line, 1), last), 0}
	}
	l.problem("", "is not YAML: %s", strings.TrimPrefix(message, "yaml: "))
}

// odd reports what would make a policy read differently to different people: anchors,
// aliases and tags. It is true of a node that cannot be used.
func (l *loading) odd(node *yaml.Node, path string) bool {
	if node.Anchor == "" && node.Kind != yaml.AliasNode && !isCustom(node.Tag) {
		return false // as all but the oddest are
	}
	before := ""
	if path != "" {
		before = lastKey(path) + ": "
	}
	if node.Anchor != "" {
		l.mark(path+"&", node)
		l.problem(path+"&", "%sanchors (&%s) are not understood; name a list under lists", before, node.Anchor)
	}
	switch {
	case node.Kind == yaml.AliasNode:
		l.mark(path, node)
		l.problem(path, "%saliases (*%s) are not understood; write the value, or name a list under lists", before, node.Value)
		return true
	case isCustom(node.Tag):
		l.problem(path, "%stags (%s) are not understood; leave it out", before, node.Tag)
		return true
	}
	return false
}

func isCustom(tag string) bool { return strings.HasPrefix(tag, "!") && !strings.HasPrefix(tag, "!!") }

// entries calls f for each key of a mapping, once; repeats and merges are problems.
func (l *loading) entries(node *yaml.Node, path string, f func(key string, keyNode, value *yaml.Node)) {
	seen := make(map[string]bool, len(node.Content)/2)
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		switch {
		case key.Tag == "!!merge":
			l.mark(path+"<", key)
			l.problem(path+"<", "merge keys (<<) are not understood; write the keys out")
		case key.Kind != yaml.ScalarNode || key.Anchor != "":
			l.mark(path+"?", key)
			l.problem(path+"?", "only plain keys are understood")
		case seen[key.Value]:
			at := join(path, key.Value) + "?"
			l.mark(at, key)
			l.problem(at, "%s: is written twice", key.Value)
		default:
			seen[key.Value] = true
			f(key.Value, key, value)
		}
	}
}

// mark remembers a place that its path does not lead to.
func (l *loading) mark(path string, node *yaml.Node) {
	l.source.places[path] = place{l.source.file, node.Line, node.Column}
}

// structure reads a mapping into a struct by its JSON names.
func (l *loading) structure(node *yaml.Node, into reflect.Value, path string, others ...string) {
	if node.Kind != yaml.MappingNode {
		l.problem(path, "%s: is not a set of keys and values", lastKey(path))
		return
	}
	l.entries(node, path, func(key string, _, value *yaml.Node) {
		all := l.fields.of(into.Type())
		i := slices.IndexFunc(all, func(f field) bool { return f.key == key })
		if i >= 0 && key != unwritten {
			l.value(value, into.Field(i), join(path, key))
			return
		}
		if slices.Contains(others, key) {
			return // read already
		}
		var known []string
		for _, f := range all {
			if f.key != unwritten {
				known = append(known, f.key)
			}
		}
		known = append(known, others...)
		meant, how := suggest(key, known)
		l.problem(join(path, key), "%s: unknown key; %s", key, how)
		l.source.unread = append(l.source.unread, join(path, meant))
	})
}

func lastKey(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

var (
	listType     = reflect.TypeFor[List]()
	durationType = reflect.TypeFor[Duration]()
)

// value reads a node into a field of any type that a Spec has.
func (l *loading) value(node *yaml.Node, into reflect.Value, path string) {
	key := lastKey(path)
	if l.odd(node, path) {
		return
	}
	if node.Tag == "!!null" {
		l.problem(path, "%s: has no value", key)
		return
	}
	switch {
	case into.Type() == listType:
		l.list(node, into, path)
	case into.Type() == wantType:
		l.want(node, into.Addr().Interface().(*Want), path)
	case into.Type() == durationType:
		d, err := time.ParseDuration(node.Value)
		if node.Kind != yaml.ScalarNode {
			l.problem(path, "%s: is not a duration such as 90s or 1h", key)
		} else if err != nil {
			l.problem(path, "%s: %q is not a duration such as 90s or 1h", key, node.Value)
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
			l.value(one, into.Index(i), item(path, i))
		}
	case into.Kind() == reflect.String:
		read := l.text
		if key == "app" || key == "at" { // of a case: numbers and times are written without quotes
			read = l.item
		}
		text, _ := read(node, path)
		into.SetString(text)
	case into.Kind() == reflect.Int:
		n, err := strconv.Atoi(node.Value)
		switch {
		case node.Kind != yaml.ScalarNode:
			l.problem(path, "%s: is not a whole number", key)
		case err != nil:
			l.problem(path, "%s: %q is not a whole number", key, node.Value)
		case node.Tag != "!!int":
			l.problem(path, "%s: %q is a text, not a number; leave out the quotes", key, node.Value)
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

// text reads a text.
func (l *loading) text(node *yaml.Node, path string) (string, bool) {
	switch {
	case node.Kind != yaml.ScalarNode:
		l.problem(path, "%s: is not a text", lastKey(path))
		return "", false
	case node.Tag != "!!str":
		l.problem(path, "%s: %s is not a text; put it in quotes", lastKey(path), node.Value)
		return "", false
	}
	return node.Value, true
}

// item reads an item of a list, or the name of a list. Numbers are taken as they are
// written: an SDKAppID is one.
func (l *loading) item(node *yaml.Node, path string) (string, bool) {
	switch node.Tag {
	case "!!int", "!!float", "!!timestamp":
		return node.Value, true
	}
	return l.text(node, path)
}

// list reads a list in place, or finds the one that is named.
func (l *loading) list(node *yaml.Node, into reflect.Value, path string) {
	key := lastKey(path)
	if node.Kind == yaml.SequenceNode {
		items, _ := l.items(node, path)
		if len(node.Content) == 0 {
			l.problem(path, "%s: the list is empty", key)
		}
		into.Set(reflect.ValueOf(items))
		return
	}
	if node.Kind != yaml.ScalarNode {
		l.problem(path, "%s: is neither a list nor the name of one", key)
		return
	}
	name, ok := l.item(node, path)
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
			_, how = suggest(name, names)
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
		if l.odd(one, at) {
			continue
		}
		text, ok := l.item(one, at)
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
		node := root.Content[i+1]
		if node.Kind != yaml.MappingNode {
			l.problem("lists", "lists: is not a set of named lists")
			return
		}
		l.entries(node, "lists", l.namedList)
		return
	}
}

func (l *loading) namedList(name string, _, node *yaml.Node) {
	path := join("lists", name)
	entry := &list{file: l.source.file, items: List{}}
	before := len(l.problems)
	switch {
	case l.odd(node, path):
	case node.Kind == yaml.SequenceNode:
		entry.items, entry.lines = l.items(node, path)
	case node.Kind == yaml.MappingNode:
		entry.file, entry.text = l.listFile(name, node, path)
		entry.items = ParseList(entry.text)
	default:
		l.problem(path, "%s: is neither a list nor {file: …}", name)
	}
	if len(entry.items) == 0 && len(l.problems) == before {
		in := ""
		if entry.file != l.source.file {
			in = " in " + entry.file
		}
		l.warnings = append(l.warnings, Problem{Path: path, Text: name + ": the list is empty" + in})
	}
	l.source.lists[name] = entry
}

// listFile reads {file: …}.
func (l *loading) listFile(name string, node *yaml.Node, path string) (file, text string) {
	var from struct {
		File string `json:"file"`
	}
	before := len(l.problems)
	l.structure(node, reflect.ValueOf(&from).Elem(), path)
	if from.File == "" {
		if len(l.problems) == before {
			l.problem(path, "%s: names no file; write {file: words.txt}", name)
		}
		return "", ""
	}
	file = from.File
	if !filepath.IsAbs(file) {
		file = filepath.Join(l.dir, file)
	}
	text, err := ReadFile(file)
	if err != nil {
		l.problem(path, "%s: %v", name, err)
	}
	return file, text
}
