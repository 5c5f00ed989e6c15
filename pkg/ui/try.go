package ui

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"time"

	"topicgate/pkg/policy"
	"topicgate/pkg/textfold"
	"topicgate/pkg/trial"
)

// asked is who asks for a name, from where and when. What is empty is as of an ordinary
// user, now.
type asked struct {
	Operator string         `json:"operator,omitempty"`
	Platform string         `json:"platform,omitempty"`
	Type     string         `json:"type,omitempty"`
	ClientIP string         `json:"client_ip,omitempty"`
	App      string         `json:"app,omitempty"`
	Command  policy.Subject `json:"command,omitempty"`
	At       string         `json:"at,omitempty"` // RFC 3339
}

// creation is what is asked for, by name.
func (a *asked) creation(l *loaded, name string) (policy.Creation, error) {
	at := time.Now()
	if a.At != "" {
		var ok bool
		if at, ok = policy.ParseTime(a.At); !ok {
			return policy.Creation{}, failure{status: http.StatusBadRequest, text: fmt.Sprintf("%q is not a time such as 2026-01-31T18:30:00Z", a.At)}
		}
	}
	return policy.Creation{
		Subject: cmp.Or(a.Command, policy.Topic), App: cmp.Or(a.App, trial.App(l.Config)), Name: name, ClientIP: a.ClientIP, At: at,
		Operator: cmp.Or(a.Operator, trial.Operator), Platform: cmp.Or(a.Platform, trial.Platform), Type: cmp.Or(a.Type, trial.Type),
	}, nil
}

// mostNames is how many names are tried at once.
const mostNames = 500

// tried is what becomes of names.
type tried struct {
	Broken bool        `json:"broken"` // the policy has problems: nothing is decided by it
	More   int         `json:"more"`   // names that were too many
	Names  []triedName `json:"names"`
}

type triedName struct {
	Name   string `json:"name"`
	Parts  []part `json:"parts"`
	Folded string `json:"folded"` // as words are compared with it
	trial.Explanation
}

func (s *Server) try(ctx context.Context, q *struct {
	Text  string   `json:"text"`
	Names []string `json:"names"`
	Asked asked    `json:"asked"`
},
) (*tried, error) {
	l := s.loads.load(q.Text)
	t := &tried{Broken: l.Broken(), Names: []triedName{}, More: max(0, len(q.Names)-mostNames)}
	if t.Broken {
		return t, nil
	}
	for _, name := range q.Names[:len(q.Names)-t.More] {
		c, err := q.Asked.creation(l, name)
		if err != nil {
			return nil, err
		}
		e := trial.Explain(ctx, l.Config, c, trial.Fresh())
		t.Names = append(t.Names, triedName{name, partsOf(name, writtenIn(e.Rules)), textfold.Fold(name), e})
	}
	return t, ctx.Err()
}
