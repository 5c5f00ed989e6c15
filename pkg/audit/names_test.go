package audit_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"topicgate/pkg/audit"
	"topicgate/pkg/chatapi/chatapitest"
	"topicgate/pkg/policy"
)

// Names in a file are read line by line, however long one is, and what is wrong with one is
// told by its line.
func TestNames(t *testing.T) {
	n := audit.Names{Policy: compiled(t, refusing("spam", "spam")), App: chatapitest.App, Leave: "Renamed", At: time.Now()}
	text := "\uFEFF" + `{"name": "spam"}` + "\r\n" + // as a spreadsheet writes
		`{"name": "` + strings.Repeat("a", 1<<20) + `"}` + "\n" +
		`{"name": "spam ` + strings.Repeat("a", policy.MaxName) + `"}` + "\n\n" +
		`{"name": "Renamed"}` + "\n" +
		`{"name": ""}` + "\n" +
		`{"name": "spam", "app": {}}` + "\n" +
		`{"name": "spam without a line end"}`
	r := audit.NewReport()
	if err := n.Read(t.Context(), strings.NewReader(text), "f", r); err != nil {
		t.Fatal(err)
	}
	want := &audit.Report{
		Topics: 5, Found: 2, Unsure: 1, Failed: 2, Findings: r.Findings, Doubts: r.Doubts,
		Problems: []string{"f:2: longer than 1048576 bytes", "f:7: app is no text"},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := names(r.Findings); !slices.Equal(got, []string{"spam", "spam without a line end"}) || r.Findings[1].Line != 8 {
		t.Errorf("found %q", got)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := n.Read(ctx, strings.NewReader(strings.Repeat("{\"name\": \"spam\"}\n", 5000)), "f", audit.NewReport()); err == nil {
		t.Error("it is not stopped")
	}
}

// What is written as null is not there, a mark at the beginning of a line is no part of it,
// and what another audit made of a name is not what this one does.
func TestNamesOfReports(t *testing.T) {
	n := audit.Names{Policy: compiled(t, refusing("spam", "spam")), App: chatapitest.App, At: time.Now()}
	text := `{"name": null}` + "\n\uFEFF" +
		`{"name": "spam", "topic_id": "t", "seen": 1, "verdict": "unsure", "unless": "staff", "unknown": ["operator"], "line": 9}`
	r := audit.NewReport()
	if err := n.Read(t.Context(), strings.NewReader(text), "f", r); err != nil {
		t.Fatal(err)
	}
	if want := []string{`f:1: no JSON object with a name; write one a line, such as {"name": "General"}`}; !slices.Equal(r.Problems, want) {
		t.Errorf("problems %q, want %q", r.Problems, want)
	}
	got, err := json.Marshal(r.Findings)
	want := `[{"by_name":true,"detail":"spam","line":2,"name":"spam","rule":"spam","seen":1,"topic_id":"t","verdict":"refuse","word":"spam"}]`
	if err != nil || string(got) != want {
		t.Errorf("found %s (%v), want %s", got, err, want)
	}
}

// A report lists so many, and counts the rest.
func TestReportIsBounded(t *testing.T) {
	n := audit.Names{Policy: compiled(t, refusing("spam", "spam")), At: time.Now()}
	const all = 30_000
	r := audit.NewReport()
	if err := n.Read(t.Context(), strings.NewReader(strings.Repeat("{\"name\": \"spam\"}\n", all)), "f", r); err != nil {
		t.Fatal(err)
	}
	if r.Found != all || len(r.Findings)+r.Unlisted != all || r.Unlisted == 0 {
		t.Errorf("%d found, %d listed, %d not", r.Found, len(r.Findings), r.Unlisted)
	}
}
