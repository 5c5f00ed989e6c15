package chat

import (
	"slices"
	"strings"
)

// A Command is the name of a callback, as Chat writes it: exact case.
type Command string

// The commands that topicgate knows. Chat's console has one switch for both.
const (
	BeforeCreateTopic Command = "Group.CallbackBeforeCreateTopic"
	BeforeCreateGroup Command = "Group.CallbackBeforeCreateGroup"
)

// A Row is what there is to know of one command.
type Row struct {
	Command Command
	Subject string // what it is about, as policies call it
	Before  bool   // it asks for permission, and its answer decides; else it tells what was done
	// Needs are the fields of the body without which nothing can be decided. Each is a
	// string.
	Needs []string
}

// Commands is the table, in the order in which people are told of its subjects.
var Commands = [...]Row{
	{BeforeCreateTopic, "topic", true, []string{fieldOperator, fieldName}},
	{BeforeCreateGroup, "group", true, []string{fieldOperator, fieldName}},
}

// others are the commands of Chat's that nothing is decided about, as its documentation
// and its SDKs name them. Counts tell them apart; one that is missing here counts as other.
var others = [...]Command{
	"Group.CallbackAfterCreateTopic", "Group.CallbackAfterTopicInfoChanged", "Group.CallbackAfterTopicDestroyed",
	"Group.CallbackAfterCreateGroup", "Group.CallbackAfterGroupInfoChanged", "Group.CallbackAfterGroupDestroyed", "Group.CallbackAfterGroupFull",
	"Group.CallbackBeforeApplyJoinGroup", "Group.CallbackBeforeInviteJoinGroup", "Group.CallbackAfterNewMemberJoin", "Group.CallbackAfterMemberExit",
	"Group.CallbackBeforeSendMsg", "Group.CallbackAfterSendMsg", "Group.CallbackAfterRecallMsg",
	"C2C.CallbackBeforeSendMsg", "C2C.CallbackAfterSendMsg", "C2C.CallbackAfterMsgWithDraw",
	"Sns.CallbackPrevFriendAdd", "Sns.CallbackPrevFriendResponse", "Sns.CallbackFriendAdd", "Sns.CallbackFriendDelete",
	"Sns.CallbackBlackListAdd", "Sns.CallbackBlackListDelete", "State.StateChange",
}

// Counted is what a command is counted as: its own name when it is one of Chat's, else
// "other", or "none". A caller cannot make up any more.
func (c Command) Counted() string {
	switch {
	case c == "":
		return "none"
	case c.Subject() != "" || slices.Contains(others[:], c):
		return string(c)
	}
	return "other"
}

// maxCommand is longer than any command of Chat's, in bytes.
const maxCommand = 60

// Word is a command as it may be shown and logged, however little it is one of Chat's:
// letters, digits and dots, not many. It is "" for anything else that a caller wrote.
func (c Command) Word() string {
	const inWords = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789."
	if len(c) > maxCommand || strings.Trim(string(c), inWords) != "" {
		return ""
	}
	return string(c)
}

// Subject is what a command is about, or "" for a command that is not in the table.
func (c Command) Subject() string {
	for i := range Commands {
		if Commands[i].Command == c {
			return Commands[i].Subject
		}
	}
	return ""
}

// Creates is the command that asks for permission to create a subject, or "".
func Creates(subject string) Command {
	for i := range Commands {
		if Commands[i].Subject == subject && Commands[i].Before {
			return Commands[i].Command
		}
	}
	return ""
}
