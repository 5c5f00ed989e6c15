package policy

import "testing"

var contacts = onName(Name{Contacts: true})

// What counts as a contact is textfold's to test; here, that it is asked, and told as it
// was typed. So it is with links, repeats and shouting.
var contactFixtures = fixturesOf([]fixture{
	{"a number", contacts, named("call ①③８ 0013 8000 now"), true, "①③８ 0013 8000"},
	{"an adding word", contacts, named("加V看片"), true, "加V"},
	{"a channel with an id", contacts, named("看片 V信：abcd88"), true, "V信：abcd88"},
	{"an address", contacts, named("Write a@Example.com"), true, "a@Example.com"},
	{"a date", contacts, named("2024-05-01"), false, ""},
	{"a company", contacts, named("QQ音乐"), false, ""},
	{"empty", contacts, named(""), false, ""},
})

func TestNameContacts(t *testing.T) { runFixtures(t, contactFixtures) }

func TestContactsSentence(t *testing.T) {
	for _, tt := range []struct {
		match Match
		name  string
		want  string
	}{
		{contacts, "加V", "This name contains contact details, which are not allowed."},
		{links(), "example.com", "This name contains a link, which is not allowed."},
		{repeats(3), "aaa", "This name repeats the same characters too often."},
		{shouting, "BUY NOW CHEAP", "This name is written in capitals, please use small letters."},
	} {
		r := Rule{Name: "r", Match: &tt.match, Action: Refuse, Code: 10150}
		if got := said(t, r, named(tt.name)); got != tt.want+" Ref "+NoRef {
			t.Errorf("%q is told %q, want %q and the reference", tt.name, got, tt.want)
		}
		// {{word}} is a list's alone.
		r.Message.Default = "[{{word}}]"
		if got := said(t, r, named(tt.name)); got != "[]" {
			t.Errorf("of %q the word is %q", tt.name, got)
		}
	}
}
