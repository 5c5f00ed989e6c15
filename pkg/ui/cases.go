package ui

import (
	"context"
	"strings"

	"topicgate/pkg/policy"
	"topicgate/pkg/policyfile"
	"topicgate/pkg/trial"
)

// ran is what became of the cases.
type ran struct {
	Problems []problem `json:"problems"`
	Broken   bool      `json:"broken"` // the policy has problems
	Results  []outcome `json:"results"`
}

type outcome struct {
	Line   int      `json:"line"`
	Name   string   `json:"name"`
	Parts  []part   `json:"parts"`
	Missed []string `json:"missed"`
}

// runCases holds a policy to cases. No text is a file that is not there yet.
func (s *Server) runCases(ctx context.Context, q *struct {
	Text  string `json:"text"`
	Cases string `json:"cases"`
},
) (*ran, error) {
	l := s.loads.load(q.Text)
	r := &ran{Broken: l.Broken(), Problems: []problem{}, Results: []outcome{}}
	if strings.TrimSpace(q.Cases) == "" {
		return r, nil
	}
	cases, problems := policyfile.LoadCases(strings.ReplaceAll(q.Cases, "\uFEFF", ""), s.cases.path)
	r.Problems = problemsOf(s.cases.path, problems, false)
	if r.Broken || problems != nil {
		return r, nil
	}
	for i := range cases {
		c := &cases[i]
		missed := trial.Case(ctx, l.Config, c, policyfile.CasesTime)
		r.Results = append(r.Results, outcome{c.Line, c.Name, partsOf(c.Name, nil), append([]string{}, missed...)})
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// edited is a text that somebody has had written into.
type edited struct {
	Text string `json:"text"`
}

// keep writes a case behind those of a text.
func (s *Server) keep(_ context.Context, q *struct {
	Cases string        `json:"cases"`
	Name  string        `json:"name"`
	Want  policy.Action `json:"want"`
	Asked asked         `json:"asked"`
},
) (*edited, error) {
	a := &q.Asked
	c := policyfile.Case{
		Name: q.Name, Operator: orNil(a.Operator), Platform: orNil(a.Platform), Type: orNil(a.Type), ClientIP: a.ClientIP,
		App: a.App, Command: a.Command, At: a.At, Want: policyfile.Want{Verdict: q.Want},
	}
	text, err := policyfile.AddCase(q.Cases, s.cases.path, &c)
	return &edited{text}, err
}

// orNil is what a case does not say when it is empty.
func orNil(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
