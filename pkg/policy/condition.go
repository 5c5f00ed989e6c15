package policy

import (
	"reflect"
	"slices"
	"strings"
)

// A Condition is one thing that a match can ask, and everything there is to know of it:
// explanations, the sentences that users read, the guide's table and the schema come
// from here. Conditions lists them.
type Condition struct {
	Path  Path   // where in a match it is written: name.contains
	About string // for the schema: what it asks, where it is an object of several keys
	Keys  []Key  // what can be written there

	// Sentence is what a user reads when a rule with this condition refuses and nobody
	// wrote a message. It never quotes what matched: that would teach evasion. Of a rule
	// with several conditions the user is told of the one that tells most.
	Sentence string
	Telling  int

	// compile turns what a match says of it into tests, which must all hold. It is
	// called only where the match holds the object that the path leads into.
	compile func(*compiler, *Match) []test
}

// A Key is what people are told of one key of the language.
type Key struct {
	Path     Path
	About    string         // for the schema, and so for editors
	Required bool           // for the schema
	Enum     []string       // the texts that it may hold; compiling checks the same
	AnyCase  bool           // in capitals, too
	Schema   map[string]any // what else the schema says of it
	Modifies []string       // the keys beside it, without all of which it means nothing

	// Of a key of a match, for the guide's table: an example, and what it holds for.
	Example, Holds string
}

// A test is one line of a match, compiled.
type test struct {
	label string // how explain calls it: name contains
	holds func(*question) (hit, bool)
}

// A hit is what made a test hold.
type hit struct {
	detail string // for the log
	word   string // of a word list, as the list writes it: {{word}}
}

func (h hit) and(other hit) hit {
	h.detail = joined("; ", h.detail, other.detail)
	if h.word == "" {
		h.word = other.word
	}
	return h
}

// match compiles a match into tests that must all hold.
func (c *compiler) match(m *Match) []test {
	before := len(c.problems)
	var all []test
	names := 0
	for _, condition := range Conditions {
		if condition.Path[0].Key != "name" {
			all = append(all, condition.compile(c, m)...)
			continue
		}
		if m.Name == nil {
			continue
		}
		c.below(c.path.Key("name"), func() {
			tests := condition.compile(c, m)
			all, names = append(all, tests...), names+len(tests)
		})
	}
	if m.Name != nil && names == 0 && len(c.problems) == before {
		c.add(c.path.Key("name"), "name", "", "has no condition")
	}
	all = append(all, c.group("all", m.All, allOf)...)
	all = append(all, c.group("any", m.Any, anyOf)...)
	if m.Not != nil {
		c.below(c.path.Key("not"), func() { all = append(all, not(c.match(m.Not))) })
	}
	if len(all) == 0 && len(c.problems) == before {
		c.add(c.path, "match", "leave it out to match everything", "is empty")
	}
	return all
}

// group compiles the members of an all or any.
func (c *compiler) group(label string, members []Match, combine func(string, [][]test) test) []test {
	if members == nil {
		return nil
	}
	if len(members) == 0 {
		c.problem(label, "give it at least one match", "is empty")
		return nil
	}
	compiled := make([][]test, len(members))
	c.below(c.path.Key(label), func() {
		for i := range members {
			c.below(c.path.Item(i), func() { compiled[i] = c.match(&members[i]) })
		}
	})
	return []test{combine(label, compiled)}
}

// allHold reports whether all tests hold, with what made them: the details joined, and
// the first word.
func allHold(tests []test, q *question) (hit, bool) {
	var h hit
	for i := range tests {
		one, ok := tests[i].holds(q)
		if !ok {
			return hit{}, false
		}
		h = h.and(one)
	}
	return h, true
}

func allOf(label string, members [][]test) test {
	return test{label, func(q *question) (hit, bool) {
		var h hit
		for _, member := range members {
			one, ok := allHold(member, q)
			if !ok {
				return hit{}, false
			}
			h = h.and(one)
		}
		return h, true
	}}
}

func anyOf(label string, members [][]test) test {
	return test{label, func(q *question) (hit, bool) {
		for _, member := range members {
			if h, ok := allHold(member, q); ok {
				return h, true
			}
		}
		return hit{}, false
	}}
}

// not holds when its tests do not: nothing matched, so there is no detail.
func not(tests []test) test {
	return test{"not", func(q *question) (hit, bool) {
		_, ok := allHold(tests, q)
		return hit{}, !ok
	}}
}

// written reports whether a match asks the condition.
func (c Condition) written(m *Match) bool {
	return slices.ContainsFunc(c.Keys, func(key Key) bool {
		v := reflect.ValueOf(m)
		for _, element := range key.Path {
			if v.IsNil() {
				return false
			}
			if v = fieldOf(v.Elem(), element.Key); v.Kind() != reflect.Pointer {
				break
			}
		}
		return v.IsValid() && !v.IsZero()
	})
}

// fieldOf is the field of a struct that is written as a key.
func fieldOf(v reflect.Value, key string) reflect.Value {
	for i := range v.NumField() {
		if name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ","); name == key {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}
