package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// said is the message of a rule that refuses.
func said(t *testing.T, r Rule, cr Creation) string {
	t.Helper()
	d := mustCompile(t, rules(r)).Decide(t.Context(), cr, &counter{taken: map[string]int{}}, false)
	if d.Allowed {
		t.Fatalf("rule %+v allows", r)
	}
	return d.Message
}

func TestMessage(t *testing.T) {
	cr := Creation{Operator: "leckie", Name: "best ＳＰＡＭ\u200B here"}
	tests := []struct{ text, want string }{
		{"No.", "No."},
		{"{{word}}", "Spam"}, // as the list writes it
		{`"{{word}}" is not allowed, {{operator}}.`, `"Spam" is not allowed, leckie.`},
		{"{{name}}", "best ＳＰＡＭ here"}, // without what cannot be seen
		{"{{ word }}{{\tword\n}}", "SpamSpam"},
		{"{{word}}{{operator}}{{name}}", "Spamleckiebest ＳＰＡＭ here"},
		{"不能用“{{word}}”", "不能用“Spam”"},
		{"{word} }} { {", "{word} }} { {"},
		{"{{word", "{{word"}, // never closed: no placeholder
		{"}}{{word}}", "}}Spam"},
		{"<b>&{{word}}", "<b>&Spam"},
	}
	for _, tt := range tests {
		m := containing("Spam")
		if got := said(t, Rule{Name: "r", Match: &m, Action: Refuse, Message: Text{Default: tt.text}}, cr); got != tt.want {
			t.Errorf("%q says %q, want %q", tt.text, got, tt.want)
		}
	}
}

// A message is what is sent, cut on a character.
func TestMessageIsCut(t *testing.T) {
	match := containing("spam")
	for text, want := range map[string]string{
		strings.Repeat("a", 256):              strings.Repeat("a", 256),
		strings.Repeat("a", 257):              strings.Repeat("a", 256),
		strings.Repeat("不", 100):              strings.Repeat("不", 85),
		strings.Repeat("a", 250) + "{{name}}": strings.Repeat("a", 250) + "spam ",
		"{{operator}}":                        "a\uFFFD",
	} {
		cr := Creation{Name: "spam 不不", Operator: "a\xff"}
		if got := said(t, Rule{Name: "r", Match: &match, Action: Refuse, Message: Text{Default: text}}, cr); got != want {
			t.Errorf("%q says %q, want %q", text, got, want)
		}
	}
}

// TestLongMessages: who writes a message of which users see only the beginning is told,
// where it is written.
func TestLongMessages(t *testing.T) {
	long, word := strings.Repeat("不", 100), strings.Repeat("x", 60)
	match := Match{Any: []Match{{Name: &Name{Contains: List{"spam", word}}}, {Name: &Name{Resembles: List{"admin"}}}}}
	plain := containing("spam")
	spec := Spec{
		Refusal: Refusal{Message: Text{Default: strings.Repeat("b", 200) + "{{word}}"}},
		Rules: []Rule{
			{Name: "long", Match: &plain, Action: Refuse, Message: Text{Default: long}},
			{Name: "word", Match: &match, Action: Refuse, Message: Text{Default: strings.Repeat("a", 200) + "{{word}}"}},
			{Name: "fits", Match: &plain, Action: Refuse, Message: Text{Default: strings.Repeat("a", 252) + "{{word}}"}},
			{Name: "ours", Match: &match, Action: Refuse},
		},
	}
	_, problems, warnings := Compile(spec)
	if problems != nil {
		t.Fatal(problems)
	}
	want := []string{
		`rule "long": message: is 300 bytes long, of which 256 are sent; shorten it; the rest is cut off`,
		`rule "word": message: is 260 bytes long with the word "` + word + `", of which 256 are sent; shorten it; the rest is cut off`,
		`message: is 260 bytes long with the word "` + word + `", of which 256 are sent; shorten it; the rest is cut off`,
	}
	if diff := cmp.Diff(want, Texts(warnings)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What a user wrote is not looked at again.
func TestMessageIsFilledOnce(t *testing.T) {
	m := Match{Operator: in("*")}
	got := said(t, Rule{Name: "r", Match: &m, Action: Refuse, Message: Text{Default: "{{operator}}: {{name}}"}}, Creation{Operator: "{{name}}", Name: "{{word}}{{"})
	if want := "{{name}}: {{word}}{{"; got != want {
		t.Errorf("says %q, want %q", got, want)
	}
}

// A word is that of the first list that was hit; without one it is nothing.
func TestMessageWord(t *testing.T) {
	tests := []struct {
		name  string
		match Match
		want  string
	}{
		{"contains", containing("spam"), "[spam]"},
		{"resembles", resembling("SPAM"), "[SPAM]"},
		{"the first of two", Match{All: []Match{isLeckie, containing("spam"), containing("pam")}}, "[spam]"},
		{"in any", Match{Any: []Match{containing("ham"), containing("pam")}}, "[pam]"},
		{"not a word", isLeckie, "[]"},
		{"in not", Match{Not: &Match{Name: containing("ham").Name}}, "[]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := said(t, Rule{Name: "r", Match: &tt.match, Action: Refuse, Message: Text{Default: "[{{word}}]"}}, Creation{Operator: "leckie", Name: "spam"}); got != tt.want {
				t.Errorf("says %q, want %q", got, tt.want)
			}
		})
	}
}

func TestMessageLimit(t *testing.T) {
	r := Rule{Name: "r", Quota: &Quota{Limit: 5, Window: hour}, Action: Refuse, Message: Text{Default: "{{limit}} an hour are enough."}}
	p := mustCompile(t, rules(r))
	c := &counter{}
	var d Decision
	for range 6 {
		d = p.Decide(t.Context(), by("a", "", "1"), c, false)
	}
	if got, want := d.Message, "5 an hour are enough."; got != want {
		t.Errorf("says %q, want %q", got, want)
	}
}

func TestMessageProblems(t *testing.T) {
	const tail = " is not known; use {{word}}, {{name}}, {{operator}}, {{ref}} or, beside a quota, {{limit}}"
	tests := []struct {
		name string
		spec Spec
		want []string
	}{
		{"unknown", rules(Rule{Name: "r", Action: Refuse, Message: Text{Default: "{{word}} {{Word}} {{}} {{ rule name }}"}}), []string{
			"rules[0].message | message: {{Word}}" + tail, "rules[0].message | message: {{}}" + tail, "rules[0].message | message: {{rule name}}" + tail,
		}},
		{"limit without a quota", rules(Rule{Name: "r", Action: Refuse, Message: Text{Default: "{{limit}}"}}), []string{
			"rules[0].message | message: {{limit}} needs a quota in the same rule",
		}},
		{"limit beside a quota", rules(Rule{Name: "r", Quota: &Quota{Limit: 1, Window: hour}, Action: Refuse, Message: Text{Default: "{{limit}}"}}), nil},
		// The policy's message is said for every rule, and reported once.
		{"in the policy's refusal", Spec{Refusal: Refusal{Message: Text{Default: "{{limit}} {{x}}"}}, Rules: []Rule{
			{Name: "a", Quota: &Quota{Limit: 1, Window: hour}, Action: Refuse}, {Name: "b", Match: &isLeckie, Action: Refuse},
		}}, []string{
			"refusal.message | message: {{limit}} needs a quota in the same rule", "refusal.message | message: {{x}}" + tail,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, problems, _ := Compile(tt.spec)
			if diff := cmp.Diff(tt.want, lines(problems)); diff != "" {
				t.Errorf("problems -want +got:\n%s", diff)
			}
		})
	}
}

// TestBuiltIn has a sentence for each kind of rule, said with a code above 1 only.
func TestBuiltIn(t *testing.T) {
	everything := Creation{Subject: Topic, App: "1", Operator: "leckie", Type: "Community", Name: "sp\u200Bam", Platform: "Web", ClientIP: "10.0.0.1", At: at("2026-01-30T12:00:00Z")}
	tests := []struct {
		match Match
		want  string
	}{
		{tooLong(Length{MaxBytes: 1}), "This name is too short or too long."},
		{containing("spam"), "This name contains a word that is not allowed."},
		{resembling("spam"), "This name is too similar to a reserved one."},
		{invisible, "This name contains characters that cannot be seen."},
		{onlyIn("Han"), "This name uses a writing system that is not allowed here."},
		{matching("s"), "This name does not have the required form."},
		{notMatching("x"), "This name does not have the required form."},
		{isLeckie, "You are not allowed to create this."},
		{likesWeb, "This cannot be created from this app."},
		{Match{ClientIP: in("10.0.0.1")}, "This cannot be created from your network."},
		{Match{Time: &Time{Days: []string{"fri"}}}, "This cannot be created at this time."},
		{Match{Command: in("topic")}, "This cannot be created."},
		{Match{App: in("1")}, "This cannot be created."},
		{Match{Type: in("Community")}, "This cannot be created."},
		{Match{All: []Match{isLeckie}}, "This cannot be created."},
		// The most telling one: what a user can change.
		{Match{Name: containing("spam").Name, Operator: in("*"), Platform: in("Web")}, "This name contains a word that is not allowed."},
	}
	for _, tt := range tests {
		r := Rule{Name: "r", Match: &tt.match, Action: Refuse, Code: 10150}
		if got := said(t, r, everything); got != tt.want+" Ref 00000000" {
			t.Errorf("%+v says %q, want %q and the reference", tt.match, got, tt.want)
		}
		for _, code := range []int{0, 1} { // Chat makes a sentence of its own
			r.Code = code
			if got := said(t, r, everything); got != "" {
				t.Errorf("%+v with code %d says %q, want nothing", tt.match, code, got)
			}
		}
	}
	if got, want := said(t, Rule{Name: "r", Action: Refuse, Code: 10150}, everything), "This cannot be created. Ref 00000000"; got != want {
		t.Errorf("a rule without a match says %q, want %q", got, want)
	}
	p := mustCompile(t, rules(Rule{Name: "r", Quota: &Quota{Limit: 1, Window: Duration(time.Hour)}, Action: Refuse, Code: 10150}))
	c := &counter{}
	p.Decide(t.Context(), everything, c, false)
	if got, want := p.Decide(t.Context(), everything, c, false).Message, "Too many were created in a short time. Please try again later. Ref 00000000"; got != want {
		t.Errorf("a quota says %q, want %q", got, want)
	}
}
