package chatapi

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// A Kind is what a code of Chat's means to a caller.
type Kind int

// The kinds of codes.
const (
	Other        Kind = iota // none that is known
	Again                    // Chat failed inside; the same call may be well the next time
	TooOften                 // too many calls a second
	NotPermitted             // the account may not do it
	Gone                     // what it is about is not there: the topic, or its community
	Signature                // the UserSig does not hold
	Parameter                // Chat does not take what was sent
	NoTopics                 // the app's plan has no topics
	Common                   // refused before the command was looked at
)

// kindOf are the codes that are known, the first range that holds one counting
// (https://trtc.io/document/34348 and the pages of the commands).
var kindOf = [...]struct {
	from, to int
	kind     Kind
}{
	{10002, 10002, Again},
	{10004, 10004, Parameter},
	{10006, 10006, TooOften},
	{10007, 10007, NotPermitted},
	{10008, 10008, Signature},
	{10010, 10010, Gone},
	{10015, 10015, Gone},
	{11000, 11000, NoTopics},
	{110003, 110003, Gone},
	{70001, 70020, Signature},
	{60000, 79999, Common},
}

// kinds are what people are told of each kind, and when to ask again: the waits before each further try.
var kinds = [...]struct {
	sentence string
	again    []time.Duration
}{
	Other:        {"Chat refuses; look the code up in Chat's list of error codes (https://trtc.io/document/34348)", nil},
	Again:        {"Chat failed inside; try again later", []time.Duration{200 * time.Millisecond, 400 * time.Millisecond}},
	TooOften:     {"more calls a second than Chat takes; lower the rate, or wait until nobody else calls for this app", []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}},
	NotPermitted: {"the account may not do this; let CHAT_ADMIN name an administrator of the app", nil},
	Gone:         {"the topic or its community is not there (any more); nothing is left to do", nil},
	Signature:    {"the UserSig does not hold; compare CHAT_SECRET_KEY, CHAT_ADMIN and the SDKAppID with Chat's console, CHAT_API_URL with the app's region, and this machine's clock with the time", nil},
	Parameter:    {"Chat does not take what was sent; see whether the ids are whole, and a new name not too long (30 bytes in some apps)", nil},
	NoTopics:     {"the app's plan has no topics, or they are not switched on; see Feature Configuration, Group Configuration, Community in Chat's console", nil},
	Common:       {"Chat refuses before it looks at the command; look the code up in Chat's list of error codes (https://trtc.io/document/34348)", nil},
}

// An Error is a refusal of Chat's: of a whole call, or of one of its items.
type Error struct {
	Command string // such as get_topic
	Code    int    // Chat's ErrorCode, never 0
	Info    string // Chat's ErrorInfo, cut and without what must not be shown
}

// Kind is what the code means.
func (e *Error) Kind() Kind {
	for _, k := range kindOf {
		if k.from <= e.Code && e.Code <= k.to {
			return k.kind
		}
	}
	return Other
}

// Error says what Chat said and what to do about it.
func (e *Error) Error() string {
	info := ""
	if e.Info != "" {
		info = fmt.Sprintf(" (%q)", e.Info)
	}
	return fmt.Sprintf("%s: code %d%s: %s", e.Command, e.Code, info, kinds[e.Kind()].sentence)
}

// said is an error that says already what an operator needs, and nothing that must be kept from them.
type said string

func (s said) Error() string { return string(s) }

// maxShown bounds what is shown of a text that is not ours, in bytes.
const maxShown = 300

// printable is text of somebody else's as one line.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, text)
}

// cut is text of bounded length.
func cut(text string) string { return strings.ToValidUTF8(text[:min(len(text), maxShown)], "") }
