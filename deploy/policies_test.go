package deploy_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"topicgate/pkg/cli"
	"topicgate/pkg/config"
	"topicgate/pkg/policy"
	"topicgate/pkg/policyfile"
)

// examplePolicies are the policies to start from, policies/NAME.yaml.
func examplePolicies(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("policies/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var examples []string
	for _, file := range files {
		if !strings.HasSuffix(file, ".cases.yaml") {
			examples = append(examples, file)
		}
	}
	return examples
}

// topicgate runs the tool as a user of the examples would.
func topicgate(t *testing.T, args ...string) (status int, output string) {
	t.Helper()
	return topicgateIn(t, []string{"TOPICGATE_SDK_APP_IDS=1400000000", "TOPICGATE_TOKENS=token"}, args...)
}

// topicgateIn runs the tool with such variables.
func topicgateIn(t *testing.T, environ []string, args ...string) (status int, output string) {
	t.Helper()
	var out bytes.Buffer
	status = cli.Run(t.Context(), args, environ, strings.NewReader(""), &out, &out)
	return status, out.String()
}

// TestExamplePolicies: every example is valid without a warning, does what its cases
// say, which tell of names that pass and of names that do not, and names its schema.
func TestExamplePolicies(t *testing.T) {
	const least = 6
	examples := examplePolicies(t)
	if len(examples) < least {
		t.Errorf("%d examples, want %d at least", len(examples), least)
	}
	for _, file := range examples {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if want := "# yaml-language-server: $schema=schema.json\n"; !strings.HasPrefix(string(text), want) {
				t.Errorf("does not begin with %q", want)
			}
			if status, output := topicgate(t, "check", "-strict", "-policy", file); status != 0 {
				t.Errorf("check ends with %d:\n%s", status, output)
			}
			cases := strings.TrimSuffix(file, ".yaml") + ".cases.yaml"
			if status, output := topicgate(t, "test", "-policy", file, cases); status != 0 {
				t.Errorf("test ends with %d:\n%s", status, output)
			}
			allowing, refusing := countCases(t, cases)
			if allowing == 0 || refusing == 0 {
				t.Errorf("%d cases that allow and %d that refuse, want one of each at least", allowing, refusing)
			}
			roundTrip(t, file)
		})
	}
	if _, err := os.Stat("policies/schema.json"); err != nil {
		t.Error(err)
	}
}

// TestExamplesAtAnyHour: whenever somebody packages and deploys, the cases of the examples
// say the same.
func TestExamplesAtAnyHour(t *testing.T) {
	monday := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for _, file := range examplePolicies(t) {
		for hour := 0; hour < 7*24; hour += 5 {
			at := monday.Add(time.Duration(hour) * time.Hour).Format(time.RFC3339)
			cases := strings.TrimSuffix(file, ".yaml") + ".cases.yaml"
			if status, output := topicgate(t, "test", cases, "-policy", file, "-at", at); status != 0 {
				t.Errorf("%s at %s: test ends with %d:\n%s", file, at, status, output)
			}
		}
	}
}

// countCases counts those that say allow, and those that say refuse or a code.
func countCases(t *testing.T, file string) (allowing, refusing int) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var cases struct {
		Cases []struct {
			Want any `yaml:"want"`
		} `yaml:"cases"`
	}
	if err := yaml.Load(text, &cases); err != nil {
		t.Fatal(err)
	}
	for _, one := range cases.Cases {
		fields, _ := one.Want.(map[string]any)
		switch {
		case one.Want == "allow":
			allowing++
		case one.Want == "refuse" || fields["code"] != nil:
			refusing++
		}
	}
	return allowing, refusing
}

// roundTrip prints a policy, with its lists in place, and loads it back.
func roundTrip(t *testing.T, file string) {
	t.Helper()
	c := config.Load(nil, config.Options{Offline: true, PolicyFile: file})
	again, _, problems, _ := policyfile.Load(policyfile.YAML(c.Spec), "printed.yaml", policyfile.Folder{})
	for _, p := range problems {
		t.Error(p)
	}
	if got := policy.Digest(again); got != c.Digest {
		t.Errorf("its digest is %s, and %s when printed and loaded back", c.Digest, got)
	}
	if _, output := topicgate(t, "policy", "-digest", "-policy", file); output != c.Digest+"\n" {
		t.Errorf("policy -digest prints %q, want %s", output, c.Digest)
	}
}

// Every word list beside the examples is used by one of them.
func TestExampleListsAreUsed(t *testing.T) {
	var all strings.Builder
	for _, file := range examplePolicies(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	lists, err := filepath.Glob("policies/words/*")
	if err != nil || len(lists) == 0 {
		t.Fatal("no lists", err)
	}
	for _, list := range lists {
		if !strings.Contains(all.String(), "words/"+filepath.Base(list)) {
			t.Errorf("%s is in no example", list)
		}
	}
}
