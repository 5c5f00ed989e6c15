package callback

import (
	"encoding/json"
	"errors"
	"fmt"
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
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return Body{}, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	if fields == nil { // the body was null
		return Body{}, ErrUnreadable
	}
	var b Body
	if command, ok := text(fields["CallbackCommand"]); ok {
		b.Command = Command(command)
	}
	b.Type, _ = text(fields["Type"])
	b.Operator = b.required(fields, "Operator_Account")
	b.Name = b.required(fields, "Name")
	return b, nil
}

// Problem says which field that a decision needs is missing or not a string, or
// nil. A body of another command usually has one.
func (b *Body) Problem() error { return b.problem }

func (b *Body) required(fields map[string]json.RawMessage, key string) string {
	raw, present := fields[key]
	value, ok := text(raw)
	switch {
	case ok:
	case present:
		b.problem = errors.Join(b.problem, fmt.Errorf("%s is not a string", key))
	default:
		b.problem = errors.Join(b.problem, fmt.Errorf("%s is missing", key))
	}
	return value
}

func text(raw json.RawMessage) (string, bool) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err == nil
}
