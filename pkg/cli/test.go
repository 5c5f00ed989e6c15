package cli

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"topicgate/pkg/config"
	"topicgate/pkg/policy"
)

// A caseFile is what a user's own CI holds a policy to. The defaults are an ordinary
// user's: see explain.go.
type caseFile struct {
	Cases []testCase `yaml:"cases"`
}

type testCase struct {
	Name     string     `yaml:"name"`
	Operator *string    `yaml:"operator"`
	Platform *string    `yaml:"platform"`
	ClientIP string     `yaml:"client_ip"`
	App      string     `yaml:"app"`
	Command  string     `yaml:"command"`
	Type     *string    `yaml:"type"`
	At       *time.Time `yaml:"at"`
	Want     want       `yaml:"want"`

	line    int
	hasName bool
}

// UnmarshalYAML notes the line, and what strict decoding does not: that keys are
// known and that name and want are there.
func (c *testCase) UnmarshalYAML(node *yaml.Node) error {
	type plain testCase // without this method
	if err := node.Decode((*plain)(c)); err != nil {
		return err
	}
	c.line = node.Line
	known := []string{"name", "operator", "platform", "client_ip", "app", "command", "type", "at", "want"}
	hasWant := false
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i].Value
		c.hasName = c.hasName || key == "name"
		hasWant = hasWant || key == "want"
		if nearest := policy.Nearest(key, known); nearest != key {
			return fmt.Errorf("line %d: %s: unknown key; did you mean %s?", node.Content[i].Line, key, nearest)
		}
	}
	switch {
	case !c.hasName:
		return fmt.Errorf("line %d: name: is missing", c.line)
	case !hasWant:
		return fmt.Errorf("line %d: want: is missing; write allow, refuse or {code: …, rule: …, message: …}", c.line)
	}
	switch policy.Subject(c.Command) {
	case "", policy.Topic, policy.Group:
		return nil
	}
	return fmt.Errorf("line %d: command: %q is not one of topic, group", c.line, c.Command)
}

// want is what must come out: a word, or what a refusal (or an allowing rule) must
// look like.
type want struct {
	Verdict string
	Code    *int
	Rule    *string
	Message *string
}

// UnmarshalYAML reads allow, refuse, or a mapping of code, rule and message.
func (w *want) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		w.Verdict = node.Value
		if w.Verdict != "allow" && w.Verdict != "refuse" {
			return fmt.Errorf("line %d: want: %q is not allow, refuse or {code: …, rule: …, message: …}", node.Line, node.Value)
		}
		return nil
	}
	var fields struct {
		Code    *int    `yaml:"code"`
		Rule    *string `yaml:"rule"`
		Message *string `yaml:"message"`
	}
	if err := node.Decode(&fields); err != nil {
		return err
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if key := node.Content[i].Value; key != "code" && key != "rule" && key != "message" {
			return fmt.Errorf("line %d: %s: unknown key in want; it takes code, rule and message", node.Content[i].Line, key)
		}
	}
	if len(node.Content) == 0 {
		return fmt.Errorf("line %d: want: is empty", node.Line)
	}
	w.Code, w.Rule, w.Message = fields.Code, fields.Rule, fields.Message
	return nil
}

// misses lists in what a decision differs, or nothing.
func (w *want) misses(d *policy.Decision) []string {
	var missed []string
	if got := verdictWord(d.Allowed); w.Verdict != "" && got != w.Verdict {
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

// An outcome is one case as -json prints it.
type outcome struct {
	File   string   `json:"file"`
	Line   int      `json:"line"`
	Name   string   `json:"name"`
	Passed bool     `json:"passed"`
	Missed []string `json:"missed,omitempty"`
}

func test(in *invocation) int {
	f := in.flags()
	file := policyFlag(f)
	asJSON := f.Bool("json", false, "print one JSON object a case")
	at := timeFlag(f, "time (RFC 3339) of cases that name none, instead of now")
	if status, ok := in.parse(f); !ok {
		return status
	}
	if f.NArg() == 0 {
		return in.misuse("name at least one file of cases")
	}
	c, ok := in.loadOffline(*file)
	if !ok {
		return statusNo
	}
	status, passed, failed := statusOK, 0, 0
	for _, name := range f.Args() {
		cases, err := in.readCases(name)
		if err != nil {
			in.complain("%v", err)
			status = statusNo
			continue
		}
		for i := range cases {
			o := in.runCase(c, &cases[i], *at)
			o.File = name
			if o.Passed {
				passed++
			} else {
				failed++
				status = statusNo
			}
			if *asJSON {
				in.printJSON(o)
			} else if !o.Passed {
				in.print("%s:%d: %q: %s\n", name, o.Line, o.Name, strings.Join(o.Missed, "; "))
			}
		}
	}
	if !*asJSON {
		in.print("%d passed, %d failed\n", passed, failed)
	}
	return status
}

func (in *invocation) readCases(file string) ([]testCase, error) {
	data, err := in.read(file)
	if err != nil {
		return nil, err
	}
	var cases caseFile
	err = yaml.Load(bytes.TrimPrefix(data, []byte("\uFEFF")), &cases, yaml.WithKnownFields())
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot read cases: %s: %w", file, err)
	case len(cases.Cases) == 0:
		return nil, fmt.Errorf("cannot read cases: %s: there are none; write cases: [{name: …, want: …}]", file)
	}
	return cases.Cases, nil
}

// runCase decides one case with quotas of its own, as enforcing would.
func (in *invocation) runCase(c *config.Config, t *testCase, at time.Time) outcome {
	creation := policy.Creation{
		Subject: policy.Topic, App: orFirst(t.App, c.AppIDs, anyApp), Name: t.Name, ClientIP: t.ClientIP, At: at,
		Operator: orText(t.Operator, anyOperator), Platform: orText(t.Platform, anyPlatform), Type: orText(t.Type, anyType),
	}
	if t.Command != "" {
		creation.Subject = policy.Subject(t.Command)
	}
	if t.At != nil {
		creation.At = *t.At
	}
	d := fresh(c).Decide(in.ctx, creation, false)
	missed := t.Want.misses(&d)
	return outcome{Line: t.line, Name: t.Name, Passed: missed == nil, Missed: missed}
}

func orText(value *string, otherwise string) string {
	if value == nil {
		return otherwise
	}
	return *value
}
