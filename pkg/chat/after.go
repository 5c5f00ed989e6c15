package chat

import (
	"strings"

	"topicgate/pkg/rawjson"
)

// An After is what topicgate reads of the body of a callback that tells what was done.
type After struct {
	Body
	GroupID string // of the community, or of the group itself
	TopicID string // "" where the callback names none

	group, topic string // what is wrong with the field, or ""
}

// maxID is longer than any id of Chat's, in bytes.
const maxID = 128

// ParseAfter reads such a body as ParseBody does, and where it was done.
func ParseAfter(data []byte) (After, error) {
	body, err := ParseBody(data)
	if err != nil {
		return After{}, err
	}
	a := After{Body: body, group: missing, topic: missing}
	err = rawjson.Members(data, func(key, value []byte) {
		switch string(key) {
		case fieldGroup:
			a.GroupID, a.group = readID(value)
		case fieldTopic:
			a.TopicID, a.topic = readID(value)
		}
	})
	if err != nil {
		return After{}, ErrUnreadable
	}
	return a, nil
}

// readID reads an id, which goes into requests to Chat: what cannot be one is none.
func readID(value []byte) (id, problem string) {
	id, problem = read(value)
	switch {
	case problem != "":
		return "", problem
	case id == "" || len(id) > maxID || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", "is no id"
	}
	return id, ""
}

// Names reports whether there is a name: a profile may change without one.
func (a *After) Names() bool { return a.name != missing }

// Problem is Body's, of all fields that a command needs.
func (a *After) Problem(c Command) error {
	return problem(c, func(field string) string {
		switch field {
		case fieldGroup:
			return a.group
		case fieldTopic:
			return a.topic
		}
		return a.wrong(field)
	})
}
