package policyfile

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"topicgate/pkg/policy"
)

// CasesYAML is a file of cases that loads back to the same, each on a line of its own.
// What no case can hold beside the others (quotas used, messages) it does not write.
func CasesYAML(cases []Case) string {
	var b strings.Builder
	b.WriteString("cases:\n")
	for i := range cases {
		b.WriteString("  - " + cases[i].yaml() + "\n")
	}
	return b.String()
}

// yaml is a case in braces.
func (c *Case) yaml() string {
	var b strings.Builder
	b.WriteString("{name: " + quote(c.Name))
	for _, f := range [...]struct {
		key   string
		value *string
	}{
		{"operator", c.Operator}, {"platform", c.Platform}, {"client_ip", written(c.ClientIP)}, {"app", written(c.App)},
		{"command", written(string(c.Command))}, {"type", c.Type}, {"at", written(c.At)},
	} {
		if f.value != nil {
			b.WriteString(", " + f.key + ": " + quote(*f.value))
		}
	}
	b.WriteString(", want: " + c.Want.yaml() + "}")
	return b.String()
}

// AddCase writes a case behind those of a file, whose text otherwise stays as it is.
func AddCase(text, file string, c *Case) (string, error) {
	if strings.TrimSpace(text) == "" {
		return CasesYAML([]Case{*c}), nil
	}
	before, problems := LoadCases(text, file)
	if problems != nil {
		return "", fmt.Errorf("the cases have a problem: %s", problems[0])
	}
	l := &loading{source: newSource(file)}
	_, list := entry(l.document(text, ""), "cases")
	edit := withItem(text, list, asWritten(text, c.yaml()))
	if !isFlow(list) {
		edit = insertion{len(strings.TrimRight(text, " \t\r\n")), newLine(text, list.Column) + "- " + c.yaml()}
		if key := after(l.source.root, list); key != nil {
			edit = insertion{offset(text, key.Line, 1), strings.TrimLeft(newLine(text, list.Column), "\r\n") + "- " + c.yaml() + newLine(text, 1)}
		}
	}
	text = text[:edit.at] + edit.text + text[edit.at:]
	if cases, problems := LoadCases(text, file); problems != nil || len(cases) != len(before)+1 {
		return "", errors.New("the case cannot be written behind the others; write it by hand: " + c.yaml())
	}
	return text, nil
}

// after is the key of a mapping behind a value; nil where it is the last.
func after(mapping, value *yaml.Node) *yaml.Node {
	if i := slices.Index(mapping.Content, value) + 1; i < len(mapping.Content) {
		return mapping.Content[i]
	}
	return nil
}

// CaseOf is a creation that was asked for, as a case of all that is known of it.
func CaseOf(c *policy.Creation, want Want) Case {
	return Case{
		Name: c.Name, Operator: &c.Operator, Platform: &c.Platform, ClientIP: c.ClientIP, App: c.App,
		Command: c.Subject, Type: &c.Type, At: c.At.UTC().Format(time.RFC3339Nano), Want: want,
	}
}

// written is a value that is left out when it is empty.
func written(value string) *string {
	if value == "" {
		return nil
	}
	return &value
}

func (w *Want) yaml() string {
	if w.Verdict != "" {
		return string(w.Verdict)
	}
	var parts []string
	if w.Code != nil {
		parts = append(parts, "code: "+strconv.Itoa(*w.Code))
	}
	if w.Rule != nil {
		parts = append(parts, "rule: "+quote(*w.Rule))
	}
	if w.Message != nil {
		parts = append(parts, "message: "+quote(*w.Message))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// WantsRule asks for a rule and a code, as a decision has them.
func WantsRule(rule string, code int) Want {
	return Want{wantFields: wantFields{Code: &code, Rule: &rule}}
}
