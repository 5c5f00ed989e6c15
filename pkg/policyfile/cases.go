package policyfile

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"topicgate/pkg/policy"
)

// A Case is what a policy must make of one creation: a line of a user's own tests.
// What is nil or empty was not written, and has a default.
type Case struct {
	Name     string         `json:"name"`
	Operator *string        `json:"operator"`
	Platform *string        `json:"platform"`
	ClientIP string         `json:"client_ip"`
	App      string         `json:"app"`
	Command  policy.Subject `json:"command"`
	Type     *string        `json:"type"`
	At       string         `json:"at"` // RFC 3339
	Want     Want           `json:"want"`

	Line int       `json:"-"` // where it is written
	Time time.Time `json:"-"` // At, or zero
}

// A Want is what must come out: a word, or what of a decision is looked at.
type Want struct {
	Verdict policy.Action // "" when not asked for
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
func (l *loading) want(at, node *yaml.Node, into *Want, path policy.Path) {
	switch {
	case node.Kind == yaml.MappingNode && len(node.Content) > 0:
		l.structure(at, node, reflect.ValueOf(&into.wantFields).Elem(), path)
	case node.Kind == yaml.ScalarNode && (node.Value == string(policy.Allow) || node.Value == string(policy.Refuse)):
		into.Verdict = policy.Action(node.Value)
	default:
		l.add(at, path, "want", wants, "cannot be read")
	}
}

// LoadCases reads a file of cases, as strictly as a policy.
func LoadCases(text, file string) (cases []Case, problems []policy.Problem) {
	l := &loading{source: &Source{file: file, unread: map[int][]policy.Path{}}, fields: fields{}}
	var written struct {
		Cases []Case `json:"cases"`
	}
	if document, ok := l.document(text, "cases: [{name: …, want: …}]"); ok {
		root := document.Content[0]
		l.structure(root, root, reflect.ValueOf(&written).Elem(), nil)
		if len(written.Cases) == 0 && len(l.problems) == 0 {
			l.add(nil, nil, "", "write cases: [{name: …, want: …}]", "there are no cases")
		}
		_, nodes := entry(root, "cases")
		for i := range written.Cases {
			l.checkCase(&written.Cases[i], nodes.Content[i], policy.PathOf("cases").Item(i))
		}
	}
	l.source.Sort(l.problems)
	return written.Cases, l.problems
}

// checkCase looks for what must be there, and at what types do not check.
func (l *loading) checkCase(c *Case, node *yaml.Node, path policy.Path) {
	c.Line = node.Line
	if slices.ContainsFunc(l.problems, func(p policy.Problem) bool { return p.Path.Within(path) }) {
		return // what is missing may be what is misspelt
	}
	if key, _ := entry(node, "name"); key == nil {
		l.add(node, path, "name", "write the name that is asked for", "is missing")
	}
	if key, _ := entry(node, "want"); key == nil {
		l.add(node, path, "want", wants, "is missing")
	}
	if c.Command != "" && !slices.Contains(policy.Subjects[:], c.Command) {
		key, _ := entry(node, "command")
		l.add(key, path, "command", "", "%q is not one of %s", c.Command, textsOf(policy.Subjects[:]))
	}
	if c.At == "" {
		return
	}
	var err error
	if c.Time, err = time.Parse(time.RFC3339, c.At); err != nil {
		key, _ := entry(node, "at")
		l.add(key, path, "at", "", "%q is not a time such as 2026-01-31T18:30:00Z", c.At)
	}
}

func textsOf(subjects []policy.Subject) string {
	texts := make([]string, len(subjects))
	for i, subject := range subjects {
		texts[i] = string(subject)
	}
	return strings.Join(texts, ", ")
}

// Misses lists in what a decision differs from what is wanted, or nothing.
func (w *Want) Misses(d *policy.Decision) []string {
	var missed []string
	got := policy.Refuse
	if d.Allowed {
		got = policy.Allow
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
		missed = append(missed, missedRule(d.Rule, *w.Rule))
	}
	if w.Message != nil && d.Message != *w.Message {
		missed = append(missed, fmt.Sprintf("got message %q, want %q", d.Message, *w.Message))
	}
	return missed
}

// missedRule says which rule decided instead of which. No rule has the name "": it
// stands for none.
func missedRule(got, want string) string {
	switch {
	case got == "":
		return fmt.Sprintf("no rule matched, want rule %q", want)
	case want == "":
		return fmt.Sprintf("got rule %q, want that no rule matches", got)
	}
	return fmt.Sprintf("got rule %q, want %q", got, want)
}
