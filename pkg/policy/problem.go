package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Problem is something that a person wrote and should put right. It stays a value
// from the place that finds it to the place that prints it.
type Problem struct {
	Where Origin // where it is written; empty until somebody knows
	Rule  string // the rule's name; "" outside the rules
	Path  Path   // where in the spec
	Key   string // the key that What is about, as reports name it; "" when What says it all
	What  string // what is wrong
	How   string // how to put it right; "" when What says it all

	// Examples are the first of several things that What says the same of, and More says
	// that there are others.
	Examples []Example
	More     bool
}

// An Example is one of several things that a problem is about.
type Example struct {
	Text  string
	Path  Path
	Where Origin // empty until somebody knows
}

// String is the problem as it is printed. That of a file reads
// file:line: rule "x": key: what; how. That of a variable, whose name is its key, reads
// what: VARIABLE: how.
func (p Problem) String() string {
	where, what := p.Where.String(), p.What+p.examples()
	if p.Where.Variable != "" {
		return joined(": ", what, where, p.How)
	}
	rule := ""
	if p.Rule != "" {
		rule = fmt.Sprintf("rule %q", p.Rule)
	}
	return joined(": ", where, rule, joined("; ", joined(": ", p.Key, what), p.How))
}

// examples is what follows What: such as "spam" (words.txt:3), "SPAM" (words.txt:9).
func (p Problem) examples() string {
	if len(p.Examples) == 0 {
		return ""
	}
	list := make([]string, len(p.Examples))
	for i, e := range p.Examples {
		list[i] = strconv.Quote(e.Text)
		if e.Where.Line > 0 {
			list[i] += " (" + e.Where.String() + ")"
		}
	}
	if p.More {
		return ", such as " + strings.Join(list, ", ")
	}
	return ": " + strings.Join(list, ", ")
}

// What is printed and logged is bounded: who made more mistakes made one many times, and
// one may quote all of a file.
const (
	maxTold = 100  // problems
	maxText = 2000 // bytes of one
)

// Texts are problems as they are printed: the first hundred, and how many more.
func Texts(problems []Problem) []string {
	var list []string
	for _, p := range problems[:min(len(problems), maxTold)] {
		text := p.String()
		if len(text) > maxText {
			text = strings.ToValidUTF8(text[:maxText], "") + "…"
		}
		list = append(list, text)
	}
	if more := len(problems) - maxTold; more > 0 {
		list = append(list, fmt.Sprintf("and %d more", more))
	}
	return list
}

// joined joins the parts that are not empty.
func joined(separator string, parts ...string) string {
	var some []string
	for _, part := range parts {
		if part != "" {
			some = append(some, part)
		}
	}
	return strings.Join(some, separator)
}

// An Origin is where something was written: by a variable, in its value or in the file
// that it names, or in a policy.
type Origin struct {
	Variable     string // TOPICGATE_QUOTA; "" for what a policy holds
	File         string
	Line, Column int // 0 where there is none
	// Index is the place among the rules of its policy, of a rule that one holds.
	Index int
}

// String is the place as reports name it: policy.yaml:12, or TOPICGATE_QUOTA.
func (o Origin) String() string {
	switch {
	case o.File == "":
		return o.Variable
	case o.Line == 0:
		return o.File
	}
	return o.File + ":" + strconv.Itoa(o.Line)
}

// Equal reports whether two specs mean the same by this, for those who compare them:
// where a rule is written makes no difference to what it does.
func (Origin) Equal(Origin) bool { return true }

// A Path leads to something in a spec: rules[2].match.name.contains[5].
type Path []Element

// An Element of a path is a key, or an item of a list.
type Element struct {
	Key  string
	item int // 1 + the index; 0 for a key
}

// Item is the index of an item; ok is false of a key.
func (e Element) Item() (i int, ok bool) { return e.item - 1, e.item > 0 }

// PathOf is the path of keys below each other.
func PathOf(keys ...string) Path {
	var p Path
	for _, key := range keys {
		p = p.Key(key)
	}
	return p
}

// Key is the path of a key below.
func (p Path) Key(key string) Path { return append(p[:len(p):len(p)], Element{Key: key}) }

// Item is the path of an item of the list here.
func (p Path) Item(i int) Path { return append(p[:len(p):len(p)], Element{item: i + 1}) }

// String is the path as people write it.
func (p Path) String() string {
	var b strings.Builder
	for _, element := range p {
		if i, ok := element.Item(); ok {
			b.WriteString("[" + strconv.Itoa(i) + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(element.Key)
	}
	return b.String()
}

// Last is the last key, with the indexes behind it: contains[5].
func (p Path) Last() string {
	i := len(p) - 1
	for i > 0 && p[i].item > 0 {
		i--
	}
	return p[max(i, 0):].String()
}

// Index is the index that ends the path.
func (p Path) Index() (i int, ok bool) {
	if len(p) == 0 {
		return 0, false
	}
	return p[len(p)-1].Item()
}

// Within reports whether the path is another, or leads into it.
func (p Path) Within(outer Path) bool {
	return len(p) >= len(outer) && slices.Equal(p[:len(outer)], outer)
}

// InRule cuts a path that leads into a rule behind the rule's index.
func (p Path) InRule() (i int, rest Path, ok bool) {
	if len(p) < 2 || p[0].Key != "rules" {
		return 0, nil, false
	}
	i, ok = p[1].Item()
	return i, p[2:], ok
}
