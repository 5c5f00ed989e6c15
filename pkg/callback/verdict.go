package callback

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// The error codes that Chat knows. Any other has no documented effect.
const (
	CodeAllowed   = 0     // created
	CodeRefused   = 1     // refused; the caller gets 10016, and ErrorInfo may not reach it
	CodeCustomMin = 10100 // from here to CodeCustomMax: refused, and the caller
	CodeCustomMax = 10200 // gets this very code and ErrorInfo
)

// MaxErrorInfo is the longest ErrorInfo that is sent, in bytes of UTF-8.
const MaxErrorInfo = 256

// A Verdict is what Chat is told. Its zero value allows.
type Verdict struct {
	Code    int    // 0, 1, or 10100 to 10200
	Message string // ErrorInfo: what the user may see
}

// Allowed lets the creation go ahead.
func Allowed() Verdict { return Verdict{} }

// Refused stops the creation. The message is cut at MaxErrorInfo bytes, on a
// character. What is not UTF-8 in it is replaced before, as JSON would do after:
// three bytes for one.
func Refused(code int, message string) Verdict {
	return Verdict{Code: code, Message: Cut(strings.ToValidUTF8(message, "\uFFFD"), MaxErrorInfo)}
}

// Allows reports whether the creation goes ahead.
func (v Verdict) Allows() bool { return v.Code == CodeAllowed }

// Word is the verdict as logs, metrics and tools call it: allow or refuse.
func (v Verdict) Word() string {
	if v.Allows() {
		return "allow"
	}
	return "refuse"
}

// The answers without a message are constants: most answers are one of them.
const (
	allowedJSON  = `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`
	refusedJSON  = `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":1}`
	noAnswerJSON = `{"ActionStatus":"FAIL","ErrorInfo":"","ErrorCode":0}`
	failureJSON  = `{"ActionStatus":"FAIL","ErrorInfo":"","ErrorCode":1}`
)

// JSON is the verdict as Chat reads it. ActionStatus is OK for a refusal too: it
// says that the callback was handled. All three fields are always there.
func (v Verdict) JSON() string {
	switch v {
	case Verdict{Code: CodeAllowed}:
		return allowedJSON
	case Verdict{Code: CodeRefused}:
		return refusedJSON
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // the message is shown in a chat client, not in a page
	_ = e.Encode(struct {  // strings and numbers cannot fail to encode
		ActionStatus string
		ErrorInfo    string
		ErrorCode    int
	}{"OK", v.Message, v.Code})
	return string(bytes.TrimRight(b.Bytes(), "\n"))
}

// FailureJSON answers what is not a callback at all, such as a GET. No verdict of
// ours says FAIL: what Chat makes of it is undocumented.
func FailureJSON() string { return failureJSON }

// NoAnswerJSON goes with a status that says that there is no answer: should anybody
// read it all the same, it refuses nothing.
func NoAnswerJSON() string { return noAnswerJSON }

// Cut shortens s to at most limit bytes, never inside a character.
func Cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
