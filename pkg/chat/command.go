package chat

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
