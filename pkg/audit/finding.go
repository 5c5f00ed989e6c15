package audit

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"topicgate/pkg/policy"
)

// A Finding is a topic, or a name that somebody keeps, that a rule refuses whoever made
// it; or, of the verdict unsure, may refuse.
type Finding struct {
	Verdict   policy.Outcome `json:"verdict"`
	Community string         `json:"group_id,omitempty"`
	Topic     string         `json:"topic_id,omitempty"`
	Name      string         `json:"name"`
	Rule      string         `json:"rule,omitempty"`
	Unless    string         `json:"unless,omitempty"`  // of unsure: the rule before it that may allow
	Unknown   []string       `json:"unknown,omitempty"` // of unsure: what would have to be known
	Detail    string         `json:"detail,omitempty"`
	Word      string         `json:"word,omitempty"`
	ByName    bool           `json:"by_name"` // it is refused for its name: another would help

	// Of a name that was read from a file: its line there, and what stood beside it.
	Line int                        `json:"line,omitzero"`
	Rest map[string]json.RawMessage `json:"-"`
}

// MarshalJSON puts what stood beside a name into the object, where it is not ours.
func (f Finding) MarshalJSON() ([]byte, error) {
	type plain Finding // without this method
	text, err := json.Marshal(plain(f))
	if err != nil || len(f.Rest) == 0 {
		return text, err
	}
	var own map[string]json.RawMessage
	if err := json.Unmarshal(text, &own); err != nil {
		return nil, err
	}
	all := maps.Clone(f.Rest)
	maps.Copy(all, own)
	return json.Marshal(all)
}

// found is what settling made of something, if that is to be told.
func found(name string, s *policy.Settled) Finding {
	return Finding{
		Verdict: s.Outcome, Name: name, Rule: s.Rule, Unless: s.Unless, Unknown: s.Open.Keys(),
		Detail: s.Detail, Word: s.Word, ByName: s.ByName,
	}
}

// A Result is what was made of one community, or of one name.
type Result struct {
	Community string         `json:"community,omitempty"`
	Gone      bool           `json:"gone,omitempty"` // there is no such community any more
	Topics    int            `json:"topics"`
	Findings  []Finding      `json:"findings,omitempty"`
	Would     map[string]int `json:"would_refuse,omitempty"`
	Flagged   map[string]int `json:"flagged,omitempty"`
}

// add settles one more topic.
func (r *Result) add(f Finding, s *policy.Settled) {
	r.Topics++
	if s.Outcome != policy.Passes {
		r.Findings = append(r.Findings, f)
	}
	r.Would = count(r.Would, s.WouldRefuse)
	r.Flagged = count(r.Flagged, s.Flags)
}

func count(counts map[string]int, rules []string) map[string]int {
	for _, rule := range rules {
		if counts == nil {
			counts = map[string]int{}
		}
		counts[rule]++
	}
	return counts
}

// mostListed is how many of each kind a report lists: what is beyond is counted, or a
// policy that refuses everything would fill the memory.
const mostListed = 20_000

// A Report is what an audit came to.
type Report struct {
	Finished    bool           `json:"finished"` // everything was looked at
	Communities int            `json:"communities"`
	Gone        int            `json:"gone"`          // communities that there are no more
	Failed      int            `json:"not_looked_at"` // communities, or lines of a file
	Topics      int            `json:"topics"`
	Found       int            `json:"found"`
	Unsure      int            `json:"unsure"`
	Unlisted    int            `json:"unlisted"` // of both, too many to list
	Would       map[string]int `json:"would_refuse,omitempty"`
	Flagged     map[string]int `json:"flagged,omitempty"`
	Findings    []Finding      `json:"findings"`
	Doubts      []Finding      `json:"doubts"` // those that are unsure

	// Problems say why what was not looked at was not, each reason once.
	Problems []string `json:"problems,omitempty"`
}

// NewReport is one of nothing yet.
func NewReport() *Report { return &Report{Findings: []Finding{}, Doubts: []Finding{}} }

// add counts a result in.
func (r *Report) add(one *Result) {
	r.Topics += one.Topics
	if one.Gone {
		r.Gone++
	}
	for _, f := range one.Findings {
		n, list := &r.Found, &r.Findings
		if f.Verdict == policy.Unsure {
			n, list = &r.Unsure, &r.Doubts
		}
		*n++
		if len(*list) < mostListed {
			*list = append(*list, f)
		} else {
			r.Unlisted++
		}
	}
	r.Would = add(r.Would, one.Would)
	r.Flagged = add(r.Flagged, one.Flagged)
}

func add(counts, more map[string]int) map[string]int {
	for rule, n := range more {
		if counts == nil {
			counts = map[string]int{}
		}
		counts[rule] += n
	}
	return counts
}

// mostProblems is how many reasons are told.
const mostProblems = 20

// failed notes why something was not looked at.
func (r *Report) failed(why string) {
	r.Failed++
	r.Problems = note(r.Problems, why)
}

// note adds a reason, once.
func note(problems []string, why string) []string {
	if len(problems) < mostProblems && !slices.Contains(problems, why) {
		problems = append(problems, why)
	}
	return problems
}

// sort puts what was found in an order that does not depend on who answered first.
func (r *Report) sort() {
	for _, list := range [][]Finding{r.Findings, r.Doubts} {
		slices.SortStableFunc(list, func(a, b Finding) int {
			return cmp.Or(strings.Compare(a.Community, b.Community), strings.Compare(a.Topic, b.Topic))
		})
	}
}
