package history

import (
	"cmp"
	"hash/maphash"
	"slices"
	"time"

	"topicgate/pkg/policy"
)

// A NameKind is what became of a name.
type NameKind string

// The kinds.
const (
	NameRefused NameKind = "refused"
	NameTried   NameKind = "would be refused" // by a dry run
	NameFlagged NameKind = "flagged"
)

// NameUse is what became of one name by one rule.
type NameUse struct {
	Name   string    `json:"name,omitempty"`
	Kind   NameKind  `json:"kind"`
	Rule   string    `json:"rule"`
	Times  int       `json:"times"`
	People int       `json:"people"` // at least
	InHour int       `json:"people_in_an_hour"`
	Days   int       `json:"days"` // from the first to the last
	First  time.Time `json:"first"`
	Last   time.Time `json:"last"`
	Ref    string    `json:"ref,omitempty"` // of the last refusal

	matched bool // on something, that is: not only because nothing else did, or a quota was used up
}

type nameKey struct {
	name, rule string
	kind       NameKind
}

type nameUse struct {
	first, last time.Time
	ref         string
	matched     bool
	visits      []visit // of different people
}

// A visit is when somebody asked for a name for the first time.
type visit struct {
	who uint64
	at  int64 // Unix seconds
}

const (
	visitsOfName = 256       // more people than that are as good as these
	keptVisits   = 1_000_000 // of all names
)

var seed = maphash.MakeSeed()

func (r *Reporter) name(d *Decision, rule string, kind NameKind) {
	keys := len(r.names.of)
	c := r.names.add(nameKey{d.Name, rule, kind})
	if len(r.names.of) < keys { // some were forgotten
		r.visits = 0
		for _, kept := range r.names.of {
			r.visits += len(kept.value.visits)
		}
	}
	n := &c.value
	n.matched = n.matched || aboutName(d) && rule != policy.FreezeRule
	if n.first.IsZero() || d.Time.Before(n.first) {
		n.first = d.Time
	}
	if !d.Time.Before(n.last) {
		n.last = d.Time
		if d.Ref != "" {
			n.ref = d.Ref
		}
	}
	if d.Operator == "" {
		return
	}
	who := maphash.String(seed, d.Operator)
	if i := slices.IndexFunc(n.visits, func(v visit) bool { return v.who == who }); i >= 0 {
		n.visits[i].at = min(n.visits[i].at, d.Time.Unix())
		return
	}
	if len(n.visits) < visitsOfName && r.visits < keptVisits {
		n.visits = append(n.visits, visit{who, d.Time.Unix()})
		r.visits++
	}
}

// inHour is the most people who came within one hour.
func inHour(visits []visit) (most int) {
	from := 0
	for to := range visits {
		for visits[to].at-visits[from].at >= secondsHour {
			from++
		}
		most = max(most, to-from+1)
	}
	return most
}

// days is how many days there are from the first to the last.
func (n *nameUse) days() int {
	return int(floorDiv(n.last.Unix(), secondsDay)-floorDiv(n.first.Unix(), secondsDay)) + 1
}

// marked is more of names that were only flagged, which come last.
func marked(n NameUse) int {
	if n.Kind == NameFlagged {
		return 1
	}
	return 0
}

// nameUses are the names, most people first.
func (r *Reporter) nameUses() []NameUse {
	uses := make([]NameUse, 0, len(r.names.of))
	for key, c := range r.names.of {
		visits := slices.SortedFunc(slices.Values(c.value.visits), func(a, b visit) int { return cmp.Compare(a.at, b.at) })
		uses = append(uses, NameUse{
			Name: key.name, Kind: key.kind, Rule: key.rule, Times: c.times, People: len(visits), InHour: inHour(visits), Days: c.value.days(),
			First: c.value.first, Last: c.value.last, Ref: c.value.ref, matched: c.value.matched,
		})
	}
	slices.SortFunc(uses, func(a, b NameUse) int {
		return cmp.Or(marked(a)-marked(b), cmp.Compare(b.People, a.People), cmp.Compare(b.Times, a.Times), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Kind, b.Kind))
	})
	return uses
}

// The people whom one name is refused to, before it is one of those to look at. A raid comes
// within an hour; a name that people ask for over days is rather one that a rule is wrong
// about.
const (
	raidPeople     = 5
	innocentPeople = 3
	innocentDays   = 2
)

func (n *NameUse) raid() bool { return n.Kind != NameFlagged && n.InHour >= raidPeople }

func (n *NameUse) innocent() bool {
	return n.matched && n.Kind != NameFlagged && n.People >= innocentPeople && n.Days >= innocentDays && 2*n.InHour <= n.People+1
}
