package chat

import (
	"errors"

	"topicgate/pkg/rawjson"
)

// The fields of a body that topicgate reads.
const (
	fieldCommand  = "CallbackCommand"
	fieldOperator = "Operator_Account"
	fieldType     = "Type"
	fieldName     = "Name"
	fieldGroup    = "GroupId"
	fieldTopic    = "TopicId"
)

// A Body is what topicgate reads of a callback's JSON body: the fields that the
// governed commands share. The others, and whatever a newer Chat adds, are passed over.
type Body struct {
	Command  Command // CallbackCommand; "" when absent
	Operator string  // Operator_Account: the UserID that asks
	Type     string  // Type: Community for topics, Public, ChatRoom, … for groups
	Name     string  // Name: what the topic or group is to be called

	operator, name string // what is wrong with the field, or ""
}

// missing is what is wrong with a field that is not there.
const missing = "is missing"

// ErrUnreadable is what ParseBody's errors wrap: the body is not one JSON object.
var ErrUnreadable = errors.New("the body is not a JSON object")

// ParseBody reads a callback's body. Keys compare with exact case and, as
// everywhere in JSON as Go reads it, the last of two equal keys counts. The error
// says that the body cannot be read at all; whether the fields that a decision
// needs are there, Body.Problem says.
func ParseBody(data []byte) (Body, error) {
	b := Body{operator: missing, name: missing}
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

func read(value []byte) (text, problem string) {
	text, ok := rawjson.Text(value)
	if !ok {
		return "", "is not a string"
	}
	return text, ""
}

// Problem says which fields that a decision on a command needs are missing or not a
// string, or is nil.
func (b *Body) Problem(c Command) error { return problem(c, b.wrong) }

// wrong is what is wrong with a field, or "".
func (b *Body) wrong(field string) string {
	switch field {
	case fieldOperator:
		return b.operator
	case fieldName:
		return b.name
	}
	return ""
}

// problem is what is wrong with the fields that a command needs.
func problem(c Command, wrong func(field string) string) error {
	row := c.row()
	if row == nil {
		return nil
	}
	var problems []error
	for _, field := range row.Needs {
		if what := wrong(field); what != "" {
			problems = append(problems, errors.New(field+" "+what))
		}
	}
	return errors.Join(problems...)
}
