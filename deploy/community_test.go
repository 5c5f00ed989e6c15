package deploy_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// TestIssueForms holds the forms to what GitHub takes; a broken one is silently left out.
// https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema
func TestIssueForms(t *testing.T) {
	forms, err := filepath.Glob("../.github/ISSUE_TEMPLATE/*.yml")
	if err != nil || len(forms) < 4 {
		t.Fatal(forms, err)
	}
	names := map[string]bool{}
	for _, path := range forms {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		load, err := yaml.NewLoader(strings.NewReader(string(data)), yaml.WithKnownFields())
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(path) == "config.yml" {
			var config struct {
				Blank    bool                                `yaml:"blank_issues_enabled"`
				Contacts []struct{ Name, URL, About string } `yaml:"contact_links"`
			}
			if err := load.Load(&config); err != nil || len(config.Contacts) == 0 {
				t.Errorf("%s: %+v (%v)", path, config, err)
			}
			continue
		}
		var form struct {
			Name, Description string
			Labels            []string
			Body              []struct {
				Type, ID   string
				Attributes struct {
					Label, Description, Value, Render string
					Options                           []string
				}
				Validations struct{ Required bool }
			}
		}
		if err := load.Load(&form); err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if form.Name == "" || form.Description == "" || names[form.Name] {
			t.Errorf("%s has no name of its own, or no description", path)
		}
		names[form.Name] = true
		ids, asked := map[string]bool{}, 0
		for _, field := range form.Body {
			a := field.Attributes
			switch {
			case !slices.Contains([]string{"markdown", "input", "textarea", "dropdown"}, field.Type):
				t.Errorf("%s: no such type: %s", path, field.Type)
			case field.Type == "markdown":
				if a.Value == "" || field.ID != "" {
					t.Errorf("%s: a text without text", path)
				}
				continue
			case !regexp.MustCompile(`^[a-z_-]+$`).MatchString(field.ID) || ids[field.ID] || a.Label == "":
				t.Errorf("%s: %q has no id of its own, or no label", path, field.ID)
			case (field.Type == "dropdown") != (len(a.Options) > 1) || a.Render != "" && field.Type != "textarea":
				t.Errorf("%s: %s: options %q, render %q", path, field.ID, a.Options, a.Render)
			}
			ids[field.ID] = true
			asked++
		}
		if asked == 0 {
			t.Errorf("%s asks nothing", path)
		}
	}
}

// TestSecurity: the policy says how to report, and of everybody what they can do.
func TestSecurity(t *testing.T) {
	text := file(t, "../.github/SECURITY.md")
	for _, said := range []string{"## How to report", "**A stranger**", "**A user**", "**A moderator**", "**An upstream**", "within 60 seconds", "replayed", "THIRD-PARTY-NOTICES.txt"} {
		if !strings.Contains(strings.ToLower(strings.Join(strings.Fields(text), " ")), strings.ToLower(said)) {
			t.Errorf("it does not say %q", said)
		}
	}
}
