package gatetest

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"topicgate/pkg/config"
	"topicgate/pkg/gate"
)

var update = flag.Bool("update", false, "write the generated part of the reference")

const reference = "../../../deploy/reference.md"

// block is the text between two markers of a document.
func block(t *testing.T, text, name string) (start, end int) {
	t.Helper()
	open, shut := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
	start, end = strings.Index(text, open), strings.Index(text, shut)
	if start < 0 || end < start {
		t.Fatalf("no block %q", name)
	}
	return start + len(open), end
}

// TestVariablesTable holds the reference to the table that the code parses by.
func TestVariablesTable(t *testing.T) {
	data, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("| variable `TOPICGATE_…` | file | rule | meaning (default) |\n|---|---|---|---|\n")
	for _, doc := range config.Docs() {
		file, rule := "", ""
		if doc.File {
			file = "file"
		}
		if doc.Rule != "" {
			rule = "`" + doc.Rule + "`"
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", strings.TrimPrefix(doc.Name, config.Prefix), file, rule, doc.Meaning)
	}
	text := string(data)
	start, end := block(t, text, "variables")
	if text[start:end] == table.String() {
		return
	}
	if !*update {
		t.Fatal("the reference's variables are not the code's: go test ./pkg/gate/gatetest -run TestVariablesTable -update")
	}
	if err := os.WriteFile(reference, []byte(text[:start]+table.String()+text[end:]), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestAnswersTable holds the reference's rows to the corpus, which is held to the code:
// each reason has one row, and each scenario is answered as its row says.
func TestAnswersTable(t *testing.T) {
	data, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	start, end := block(t, string(data), "answers")
	codes := map[string]string{} // by reason, or by HTTP status for rows without
	for line := range strings.Lines(string(data)[start:end]) {
		cells := strings.Split(strings.Trim(line, "|\n "), "|")
		if len(cells) != 5 || strings.HasPrefix(cells[0], "-") || strings.HasPrefix(cells[0], "situation") {
			continue
		}
		key := strings.Trim(cells[1], " `")
		if key == "" {
			key = strings.TrimSpace(cells[2])
		}
		if _, twice := codes[key]; twice {
			t.Errorf("%q has two rows", key)
		}
		codes[key] = strings.TrimSpace(cells[4])
	}
	for _, reason := range gate.Reasons {
		if codes[string(reason)] == "" {
			t.Errorf("reason %q has no row", reason)
		}
	}
	if got, want := len(codes), len(gate.Reasons)+2; got != want {
		t.Errorf("%d rows, want %d", got, want)
	}
	for _, s := range Scenarios() {
		key := s.Want.Reason
		if key == "" {
			key = strconv.Itoa(max(s.Want.Status, 200))
		}
		if !slices.Contains(allowed(codes[key], &s), s.Want.Code) {
			t.Errorf("%s: answered %d, and the row of %q says %s", s.Name, s.Want.Code, key, codes[key])
		}
	}
}

// says reports whether a scenario has a setting, by its variable or in its policy.
func says(s *Scenario, variable, key, value string) bool {
	if set, ok := s.Env[variable]; ok {
		return set == value
	}
	return strings.HasPrefix(s.Env["POLICY"], key+value)
}

// allowed lists the codes that a cell permits a scenario.
func allowed(cell string, s *Scenario) []int {
	switch {
	case says(s, "MODE", "mode: ", "dry_run") && s.Want.Reason != "":
		return []int{0}
	case cell == "on_error" && says(s, "ON_ERROR", "on_error: ", "allow"):
		return []int{0}
	case cell == "on_error":
		return []int{1}
	case cell == "0, 1, 10100–10200":
		if s.Want.Code >= 10100 && s.Want.Code <= 10200 {
			return []int{s.Want.Code}
		}
		return []int{0, 1}
	}
	code, err := strconv.Atoi(cell)
	if err != nil {
		return nil
	}
	return []int{code}
}
