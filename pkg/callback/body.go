package callback

import (
	"errors"
	"fmt"

	"topicgate/pkg/rawjson"
)

// A Body is what topicgate reads of a callback's JSON body: the fields that the
// two governed commands share. The others, and whatever a newer Chat adds, are
// passed over.
type Body struct {
	Command  Command // CallbackCommand; "" when absent
	Operator string  // Operator_Account: the UserID that asks
	Type     string  // Type: Community for topics, Public, ChatRoom, … for groups
	Name     string  // Name: what the topic or group is to be called

	problem error
}

// ErrUnreadable is what ParseBody's errors wrap: the body is not one JSON object.
var ErrUnreadable = errors.New("the body is not a JSON object")

// ParseBody reads a callback's body. Keys compare with exact case and, as
// everywhere in JSON as Go reads it, the last of two equal keys counts. The error
// says that the body cannot be read at all; whether the fields that a decision
// needs are there, Body.Problem says.
func ParseBody(data []byte) (Body, error) {
	var b Body
	operator, name := field{key: "Operator_Account"}, field{key: "Name"}
	err := rawjson.Members(data, func(key, value []byte) {
		switch string(key) {
		case "CallbackCommand":
			b.Command = command(value)
		case "Type":
			b.Type = typeName(value)
		case operator.key:
			operator.read(value)
		case name.key:
			name.read(value)
		}
	})
	if err != nil {
		return Body{}, ErrUnreadable
	}
	b.Operator, b.Name = operator.text, name.text
	if !operator.isText || !name.isText {
		b.problem = errors.Join(operator.problem(), name.problem())
	}
	return b, nil
}

// Problem says which field that a decision needs is missing or not a string, or
// nil. A body of another command usually has one.
func (b *Body) Problem() error { return b.problem }

// command reads a command's name; those that topicgate knows cost no allocation.
func command(value []byte) Command {
	for _, known := range [...]Command{BeforeCreateTopic, BeforeCreateGroup} {
		if len(value) == len(known)+2 && string(value[1:len(value)-1]) == string(known) {
			return known
		}
	}
	text, _ := rawjson.Text(value)
	return Command(text)
}

// typeName reads a type; the only one that topics have costs no allocation.
func typeName(value []byte) string {
	if string(value) == `"Community"` {
		return "Community"
	}
	text, _ := rawjson.Text(value)
	return text
}

// A field is one that a decision needs.
type field struct {
	key             string
	present, isText bool
	text            string
}

func (f *field) read(value []byte) {
	f.present = true
	f.text, f.isText = rawjson.Text(value)
}

func (f *field) problem() error {
	switch {
	case f.isText:
		return nil
	case f.present:
		return fmt.Errorf("%s is not a string", f.key)
	}
	return fmt.Errorf("%s is missing", f.key)
}
