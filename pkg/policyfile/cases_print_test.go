package policyfile

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"topicgate/pkg/policy"
)

// What is written as cases reads back as the same, whatever people sent.
func TestCasesYAML(t *testing.T) {
	text := func(s string) *string { return &s }
	message := WantsRule("", 0)
	message.Message = text("No {{word}}: \"x\"")
	var cases []Case
	for _, name := range []string{
		"plain", "", "新手报到区", "yes", "5", "- x", "{a: b}", "# c", "'\"\\", "a\nb\r\tc\x00", "\u202e\u200b\U000e0041\u2028", "a: b, c", "😀\ufe0f", strings.Repeat("a", 1024),
	} {
		cases = append(cases,
			Case{Name: name, Want: Want{Verdict: policy.Allow}},
			Case{Name: "n", Operator: text(name), Platform: text(name), Type: text(name), ClientIP: name, App: "1400000000", Command: policy.Group, At: "2026-03-01T12:00:00.0005Z", Want: WantsRule("banned-words", 10102)},
			Case{Name: "m", Want: message},
		)
	}
	got, problems := LoadCases(CasesYAML(cases), "cases.yaml")
	if problems != nil {
		t.Fatal(problems[0])
	}
	if diff := cmp.Diff(cases, got, cmp.AllowUnexported(Want{}), cmpopts.IgnoreFields(Case{}, "Line", "Time")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
