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

// An attacked server stands in the place of systemd's, on a machine whose /etc/topicgate
// is a folder of ours.
type attacked struct {
	*gatetest.Server

	etc     string
	reloads int
}

func newAttacked(t *testing.T, environ ...string) *attacked {
	t.Helper()
	dir, err := serving()
	if err != nil {
		t.Fatal(err)
	}
	a := &attacked{etc: t.TempDir()}
	for name, text := range map[string]string{
		"freeze": "off\n",
		// Its last line does not end.
		"policy.yaml": "# ours\nversion: 1\nrules:\n  - {name: staff, match: {operator: {in: [\"mod-*\"]}}, action: allow}",
	} {
		if err := os.WriteFile(filepath.Join(a.etc, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a.Server, err = gatetest.StartServer(filepath.Join(dir, "dist", "topicgate"), a.etc, append(environ,
		"TOPICGATE_SDK_APP_IDS="+gatetest.App, "TOPICGATE_POLICY_FILE=policy.yaml",
	))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// types what the guide says, and waits for the reload that it leads to.
func (a *attacked) types(t *testing.T, commands []string) {
	t.Helper()
	here := strings.NewReplacer("/etc/topicgate", a.etc, "systemctl reload topicgate", "kill -HUP "+strconv.Itoa(a.PID()))
	for _, command := range commands {
		if strings.HasPrefix(command, "journalctl ") {
			continue // it only reads, and what it finds is looked at below
		}
		if out, err := exec.Command("bash", "-c", here.Replace(command)).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", command, err, out)
		}
	}
	a.reloads++
	if lines := awaitLines(t, a.Server, "reload", a.reloads); lines[a.reloads-1].Level != "info" {
		t.Fatalf("after %q the reload is %+v", commands, lines[a.reloads-1])
	}
}

// decides holds the rule to a wanted one that decides about an operator.
func (a *attacked) decides(t *testing.T, when, operator, rule string) {
	t.Helper()
	s := gatetest.Scenario{Operator: operator, Platform: "Web"}
	if _, err := a.Do(t.Context(), s.Call(time.Now())); err != nil {
		t.Fatal(err)
	}
	log, err := a.Log()
	if err != nil {
		t.Fatal(err)
	}
	lines, err := gatetest.Lines(log, "decision")
	if err != nil {
		t.Fatal(err)
	}
	if last := lines[len(lines)-1]; last.Rule != rule {
		t.Errorf("%s: %s was decided by rule %q, want %q", when, operator, last.Rule, rule)
	}
}

// TestUnderAttack runs what the guide tells the person on duty to type on a machine: the
// freeze acts, staff go on, and lifting it lifts it. A policy that was frozen already is
// frozen once.
func TestUnderAttack(t *testing.T) {
	policy, lift := rooted(t, "README.md", "freeze: true"), rooted(t, "under-attack.md", "/^freeze:/d")
	variable := rooted(t, "README.md", "echo on >")
	ended := []string{strings.Replace(variable[0], "echo on", "echo off", 1), variable[1]}
	for _, way := range []struct {
		environ []string
		steps   [][]string // every other one lifts
	}{
		{nil, [][]string{policy, lift, policy, lift}},
		{[]string{"TOPICGATE_FREEZE_FILE=freeze"}, [][]string{variable, ended}},
	} {
		a := newAttacked(t, way.environ...)
		a.decides(t, "before", "leckie", "")
		for i, step := range way.steps {
			a.types(t, step)
			rule, when := "freeze", "frozen"
			if i%2 == 1 {
				rule, when = "", "lifted"
			} else {
				a.types(t, step) // twice is once
			}
			a.decides(t, when, "leckie", rule)
			a.decides(t, when, "mod-ann", "staff")
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
