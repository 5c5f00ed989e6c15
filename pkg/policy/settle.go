package policy

// A Fact is something about a creation that a policy may ask, or a set of them.
type Fact uint16

// The facts. The name is one only to find out whether a refusal hangs on it.
const (
	FactCommand Fact = 1 << iota
	FactApp
	FactType
	FactPlatform
	FactOperator
	FactClientIP
	FactTime
	factName
)

// Whoever is what nobody knows of what somebody made.
const Whoever = FactPlatform | FactOperator | FactClientIP

// factKeys are the facts by the fields of a match that ask them.
var factKeys = [...]struct {
	key  string
	fact Fact
}{
	{"command", FactCommand},
	{"app", FactApp},
	{"type", FactType},
	{"platform", FactPlatform},
	{"operator", FactOperator},
	{"client_ip", FactClientIP},
	{"time", FactTime},
	{"name", factName},
}

// Keys are the facts of a set as a match names them.
func (f Fact) Keys() (keys []string) {
	for _, one := range factKeys {
		if f&one.fact != 0 {
			keys = append(keys, one.key)
		}
	}
	return keys
}

// factOf is what a field of a match asks.
func factOf(key string) (f Fact) {
	for _, one := range factKeys {
		if one.key == key {
			f = one.fact
		}
	}
	return f
}

// An Outcome is what can be said of something that is there already.
type Outcome string

// The outcomes.
const (
	Passes  Outcome = "pass"   // no rule refuses it
	Unsure  Outcome = "unsure" // what is not known tells
	Refused Outcome = "refuse" // whatever is not known may be
)

// A Settled is an Outcome and why.
type Settled struct {
	Outcome Outcome
	// Rule is the rule that refuses or, where that is unsure, may refuse; of what passes, the
	// one that allows, "" where none does.
	Rule   string
	Unless string // of what is unsure: the rule before it that may allow
	Open   Fact   // of what is unsure: what would have to be known
	ByName bool   // of what is refused: another name would not be, for sure
	Detail string // what matched, for the log, as far as it is known
	Word   string // of a word list, as the list writes it
	// WouldRefuse names the dry-run rules, and Flags the flagging ones, that match on the way
	// whatever is not known may be.
	WouldRefuse, Flags []string
	// WouldByName is ByName of what a rule of WouldRefuse would refuse, were it no dry run.
	WouldByName bool
}

// Settle says what the policy makes of something that is there already, and of which not
// everything is known. A condition on what is unknown is neither true nor false, so that
// Refused is only what would be refused whatever that may be, and Passes only what none of
// the rules asked would refuse. Quotas are not asked. Where FactTime is unknown, neither
// are the freeze and the default, which are about what comes, and a rule that refuses at
// times only refuses nothing; one that allows at times may have allowed. Where the time is
// known, all these count as they do for Decide.
//
// Rules that have an end are passed over as of cr.At, which is never unknown.
func (p *Policy) Settle(cr Creation, unknown Fact) Settled {
	if len(cr.Name) > MaxName || len(cr.Operator) > MaxOperator {
		return Settled{Outcome: Unsure, Detail: "too long to be decided"}
	}
	q := &question{Creation: cr}
	defer q.end()
	var s Settled
	var d doubt
	for i := range p.rules {
		r := &p.rules[i]
		if r.Quota != nil {
			continue
		}
		a := settleAll(r.tests, q, unknown)
		matches := a.open == 0 && a.holds
		switch {
		case a.open == 0 && !a.holds:
		case r.Action == Flag:
			if matches {
				s.Flags = append(s.Flags, r.Name)
			}
		case r.Mode == DryRun:
			if matches && r.Action == Refuse {
				s.WouldRefuse = append(s.WouldRefuse, r.Name)
				s.WouldByName = s.WouldByName || d.allows == "" && r.byName(q, unknown)
			}
		case matches:
			return s.conclude(r, a.hit, d, q, unknown)
		case r.Action == Allow:
			d.allow(r, a.open)
		case a.open&FactTime == 0:
			d.refuse(r, a)
		}
	}
	last, why := &rule{Rule: &Rule{Action: Allow}}, hit{}
	if unknown&FactTime == 0 {
		last = &p.fallback
		if p.freeze.lasts(q.At) {
			last, why = &p.freeze.rule, hit{detail: p.freeze.until()}
		}
	}
	return s.conclude(last, why, d, q, unknown)
}

// conclude settles by the first rule that matches for sure, behind those that may.
func (s Settled) conclude(r *rule, h hit, d doubt, q *question, unknown Fact) Settled {
	switch {
	case r.Action == Refuse && d.allows == "":
		s.Outcome, s.Rule, s.Detail, s.Word = Refused, r.Name, h.detail, h.word
		s.ByName = r.byName(q, unknown)
	case r.Action == Refuse:
		s.Outcome, s.Rule, s.Detail, s.Word = Unsure, r.Name, h.detail, h.word
		s.Unless, s.Open = d.allows, d.open
	case d.refuses.Rule != "":
		s.Outcome, s.Rule, s.Detail, s.Word = Unsure, d.refuses.Rule, d.refuses.Detail, d.refuses.Word
		s.Unless, s.Open = d.refuses.Unless, d.refuses.Open
	default:
		s.Outcome, s.Rule, s.Detail = Passes, r.Name, h.detail
	}
	return s
}

// byName reports whether a rule that matches would not, for sure, were the name another.
func (r *rule) byName(q *question, unknown Fact) bool {
	return settleAll(r.tests, q, unknown|factName).open != 0
}

// A doubt is what the rules so far that may match, and may not, would come to.
type doubt struct {
	allows  string  // the first that may allow
	open    Fact    // what those that may allow hang on
	refuses Settled // the first that may refuse
}

func (d *doubt) allow(r *rule, open Fact) {
	if d.allows == "" {
		d.allows = r.Name
	}
	d.open |= open
}

func (d *doubt) refuse(r *rule, a answer) {
	if d.refuses.Rule == "" {
		d.refuses = Settled{Rule: r.Name, Unless: d.allows, Open: d.open | a.open, Detail: a.detail, Word: a.word}
	}
}

// An answer is what a test makes of a creation that is not wholly known.
type answer struct {
	hit
	holds bool
	open  Fact // what would have to be known to tell; 0: it holds, or does not, whatever that is
}

// linesOf are the tests of a condition, each settled by what it asks.
func linesOf(tests []test, asks Fact) []line {
	var lines []line
	for _, t := range tests {
		lines = append(lines, line{t, func(q *question, unknown Fact) answer {
			if asks&unknown != 0 {
				return answer{open: asks}
			}
			h, holds := t.holds(q)
			return answer{hit: h, holds: holds}
		}})
	}
	return lines
}

// settleAll is false when one test is, whatever the others are, and true when all are.
func settleAll(tests []line, q *question, unknown Fact) answer {
	all := answer{holds: true}
	for i := range tests {
		a := tests[i].settle(q, unknown)
		if a.open == 0 && !a.holds {
			return answer{}
		}
		all.hit, all.open = all.and(a.hit), all.open|a.open
	}
	return all
}

// settleAny is true when one member is, whatever the others are, and false when all are.
func settleAny(members [][]line, q *question, unknown Fact) answer {
	var some answer
	for _, member := range members {
		a := settleAll(member, q, unknown)
		if a.open == 0 && a.holds {
			return a
		}
		if some.open == 0 {
			some.hit = a.hit // of the first that may be
		}
		some.open |= a.open
	}
	return some
}
