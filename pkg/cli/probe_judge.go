package cli

import (
	"fmt"
	"net/http"

	"topicgate/pkg/chat"
	"topicgate/pkg/policy"
)

// probeStale is how old the stale callback is: past chat.MaxSkew, with room for clocks
// that differ a little.
const probeStale = 2 * chat.MaxSkew

// A deployment is what the flags, or the configuration at hand, say of what is probed.
type deployment struct {
	want    string // what the rules make of the signed case: allow, refuse, or "" for either
	dryRun  bool
	onError string // allow or refuse
	relays  bool   // it may not be topicgate that answers other commands
	reviews bool   // it looks at what Chat tells afterwards
}

// An expectation is what a deployment that is right answers to one case.
type expectation string

const (
	wantVerdict expectation = "allowed, or a rule's code" // which one, the rules say
	wantAllowed expectation = "allowed"
	wantRefused expectation = "refused"
	wantBare    expectation = "refused 1"
	wantRelayed expectation = "relayed"
	want4xx     expectation = "HTTP 4xx" // 405, or what a front door that passes only POSTs says
)

// An exchange is one request that probe sends, and what came of it: a case.
type exchange struct {
	Name     string      `json:"case"`
	Expected expectation `json:"expected"`
	Actual   string      `json:"actual"`
	Status   int         `json:"status,omitempty"`
	Code     *int        `json:"code,omitempty"`
	Message  string      `json:"message,omitempty"`
	Millis   int64       `json:"ms"`
	OK       bool        `json:"ok"`

	method, url, body string
	signed            bool // without a token it would be another case
}

// notSent is what comes of a case that has to be signed, without a token.
const notSent = "not sent: no token"

// The names of those cases that advice is about.
const (
	caseSigned    = "signed"
	caseUnsigned  = "unsigned"
	caseMalformed = "malformed body"
	caseOther     = "other command"
	caseGET       = "GET"
)

// cases are the requests, and what is right for each. The signed one goes first: it
// meets the cold start, as Chat's would.
func (d *deployment) cases(cb callback) []exchange {
	decided, distrusted, unreadable, other := wantVerdict, wantBare, wantBare, wantAllowed
	switch d.want {
	case "allow":
		decided = wantAllowed
	case "refuse":
		decided = wantRefused
	}
	if d.onError == "allow" {
		unreadable = wantAllowed
	}
	if d.dryRun {
		decided, distrusted, unreadable = wantAllowed, wantAllowed, wantAllowed
	}
	if d.relays {
		other = wantRelayed
	}

	if cb.token != "" {
		cb.mark = chat.ProbeMark(cb.token, cb.At)
	}
	unsigned, stale, foreign, verify := cb, cb, cb, cb
	unsigned.token = ""
	stale.At = cb.At.Add(-probeStale)
	foreign.App = "9" + cb.App // a digit longer than any that was given out
	// What the console's Verify sends: a handler behind the gate knows it.
	verify.command = "State.StateChange"
	all := []exchange{
		{Name: caseSigned, Expected: decided, method: http.MethodPost, url: cb.url(), body: cb.body(), signed: true},
		{Name: caseUnsigned, Expected: distrusted, method: http.MethodPost, url: unsigned.url(), body: unsigned.body()},
		{Name: "stale", Expected: distrusted, method: http.MethodPost, url: stale.url(), body: stale.body(), signed: true},
		{Name: "foreign app", Expected: distrusted, method: http.MethodPost, url: foreign.url(), body: foreign.body()},
		{Name: caseMalformed, Expected: unreadable, method: http.MethodPost, url: cb.url(), body: `{"CallbackCommand":`, signed: true},
		{Name: caseOther, Expected: other, method: http.MethodPost, url: verify.url(), body: `{}`},
		{Name: caseGET, Expected: want4xx, method: http.MethodGet, url: cb.url()},
	}
	if d.reviews && !d.relays { // whose handler would take it for a change
		all = append(all, exchange{Name: "told afterwards", Expected: wantAllowed, method: http.MethodPost, url: telling(cb).url(), body: noRename})
	}
	return all
}

// noRename is the body of a callback that tells of another profile, and of no new name: a
// deployment that reviews renames has nothing to do about it.
const noRename = `{"CallbackCommand":"Group.CallbackAfterTopicInfoChanged","GroupId":"@TGS#_@TGS#topicgate-probe","Operator_Account":"topicgate-probe","Type":"Community"}`

// telling is a callback that tells of a topic's profile.
func telling(cb callback) *callback {
	cb.command = chat.AfterTopicInfoChanged
	return &cb
}

// judge notes what came back.
func (e *exchange) judge(contentType string, body []byte) {
	switch code, message, isVerdict := verdictIn(body); {
	case e.Status != http.StatusOK:
		e.Actual = fmt.Sprintf("HTTP %d", e.Status)
	case e.Expected == wantRelayed:
		e.Actual = string(wantRelayed)
	case !isVerdict:
		e.Actual = "no verdict, but " + kindOf(contentType)
	default:
		e.Code, e.Message = &code, message
		e.Actual = describe(code, message)
	}
}

// holds compares an answer with what was expected.
func (e *exchange) holds() bool {
	switch e.Expected {
	case want4xx:
		return e.Status >= 400 && e.Status < 500
	case wantRelayed:
		return e.Status == http.StatusOK
	case wantAllowed:
		return e.allowed()
	case wantRefused:
		return e.decided() && !e.allowed()
	case wantBare:
		return e.bare()
	case wantVerdict:
		return e.decided() && *e.Code != policy.CodeRefused
	}
	return false
}

// allowed reports whether the answer lets the creation go ahead.
func (e *exchange) allowed() bool { return e.decided() && *e.Code == 0 }

// decided reports whether the answer is a verdict.
func (e *exchange) decided() bool { return e.Code != nil }

// bare reports whether the answer refuses as topicgate does when it believes nothing.
func (e *exchange) bare() bool {
	return e.decided() && *e.Code == policy.CodeRefused && e.Message == ""
}

func describe(code int, message string) string {
	if code == 0 {
		return string(wantAllowed)
	}
	text := fmt.Sprintf("refused %d", code)
	if message != "" {
		text += " " + quote(chat.Cut(message, 60))
	}
	return text
}
