package policyfile_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

// A node is a part of a document that is being written: a scalar as it is written, a list
// or a mapping.
type node struct {
	raw   string
	list  []*node
	pairs []pair
	kind  yaml.Kind
}

type pair struct {
	key   string // as it is written
	value *node
}

func scalar(raw string) *node { return &node{kind: yaml.ScalarNode, raw: raw} }

func nodeOf(n *yaml.Node) *node {
	out := &node{kind: n.Kind}
	switch n.Kind {
	case yaml.SequenceNode:
		for _, one := range n.Content {
			out.list = append(out.list, nodeOf(one))
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Kind == yaml.ScalarNode {
				out.pairs = append(out.pairs, pair{n.Content[i].Value, nodeOf(n.Content[i+1])})
			}
		}
	default:
		out.kind = yaml.ScalarNode
		if out.raw = n.Value; n.Style != 0 || strings.ContainsAny(n.Value, "[]{},#:&*!|>'\"%@` ") {
			out.raw = strconv.Quote(n.Value)
		}
	}
	return out
}

// A writer makes documents up, after a schema: what it says is the language is mostly
// written right, and sometimes anything else.
type writer struct {
	*rand.Rand
	careful bool // nothing is written wrong but on purpose
	root    map[string]any
	schema  *jsonschema.Schema
	corpus  []*node
}

func (w *writer) one(in int) bool { return w.IntN(in) == 0 }

func pick[T any](w *writer, from []T) T { return from[w.IntN(len(from))] }

// document is a text.
func (w *writer) document() string {
	var root *node
	wrongs := 0
	w.careful = !w.one(4)
	if len(w.corpus) > 0 && w.one(3) {
		root, wrongs = copied(pick(w, w.corpus)), 1+w.IntN(2)
	} else if root = w.value(w.root, "", 0); w.one(2) {
		wrongs = 1
	}
	for range wrongs {
		w.spoil(root)
	}
	text := root.flow()
	if w.one(2) && root.kind == yaml.MappingNode && len(root.pairs) > 0 {
		text = root.block("")
	}
	switch w.IntN(60) {
	case 0:
		return "%YAML 1.2\n---\n" + text
	case 1:
		return "# c\r\n%YAML 1.2 # c\n---\n" + text + "\n...\n"
	case 2:
		return "--- \n" + text + "\n---\n{}"
	case 3:
		return "%TAG ! tag:x,2000:\n---\n" + text
	}
	return text
}

func copied(n *node) *node {
	out := &node{raw: n.raw, kind: n.kind}
	for _, one := range n.list {
		out.list = append(out.list, copied(one))
	}
	for _, p := range n.pairs {
		out.pairs = append(out.pairs, pair{p.key, copied(p.value)})
	}
	return out
}

// value is one that a schema has nothing against, mostly.
func (w *writer) value(schema map[string]any, key string, depth int) *node {
	if ref, ok := schema["$ref"].(string); ok {
		return w.value(w.root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any), key, depth)
	}
	if ways, ok := schema["anyOf"].([]any); ok && schema["properties"] == nil && schema["enum"] == nil {
		way := pick(w, ways).(map[string]any)
		switch {
		case way["pattern"] != nil && way["type"] == nil:
			return scalar(w.likely([]string{"MON", "Fri", "suN", "friday"}))
		case way["minimum"] != nil && way["type"] == nil:
			return scalar(w.likely([]string{"10100", "10200", "10099", "10201", "10150.0"}))
		}
		return w.value(way, key, depth)
	}
	if enum, ok := schema["enum"].([]any); ok {
		return scalar(fmt.Sprint(pick(w, enum)))
	}
	if constant, ok := schema["const"]; ok {
		return scalar(fmt.Sprint(constant))
	}
	kind, _ := schema["type"].(string)
	if kinds, ok := schema["type"].([]any); ok {
		kind = pick(w, kinds).(string)
	}
	switch kind {
	case "object":
		return w.object(schema, depth)
	case "array":
		out, lengths := &node{kind: yaml.SequenceNode}, []int{1, 1, 1, 2, 3, 0}
		if w.careful {
			lengths = lengths[:5]
		}
		for range pick(w, lengths) {
			out.list = append(out.list, w.value(schema["items"].(map[string]any), key, depth+1))
		}
		return out
	case "boolean":
		return scalar(w.likely([]string{"true", "True", "FALSE"}))
	case "integer", "number":
		return scalar(w.likely(numbers))
	}
	if known, ok := texts12[key]; ok && (w.careful || !w.one(8)) {
		return scalar(w.likely(known))
	}
	return scalar(pick(w, plain))
}

// likely is one of the first two, which are right, or one of all.
func (w *writer) likely(from []string) string {
	if w.careful {
		from = from[:2]
	}
	return pick(w, from)
}

func (w *writer) object(schema map[string]any, depth int) *node {
	out := &node{kind: yaml.MappingNode}
	properties, _ := schema["properties"].(map[string]any)
	required, _ := schema["required"].([]any)
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		likely := 2
		if len(properties) > 5 || depth > 6 {
			likely = 4
		}
		if depth > 6 && slices.Contains([]string{"all", "any", "not"}, key) {
			continue
		}
		if needed := slices.Contains(required, any(key)); needed && (w.careful || !w.one(20)) || !needed && w.one(likely) {
			out.pairs = append(out.pairs, pair{key, w.value(properties[key].(map[string]any), key, depth+1)})
		}
	}
	if more, ok := schema["additionalProperties"].(map[string]any); ok {
		for _, name := range []string{"words", "staff"} {
			if !w.one(3) {
				out.pairs = append(out.pairs, pair{name, w.value(more, name, depth+1)})
			}
		}
	}
	if len(out.pairs) == 0 && len(properties) > 0 && (w.careful || !w.one(8)) {
		key := pick(w, slices.Sorted(maps.Keys(properties)))
		out.pairs = append(out.pairs, pair{key, w.value(properties[key].(map[string]any), key, depth+1)})
	}
	w.Shuffle(len(out.pairs), func(i, j int) { out.pairs[i], out.pairs[j] = out.pairs[j], out.pairs[i] })
	return out
}

// spoil changes something somewhere.
func (w *writer) spoil(root *node) {
	var all []*node
	var walk func(*node)
	walk = func(n *node) {
		all = append(all, n)
		for _, one := range n.list {
			walk(one)
		}
		for _, p := range n.pairs {
			walk(p.value)
		}
	}
	walk(root)
	at := pick(w, all)
	switch i := w.IntN(10); {
	case i < 4:
		*at = *scalar(pick(w, odd))
	case i == 4 && at.kind == yaml.ScalarNode:
		at.raw = pick(w, []string{"!!str ", "!!int ", "!!bool ", "!x ", "! ", "&a ", "!!float "}) + at.raw
	case i == 5:
		*at = *copied(pick(w, all))
	case i == 6:
		*at = node{kind: yaml.SequenceNode, list: []*node{copied(at)}}
	case len(at.pairs) > 0 && i == 7:
		p := &at.pairs[w.IntN(len(at.pairs))]
		p.key = pick(w, append([]string{p.key + "s", strings.ToUpper(p.key), strconv.Quote(p.key)}, keyTexts...))
	case len(at.pairs) > 0 && i == 8:
		n := w.IntN(len(at.pairs))
		at.pairs = slices.Delete(at.pairs, n, n+1)
	case len(at.pairs) > 0:
		at.pairs = append(at.pairs, copied(&node{pairs: []pair{pick(w, at.pairs)}}).pairs...)
	case len(at.list) > 0:
		at.list = append(at.list, scalar(pick(w, odd)))
	default:
		*at = *scalar(pick(w, slices.Concat(plain, numbers)))
	}
}

func (n *node) flow() string {
	var parts []string
	switch n.kind {
	case yaml.SequenceNode:
		for _, one := range n.list {
			parts = append(parts, one.flow())
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case yaml.MappingNode:
		for _, p := range n.pairs {
			parts = append(parts, p.key+": "+p.value.flow())
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return n.raw
}

// block writes what has no brackets at the outside, and brackets further inside.
func (n *node) block(indent string) string {
	var b strings.Builder
	for _, p := range n.pairs {
		b.WriteString(indent + p.key + ":")
		switch {
		case p.value.kind == yaml.MappingNode && len(p.value.pairs) > 0:
			b.WriteString("\n" + p.value.block(indent+"  "))
		case p.value.kind == yaml.SequenceNode && len(p.value.list) > 0:
			for _, one := range p.value.list {
				b.WriteString("\n" + indent + "- " + one.flow())
			}
			b.WriteString("\n")
		default:
			b.WriteString(" " + p.value.flow() + "\n")
		}
	}
	return b.String()
}

// What the writer writes: numbers, texts of keys that take few, ordinary texts, other
// keys, and what is mostly out of place.
var (
	numbers = []string{"5", "1000", "1", "30", "0", "-1", "+5", "010", "0x10", "0o17", "1_000", "1.0", "5e1", "1.5", "10100", "10100.0", "1e3", "2.", ".5", "9007199254740991", "9007199254740992", "99999999999999999999", "-0", "0b11", "08", "1e400", "0X1F", "-0x10", "017.0", "1.0e0"}
	texts12 = map[string][]string{
		"name": {"b", "a-1", "spam", "c", "2026-01-31", "A", "a--b", "7", `"7"`, `""`, "night-freeze", "freeze"}, "window": {"1h", "day", "90s", "1h30m", "-day", "days", `"day"`, "1h1h", "1.5h", "-1h", `"90s "`, "500ms", "745h", "3600", `""`, "1m1h", "9999999h", "1h0.5s", "µs", "+1h", ".5h", "1.h", "1d", `"0"`, "2µs"},
		"between": {`"23:00-07:00"`, "09:00-18:00", `"7:00-8:00"`, "23:00", `"07:00-07:00"`, `"24:00-01:00"`, `" 01:00 - 24:00 "`, `""`}, "zone": {"UTC", "Asia/Shanghai", "Local", "Shanghai", `""`},
		"matches": {"'^a'", "spam", `"["`, `""`, "'(a|b)*'"}, "not_matches": {"'^a'", "x", "'(?!a)'"}, "message": {"No.", `"{{word}}"`, `"{{ limit }}"`, `"{{foo}}"`, `"{{"`, `""`, "2026-01-31", "404", "~"},
		"file": {"words.txt", `"words.txt"`, "none.txt", "/etc/x", `"."`, "5", `""`}, "share": {"b", "a-1", "A", "a--b"}, "exempt": {"spam", "加微信", "words", `"\u200B"`, "2026-01-31", "5"}, "at": {"2026-01-31T18:30:00Z", `"2026-01-31T18:30:00+08:00"`, "2026-01-31", "2026-02-30T00:00:00Z", `"2026-01-31T18:30:00,5Z"`, `"2026-01-31t18:30:00z"`, "2026-1-1 10:00:00", "now", "2026-01-31T18:30:00.25Z", "2026-01-31T25:00:00Z"},
		"in": {"topic", "10.0.0.1", "words", "staff", "group", "spam", "203.0.113.0/24", `"a\\"`, "5"}, "not_in": {"topic", "group", "words", "GROUP", `"*"`}, "contains": {"spam", "加微信", "words", `"\u200B"`, `"%"`, `""`}, "resembles": {"Acme", "admin", "staff", `"\u200B"`, `"!"`}, "scripts_not_in": {"Han", "Latin", "Klingon"},
		"freeze": {"2027-01-31T18:30:00Z", `"2027-01-31T18:30:00+08:00"`, `"true"`, "yes", "on", "2027-01-31", "2027-02-30T00:00:00Z", `""`, "1"},
		"until":  {"2027-01-31", `"2027-01-31T18:30:00Z"`, "2027-02-30", "2027-1-31", "tomorrow", "20270131", "2027", "2027-01-31T25:00:00Z", `""`, `"2027-01-31 "`},
		"app":    {"1400000000", `"1400000000"`, `""`, "0x10"},
	}
	plain    = []string{"spam", "加微信", `"quoted"`, "a b", "yes", "on", "2026-01-31", "'single'", `"\U0001F595"`, "Mac"}
	keyTexts = []string{"mode", "match", "name", "in", "quota", "1", "~", "true", "<<", `"a b"`, "? [a]", "&k key", "!!str mode", "code", "any", "at", "cases", "want", "lists", "limit", "2026-01-31", "-"}
	odd      = slices.Concat(numbers, []string{"", "~", "null", "Null", "true", "FALSE", "yes", "no", `""`, "''", `"a"`, "[]", "{}", "[[]]", "[~]", "[{}]", `[""]`, "{a: b}", ".nan", ".inf", "-.Inf", "2026-01-31", "2026-01-31T10:00:00Z", `!!bool "yes"`, "!!str 5", `!!int "5"`, `!!null ""`, "!x y", "! z", "&b c", "*b", "<<", "=", "{<<: {mode: enforce}}", "{a: 1, a: 2}", "{? [x] : y}", "topic", "[topic]", "enforce", "dry_run", "allow", "refuse", "staff", "[5, 1.0, 1_0, .nan]", "1h", "1:30", "a\\", `"\\"`, "[1, [2]]", "+", "0x", "MON", "[MON]", "{file: words.txt}", "{file: }", "{file: words.txt, x: y}", "{code: 1}", "{rule: a}", "{in: [a]}", "{in: words}"})
)
