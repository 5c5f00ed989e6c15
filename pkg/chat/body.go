package chat

import (
	"errors"
	"fmt"

	"topicgate/pkg/rawjson"
)

// The fields of a body that topicgate reads.
const (
	fieldCommand  = "CallbackCommand"
	fieldOperator = "Operator_Account"
	fieldType     = "Type"
	fieldName     = "Name"
)

// A Body is what topicgate reads of a callback's JSON body: the fields that the
// governed commands share. The others, and whatever a newer Chat adds, are passed over.
type Body struct {
	Command  Command // CallbackCommand; "" when absent
	Operator string  // Operator_Account: the UserID that asks
	Type     string  // Type: Community for topics, Public, ChatRoom, … for groups
	Name     string  // Name: what the topic or group is to be called

	operator, name written
}

// written says how a field was: absent, something else than a string, or a string.
type written int

const (
	absent written = iota
	notText
	isText
)

// ErrUnreadable is what ParseBody's errors wrap: the body is not one JSON object.
var ErrUnreadable = errors.New("the body is not a JSON object")

// ParseBody reads a callback's body. Keys compare with exact case and, as
// everywhere in JSON as Go reads it, the last of two equal keys counts. The error
// says that the body cannot be read at all; whether the fields that a decision
// needs are there, Body.Problem says.
func ParseBody(data []byte) (Body, error) {
	var b Body
	err := rawjson.Members(data, func(key, value []byte) {
		switch string(key) {
		case fieldCommand:
			command, _ := rawjson.Text(value)
			b.Command = Command(command)
		case fieldType:
			b.Type, _ = rawjson.Text(value)
		case fieldOperator:
			b.Operator, b.operator = read(value)
		case fieldName:
			b.Name, b.name = read(value)
		}
	})
	if err != nil {
		return Body{}, ErrUnreadable
	}
	return b, nil
}

func read(value []byte) (string, written) {
	text, ok := rawjson.Text(value)
	if !ok {
		return "", notText
	}
	return text, isText
}

// Problem says which fields that a decision on a command needs are missing or not a
// string, or is nil.
func (b *Body) Problem(c Command) error {
	var problems []error
	for _, row := range Commands {
		if row.Command != c {
			continue
		}
		for _, field := range row.Needs {
			if problem := b.problem(field); problem != nil {
				problems = append(problems, problem)
			}
		}
	}
	return errors.Join(problems...)
}

func (b *Body) problem(field string) error {
	state := b.name
	if field == fieldOperator {
		state = b.operator
	}
	switch state {
	case absent:
		return fmt.Errorf("%s is missing", field)
	case notText:
		return fmt.Errorf("%s is not a string", field)
	}
	return nil
}
