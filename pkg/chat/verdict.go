package chat

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxErrorInfo is the longest ErrorInfo that is sent, in bytes of UTF-8.
const MaxErrorInfo = 256

// A Verdict is what Chat is told. Its zero value allows.
type Verdict struct {
	Code    int    // 0 allows; the policy says which others there are
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
func (v Verdict) Allows() bool { return v.Code == 0 }

// Word is the verdict as logs, metrics and tools call it: allow or refuse.
func (v Verdict) Word() string {
	if v.Allows() {
		return "allow"
	}
	return "refuse"
}

// JSON is the verdict as Chat reads it. ActionStatus is OK for a refusal too: it
// says that the callback was handled. All three fields are always there.
func (v Verdict) JSON() string { return answer("OK", v.Message, v.Code) }

func answer(status, info string, code int) string {
	text := `""`
	if info != "" {
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false) // the message is shown in a chat client, not in a page
		_ = e.Encode(info)     // a text cannot fail to encode
		text = strings.TrimSuffix(b.String(), "\n")
	}
	return `{"ActionStatus":"` + status + `","ErrorInfo":` + text + `,"ErrorCode":` + strconv.Itoa(code) + `}`
}

// FailureJSON answers what is not a callback at all, such as a GET or a timer's event, and
// says so: a person may read it. No verdict of ours says FAIL: what Chat makes of it is undocumented.
func FailureJSON() string { return answer("FAIL", "callbacks are POSTs", 1) }

// NoAnswerJSON goes with a status that says that there is no answer: should anybody
// read it all the same, it refuses nothing.
func NoAnswerJSON() string { return answer("FAIL", "", 0) }

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
