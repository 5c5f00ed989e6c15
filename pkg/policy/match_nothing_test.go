package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMatchNothing: what is valid and yet matches nothing is told, with what was probably
// meant.
func TestMatchNothing(t *testing.T) {
	const (
		platformList = "write RESTAPI, Web, Android, iOS, Windows, Mac, macOS, iPad or Unknown"
		typeList     = "write Public, Private, Work, ChatRoom, Meeting, AVChatRoom or Community"
	)
	tests := []struct {
		name  string
		match Match
		want  []string
	}{
		{"what Chat sends", Match{
			Platform: in("RESTAPI", "web", "ANDROID", "IOS", "Windows", "mac", "MacOS", "IPad", "unknown", "Linux"),
			Type:     notIn("Public", "private", "Work", "ChatRoom", "meeting", "AVCHATROOM", "Community"),
			App:      in("1400000000"), Operator: in("administrator", "a b", "ops-*", `a\*`), Command: in("topic"),
		}, nil},
		{"platforms", Match{Platform: &OneOf{In: []string{"REST", "rest", "Harmony"}, NotIn: []string{"Androd", "websdk", "Web "}}}, []string{
			`platform.in[0] | in: "REST" is no platform that Chat is known to send; did you mean RESTAPI?`,
			`platform.in[1] | in: "rest" is no platform that Chat is known to send; did you mean RESTAPI?`,
			`platform.in[2] | in: "Harmony" is no platform that Chat is known to send; ` + platformList,
			`platform.not_in[0] | not_in: "Androd" is no platform that Chat is known to send; did you mean Android?`,
			`platform.not_in[1] | not_in: "websdk" is no platform that Chat is known to send; did you mean Web?`,
			`platform.not_in[2] | not_in: "Web " begins or ends with white space, which what it matches must do too; remove it`,
			`platform.not_in[2] | not_in: "Web " is no platform that Chat is known to send; did you mean Web?`,
		}},
		{"types", Match{Type: &OneOf{In: []string{"Comunity", "Topic"}, NotIn: []string{"chat room"}}}, []string{
			`type.in[0] | in: "Comunity" is no type of group that Chat is known to send; did you mean Community?`,
			`type.in[1] | in: "Topic" is no type of group that Chat is known to send; ` + typeList,
			`type.not_in[0] | not_in: "chat room" is no type of group that Chat is known to send; did you mean ChatRoom?`,
		}},
		{"apps", Match{App: in("myApp", "1400000000", "１４")}, []string{
			`app.in[0] | in: "myApp" is not an SDKAppID; use the number that the Chat console shows`,
			`app.in[2] | in: "１４" is not an SDKAppID; use the number that the Chat console shows`,
		}},
		{"operators", Match{Operator: in("ops-* ", "\u3000bob", "аdmin", "ops-＊", "a23456789012345678901234567890123", "*a23456789012345678901234567890123")}, []string{
			`operator.in[0] | in: "ops-* " begins or ends with white space, which what it matches must do too; remove it`,
			`operator.in[1] | in: "\u3000bob" begins or ends with white space, which what it matches must do too; remove it`,
			`operator.in[1] | in: "\u3000bob" matches no UserID, which are of ASCII characters; write it in ASCII`,
			`operator.in[2] | in: "\u0430dmin" matches no UserID, which are of ASCII characters; write it in ASCII`,
			`operator.in[3] | in: "ops-\uff0a" matches no UserID, which are of ASCII characters; write it in ASCII`,
			`operator.in[4] | in: "a23456789012345678901234567890123" matches no UserID, which have 32 bytes at most`,
		}},
		{"what is not governed", Match{Any: []Match{{Command: in("group")}, {Command: notIn("group")}}}, []string{
			`any[0].command.in[0] | in: "group" is not governed, so that nobody asks for one; add it to govern`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, problems, warnings := Compile(rules(Rule{Name: "r", Match: &tt.match, Action: Refuse}))
			if problems != nil {
				t.Errorf("problems %q", problems)
			}
			var got []string
			for _, w := range warnings {
				_, rest, _ := w.Path.InRule()
				w.Rule = ""
				got = append(got, rest[1:].String()+" | "+w.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// An item that holds what is invisible reads like one that matches.
func TestMatchInvisible(t *testing.T) {
	const tail = "; write it anew"
	runProblems(t, []problemCase{{"everywhere", Match{
		Operator: in("ad\u200Bmin", "a\x00b", "tab\t"), Platform: in("RESTAPI\uFEFF"), Type: notIn("Comm\u00ADunity"), App: in("14\u206000000000"),
	}, []string{
		`app.in[0] | in: "14\u206000000000" holds a character that is invisible, U+2060` + tail,
		`type.not_in[0] | not_in: "Comm\u00adunity" holds a character that is invisible, U+00AD` + tail,
		`platform.in[0] | in: "RESTAPI\ufeff" holds a character that is invisible, U+FEFF` + tail,
		`operator.in[0] | in: "ad\u200bmin" holds a character that is invisible, U+200B` + tail,
		`operator.in[1] | in: "a\x00b" holds a character that is invisible, U+0000` + tail,
		`operator.in[2] | in: "tab\t" holds a character that is invisible, U+0009` + tail,
	}}})
}
