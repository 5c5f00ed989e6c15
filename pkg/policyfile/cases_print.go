package policyfile

import (
	"strconv"
	"strings"
)

// CasesYAML is a file of cases that loads back to the same, each on a line of its own.
// What no case can hold beside the others (quotas used, messages) it does not write.
func CasesYAML(cases []Case) string {
	var b strings.Builder
	b.WriteString("cases:\n")
	for i := range cases {
		c := &cases[i]
		b.WriteString("  - {name: " + quote(c.Name))
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
		b.WriteString(", want: " + c.Want.yaml() + "}\n")
	}
	return b.String()
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
