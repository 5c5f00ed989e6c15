package policyfile

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	// yaml/v4 gives each node its line, so that every mistake can be reported where it
	// is. It is the maintained successor of gopkg.in/yaml.v3 (Apache-2.0 and MIT, released
	// in November 2026; 0.6 MB in a binary). Its forerunner is kept for security alone and
	// names a line only in the text of an error.
	"go.yaml.in/yaml/v4"

	"topicgate/pkg/policy"
)

// Load reads a policy in YAML, or in JSON, which is YAML. It is strict: what it does
// not know is a problem. file names the policy in reports, and the files of its lists
// are in the folder. What could be read is returned even when there are problems;
// policy.Compile finds what is wrong with values that could be.
func Load(text, file string, folder Folder) (spec policy.Spec, source *Source, problems, warnings []policy.Problem) {
	growStack(len(text) % 1024)
	l := &loading{source: newSource(file), folder: folder}
	root := l.document(text, "version: 1")
	if root == nil {
		return policy.Spec{}, l.source, l.problems, nil
	}
	l.namedLists(root)
	l.structure(root, root, reflect.ValueOf(&spec).Elem(), nil, "lists")
	l.origins(root, &spec)
	for i := range l.problems {
		p := &l.problems[i]
		if n, _, ok := p.Path.InRule(); ok && n < len(spec.Rules) {
			p.Rule = spec.Rules[n].Name
		}
	}
	if len(l.problems) == 0 { // else what uses a list may be what could not be read
		l.unused(root)
	}
	l.source.Sort(l.problems)
	return spec, l.source, l.problems, l.warnings
}

// origins notes where each rule is written.
func (l *loading) origins(root *yaml.Node, spec *policy.Spec) {
	_, rules := entry(root, "rules")
	for i := range spec.Rules {
		spec.Rules[i].Origin = l.source.at(rules.Content[i])
		spec.Rules[i].Origin.Index = i
	}
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

// mostNested is how long the path to something may be: each place in it is known by all
// of its path.
const mostNested = 100

type loading struct {
	source   *Source
	folder   Folder
	problems []policy.Problem
	warnings []policy.Problem
}

// problem reports why what a path leads to could not be read, at a node, and how to put
// it right where What does not say it already.
func (l *loading) problem(at *yaml.Node, path policy.Path, how, what string, args ...any) {
	l.add(at, path, path.Last(), how, what, args...)
	l.unread(path)
}

// add reports what is wrong about a key, as reports name it.
func (l *loading) add(at *yaml.Node, path policy.Path, key, how, what string, args ...any) {
	l.problems = append(l.problems, policy.Problem{
		Where: l.source.at(at), Path: path, Key: key, What: fmt.Sprintf(what, args...), How: how,
	})
}

// unread notes that what a path leads to could not be read. What modifies it has lost its
// meaning with it.
func (l *loading) unread(path policy.Path) {
	l.source.unread.add(path)
	if last := len(path) - 1; last >= 0 {
		for _, key := range policy.MatchKeys() {
			if slices.Contains(key.Modifies, path[last].Key) {
				l.source.unread.add(path[:last].Key(key.Path.Last()))
			}
		}
	}
}

// document reads the mapping of the one document that a file is; nil where there is none.
// A file that holds nothing of use is told how one starts.
func (l *loading) document(text, start string) *yaml.Node {
	var document, second yaml.Node
	loader, err := yaml.NewLoader(strings.NewReader(version11(text)))
	if err == nil {
		err = loader.Load(&document)
	}
	switch {
	case errors.Is(err, io.EOF):
		l.add(nil, nil, "", "start with "+start, "is empty")
		return nil
	case err == nil && (len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode):
		l.add(nil, nil, "", "start with "+start, "is no set of keys and values")
		return nil
	case err == nil:
		err = loader.Load(&second)
	}
	switch {
	case err == nil:
		l.add(&second, nil, "", "write one, without ---", "a second document begins here")
		return nil
	case !errors.Is(err, io.EOF):
		l.syntax(err, text)
		return nil
	}
	root := document.Content[0]
	l.source.root = root
	l.odd(root, root, nil)
	return root
}

// syntax reports text that is no YAML, in the library's words and at its line.
func (l *loading) syntax(err error, text string) {
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
	message, node := err.Error(), yaml.Node{Line: 1}
	if at, ok := errors.AsType[*yaml.LoadError](err); ok {
		message = at.Message
		node.Line = min(max(at.Mark.Line, 1), len(lines)) // at the end of a text the library may be a line ahead
	}
	// A tab begins nothing in YAML, which the library does not always say.
	line := lines[node.Line-1]
	tabbed := strings.Contains(line[:len(line)-len(strings.TrimLeft(line, " -\t"))], "\t")
	if strings.Contains(message, "a tab character") || strings.Contains(message, "cannot start any token") && tabbed {
		message = "a tab; indent with spaces"
	}
	l.add(&node, nil, "", "", "is not YAML: %s", strings.TrimPrefix(message, "yaml: "))
}

// odd reports what would make a policy read differently to different people: anchors,
// aliases and tags. It is true of a node that cannot be used.
func (l *loading) odd(at, node *yaml.Node, path policy.Path) bool {
	if node.Anchor != "" {
		l.add(node, path, path.Last(), "name a list under lists", "anchors (&%s) are not understood", node.Anchor)
	}
	switch {
	case node.Kind == yaml.AliasNode:
		l.problem(node, path, "write the value, or name a list under lists", "aliases (*%s) are not understood", node.Value)
		return true
	case isTagged(node):
		l.problem(at, path, "leave it out", "tags (%s) are not understood", node.Tag)
		return true
	}
	return false
}

// isTagged reports whether a person wrote a tag. A lone ! is one that leaves no trace but
// itself.
func isTagged(node *yaml.Node) bool { return node.Style&yaml.TaggedStyle != 0 || node.Tag == "!" }

// entries calls f for each key of a mapping, once; repeats and merges are problems.
func (l *loading) entries(node *yaml.Node, path policy.Path, f func(key, value *yaml.Node)) {
	seen := make(map[string]bool, len(node.Content)/2)
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		switch {
		case key.Tag == "!!merge":
			l.add(key, path, "", "write the keys out", "merge keys (<<) are not understood")
		case key.Kind != yaml.ScalarNode || key.Anchor != "" || isTagged(key):
			l.add(key, path, "", "", "only plain keys are understood")
		case seen[key.Value]:
			l.add(key, path.Key(key.Value), key.Value, "", "is written twice")
		default:
			seen[key.Value] = true
			f(key, value)
		}
	}
}

// structure reads a mapping into a struct by its JSON names. Of other keys it is known
// that they are read elsewhere.
func (l *loading) structure(at, node *yaml.Node, into reflect.Value, path policy.Path, others ...string) {
	if node.Kind != yaml.MappingNode {
		l.problem(at, path, "", "is not a set of keys and values")
		return
	}
	all := fieldsOf(into.Type())
	l.entries(node, path, func(key, value *yaml.Node) {
		i := slices.IndexFunc(all, func(f field) bool { return f.key == key.Value })
		if i >= 0 {
			below, before := path.Key(key.Value), len(l.problems)
			field := into.Field(all[i].index)
			l.value(key, value, field, below)
			if all[i].omitZero && len(l.problems) == before {
				l.nothing(key, field, below)
			}
			return
		}
		if slices.Contains(others, key.Value) {
			return
		}
		var known []string
		for _, f := range all {
			known = append(known, f.key)
		}
		meant, how := policy.Suggest(key.Value, append(known, others...))
		if into.Type() == textType { // en is no slip for el
			meant, how = "default", "write "+strings.Join(known[:len(known)-1], ", ")+" or default, which is for names in Latin letters, too"
		}
		l.problem(key, path.Key(key.Value), how, "unknown key")
		l.unread(path.Key(meant))
	})
}

// nothing reports a text or number that says what leaving its key out says. Whoever
// wrote it meant something; but false is how one ends a freeze.
func (l *loading) nothing(key *yaml.Node, v reflect.Value, path policy.Path) {
	switch {
	case !v.IsZero() || v.Type() == freezeType:
	case v.Kind() == reflect.String || v.Type() == textType:
		l.problem(key, path, "leave it out or write one", "is empty")
	case v.Kind() == reflect.Int:
		l.problem(key, path, "leave it out or write another", "0 says nothing")
	}
}

var (
	listType     = reflect.TypeFor[policy.List]()
	durationType = reflect.TypeFor[policy.Duration]()
	freezeType   = reflect.TypeFor[policy.Freeze]()
	textType     = reflect.TypeFor[policy.Text]()
)

// value reads a node into a field of any type that a spec or a case has. Problems are
// reported at its key.
func (l *loading) value(at, node *yaml.Node, into reflect.Value, path policy.Path) {
	if l.odd(at, node, path) {
		return
	}
	if node.Tag == "!!null" {
		l.problem(at, path, "", "has no value")
		return
	}
	switch {
	case into.Type() == listType:
		l.list(at, node, into, path)
	case into.Type() == wantType:
		l.want(at, node, into.Addr().Interface().(*Want), path)
	case into.Type() == durationType:
		d, err := policy.ParseDuration(node.Value)
		if node.Kind != yaml.ScalarNode {
			l.problem(at, path, "", "is not a duration such as 90s or 1h")
		} else if err != nil || !durationForm().MatchString(strings.TrimPrefix(node.Value, "-")) {
			l.problem(at, path, "", "%q is not a duration such as 90s or 1h", node.Value)
		}
		into.SetInt(int64(d))
	case into.Type() == freezeType:
		into.SetString(l.freeze(at, node, path))
	case into.Type() == textType && node.Kind != yaml.MappingNode:
		text, _ := l.text(at, node, path)
		into.Set(reflect.ValueOf(policy.Text{Default: text}))
	case into.Kind() == reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		l.value(at, node, into.Elem(), path)
	case len(path) > mostNested:
		l.problem(at, path, "", "is nested deeper than anybody reads")
	case into.Kind() == reflect.Struct:
		l.structure(at, node, into, path)
	case into.Kind() == reflect.Map:
		l.numbers(at, node, into, path)
	case into.Kind() == reflect.Slice:
		if node.Kind != yaml.SequenceNode {
			l.problem(at, path, "write [a, b] or one - item a line", "is not a list")
			return
		}
		into.Set(reflect.MakeSlice(into.Type(), len(node.Content), len(node.Content)))
		for i, one := range node.Content {
			l.value(one, one, into.Index(i), path.Item(i))
		}
	case into.Kind() == reflect.String:
		read := l.text
		if key := path.Last(); key == "app" || key == "at" { // of a case: numbers and times are written without quotes
			read = l.item
		}
		text, _ := read(at, node, path)
		into.SetString(text)
	case into.Kind() == reflect.Int:
		n, ok := wholeNumber(node.Value)
		switch {
		case node.Kind != yaml.ScalarNode:
			l.problem(at, path, "", "is not a whole number")
		case !ok:
			l.problem(at, path, "", "%q is not a whole number", node.Value)
		case node.Tag == "!!str":
			l.problem(at, path, "leave out the quotes", "%q is a text, not a number", node.Value)
		}
		into.SetInt(n)
	case into.Kind() == reflect.Bool:
		if node.Kind != yaml.ScalarNode || node.Tag != "!!bool" {
			l.problem(at, path, "", "is not true or false")
			return
		}
		into.SetBool(strings.EqualFold(node.Value, "true"))
	default:
		panic("a field of a type that no policy holds: " + into.Type().String())
	}
}
