package policy

import "testing"

func in(values ...string) *OneOf    { return &OneOf{In: values} }
func notIn(values ...string) *OneOf { return &OneOf{NotIn: values} }

var oneOfFixtures = fixturesOf([]fixture{
	{"command in", Match{Command: in("topic")}, Creation{Subject: Topic}, true, "topic"},
	{"command in, another case", Match{Command: in("Group", "TOPIC")}, Creation{Subject: Group}, true, "group"},
	{"command not in the list", Match{Command: in("topic")}, Creation{Subject: Group}, false, ""},
	{"command not_in", Match{Command: notIn("topic")}, Creation{Subject: Group}, true, "group"},
	{"command not_in, but it is", Match{Command: notIn("topic", "group")}, Creation{Subject: Group}, false, ""},

	{"app in", Match{App: in("1400000001", "1400000000")}, Creation{App: "1400000000"}, true, "1400000000"},
	{"app is a string", Match{App: in("1400000000")}, Creation{App: "01400000000"}, false, ""},
	{"app not_in", Match{App: notIn("1400000001")}, Creation{App: "1400000000"}, true, "1400000000"},
	{"app not_in, but it is", Match{App: notIn("1400000000")}, Creation{App: "1400000000"}, false, ""},

	{"type in", Match{Type: in("Community")}, Creation{Type: "Community"}, true, "Community"},
	{"type in, another case", Match{Type: in("community")}, Creation{Type: "COMMUNITY"}, true, "community"},
	{"type not in the list", Match{Type: in("Public", "ChatRoom")}, Creation{Type: "Community"}, false, ""},
	{"a part is not the type", Match{Type: in("Chat", "ChatRooms")}, Creation{Type: "ChatRoom"}, false, ""},
	{"type not_in", Match{Type: notIn("Public")}, Creation{Type: "AVChatRoom"}, true, "AVChatRoom"},
	{"type not_in, but it is", Match{Type: notIn("avchatroom")}, Creation{Type: "AVChatRoom"}, false, ""},

	{"platform in", Match{Platform: in("RESTAPI")}, Creation{Platform: "RESTAPI"}, true, "RESTAPI"},
	{"platform in, another case", Match{Platform: in("ios", "ipad")}, Creation{Platform: "IPad"}, true, "ipad"},
	{"Mac is macOS", Match{Platform: in("Mac")}, Creation{Platform: "macOS"}, true, "Mac"},
	{"macOS is Mac", Match{Platform: in("MACOS")}, Creation{Platform: "mac"}, true, "MACOS"},
	{"Mac is no Machine", Match{Platform: in("Mac")}, Creation{Platform: "Machine"}, false, ""},
	{"a misspelling is another", Match{Platform: in("Android")}, Creation{Platform: "Andro1d"}, false, ""},
	{"a platform that nobody knew", Match{Platform: in("Web")}, Creation{Platform: "Harmony"}, false, ""},
	{"platform not_in", Match{Platform: notIn("RESTAPI")}, Creation{Platform: "Harmony"}, true, "Harmony"},
	{"platform not_in, but it is", Match{Platform: notIn("macOS")}, Creation{Platform: "Mac"}, false, ""},
	{"an absent value is in no list", Match{Platform: in("RESTAPI")}, Creation{}, false, ""},
	{"an absent value is outside every list", Match{Platform: notIn("RESTAPI")}, Creation{}, true, ""},

	{"in and not_in", Match{Type: &OneOf{In: []string{"Public", "Work"}, NotIn: []string{"Work"}}}, Creation{Type: "Public"}, true, "Public; Public"},
	{"in and not_in, in both", Match{Type: &OneOf{In: []string{"Public", "Work"}, NotIn: []string{"Work"}}}, Creation{Type: "Work"}, false, ""},
	// A list file may be empty, and filled later: nothing is in it.
	{"in an empty list", Match{Platform: &OneOf{In: []string{}}}, Creation{Platform: "Web"}, false, ""},
	{"not_in an empty list", Match{Platform: &OneOf{NotIn: []string{}}}, Creation{Platform: "Web"}, true, "Web"},
})

func TestMatchOneOf(t *testing.T) { runFixtures(t, oneOfFixtures) }

func TestMatchOneOfProblems(t *testing.T) {
	runProblems(t, []problemCase{
		{"no condition", Match{Command: &OneOf{}, App: &OneOf{}, Type: &OneOf{}, Platform: &OneOf{}, Operator: &OneOf{}, ClientIP: &OneOf{}}, []string{
			"command | command: has no condition; write in or not_in",
			"app | app: has no condition; write in or not_in",
			"type | type: has no condition; write in or not_in",
			"platform | platform: has no condition; write in or not_in",
			"operator | operator: has no condition; write in or not_in",
			"client_ip | client_ip: has no condition; write in or not_in",
		}},
		{"unknown commands", Match{Command: &OneOf{In: []string{"topic", "Topics"}, NotIn: []string{""}}}, []string{
			`command.in[1] | in[1]: "topics" is not one of topic, group`,
			`command.not_in[0] | not_in[0]: "" is not one of topic, group`,
		}},
	})
}

// The caller's lists stay as they are: the digest is of what was written.
func TestMatchOneOfKeepsTheList(t *testing.T) {
	m := Match{Command: in("TOPIC")}
	mustCompile(t, rules(Rule{Name: "r", Match: &m, Action: Refuse}))
	if got, want := m.Command.In[0], "TOPIC"; got != want {
		t.Errorf("after Compile the list has %q, want %q", got, want)
	}
}
