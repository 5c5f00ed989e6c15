package policyfile

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"topicgate/pkg/policy"
)

func TestLoadCasesProblems(t *testing.T) {
	const write = "write allow, refuse or {code: …, rule: …, message: …}"
	tests := []struct {
		text string
		want []string
	}{
		{"", []string{"c.yaml:1: is empty; start with cases: [{name: …, want: …}]"}},
		{"[]", []string{"c.yaml:1: is no set of keys and values; start with cases: [{name: …, want: …}]"}},
		{"cases: []", []string{"c.yaml:1: there are no cases; write cases: [{name: …, want: …}]"}},
		{"case: []", []string{"c.yaml:1: case: unknown key; did you mean cases?"}},
		{"cases:\n- {name: a}\n- {want: allow}", []string{"c.yaml:2: want: is missing; " + write, "c.yaml:3: name: is missing; write the name that is asked for"}},
		{"cases:\n- {name: a, want: alow}", []string{"c.yaml:2: want: cannot be read; " + write}},
		{"cases:\n- {name: a, want: {}}", []string{"c.yaml:2: want: cannot be read; " + write}},
		{"cases:\n- {name: a, want: [allow]}", []string{"c.yaml:2: want: cannot be read; " + write}},
		{"cases:\n- name: a\n  want: {cod: 1}", []string{"c.yaml:3: cod: unknown key; did you mean code?"}},
		{"cases:\n- name: a\n  want: allow\n  at: soon\n  command: topics\n", []string{
			`c.yaml:4: at: "soon" is not a time such as 2026-01-31T18:30:00Z`,
			`c.yaml:5: command: "topics" is not one of topic, group`,
		}},
		{"at: soon\ncases: [{name: a, want: allow}]", []string{`c.yaml:1: at: "soon" is not a time such as 2026-01-31T18:30:00Z`}},
		{"at: 2026-01-31\ncases:\n- {name: a, want: allow, at: \"2026-01-31T18:30:00,5Z\"}", []string{
			`c.yaml:1: at: "2026-01-31" is not a time such as 2026-01-31T18:30:00Z`,
			`c.yaml:3: at: "2026-01-31T18:30:00,5Z" is not a time such as 2026-01-31T18:30:00Z`,
		}},
		{"cases:\n- {name: a, want: allow, app: \"\", command: \"\"}", []string{
			"c.yaml:2: app: is empty; leave it out or write one", "c.yaml:2: command: is empty; leave it out or write one",
		}},
		{"cases:\n- name: 5\n  platfrm: x\n  want: allow\n", []string{
			"c.yaml:2: name: 5 is not a text; put it in quotes", "c.yaml:3: platfrm: unknown key; did you mean platform?",
		}},
		{"cases:\n- {name: a, want: allow, \"-\": 1}", []string{"c.yaml:2: -: unknown key; write name, operator, platform, client_ip, app, command, type, at, used or want"}},
		{"cases:\n- {name: a, want: allow, used: {}}\n- {name: a, want: allow, used: 5}\n- {name: a, want: allow, used: [flood]}", []string{
			"c.yaml:2: used: is not a set of numbers by name; write {RULE: 5}", "c.yaml:3: used: is not a set of numbers by name; write {RULE: 5}",
			"c.yaml:4: used: is not a set of numbers by name; write {RULE: 5}",
		}},
		{"cases:\n- name: a\n  used:\n    flood: 0\n    surge: some\n    day: -1\n    again: 1\n    again: 2\n  want: allow", []string{
			"c.yaml:4: flood: 0 is not a positive number", `c.yaml:5: surge: "some" is not a whole number`,
			"c.yaml:6: day: -1 is not a positive number", "c.yaml:8: again: is written twice",
		}},
	}
	for _, tt := range tests {
		_, problems := LoadCases(tt.text, "c.yaml")
		var got []string
		for _, p := range problems {
			got = append(got, p.String())
		}
		if !cmp.Equal(got, tt.want) {
			t.Errorf("%q: %s", tt.text, cmp.Diff(tt.want, got))
		}
	}
}

// TestCasesTime: a case is asked at its own time, else at that of its file, else at one
// that never changes.
func TestCasesTime(t *testing.T) {
	cases, problems := LoadCases("at: 2026-03-01T08:00:00Z\ncases:\n- {name: a, want: allow}\n- {name: a, at: 2026-04-01T08:00:00+08:00, want: allow}\n", "c.yaml")
	if problems != nil {
		t.Fatal(problems)
	}
	if got := cases[0].Time.Format(time.RFC3339); got != "2026-03-01T08:00:00Z" {
		t.Errorf("got the time %s, want that of the file", got)
	}
	if got := cases[1].Time.Format(time.RFC3339); got != "2026-04-01T08:00:00+08:00" {
		t.Errorf("got the time %s, want the case's own", got)
	}
	if cases, _ := LoadCases("cases: [{name: a, want: allow}]", "c.yaml"); !cases[0].Time.IsZero() {
		t.Errorf("got the time %s, want none", cases[0].Time)
	}
	if CasesTime.Weekday() != time.Thursday || CasesTime.Hour() != 12 {
		t.Errorf("the documented time is a Thursday noon, not %s", CasesTime)
	}
}

func TestCasesUsed(t *testing.T) {
	cases, problems := LoadCases("cases: [{name: a, want: allow, used: {flood: 5, surge: 1e3}}, {name: a, want: allow}]", "c.yaml")
	if problems != nil {
		t.Fatal(problems)
	}
	if diff := cmp.Diff(map[string]int{"flood": 5, "surge": 1000}, cases[0].Used); diff != "" {
		t.Errorf("used -want +got:\n%s", diff)
	}
	if cases[1].Used != nil {
		t.Errorf("used %v, want nothing", cases[1].Used)
	}
}

func TestWantMisses(t *testing.T) {
	cases, problems := LoadCases(`
cases:
- {name: a, app: 1400000000, at: 2026-11-20T23:30:00+08:00, want: allow}
- {name: a, want: refuse}
- {name: a, want: {code: 10102, rule: r, message: No.}}
- {name: a, want: {rule: ""}}
`, "c.yaml")
	if problems != nil {
		t.Fatal(problems)
	}
	if c := cases[0]; c.App != "1400000000" || c.Time.Format("2 Jan 15:04") != "20 Nov 23:30" {
		t.Errorf("got %+v", c)
	}
	allowed, refused := policy.Decision{Allowed: true}, policy.Decision{Code: 10102, Rule: "r", Message: "No."}
	tests := []struct {
		want             Want
		ofAllow, ofRefus []string
	}{
		{cases[0].Want, nil, []string{"got refuse (rule r), want allow"}},
		{cases[1].Want, []string{"got allow (no rule matched), want refuse"}, nil},
		{cases[2].Want, []string{"got code 0, want 10102", `no rule matched, want rule "r"`, `got message "", want "No."`}, nil},
		{cases[3].Want, nil, []string{`got rule "r", want that no rule matches`}},
	}
	for i, tt := range tests {
		if got := tt.want.Misses(&allowed); !cmp.Equal(got, tt.ofAllow) {
			t.Errorf("case %d, allowed: got %q, want %q", i, got, tt.ofAllow)
		}
		if got := tt.want.Misses(&refused); !cmp.Equal(got, tt.ofRefus) {
			t.Errorf("case %d, refused: got %q, want %q", i, got, tt.ofRefus)
		}
	}
}
