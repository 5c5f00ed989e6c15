package policyfile_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"topicgate/pkg/policy"
	"topicgate/pkg/policyfile"
)

// TestFreezeForms: what a freeze can be written as, and what is said of the rest.
func TestFreezeForms(t *testing.T) {
	const neither = " neither true, false nor a time such as 2026-01-31T18:30:00Z"
	for text, want := range map[string]struct {
		freeze  policy.Freeze
		problem string
	}{
		"true":                        {policy.Frozen, ""},
		"True":                        {policy.Frozen, ""},
		"false":                       {"", ""},
		"2027-01-31T18:30:00Z":        {"2027-01-31T18:30:00Z", ""},
		`"2027-01-31T18:30:00+08:00"`: {"2027-01-31T18:30:00+08:00", ""},

		`"true"`:     {"", `p.yaml:1: freeze: "true" is a text; write true, without quotes`},
		`""`:         {"", `p.yaml:1: freeze: "" is a text; write true, without quotes`},
		"on":         {"", `p.yaml:1: freeze: "on" is` + neither},
		`"false"`:    {"", `p.yaml:1: freeze: "false" is` + neither},
		"2027-01-31": {"", `p.yaml:1: freeze: "2027-01-31" is` + neither},
		"1":          {"", "p.yaml:1: freeze: is neither true nor false nor a time; write true, false or a time such as 2026-01-31T18:30:00Z"},
		"[true]":     {"", "p.yaml:1: freeze: is neither true nor false nor a time; write true, false or a time such as 2026-01-31T18:30:00Z"},
		"":           {"", "p.yaml:1: freeze: has no value"},
	} {
		spec, source, problems, _ := policyfile.Load("freeze: "+text+"\n", "p.yaml", policyfile.Folder{})
		_, more, _ := policy.Compile(spec)
		for _, p := range more {
			if !source.Explains(p.Path) {
				p.Where = source.Locate(p.Path)
				problems = append(problems, p)
			}
		}
		var said string
		if len(problems) == 1 {
			said = problems[0].String()
		} else if len(problems) > 1 {
			t.Errorf("%s: %d problems, want one at most: %q", text, len(problems), problems)
		}
		if said != want.problem || said == "" && spec.Freeze != want.freeze {
			t.Errorf("%s is read as %q, %q, want %q, %q", text, spec.Freeze, said, want.freeze, want.problem)
		}
	}
}

// TestNotesArePrinted: who grows from one file to another keeps what was noted.
func TestNotesArePrinted(t *testing.T) {
	const note = "legal asked:\n\"see their mail\" # of May"
	spec := policy.Spec{Rules: []policy.Rule{{Name: "r", Action: policy.Refuse, Note: note}}}
	again := load(t, policyfile.YAML(spec), "printed.yaml", "")
	if diff := cmp.Diff(note, again.Rules[0].Note); diff != "" {
		t.Errorf("-written +printed and read:\n%s", diff)
	}
}

// TestPlainTexts: a mapping of nothing but default is one text, and prints as one.
func TestPlainTexts(t *testing.T) {
	const rule = "rules:\n  - name: r\n    action: refuse\n    message: "
	plain, mapping := load(t, rule+"No.\n", "p.yaml", ""), load(t, rule+"{default: No.}\n", "p.yaml", "")
	if policy.Digest(plain) != policy.Digest(mapping) || policyfile.YAML(plain) != policyfile.YAML(mapping) {
		t.Errorf("one text has two digests, or is printed in two ways:\n%s\n%s", policyfile.YAML(plain), policyfile.YAML(mapping))
	}
}
