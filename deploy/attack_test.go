package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"topicgate/pkg/gate/gatetest"
)

// TestUnderAttack runs what the guide tells the person on duty to type on a machine, with
// a server of ours in the place of systemd's: the freeze acts, staff go on, and lifting it
// lifts it. A policy that was frozen already is frozen once.
func TestUnderAttack(t *testing.T) {
	dir, err := serving()
	if err != nil {
		t.Fatal(err)
	}
	etc := t.TempDir()
	policy := filepath.Join(etc, "policy.yaml")
	if err := os.WriteFile(policy, []byte(`# ours
version: 1
rules:
  - {name: staff, match: {operator: {in: ["mod-*"]}}, action: allow}`), 0o600); err != nil { // its last line does not end
		t.Fatal(err)
	}
	server, err := gatetest.StartServer(filepath.Join(dir, "dist", "topicgate"), etc, []string{
		"TOPICGATE_SDK_APP_IDS=" + gatetest.App, "TOPICGATE_POLICY_FILE=policy.yaml",
	})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	freeze := rooted(t, "README.md", "freeze: true")
	lift := rooted(t, "under-attack.md", "/^freeze:/d")

	reloads := 0
	type as struct{ operator, rule string }
	for _, step := range []struct {
		what     string
		commands []string
		want     []as
	}{
		{"before", nil, []as{{"leckie", ""}, {"mod-ann", "staff"}}},
		{"frozen", freeze, []as{{"leckie", "freeze"}, {"mod-ann", "staff"}}},
		{"frozen twice", freeze, []as{{"leckie", "freeze"}, {"mod-ann", "staff"}}},
		{"lifted", lift, []as{{"leckie", ""}, {"mod-ann", "staff"}}},
	} {
		for _, command := range step.commands {
			if strings.HasPrefix(command, "journalctl ") {
				continue // it only reads, and what it finds is looked at below
			}
			command = strings.NewReplacer("/etc/topicgate", etc, "systemctl reload topicgate", "kill -HUP "+strconv.Itoa(server.PID())).Replace(command)
			if out, err := exec.Command("bash", "-c", command).CombinedOutput(); err != nil {
				t.Fatalf("%s: %s: %v: %s", step.what, command, err, out)
			}
		}
		if step.commands != nil {
			reloads++
			if lines := awaitLines(t, server, "reload", reloads); lines[reloads-1].Level != "info" {
				t.Fatalf("%s: the reload is %+v", step.what, lines[reloads-1])
			}
		}
		for _, w := range step.want {
			s := gatetest.Scenario{Operator: w.operator, Platform: "Web"}
			call := s.Call(time.Now())
			if _, err := server.Do(t.Context(), call); err != nil {
				t.Fatal(err)
			}
			log, err := server.Log()
			if err != nil {
				t.Fatal(err)
			}
			lines, err := gatetest.Lines(log, "decision")
			if err != nil {
				t.Fatal(err)
			}
			if last := lines[len(lines)-1]; last.Rule != w.rule {
				t.Errorf("%s: %s was decided by rule %q, want %q", step.what, w.operator, last.Rule, w.rule)
			}
		}
	}
}

// rooted are the commands of the one block that needs root and has such a line.
func rooted(t *testing.T, name, such string) []string {
	t.Helper()
	var found [][]string
	for _, b := range docBlocks(t, name) {
		if b.needs == "root" && slices.ContainsFunc(b.commands, func(line string) bool { return strings.Contains(line, such) }) {
			found = append(found, b.commands)
		}
	}
	if len(found) != 1 || !slices.Contains(found[0], "systemctl reload topicgate") {
		t.Fatalf("%s: blocks with %q are %q, want one that reloads", name, such, found)
	}
	return found[0]
}
