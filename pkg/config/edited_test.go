package config

import (
	"os"
	"path/filepath"
	"testing"
)

// TestEdited: what somebody is writing stands in for the file, and what it names is read
// beside that.
func TestEdited(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "policy.yaml")
	for name, text := range map[string]string{"policy.yaml": "version: 1\n", "words.txt": "casino\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text := "lists: {bad: {file: words.txt}}\nrules: [{name: words, match: {name: {contains: bad}}, action: refuse}]\n"
	c := Load(nil, Options{Offline: true, PolicyFile: path, Edited: map[string]string{path: text}})
	if c.Broken() || len(c.Spec.Rules) != 1 || c.Spec.Rules[0].Match.Name.Contains[0] != "casino" || c.Spec.Rules[0].Origin.String() != path+":2" {
		t.Errorf("got %v, %+v", c.Problems, c.Spec.Rules)
	}
	if c := Load(nil, Options{Offline: true, PolicyFile: path}); c.Broken() || len(c.Spec.Rules) != 0 {
		t.Errorf("on disk: %v, %+v", c.Problems, c.Spec.Rules)
	}
	if c := Load(nil, Options{Offline: true, PolicyFile: path, Edited: map[string]string{path: "lists: {bad: {file: none.txt}}"}}); !c.Broken() {
		t.Error("a file that is not there is read")
	}
}
