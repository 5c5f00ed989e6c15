package history

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"topicgate/pkg/policy"
	"topicgate/pkg/textfold"
)

// A Query says which decisions are looked for: those that meet all of it.
type Query struct {
	Refs           []string // any of them, as gate.FindRefs gives them; none is all
	Name, Operator *string
	At             time.Time // zero is any time
	Within         time.Duration

	// Hash is how the log hides what is about people; nil where nobody knows the key.
	Hash func(value string) string
}

// Meets reports whether a decision is one of them. A name is met as people repeat it: case,
// width, spaces around it and what nobody sees do not matter.
func (q *Query) Meets(d *Decision) bool {
	switch {
	case len(q.Refs) > 0 && !slices.Contains(q.Refs, d.Ref):
	case !q.At.IsZero() && d.Time.Sub(q.At).Abs() > q.Within:
	case q.Operator != nil && d.Operator != *q.Operator && !q.hashed(d.Operator, *q.Operator):
	case q.Name != nil && !q.named(d):
	default:
		return true
	}
	return false
}

func (q *Query) named(d *Decision) bool {
	name := *q.Name
	if name == "" && (d.Withheld || !ruled(d)) { // whose name is not known
		return false
	}
	return d.Name == name || q.hashed(d.Name, name) || d.IsCut("name") && strings.HasPrefix(name, d.Name) ||
		sameName(d.Name, name)
}

func sameName(a, b string) bool {
	plain := func(name string) string { return strings.TrimSpace(textfold.Fold(name)) }
	a = plain(a)
	return a != "" && a == plain(b)
}

func (q *Query) hashed(logged, value string) bool {
	return q.Hash != nil && looksHashed(logged) && logged == q.Hash(value)
}

// A Found is what decisions have in common that are one to whoever asks: who asked for
// what, and what came of it.
type Found struct {
	Last  Decision
	First time.Time
	Times int
	// Asked is what was asked for, with the name and the operator in clear where the query
	// has them. Known says that the log, or the query, holds all of it.
	Asked policy.Creation
	Known bool
}

type foundKey struct {
	app, command, operator, name, platform, verdict, rule, reason string
	code                                                          int
}

// A Find collects what meets a query.
type Find struct {
	query    Query
	found    map[foundKey]*Found
	Times    int  // decisions that were found
	Unlisted int  // of which too many others were found before
	Hashed   bool // some of the log is hashed
	Nameless int  // decisions of the policy's whose name the log does not hold
}

// maxFound is the most that is kept in memory.
const maxFound = 10_000

// NewFind looks for what meets a query.
func NewFind(q Query) *Find { return &Find{query: q, found: map[foundKey]*Found{}} }

// Decision is for Reader.Each.
func (f *Find) Decision(d *Decision) {
	f.Hashed = f.Hashed || d.Hashed
	if d.Withheld && ruled(d) {
		f.Nameless++
	}
	if !f.query.Meets(d) {
		return
	}
	f.Times++
	key := foundKey{d.App, d.Command, d.Operator, d.Name, d.Platform, d.Verdict, d.Rule, d.Reason, d.Code}
	one := f.found[key]
	if one == nil {
		if len(f.found) >= maxFound {
			f.Unlisted++
			return
		}
		one = &Found{First: d.Time}
		f.found[key] = one
	}
	one.Times++
	if d.Time.Before(one.First) {
		one.First = d.Time
	}
	if one.Times == 1 || d.Time.After(one.Last.Time) {
		one.Last = *d
		one.Asked, one.Known = f.query.asked(d)
	}
}

// asked is what was asked for, as far as anybody knows.
func (q *Query) asked(d *Decision) (c policy.Creation, known bool) {
	c = creation(d)
	if q.Name != nil && d.Name != *q.Name && (d.IsCut("name") || q.hashed(d.Name, *q.Name)) {
		c.Name = *q.Name
	}
	if q.Operator != nil && q.hashed(d.Operator, *q.Operator) {
		c.Operator = *q.Operator
	}
	known = !d.Withheld && (!d.IsCut("name") || c.Name != d.Name)
	if d.Hashed { // an address stays hidden
		known = known && c.Name != d.Name
		if c.Operator == d.Operator {
			c.Operator = ""
		}
		c.ClientIP = ""
	}
	return c, known
}

// Found is all that was found, the latest first.
func (f *Find) Found() (all []*Found) {
	for _, one := range f.found {
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b *Found) int {
		return cmp.Or(b.Last.Time.Compare(a.Last.Time), cmp.Compare(a.Last.Name, b.Last.Name), cmp.Compare(a.Last.Operator, b.Last.Operator), cmp.Compare(a.Last.Rule, b.Last.Rule))
	})
	return all
}
