package history

import (
	"cmp"
	"context"
	"slices"
	"time"

	"topicgate/pkg/chat"
	"topicgate/pkg/policy"
)

// A Replay asks a policy about what was decided before: Decision is for Reader.Each, and
// Result says what would have changed. Each decision is asked as of its own time, by the
// code that serves, as enforcing would answer it.
//
// Two things cannot be told from a log. What quotas had left depends on everything that
// was asked, so each is taken to have units left, and what a quota refused then is not
// replayed. A freeze is for a night and no rule: a policy's is passed over, and what one
// refused then is not replayed.
type Replay struct {
	next, old *side       // old is nil where the log's own decisions are the old ones
	vocab     *vocabulary // of next
	result    Result
	changes   map[changeKey]*Change
	changed   map[RuleChange]int
	policies  map[string]*Totals
}

// Totals are counts of decisions. Those that stay, change or cannot be replayed make up
// them all.
type Totals struct {
	Decisions    int `json:"decisions"`
	Same         int `json:"same"`
	NewlyRefused int `json:"newly_refused"`
	NewlyAllowed int `json:"newly_allowed"`
	Other        int `json:"other"` // decided by another rule, or refused with another code
	NotReplayed  int `json:"not_replayed"`
}

// A Result is what a replay found.
type Result struct {
	Totals
	From, To time.Time      // of the decisions
	Why      map[string]int // not replayed, by why
	Policies []PolicyTotals // by the policy that decided then, in the order of the log
	Rules    []RuleChange   // what changed, by rules, most frequent first
	Changes  []Change       // most frequent first
	Unlisted int            // decisions that changed, but were too many to list
	Resting  int            // decisions that the policy would refuse, were a quota used up
	Frozen   bool           // the policy is frozen, which was passed over
}

// PolicyTotals are those of the decisions of one policy.
type PolicyTotals struct {
	Policy string
	Totals
}

// An Answer is what comes of a creation: the verdict, and the rule by which, "" for the
// default.
type Answer struct {
	Verdict string `json:"verdict"`
	Rule    string `json:"rule"`
}

// A NewAnswer says more: what the new policy refuses with, and on what it matched.
type NewAnswer struct {
	Answer
	Code int    `json:"code"`
	Word string `json:"word"`
}

// The verdicts.
const (
	Allow  = string(policy.Allow)
	Refuse = string(policy.Refuse)
)

// A Kind is what becomes of a decision that changes.
type Kind string

// The kinds, in the order in which people want to know.
const (
	NewlyRefused Kind = "newly refused"
	NewlyAllowed Kind = "newly allowed"
	Other        Kind = "other"
)

// Kinds lists them.
var Kinds = [...]Kind{NewlyRefused, NewlyAllowed, Other}

// A RuleChange is what becomes of decisions, by the rules that made them.
type RuleChange struct {
	Kind     Kind
	Old, New Answer
	Times    int
}

// A Change is one name of one operator that would be decided in another way.
type Change struct {
	Name     string    `json:"name"`
	Operator string    `json:"operator"`
	Times    int       `json:"times"`
	Old      Answer    `json:"old"`
	New      NewAnswer `json:"new"`

	Kind     Kind            `json:"-"`
	Governed bool            `json:"-"` // by the new policy
	First    policy.Creation `json:"-"` // the earliest of them
}

type changeKey struct {
	name, operator string
	old            Answer
	new            NewAnswer
}

// maxChanges is the most changes that are listed, and so kept in memory.
const maxChanges = 50_000

// NewReplay replays against a policy what the log says was decided, or what another
// policy, unless it is nil, would have decided. Both must be valid.
func NewReplay(next, old *policy.Spec) *Replay {
	r := &Replay{next: newSide(next), vocab: newVocabulary(next), changes: map[changeKey]*Change{}, changed: map[RuleChange]int{}, policies: map[string]*Totals{}}
	if old != nil {
		r.old = newSide(old)
	}
	r.result.Why, r.result.Frozen = map[string]int{}, next.Freeze != ""
	return r
}

// Decision replays one decision.
func (r *Replay) Decision(ctx context.Context, d *Decision) {
	r.decision(d, 1, asking{
		next: func(c policy.Creation) asked { return r.next.ask(ctx, c) },
		old:  func(c policy.Creation) asked { return r.old.ask(ctx, c) },
	})
}

// asking is how the policies are asked.
type asking struct{ next, old func(policy.Creation) asked }

// decision replays one decision, which was made so many times.
func (r *Replay) decision(d *Decision, times int, ask asking) {
	of := r.policies[d.Policy]
	if of == nil {
		of = &Totals{}
		r.policies[d.Policy] = of
		r.result.Policies = append(r.result.Policies, PolicyTotals{Policy: d.Policy})
	}
	r.during(d.Time)
	for _, t := range [...]*Totals{&r.result.Totals, of} {
		t.Decisions += times
	}
	if why := r.unknown(d); why != "" {
		r.result.Why[why] += times
		for _, t := range [...]*Totals{&r.result.Totals, of} {
			t.NotReplayed += times
		}
		return
	}
	change := r.compare(d, times, ask)
	for _, t := range [...]*Totals{&r.result.Totals, of} {
		t.count(change.Kind, times)
	}
	if change.Kind != "" {
		r.keep(&change)
	}
}

// during stretches what the result covers to a time.
func (r *Replay) during(at time.Time) {
	if r.result.From.IsZero() || at.Before(r.result.From) {
		r.result.From = at
	}
	if at.After(r.result.To) {
		r.result.To = at
	}
}

func (t *Totals) count(k Kind, times int) {
	switch k {
	case NewlyRefused:
		t.NewlyRefused += times
	case NewlyAllowed:
		t.NewlyAllowed += times
	case Other:
		t.Other += times
	default:
		t.Same += times
	}
}

// unknown says why a decision cannot be replayed; "" of one that can.
func (r *Replay) unknown(d *Decision) string {
	switch {
	case d.Reason != "rule" && d.Reason != "default":
		return "no rule was asked (" + d.Reason + ")"
	case d.Withheld:
		return "the log withholds names"
	case d.Hashed:
		return "names are hashed"
	case d.IsCut("name"), d.IsCut("type"), d.IsCut("platform"), d.IsCut("client_ip"):
		return "a value is cut"
	case chat.Command(d.Command).Subject() == "":
		return "the command is not known"
	case d.Rule == policy.FreezeRule:
		return "refused by a freeze"
	case r.next.quotas[d.Rule], r.old != nil && r.old.quotas[d.Rule]:
		return "refused by a quota"
	}
	return ""
}

// compare asks about one decision. Its kind is "" when it stays.
func (r *Replay) compare(d *Decision, times int, ask asking) Change {
	c := Change{Name: d.Name, Operator: d.Operator, Times: times, First: creation(d)}
	var code int
	next := ask.next(c.First)
	if r.old == nil {
		c.Old, code = d.Enforced()
	} else {
		old := ask.old(c.First)
		c.Old, code = old.Answer, old.Code
	}
	c.Kind = kind(c.Old, code, next.NewAnswer)
	if c.Kind != "" && r.old == nil {
		// A log's times end at the millisecond: at a boundary, it may have been the next.
		later := c.First
		later.At = later.At.Add(time.Millisecond)
		if again := ask.next(later); kind(c.Old, code, again.NewAnswer) == "" {
			c.Kind, next = "", again
		}
	}
	c.New, c.Governed = next.NewAnswer, next.governed
	if next.resting {
		r.result.Resting += times
	}
	return c
}

// codeUnknown is the code of what a dry run would have refused: the log has none.
const codeUnknown = -1

// Enforced is what enforcing would have answered then, and with which code.
func (d *Decision) Enforced() (a Answer, code int) {
	a, code = Answer{d.Verdict, d.Rule}, d.Code
	if d.dryRefusal() {
		a.Verdict, code = Refuse, codeUnknown
	}
	return a, code
}

// dryRefusal reports whether a dry run allowed what enforcing would have refused.
func (d *Decision) dryRefusal() bool {
	n := len(d.WouldRefuse)
	return d.Mode == string(policy.DryRun) && d.Verdict == Allow && n > 0 && d.WouldRefuse[n-1] == cmp.Or(d.Rule, d.Reason)
}

func kind(old Answer, code int, next NewAnswer) Kind {
	switch {
	case old.Verdict == Allow && next.Verdict == Refuse:
		return NewlyRefused
	case old.Verdict == Refuse && next.Verdict == Allow:
		return NewlyAllowed
	case old != next.Answer, code != codeUnknown && code != next.Code:
		return Other
	}
	return ""
}

func creation(d *Decision) policy.Creation {
	return policy.Creation{
		Subject: policy.Subject(chat.Command(d.Command).Subject()), App: d.App, Operator: d.Operator, Type: d.Type, Name: d.Name,
		Platform: d.Platform, ClientIP: d.ClientIP, At: d.Time,
	}
}

// keep remembers a change, and how often there was one like it.
func (r *Replay) keep(c *Change) {
	rules := RuleChange{Kind: c.Kind, Old: c.Old, New: c.New.Answer}
	if _, known := r.changed[rules]; known || len(r.changed) < maxChanges {
		r.changed[rules] += c.Times
	}
	key := changeKey{c.Name, c.Operator, c.Old, c.New}
	switch known := r.changes[key]; {
	case known != nil:
		known.Times += c.Times
		if c.First.At.Before(known.First.At) {
			known.First = c.First
		}
	case len(r.changes) < maxChanges:
		kept := *c
		r.changes[key] = &kept
	default:
		r.result.Unlisted += c.Times
	}
}

// Result is what was found so far.
func (r *Replay) Result() Result {
	result := r.result
	result.Policies = slices.Clone(result.Policies)
	for i := range result.Policies {
		result.Policies[i].Totals = *r.policies[result.Policies[i].Policy]
	}
	for rules, times := range r.changed {
		rules.Times = times
		result.Rules = append(result.Rules, rules)
	}
	slices.SortFunc(result.Rules, func(a, b RuleChange) int {
		return cmp.Or(cmp.Compare(order(a.Kind), order(b.Kind)), cmp.Compare(b.Times, a.Times), compareAnswers(a.New, b.New), compareAnswers(a.Old, b.Old))
	})
	result.Changes = make([]Change, 0, len(r.changes))
	for _, c := range r.changes {
		result.Changes = append(result.Changes, *c)
	}
	slices.SortFunc(result.Changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(b.Times, a.Times), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Operator, b.Operator),
			compareAnswers(a.New.Answer, b.New.Answer), compareAnswers(a.Old, b.Old), cmp.Compare(a.New.Code, b.New.Code), cmp.Compare(a.New.Word, b.New.Word))
	})
	return result
}

func order(k Kind) int { return slices.Index(Kinds[:], k) }

func compareAnswers(a, b Answer) int {
	return cmp.Or(cmp.Compare(a.Verdict, b.Verdict), cmp.Compare(a.Rule, b.Rule))
}
