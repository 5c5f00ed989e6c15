package ui

import (
	"context"
	"encoding/json"
	"path/filepath"

	"topicgate/pkg/app"
	"topicgate/pkg/policy"
	"topicgate/pkg/policyfile"
)

// opened is what the page begins with.
type opened struct {
	Policy      content         `json:"policy"`
	Cases       content         `json:"cases"`
	Schema      json.RawMessage `json:"schema"`
	CasesSchema json.RawMessage `json:"cases_schema"`
	Decisions   int             `json:"decisions"` // of the logs; -1 without any
	Reports     bool            `json:"reports"`   // there is something to report of
	Version     string          `json:"version"`
}

func (s *Server) open(context.Context, *struct{}) (*opened, error) {
	o := &opened{Schema: policyfile.SchemaJSON(), CasesSchema: policyfile.CasesSchemaJSON(), Decisions: -1, Reports: s.reports(), Version: app.Version()}
	var err error
	if o.Policy, err = s.policy.read(); err != nil {
		return nil, err
	}
	if o.Cases, err = s.cases.read(); err != nil {
		return nil, err
	}
	if s.options.Memory != nil {
		o.Decisions = s.options.Memory.Decisions()
	}
	return o, nil
}

// A problem is one of the policy's as the editor shows it. Where and What together are what
// the tool prints.
type problem struct {
	Here    bool   `json:"here"` // in the text that is edited; else where it says
	Line    int    `json:"line"`
	Column  int    `json:"column"` // in characters; 0 for all of the line
	Where   string `json:"where"`
	What    string `json:"what"`
	Warning bool   `json:"warning"`
}

// mostProblems is how many problems are shown, and how many warnings.
const mostProblems = 100

func problemsOf(file string, found []policy.Problem, warning bool) []problem {
	problems := []problem{}
	for _, p := range found[:min(len(found), mostProblems)] {
		where := p.Where
		p.Where = policy.Origin{}
		text := policy.Texts([]policy.Problem{p})[0]
		problems = append(problems, problem{
			Here: filepath.Clean(where.File) == filepath.Clean(file) && where.Line > 0,
			Line: where.Line, Column: where.Column, Where: where.String(), What: text, Warning: warning,
		})
	}
	return problems
}

type checked struct {
	Problems []problem  `json:"problems"`
	More     int        `json:"more"` // problems and warnings that are not shown
	Rules    []ruleRow  `json:"rules"`
	Lists    []listFile `json:"lists"`
	Digest   string     `json:"digest"`
	Mode     string     `json:"mode"`
	Default  string     `json:"default"`
	Frozen   string     `json:"frozen"`
}

// A ruleRow is a rule in the order in which it is asked.
type ruleRow struct {
	Name   string        `json:"name"`
	Action policy.Action `json:"action"`
	Mode   policy.Mode   `json:"mode"`
	Where  string        `json:"where"`
}

func (s *Server) check(_ context.Context, q *struct {
	Text string `json:"text"`
},
) (*checked, error) {
	l := s.loads.load(q.Text)
	c := &checked{
		Problems: append(problemsOf(s.policy.path, l.Problems, false), problemsOf(s.policy.path, l.Warnings, true)...),
		Rules:    []ruleRow{}, Lists: append([]listFile{}, l.lists...),
		Digest: l.ShortDigest(), Mode: string(l.Spec.Mode), Default: string(l.Spec.Default), Frozen: string(l.Spec.Freeze),
	}
	c.More = len(l.Problems) + len(l.Warnings) - len(c.Problems)
	if !l.Broken() {
		for _, r := range l.Spec.Rules {
			c.Rules = append(c.Rules, ruleRow{r.Name, r.Action, r.Mode, r.Origin.String()})
		}
	}
	return c, nil
}
