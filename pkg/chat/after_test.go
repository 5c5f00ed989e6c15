package chat_test

import (
	"errors"
	"strings"
	"testing"

	"topicgate/pkg/chat"
)

const (
	createdBody = `{"CallbackCommand":"Group.CallbackAfterCreateTopic","GroupId":"@TGS#_@TGS#cQVLVHIM62CJ","TopicId":"@TGS#_@TGS#cQVLVHIM62CJ@TOPIC#_TestTopic","Operator_Account":"leckie","Owner_Account":"bob","Type":"Community","Name":"n","UserDefinedDataList":[{"Key":"TopicId","Value":"x"}]}`
	changedBody = `{"CallbackCommand":"Group.CallbackAfterTopicInfoChanged","GroupId":"@TGS#_@TGS#cQVLVHIM62CJ","Type":"Community","Operator_Account":"leckie","Name":"n","Notification":"x"}`
)

func TestParseAfter(t *testing.T) {
	const community, topic = "@TGS#_@TGS#cQVLVHIM62CJ", "@TGS#_@TGS#cQVLVHIM62CJ@TOPIC#_TestTopic"
	tests := []struct {
		name, body   string
		command      chat.Command
		group, topic string
		names        bool
		problem      string
	}{
		{"created", createdBody, chat.AfterCreateTopic, community, topic, true, ""},
		{"created, a group", createdBody, chat.AfterCreateGroup, community, topic, true, ""},
		{"renamed", changedBody, chat.AfterTopicInfoChanged, community, "", true, ""},
		{"another change", strings.Replace(changedBody, `"Name":"n",`, "", 1), chat.AfterTopicInfoChanged, community, "", false, "Name is missing"},
		{"a name that is none", strings.Replace(changedBody, `"n"`, "7", 1), chat.AfterTopicInfoChanged, community, "", true, "Name is not a string"},
		{"nothing", "{}", chat.AfterCreateTopic, "", "", false, "GroupId is missing\nTopicId is missing\nOperator_Account is missing\nName is missing"},
		{"no ids", `{"GroupId":"","TopicId":7,"Operator_Account":"o","Name":"n"}`, chat.AfterCreateTopic, "", "", true, "GroupId is no id\nTopicId is not a string"},
		{"an id with a line end", `{"GroupId":"a\nb","TopicId":"a b","Operator_Account":"o","Name":"n"}`, chat.AfterCreateTopic, "", "", true, "GroupId is no id\nTopicId is no id"},
		{"a long id", `{"GroupId":"` + strings.Repeat("x", 129) + `","Operator_Account":"o","Name":"n"}`, chat.AfterCreateGroup, "", "", true, "GroupId is no id"},
		{"the last of two counts", `{"GroupId":"a","TopicId":"t","TopicId":"u","GroupId":"b","Operator_Account":"o","Name":"n"}`, chat.AfterCreateTopic, "b", "u", true, ""},
		{"keys in another case", `{"groupid":"a","TOPICID":"t","Operator_Account":"o","Name":"n"}`, chat.AfterCreateTopic, "", "", true, "GroupId is missing\nTopicId is missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := chat.ParseAfter([]byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if a.GroupID != tt.group || a.TopicID != tt.topic || a.Names() != tt.names {
				t.Errorf("got %q %q %v, want %q %q %v", a.GroupID, a.TopicID, a.Names(), tt.group, tt.topic, tt.names)
			}
			problem := ""
			if err := a.Problem(tt.command); err != nil {
				problem = err.Error()
			}
			if problem != tt.problem {
				t.Errorf("problem %q, want %q", problem, tt.problem)
			}
		})
	}
	if a, err := chat.ParseAfter([]byte("[]")); !errors.Is(err, chat.ErrUnreadable) || a != (chat.After{}) {
		t.Errorf("an array: %+v, %v", a, err)
	}
}

// TestCommands: every row asks before or tells after, and no two are the same.
func TestCommands(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range chat.Commands {
		event, subject := row.Command.Tells()
		key := row.Subject + string(row.After)
		if seen[key] {
			t.Errorf("two rows of %s", key)
		}
		seen[key] = true
		if !row.Command.Known() || row.Command.Counted() != string(row.Command) {
			t.Errorf("%s is not known", row.Command)
		}
		switch row.After {
		case "":
			if event != "" || row.Command.Subject() != row.Subject || chat.Creates(row.Subject) != row.Command {
				t.Errorf("%s does not ask for a %s", row.Command, row.Subject)
			}
		default:
			if event != row.After || subject != row.Subject || row.Command.Subject() != "" || chat.Telling(event, subject) != row.Command {
				t.Errorf("%s does not tell of a %s that was %s", row.Command, row.Subject, row.After)
			}
		}
	}
	if chat.Creates("message") != "" || chat.Telling(chat.Created, "message") != "" || chat.Command("State.StateChange").Known() {
		t.Error("what is not in the table is known")
	}
}
