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
	Keys []Key // what can be written of it, by paths in a match: name.contains

	// Sentence is what a user reads when a rule with this condition refuses and nobody
	// wrote a message. It never quotes what matched: that would teach evasion. Of a rule
	// with several conditions the user is told of the one that tells most.
	Sentence string
	Telling  int

	// compile turns what a match says of it into tests, which must all hold. It is called
	// only where the match holds one of the keys, and what those that modify it modify,
	// with the place at hand at the field of the match.
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

// A line is a test, and how it is settled by who does not know all of a creation.
type line struct {
	test
	settle func(q *question, unknown Fact) answer
}

// A hit is what made a test hold.
type hit struct {
	detail string // for the log
	word   string // of a word list, as the list writes it: {{word}}

	// written is the part of the name that made it hold; a word list finds it only when
	// somebody is to be shown it.
	written string
}

func (h hit) and(other hit) hit {
	h.detail = joined("; ", h.detail, other.detail)
	if h.word == "" {
		h.word = other.word
	}
	if h.written == "" {
		h.written = other.written
	}
	return h
}

// match compiles a match into tests that must all hold.
func (c *compiler) match(m *Match) []line {
	before := len(c.problems)
	var all []line
	keys := written(m)
	for i := range Conditions {
		condition := &Conditions[i]
		if !condition.in(keys) {
			continue
		}
		field := condition.Keys[0].Path[0].Key
		c.below(c.path.Key(field), func() {
			if !c.modifiesNothing(condition, keys) {
				all = append(all, linesOf(condition.compile(c, m), factOf(field))...)
			}
		})
	}
	if m.Name != nil && reflect.ValueOf(*m.Name).IsZero() && len(c.problems) == before {
		c.add(c.path.Key("name"), "name", "", "has no condition")
	}
	if members := c.group("all", m.All); members != nil {
		all = append(all, allOf(slices.Concat(members...)))
	}
	if members := c.group("any", m.Any); members != nil {
		all = append(all, anyOf(members))
	}
	if m.Not != nil {
		c.below(c.path.Key("not"), func() { all = append(all, not(c.match(m.Not))) })
	}
	if len(all) == 0 && len(c.problems) == before {
		c.add(c.path, "match", "leave it out to match everything", "is empty")
	}
	return all
}

// group compiles the members of an all or any.
func (c *compiler) group(key string, members []Match) [][]line {
	if members != nil && len(members) == 0 {
		c.problem(key, "give it at least one match", "is empty")
	}
	var compiled [][]line
	for i := range members {
		c.below(c.path.Key(key).Item(i), func() { compiled = append(compiled, c.match(&members[i])) })
	}
	return compiled
}

// allHold reports whether all tests hold, with what made them: the details joined, and
// the first word.
func allHold(tests []line, q *question) (hit, bool) {
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

func allOf(tests []line) line {
	return line{
		test{"all", func(q *question) (hit, bool) { return allHold(tests, q) }},
		func(q *question, unknown Fact) answer { return settleAll(tests, q, unknown) },
	}
}

func anyOf(members [][]line) line {
	return line{
		test{"any", func(q *question) (hit, bool) {
			for _, member := range members {
				if h, ok := allHold(member, q); ok {
					return h, true
				}
			}
			return hit{}, false
		}},
		func(q *question, unknown Fact) answer { return settleAny(members, q, unknown) },
	}
}

// not holds when its tests do not: nothing matched, so there is no detail.
func not(tests []line) line {
	return line{
		test{"not", func(q *question) (hit, bool) {
			_, ok := allHold(tests, q)
			return hit{}, !ok
		}},
		func(q *question, unknown Fact) answer {
			a := settleAll(tests, q, unknown)
			return answer{holds: !a.holds, open: a.open}
		},
	}
}

// written are the keys that a match holds, by their paths; those of the matches in all
// and any aside.
func written(m *Match) map[string]bool {
	keys := map[string]bool{}
	if m != nil {
		addWritten(keys, nil, reflect.ValueOf(m).Elem())
	}
	return keys
}

func addWritten(keys map[string]bool, at Path, v reflect.Value) {
	for i := range v.NumField() {
		field := v.Field(i)
		if field.IsZero() {
			continue
		}
		key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		below := at.Key(key)
		keys[below.String()] = true
		if field.Kind() == reflect.Pointer {
			addWritten(keys, below, field.Elem())
		}
	}
}

// in reports whether one of the condition's keys is written.
func (c *Condition) in(written map[string]bool) bool {
	return slices.ContainsFunc(c.Keys, func(key Key) bool { return written[key.Path.String()] })
}

// modifiesNothing reports those keys of a condition on the name that are written without
// any that they modify. The zone of a time has a default, and is always written.
func (c *compiler) modifiesNothing(condition *Condition, written map[string]bool) (found bool) {
	isHere := func(key string) bool { return written["name."+key] }
	for _, key := range condition.Keys {
		if key.Path[0].Key != "name" || key.Modifies == nil || !written[key.Path.String()] {
			continue
		}
		if slices.ContainsFunc(key.Modifies, isHere) {
			continue
		}
		found = true
		where := ", which is not here"
		if len(key.Modifies) > 1 {
			where = ", and neither is here"
		}
		c.problem(key.Path.Last(), "", "modifies %s", strings.Join(key.Modifies, " or ")+where)
	}
	return found
}

// nameTest is the test of a key of name, given how what it looks for is found in one.
func nameTest(key string, find func(name string) (what string, found bool)) []test {
	return []test{{"name " + key, func(q *question) (hit, bool) {
		what, found := find(q.Name)
		return hit{detail: what, written: what}, found
	}}}
}
