package policyfile

import "testing"

// TestTabs: who indents with tabs is told so, at the line of the first that does harm.
func TestTabs(t *testing.T) {
	const tab = "a tab; indent with spaces"
	for text, want := range map[string]string{
		"version: 1\nrules:\n\t- name: a\n":                           "p.yaml:3: is not YAML: " + tab,
		"version: 1\r\nrules:\r\n  - name: a\r\n\taction: refuse\r\n": "p.yaml:4: is not YAML: " + tab,
		"\tversion: 1\n": "p.yaml:1: is not YAML: " + tab,
		"rules:\n  - name: a\n    match:\n    \tname: {contains: [x]}\n":           "p.yaml:4: is not YAML: " + tab,
		"rules:\n  -\tname: a\n\t action: refuse\n":                                "p.yaml:2: is not YAML: " + tab,
		"rules:\n  - name: a\n    message: |\n\tx\n":                               "p.yaml:4: is not YAML: " + tab,
		"rules: # a\tb\n  - name a\n  x: [\n":                                      "p.yaml:3: is not YAML: did not find expected '-' indicator",
		"{\n\t\"rules\": [\n\t\t{\"name\": \"a\" \"action\": \"refuse\"}\n\t]\n}":  "p.yaml:3: is not YAML: did not find expected ',' or '}'",
		"rules: [\t{name: a, action: refuse}]\n":                                   "",
		"rules:\n  - name: a\n    action:\trefuse\n":                               "",
		"{\n\t\"rules\": [\n\t\t{\"name\": \"a\", \"action\": \"refuse\"}\n\t]\n}": "",
	} {
		_, _, problems, _ := Load(text, "p.yaml", Folder{})
		got := ""
		if len(problems) > 0 {
			got = problems[0].String()
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
