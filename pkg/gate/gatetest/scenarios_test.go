package gatetest

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/policy"
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

// TestEveryConditionHasCases fails when a key of the language has no scenario in
// which it matches, or none in which it does not.
func TestEveryConditionHasCases(t *testing.T) {
	scenarios := Scenarios()
	keys := map[string]bool{}
	conditionKeys(reflect.TypeFor[policy.Match](), "", keys)
	conditionKeys(reflect.TypeFor[policy.Quota](), "quota", keys)
	for key := range keys {
		for _, matching := range []bool{true, false} {
			if !slices.ContainsFunc(scenarios, func(s Scenario) bool {
				return s.Condition == key && (s.Want.Rule == Case) == matching && strings.Contains(s.Env["POLICY"], key[strings.LastIndexByte(key, '.')+1:]+":")
			}) {
				t.Errorf("no scenario of %s with matching=%v", key, matching)
			}
		}
	}
	for _, s := range scenarios {
		if s.Condition != "" && !keys[s.Condition] {
			t.Errorf("%s: there is no condition %q", s.Name, s.Condition)
		}
	}
}

// conditionKeys collects the paths of all conditions and modifiers.
func conditionKeys(t reflect.Type, path string, keys map[string]bool) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		at := strings.TrimPrefix(path+"."+name, ".")
		if pointer := field.Type; pointer.Kind() == reflect.Pointer && pointer.Elem() != t {
			conditionKeys(pointer.Elem(), at, keys)
			continue
		}
		keys[at] = true
	}
}
