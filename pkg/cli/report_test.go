package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNextCommands: what a report says to run next is a command that the tool understands.
func TestNextCommands(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	policy := file("a policy.yaml", "rules: [{name: banned, match: {name: {contains: [casino, unheard]}}, action: refuse}, {name: never, match: {name: {shouting: true}}, action: refuse}]")
	var lines strings.Builder
	for i := range 30 {
		fmt.Fprintf(&lines, `{"level":"info","timestamp":"2026-03-%02dT12:00:%02d.000Z","ref":"7ZK4M0Q%d","command":"Group.CallbackBeforeCreateTopic","operator":"%d","name":"casino %d","verdict":"refuse","code":10102,"rule":"banned","reason":"rule","detail":"casino","mode":"enforce","policy":"0a1b2c3d4e5f","duration_us":3000000,"stale_s":9,"error":"quota","message":"decision"}`+"\n", 1+i/10, i, i%10, i%7, i%2)
		fmt.Fprintf(&lines, `{"level":"info","timestamp":"2026-03-%02dT12:00:%02d.000Z","command":"Group.CallbackBeforeCreateTopic","operator":"mallory","name":"x","verdict":"refuse","code":10102,"rule":"freeze","reason":"rule","mode":"enforce","would_refuse":["trial"],"flags":["seen"],"policy":"0a1b2c3d4e5f","duration_us":3000000,"message":"decision"}`+"\n", 1+i/10, i)
	}
	for _, more := range []string{
		`"errors":["x"],"message":"start"`, `"errors":["x"],"message":"reload"`, `"count":1,"message":"dropped"`, `"message":"warning"`, `"message":"relay"`, `"slipped":true,"message":"review"`,
		`"verdict":"refuse","code":1,"reason":"body","mode":"dry_run","message":"decision"`, `"verdict":"refuse","code":1,"reason":"sign_wrong","mode":"dry_run","message":"decision"`,
	} {
		lines.WriteString(`{"level":"warn","timestamp":"2026-03-04T12:00:00.000Z",` + more + "}\n")
	}
	log := file("a log", lines.String())
	run := func(args ...string) (status int, stdout, stderr string) {
		var out, err strings.Builder
		status = Run(t.Context(), args, nil, nil, &out, &err)
		return status, out.String(), err.String()
	}
	told := map[string]bool{}
	for _, flags := range [][]string{{"-names", "-operators"}, {"-policy", policy}, {"-policy", policy, "-names", "-operators"}} {
		status, out, diagnostics := run(append([]string{"report", "-json", log}, flags...)...)
		var r struct {
			Findings []struct {
				Kind    string
				Command []string
			}
		}
		if err := json.Unmarshal([]byte(out), &r); err != nil || status != statusOK {
			t.Fatal(status, diagnostics, err)
		}
		for _, f := range r.Findings {
			told[f.Kind] = true
			if f.Command[0] != "topicgate" {
				t.Errorf("%s: %q", f.Kind, f.Command)
			}
			words := f.Command[1:]
			if _, ok := commandNamed(words[0]); !ok || words[0] == "probe" { // which asks the network
				continue
			}
			if status, _, diagnostics := run(words...); status == statusUsage {
				t.Errorf("%s: %q is not understood: %s", f.Kind, f.Command, diagnostics)
			}
		}
	}
	if len(told) < 18 {
		t.Errorf("only %d kinds of findings are told: %v", len(told), told)
	}
}
