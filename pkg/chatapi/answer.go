package chatapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// maxAnswer is the longest answer that is read, in bytes. The longest that is expected has 10,000 ids of communities, or
// all topics of one, of which nobody documents how many there may be.
const maxAnswer = 8 << 20

// An answer is what any of the commands may answer. Members that are unknown are ignored.
type answer struct {
	ErrorCode number
	ErrorInfo text

	TopicAndSelfInfo []struct {
		ErrorCode number
		ErrorInfo text
		TopicInfo struct {
			TopicID       text `json:"TopicId"`
			TopicName     told
			ShutUpAllFlag text
			CreateTime    number
		}
	}
	DestroyResultItem []struct {
		TopicID   text `json:"TopicId"`
		ErrorCode number
		ErrorInfo text
	}
	GroupIDList []struct {
		GroupID text `json:"GroupId"`
	} `json:"GroupIdList"`
	TotalCount number
	Next       text // as it is: what cannot be used must not look like the end

	sig string // what it answers to was signed by: its texts may repeat it
}

const (
	errEmpty   = said("the answer is empty; try again, and see whether a proxy is in the way")
	errHTML    = said("the answer is a web page and not Chat's; see whether CHAT_API_URL is that of the app's region, and whether a proxy is in the way")
	errNotJSON = said("the answer is no whole JSON object, or not of the form that Chat documents; try again, and see whether CHAT_API_URL is that of the app's region")
	errNoCode  = said("the answer has no ErrorCode, so that nobody knows whether it is well; see whether CHAT_API_URL is that of the app's region")
)

// parse reads the body of an answer. What Chat refused is no error yet.
func parse(body []byte) (*answer, error) {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	switch {
	case len(body) == 0:
		return nil, errEmpty
	case body[0] == '<':
		return nil, errHTML
	case body[0] != '{':
		return nil, errNotJSON
	}
	var a answer
	err := json.Unmarshal(body, &a)
	code, found := a.ErrorCode.int()
	// A member of another form does not stop the reading of the others, and beside a refusal it does not matter.
	if wrong := (*json.UnmarshalTypeError)(nil); err != nil && (!errors.As(err, &wrong) || !found || code == 0) {
		return nil, errNotJSON
	}
	if !found {
		return nil, errNoCode
	}
	return &a, nil
}

// A text is a string, or a number as it is written; "" for anything else.
type text string

// UnmarshalJSON never fails: what cannot be used counts as missing.
func (t *text) UnmarshalJSON(value []byte) error {
	var s string
	if json.Unmarshal(value, &s) == nil {
		*t = text(s)
	} else if n := json.Number(""); json.Unmarshal(value, &n) == nil {
		*t = text(n)
	}
	return nil
}

// A told is a text of which "" is not what is missing.
type told struct {
	text
	there bool
}

// UnmarshalJSON never fails: what cannot be used counts as missing.
func (t *told) UnmarshalJSON(value []byte) error {
	_ = t.text.UnmarshalJSON(value) // which never fails
	t.there = t.text != "" || string(value) == `""`
	return nil
}

// A number is a whole number, or one in a string, by its digits; "" for anything else.
type number string

// UnmarshalJSON never fails: what cannot be used counts as missing.
func (n *number) UnmarshalJSON(value []byte) error {
	var t text
	_ = t.UnmarshalJSON(value) // which never fails
	digits := strings.TrimSpace(string(t))
	if _, err := strconv.ParseInt(digits, 10, 64); err == nil {
		*n = number(digits)
	} else if _, err := strconv.ParseUint(digits, 10, 64); err == nil {
		*n = number(digits)
	}
	return nil
}

// int is the number, and whether there is one that an int holds.
func (n number) int() (int, bool) {
	i, err := strconv.Atoi(string(n))
	return i, err == nil
}
