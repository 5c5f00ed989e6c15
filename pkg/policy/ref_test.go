package policy

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// A reference stands where the message names it, and nowhere else, whatever a user wrote;
// and a message that is cut keeps one.
func TestRef(t *testing.T) {
	const ref = "7K3M9QXA"
	a, han := func(n int) string { return strings.Repeat("a", n) }, func(n int) string { return strings.Repeat("不", n) }
	m := Match{Operator: in("*")}
	for _, tt := range []struct{ text, name, want string }{
		{"No.", "", "No."},
		{"{{ref}}", "", ref},
		{"不: {{ ref }}, {{ref}}.", "", "不: " + ref + ", " + ref + "."},
		{"00000000 {{name}} {{ref}}", "00000000 {{ref}}", "00000000 00000000 {{ref}} " + ref},
		{"{{name}} {{ref}}", "a\xff\xfe", "a\uFFFD " + ref},
		{a(248) + "{{ref}}", "", a(248) + ref},
		{a(249) + "{{ref}}", "", a(244) + "… " + ref},
		{han(83) + "{{ref}}", "", han(81) + "… " + ref}, // on a character
		{a(300) + "{{ref}}.", "", a(244) + "… " + ref},
		{"{{name}} {{ref}}", a(1024), a(244) + "… " + ref},
		{"{{ref}}" + a(300), "", ref + a(248)},
		{"{{ref}}" + a(244) + "{{ref}}", "", ref + a(244)}, // none in part
		{"{{ref}}" + a(300) + "{{ref}}", "", ref + a(248)},
	} {
		p := mustCompile(t, rules(Rule{Name: "r", Match: &m, Action: Refuse, Message: Text{Default: tt.text}}))
		d := p.Decide(t.Context(), Creation{Operator: "o", Name: tt.name}, nil, false)
		got := Refer(d.Message, d.RefAt, ref)
		if got != tt.want || len(got) > MaxMessage || !utf8.ValidString(got) {
			t.Errorf("%q of %q says %q, want %q", tt.text, tt.name, got, tt.want)
		}
		if none := Refer(d.Message, d.RefAt, NoRef); none != d.Message {
			t.Errorf("%q: without a reference %q, want %q", tt.text, d.Message, none)
		}
	}
}

// The warning of long messages counts the reference.
func TestLongMessagesCountTheRef(t *testing.T) {
	for text, want := range map[string][]string{
		strings.Repeat("a", 248) + "{{ref}}": nil,
		strings.Repeat("a", 249) + "{{ref}}": {`message: is 257 bytes long, of which 256 are sent; shorten it; the rest is cut off`},
	} {
		_, _, warnings := Compile(Spec{Refusal: Refusal{Message: Text{Default: text}}})
		if diff := cmp.Diff(want, Texts(warnings)); diff != "" {
			t.Errorf("%q -want +got:\n%s", text, diff)
		}
	}
}
