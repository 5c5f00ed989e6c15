package policy

import (
	"slices"
	"strings"

	"topicgate/pkg/textfold"
)

// listed is a list compiled: it returns the entry that a value is listed under, or,
// when it is not listed, the value itself.
type listed func(*question) (entry string, found bool)

// oneOf makes the tests of in and not_in for any field, given how a list is compiled.
func (c *compiler) oneOf(field string, o *OneOf, compile func(key string, list []string) listed) []test {
	if o.In == nil && o.NotIn == nil {
		c.add(c.path, field, "write in or not_in", "has no condition")
	}
	var tests []test
	for _, asks := range [...]struct {
		key    string
		list   List
		listed bool
	}{{"in", o.In, true}, {"not_in", o.NotIn, false}} {
		if asks.list == nil {
			continue
		}
		look := compile(asks.key, slices.Clone(asks.list))
		tests = append(tests, test{field + " " + asks.key, func(q *question) (hit, bool) {
			entry, found := look(q)
			return hit{detail: entry}, found == asks.listed
		}})
	}
	return tests
}

// oneOfKeys are the keys of such a field and what it asks, each key with an example and what it holds for.
func oneOfKeys(field, about, in, inHolds, notIn, notInHolds string) []Key {
	return []Key{
		{Path: PathOf(field), About: about},
		{Path: PathOf(field, "in"), About: "Holds for what is in the list.", Example: in, Holds: inHolds},
		{Path: PathOf(field, "not_in"), About: "Holds for what is not in the list.", Example: notIn, Holds: notInHolds},
	}
}

// spelling compiles a short list of fixed spellings, compared without case. A value
// that is absent or that nobody knew when the list was written is in no list.
func spelling(list []string, value func(*question) string) listed {
	return func(q *question) (string, bool) {
		asked := value(q)
		for _, entry := range list {
			if strings.EqualFold(entry, asked) {
				return entry, true
			}
		}
		return asked, false
	}
}

// asWritten looks through a list whose items are compared as they are written, for those
// that show something else than they are. ok is false of an item that holds what is
// invisible: nobody means to write that, and it matches nothing.
func (c *compiler) asWritten(key string, i int, item string) (ok bool) {
	if r, found := textfold.Invisible(item); found {
		c.itemProblem(key, i, "write it anew", "%+q holds a character that is invisible, %U", item, r)
		return false
	}
	if strings.TrimSpace(item) != item {
		c.warn(c.path.Key(key).Item(i), key, "remove it", "%q begins or ends with white space, which what it matches must do too", item)
	}
	return true
}

// known warns of items of a list that are none of the values that Chat is known to send.
// One of them may be newer than this list, and more often it is misspelt and matches
// nothing. What was seen is known too, and not proposed.
func (c *compiler) known(key string, list []string, kind string, known []string, seen ...string) {
	for i, item := range list {
		same := func(one string) bool { return strings.EqualFold(one, item) }
		if item == "" || !c.asWritten(key, i, item) || slices.ContainsFunc(known, same) || slices.ContainsFunc(seen, same) {
			continue
		}
		_, how := Suggest(item, known)
		c.warn(c.path.Key(key).Item(i), key, how, "%q is no %s that Chat is known to send", item, kind)
	}
}
