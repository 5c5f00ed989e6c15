package ui

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"

	"topicgate/pkg/policyfile"
)

// save writes one of the two files. A policy with problems is written only to who says so:
// a server would refuse it, and a function that is deployed with it would not decide.
func (s *Server) save(_ context.Context, q *struct {
	File    string `json:"file"` // policy or cases
	Text    string `json:"text"`
	Version string `json:"version"` // of what was read before it was edited
	Anyway  bool   `json:"anyway"`
},
) (content, error) {
	switch q.File {
	case "policy":
		if l := s.loads.load(q.Text); l.Broken() && !q.Anyway {
			return content{}, failure{status: http.StatusUnprocessableEntity, text: fmt.Sprintf("the policy has problems, the first: %s", l.Problems[0])}
		}
		return s.policy.write(q.Text, q.Version)
	case "cases":
		return s.cases.write(q.Text, q.Version)
	}
	return content{}, failure{status: http.StatusBadRequest, text: fmt.Sprintf("%q is neither policy nor cases", q.File)}
}

// excuse writes into a policy what lets a name pass a rule.
func (s *Server) excuse(_ context.Context, q *struct {
	Text  string `json:"text"`
	Rule  string `json:"rule"`
	Name  string `json:"name"`
	Asked asked  `json:"asked"`
},
) (*edited, error) {
	c, err := q.Asked.creation(s.loads.load(q.Text), q.Name)
	if err != nil {
		return nil, err
	}
	text, err := policyfile.Excuse(q.Text, s.policy.path, policyfile.Dir(filepath.Dir(s.policy.path)), q.Rule, c)
	return &edited{text}, err
}
