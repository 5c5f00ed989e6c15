package chat

import (
	"slices"
	"strings"
)

// A Command is the name of a callback, as Chat writes it: exact case.
type Command string

// The commands that topicgate knows. Chat's console has one switch for those of topics and
// of groups each time.
const (
	BeforeCreateTopic     Command = "Group.CallbackBeforeCreateTopic"
	BeforeCreateGroup     Command = "Group.CallbackBeforeCreateGroup"
	AfterCreateTopic      Command = "Group.CallbackAfterCreateTopic"
	AfterCreateGroup      Command = "Group.CallbackAfterCreateGroup"
	AfterTopicInfoChanged Command = "Group.CallbackAfterTopicInfoChanged"
	AfterGroupInfoChanged Command = "Group.CallbackAfterGroupInfoChanged"
)

// An Event is what was done, as after-callbacks tell: Chat ignores their answers.
type Event string

// The events. Of a rename Chat does not ask before.
const (
	Created Event = "created"
	Renamed Event = "renamed"
)

// A Row is what there is to know of one command.
type Row struct {
	Command Command
	Subject string // what it is about, as policies call it
	// After is what it tells of; "" of one that asks before, and whose answer decides.
	After Event
	// Needs are the fields of the body without which nothing can be decided. Each is a
	// string.
	Needs []string
}

// Commands is the table, in the order in which people are told of its subjects. A profile
// may change without a new name, which is no rename then; that of a topic says in which
// community it is, and not which topic.
//
// https://www.tencentcloud.com/document/product/1047/49465
var Commands = [...]Row{
	{BeforeCreateTopic, "topic", "", []string{fieldOperator, fieldName}},
	{BeforeCreateGroup, "group", "", []string{fieldOperator, fieldName}},
	{AfterCreateTopic, "topic", Created, []string{fieldGroup, fieldTopic, fieldOperator, fieldName}},
	{AfterCreateGroup, "group", Created, []string{fieldGroup, fieldOperator, fieldName}},
	{AfterTopicInfoChanged, "topic", Renamed, []string{fieldGroup, fieldOperator, fieldName}},
	{AfterGroupInfoChanged, "group", Renamed, []string{fieldGroup, fieldOperator, fieldName}},
}

// others are the commands of Chat's that nothing is decided about, as its documentation
// and its SDKs name them. Counts tell them apart; one that is missing here counts as other.
var others = [...]Command{
	"Group.CallbackAfterTopicDestroyed", "Group.CallbackAfterGroupDestroyed", "Group.CallbackAfterGroupFull",
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
	case c.row() != nil || slices.Contains(others[:], c):
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

// row is that of the table, or nil.
func (c Command) row() *Row {
	for i := range Commands {
		if Commands[i].Command == c {
			return &Commands[i]
		}
	}
	return nil
}

// Known reports whether a command is in the table.
func (c Command) Known() bool { return c.row() != nil }

// Subject is what a command asks for permission to create, or "" for one that does not ask.
func (c Command) Subject() string {
	if row := c.row(); row != nil && row.After == "" {
		return row.Subject
	}
	return ""
}

// Tells is what a command tells that was done, and to what; "" for one that does not tell.
func (c Command) Tells() (event Event, subject string) {
	if row := c.row(); row != nil && row.After != "" {
		return row.After, row.Subject
	}
	return "", ""
}

// Creates is the command that asks for permission to create a subject, or "".
func Creates(subject string) Command { return about("", subject) }

// Telling is the command that tells what was done to a subject, or "".
func Telling(event Event, subject string) Command { return about(event, subject) }

func about(after Event, subject string) Command {
	for i := range Commands {
		if Commands[i].After == after && Commands[i].Subject == subject {
			return Commands[i].Command
		}
	}
	return ""
}
