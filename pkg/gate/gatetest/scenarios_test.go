package gatetest

import (
	"slices"
	"strings"
	"testing"

	"topicgate/pkg/config"
	"topicgate/pkg/gate"
)

// TestCorpusIsWhole fails when a row, a reason or a variable has no scenario.
func TestCorpusIsWhole(t *testing.T) {
	scenarios := Scenarios()
	if len(scenarios) < 80 {
		t.Errorf("%d scenarios, want at least 80", len(scenarios))
	}
	names := map[string]bool{}
	reasons := map[string]bool{}
	for _, s := range scenarios {
		if names[s.Name] {
			t.Errorf("two scenarios are called %q", s.Name)
		}
		names[s.Name] = true
		reasons[s.Want.Reason] = true
	}
	for _, reason := range gate.Reasons {
		// A panic is injected: see the tests of package gate.
		if !reasons[string(reason)] && reason != gate.ReasonPanic {
			t.Errorf("no scenario has the reason %q", reason)
		}
	}
	for _, doc := range config.Docs() {
		forms := []string{doc.Name}
		if doc.File {
			forms = append(forms, doc.Name+"_FILE")
		}
		for _, name := range forms {
			for _, allowed := range []bool{true, false} {
				if !slices.ContainsFunc(scenarios, func(s Scenario) bool {
					return s.Want.Reason != "" && (s.Want.Code == 0) == allowed && uses(&s, name)
				}) {
					t.Errorf("no scenario with %s is governed and has allowed=%v", name, allowed)
				}
			}
		}
	}
}

func uses(s *Scenario, variable string) bool {
	return slices.ContainsFunc(s.Environ(), func(pair string) bool {
		name, value, _ := strings.Cut(pair, "=")
		return name == variable && value != ""
	})
}
