package ui

import (
	"context"
	"time"

	"topicgate/pkg/history"
	"topicgate/pkg/policy"
	"topicgate/pkg/trial"
)

// An effect is what an edit would change about the decisions at hand.
type effect struct {
	Broken bool `json:"broken"` // the policy has problems: nothing is decided by it
	history.Totals
	From     time.Time      `json:"from"`
	To       time.Time      `json:"to"`
	Why      map[string]int `json:"why"` // not replayed
	Resting  int            `json:"resting"`
	Unlisted int            `json:"unlisted"`
	Frozen   bool           `json:"frozen"`
	Groups   []group        `json:"groups"`
	TookMS   int64          `json:"took_ms"`
}

// A group are names of which the same becomes, by the same rules.
type group struct {
	Kind  history.Kind   `json:"kind"`
	Old   history.Answer `json:"old"`
	New   history.Answer `json:"new"`
	Times int            `json:"times"`
	Of    int            `json:"of"`    // names, all of them
	Names []changedName  `json:"names"` // the most frequent
}

type changedName struct {
	Name   string `json:"name"`
	Parts  []part `json:"parts"`
	Word   string `json:"word"`
	Times  int    `json:"times"`
	People int    `json:"people"`
	Asked  asked  `json:"asked"` // of the first of them
}

// mostChanged is how many names of a group are listed.
const mostChanged = 200

// effect replays the logs against a policy; the old decisions are those of another text of
// it, or, without one that can be used, the logs' own. One replay runs at a time: when
// somebody goes on typing, the page gives up the one before, and it ends at once.
func (s *Server) effect(ctx context.Context, q *struct {
	Text string  `json:"text"`
	Old  *string `json:"old"` // nil for the logs' own decisions
},
) (*effect, error) {
	select {
	case s.effects <- struct{}{}:
		defer func() { <-s.effects }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	began := time.Now()
	next := s.loads.load(q.Text)
	e := &effect{Broken: next.Broken(), Groups: []group{}, Why: map[string]int{}}
	if e.Broken || s.options.Memory == nil {
		return e, nil
	}
	shown, spec := next, (*policy.Spec)(nil)
	if q.Old != nil {
		if old := s.loads.load(*q.Old); !old.Broken() {
			shown, spec = old, &old.Spec
		}
	}
	result, err := s.options.Memory.Replay(ctx, &next.Spec, spec)
	if err != nil {
		return nil, err
	}
	e.Totals, e.From, e.To, e.Why = result.Totals, result.From, result.To, result.Why
	e.Resting, e.Unlisted, e.Frozen = result.Resting, result.Unlisted, result.Frozen
	for i := range result.Rules {
		rule := &result.Rules[i]
		by := next
		if rule.Kind == history.NewlyAllowed {
			by = shown // what it was refused for
		}
		e.Groups = append(e.Groups, groupOf(ctx, rule, result.Names(rule), by))
	}
	e.TookMS = time.Since(began).Milliseconds()
	return e, ctx.Err()
}

// groupOf are the names of what becomes of decisions by the same rules, with what a policy
// finds in them.
func groupOf(ctx context.Context, rule *history.RuleChange, names []*history.NameChange, by *loaded) group {
	g := group{Kind: rule.Kind, Old: rule.Old, New: rule.New, Times: rule.Times, Of: len(names), Names: []changedName{}}
	for _, n := range names[:min(len(names), mostChanged)] {
		c := &n.First.First
		explained := trial.Explain(ctx, by.Config, *c, trial.Fresh())
		g.Names = append(g.Names, changedName{
			Name: n.Name, Parts: partsOf(n.Name, writtenIn(explained.Rules)), Word: n.Word, Times: n.Times, People: n.People,
			Asked: asked{c.Operator, c.Platform, c.Type, c.ClientIP, c.App, c.Subject, c.At.UTC().Format(time.RFC3339)},
		})
	}
	return g
}
