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

// CasesTime is when creations are asked for in cases that say no time: a Thursday noon.
// As of now a case would pass today and fail on Sunday.
var CasesTime = time.Date(2026, time.January, 1, 12, 0, 0, 0, time.UTC)

// A casesFile is what a file of cases holds.
type casesFile struct {
	At    string `json:"at,omitzero"` // of the cases that name no time
	Cases []Case `json:"cases"`
}

// A Case is what a policy must make of one creation: a line of a user's own tests.
// What is nil or empty was not written, and has a default.
type Case struct {
	Name     string         `json:"name"`
	Operator *string        `json:"operator"`
	Platform *string        `json:"platform"`
	ClientIP string         `json:"client_ip"`
	App      string         `json:"app,omitzero"`
	Command  policy.Subject `json:"command,omitzero"`
	Type     *string        `json:"type"`
	At       string         `json:"at,omitzero"` // RFC 3339
	Used     map[string]int `json:"used"`        // units of rules' quotas that are taken already
	Want     Want           `json:"want"`

	Line int       `json:"-"` // where it is written
	Time time.Time `json:"-"` // At, else that of the file, else zero
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

var (
	timeSchema = map[string]any{"pattern": policy.TimePattern, "examples": []string{"2026-01-31T18:30:00Z"}}

	casesKeys = []policy.Key{
		{Path: policy.PathOf("at"), About: "When it is asked, in cases that name no time, as RFC 3339 (default: " + CasesTime.Format(time.RFC3339) + ", a Thursday).", Schema: timeSchema},
		{Path: policy.PathOf("cases"), About: "The creations, each with what must come out.", Required: true, Schema: map[string]any{"minItems": 1}},
	}
	caseKeys = []policy.Key{
		{Path: policy.PathOf("name"), About: "The name that is asked for.", Required: true},
		{Path: policy.PathOf("operator"), About: "The UserID that asks (default: an ordinary user's)."},
		{Path: policy.PathOf("platform"), About: "From where (default: Web)."},
		{Path: policy.PathOf("client_ip"), About: "The end user's address (default: none)."},
		{Path: policy.PathOf("app"), About: "The SDKAppID (default: the first that is served).", Schema: map[string]any{"type": []string{"string", "number"}}},
		{Path: policy.PathOf("command"), About: "What is to be created (default: topic).", Enum: policy.Strings(policy.Subjects[:])},
		{Path: policy.PathOf("type"), About: "The type of the group (default: Community)."},
		{Path: policy.PathOf("at"), About: "When it is asked, as RFC 3339 (default: what the file says).", Schema: timeSchema},
		{Path: policy.PathOf("used"), About: "How many units of rules' quotas are taken already, by the rules' names: {flood: 5} (default: none).", Schema: map[string]any{"minProperties": 1}},
		{Path: policy.PathOf("want"), About: "What must come out: allow, refuse, or what of the decision is looked at.", Required: true},
	}
	wantKeys = []policy.Key{
		{Path: policy.PathOf("code"), About: "The code of the refusal; 0 when it is allowed."},
		{Path: policy.PathOf("rule"), About: "The rule that decides; empty for the default."},
		{Path: policy.PathOf("message"), About: "What the user reads, with 00000000 for {{ref}}."},
	}
)

var wantType = reflect.TypeFor[Want]()

// numbers reads a mapping of texts to positive numbers.
func (l *loading) numbers(at, node *yaml.Node, into reflect.Value, path policy.Path) {
	if node.Kind != yaml.MappingNode || len(node.Content) == 0 {
		l.problem(at, path, "write {RULE: 5}", "is not a set of numbers by name")
		return
	}
	into.Set(reflect.MakeMap(into.Type()))
	l.entries(node, path, func(key, value *yaml.Node) {
		below, n := path.Key(key.Value), reflect.New(into.Type().Elem()).Elem()
		before := len(l.problems)
		l.value(key, value, n, below)
		if n.Int() < 1 && len(l.problems) == before {
			l.problem(key, below, "", "%d is not a positive number", n.Int())
		}
		into.SetMapIndex(reflect.ValueOf(key.Value), n)
	})
}

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
	l := &loading{source: newSource(file)}
	root := l.document(text, "cases: [{name: …, want: …}]")
	if root == nil {
		return nil, l.problems
	}
	var written casesFile
	l.structure(root, root, reflect.ValueOf(&written).Elem(), nil)
	if len(written.Cases) == 0 && len(l.problems) == 0 {
		l.add(nil, nil, "", "write cases: [{name: …, want: …}]", "there are no cases")
	}
	at := l.time(root, written.At, policy.PathOf("at"))
	var wrong paths // where something is wrong already
	for _, p := range l.problems {
		wrong.add(p.Path)
	}
	_, nodes := entry(root, "cases")
	for i := range written.Cases {
		c, path := &written.Cases[i], policy.PathOf("cases").Item(i)
		c.Line, c.Time = nodes.Content[i].Line, at
		if !wrong.near(path) { // else what is missing may be what is misspelt
			l.checkCase(c, nodes.Content[i], path)
		}
	}
	l.source.Sort(l.problems)
	return written.Cases, l.problems
}

// time reads the time at a key at; zero for none.
func (l *loading) time(node *yaml.Node, at string, path policy.Path) time.Time {
	if at == "" {
		return time.Time{}
	}
	parsed, ok := policy.ParseTime(at)
	if !ok {
		key, _ := entry(node, "at")
		l.add(key, path.Key("at"), "at", "", "%q is not a time such as 2026-01-31T18:30:00Z", at)
	}
	return parsed
}

// checkCase looks for what must be there, and at what types do not check.
func (l *loading) checkCase(c *Case, node *yaml.Node, path policy.Path) {
	if key, _ := entry(node, "name"); key == nil {
		l.add(node, path, "name", "write the name that is asked for", "is missing")
	}
	if key, _ := entry(node, "want"); key == nil {
		l.add(node, path, "want", wants, "is missing")
	}
	if c.Command != "" && !slices.Contains(policy.Subjects[:], c.Command) {
		key, _ := entry(node, "command")
		l.add(key, path, "command", "", "%q is not one of %s", c.Command, strings.Join(policy.Strings(policy.Subjects[:]), ", "))
	}
	if c.At != "" {
		c.Time = l.time(node, c.At, path)
	}
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
