package policy

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// A Case is what a policy must make of one creation: a line of a user's own tests.
// What is nil or empty was not written, and has a default.
type Case struct {
	Name     string  `json:"name"`
	Operator *string `json:"operator"`
	Platform *string `json:"platform"`
	ClientIP string  `json:"client_ip"`
	App      string  `json:"app"`
	Command  Subject `json:"command"`
	Type     *string `json:"type"`
	At       string  `json:"at"` // RFC 3339
	Want     Want    `json:"want"`

	Line int       `json:"-"` // where it is written
	Time time.Time `json:"-"` // At, or zero
}

// A Want is what must come out: a word, or what of a decision is looked at.
type Want struct {
	Verdict Action // "" when not asked for
	wantFields
}

type wantFields struct {
	Code    *int    `json:"code"`
	Rule    *string `json:"rule"`
	Message *string `json:"message"`
}

var wantType = reflect.TypeFor[Want]()

const wants = "write allow, refuse or {code: …, rule: …, message: …}"

// want reads allow, refuse, or a mapping.
func (l *loading) want(node *yaml.Node, into *Want, path string) {
	switch {
	case node.Kind == yaml.MappingNode && len(node.Content) > 0:
		l.structure(node, reflect.ValueOf(&into.wantFields).Elem(), path)
	case node.Kind == yaml.ScalarNode && (node.Value == string(Allow) || node.Value == string(Refuse)):
		into.Verdict = Action(node.Value)
	default:
		l.problem(path, "want: cannot be read; %s", wants)
	}
}

// LoadCases reads a file of cases, as strictly as a policy. Problems come as they are
// printed: file:line: problem.
func LoadCases(text, file string) (cases []Case, problems []string) {
	l := &loading{source: &Source{file: file, places: map[string]place{}}, fields: fields{}}
	var written struct {
		Cases []Case `json:"cases"`
	}
	if document, ok := l.document(text, "cases: [{name: …, want: …}]"); ok {
		root := document.Content[0]
		l.structure(root, reflect.ValueOf(&written).Elem(), "")
		if len(written.Cases) == 0 && len(l.problems) == 0 {
			l.problem("", "there are no cases; write cases: [{name: …, want: …}]")
		}
	}
	for i := range written.Cases {
		l.checkCase(&written.Cases[i], item("cases", i))
	}
	l.source.Sort(l.problems)
	for _, p := range l.problems {
		problems = append(problems, l.source.Report(p))
	}
	return written.Cases, problems
}

// checkCase looks for what must be there, and at what types do not check.
func (l *loading) checkCase(c *Case, path string) {
	c.Line = l.source.place(path).line
	given := func(key string) bool { return find(l.source.root, join(path, key)) != nil }
	for _, p := range l.problems {
		if strings.HasPrefix(p.Path, path) {
			return // what is missing may be what is misspelt
		}
	}
	if !given("name") {
		l.problem(path, "name: is missing; write the name that is asked for")
	}
	if !given("want") {
		l.problem(path, "want: is missing; %s", wants)
	}
	if c.Command != "" && c.Command != Topic && c.Command != Group {
		l.problem(join(path, "command"), "command: %q is not one of topic, group", c.Command)
	}
	if c.At == "" {
		return
	}
	var err error
	if c.Time, err = time.Parse(time.RFC3339, c.At); err != nil {
		l.problem(join(path, "at"), "at: %q is not a time such as 2026-01-31T18:30:00Z", c.At)
	}
}

// Misses lists in what a decision differs from what is wanted, or nothing.
func (w *Want) Misses(d *Decision) []string {
	var missed []string
	got := Refuse
	if d.Allowed {
		got = Allow
	}
	if w.Verdict != "" && got != w.Verdict {
		by := "no rule matched"
		if d.Rule != "" {
			by = "rule " + d.Rule
		}
		missed = append(missed, fmt.Sprintf("got %s (%s), want %s", got, by, w.Verdict))
	}
	if w.Code != nil && d.Code != *w.Code {
		missed = append(missed, fmt.Sprintf("got code %d, want %d", d.Code, *w.Code))
	}
	if w.Rule != nil && d.Rule != *w.Rule {
		missed = append(missed, fmt.Sprintf("got rule %q, want %q", d.Rule, *w.Rule))
	}
	if w.Message != nil && d.Message != *w.Message {
		missed = append(missed, fmt.Sprintf("got message %q, want %q", d.Message, *w.Message))
	}
	return missed
}
