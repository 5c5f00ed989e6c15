package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var stepLine = regexp.MustCompile(`(?m)^==> (\w+)$`)

// TestMakeDeploy runs the targets with the real tool and a cloud's tool that is not
// there, or refuses to deploy. What follows then is tested in deploy/release.
func TestMakeDeploy(t *testing.T) {
	dir, err := packaged()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"template.yaml", "serverless.yml"} {
		data, err := os.ReadFile(filepath.Join(repository, file))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cloud := t.TempDir()
	const refusing = "#!/bin/sh\n[ \"$1\" != deploy ]\n"
	deploy := func(target string, settings ...string) string {
		arguments := append([]string{target, "VERSION=test", "POLICY_DIR=" + filepath.Join(scratch, "policy-one"), "TOPICGATE_SDK_APP_IDS=1400000000", "TOPICGATE_TOKENS=xxxxyyyy"}, settings...)
		if err = runMake(dir, arguments...); err == nil {
			t.Errorf("%s %q: no error", target, settings)
			return ""
		}
		return err.Error()
	}
	for _, c := range []struct{ target, program, missing string }{
		{"deploy-aws", "sam", "release: sam is not installed"},
		{"deploy-scf", "scf", "release: scf or serverless is not installed"},
	} {
		if _, err := exec.LookPath(c.program); err != nil {
			if out := deploy(c.target); !strings.Contains(out, c.missing) || stepLine.MatchString(out) {
				t.Errorf("%s: got %s, want %q and no step", c.target, out, c.missing)
			}
		}
	}
	for _, program := range []string{"sam", "scf"} {
		if err := os.WriteFile(filepath.Join(cloud, program), []byte(refusing), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", cloud+string(os.PathListSeparator)+os.Getenv("PATH"))
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "policy.yaml"), []byte("version: 1\nrules: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(broken, "policy.cases.yaml"), []byte("cases: [{name: nobody may, want: refuse}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		target, setting string
		steps           []string
		want            string
	}{
		{"deploy-aws", "TOPICGATE_MODE=perhaps", []string{"check"}, "release: check: topicgate check: exit status 1"},
		{"deploy-aws", "POLICY_DIR=" + broken, []string{"check", "test"}, "release: test: topicgate test: exit status 1"},
		{"deploy-aws", "TOPICGATE_MODE=dry_run", []string{"check", "test", "package", "deploy"}, "release: deploy: sam deploy: exit status 1"},
		{"deploy-scf", "TOPICGATE_SDK_APP_IDS=mine", []string{"check"}, "release: check: topicgate check: exit status 1"},
		{"deploy-scf", "STAGE=dev", []string{"check", "test", "package", "deploy"}, "release: deploy: scf deploy: exit status 1"},
	} {
		out := deploy(c.target, c.setting)
		var steps []string
		for _, found := range stepLine.FindAllStringSubmatch(out, -1) {
			steps = append(steps, found[1])
		}
		if !slices.Equal(steps, c.steps) || !strings.Contains(out, c.want) {
			t.Errorf("%s %s: got the steps %v, want %v and %q:\n%s", c.target, c.setting, steps, c.steps, c.want, out)
		}
	}
}
