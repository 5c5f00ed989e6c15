package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"topicgate/pkg/chat"
	"topicgate/pkg/policy"
)

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

// expect says what is right for a case.
func (one *probeCase) expect(want string, dryRun, onErrorAllows bool) {
	switch {
	case one.Name == caseGET:
		one.Expected = want4xx
	case one.relays:
		one.Expected = wantRelayed
	case one.Name == caseOther, dryRun:
		one.Expected = wantAllowed
	case one.Name == caseMalformed && onErrorAllows:
		one.Expected = wantAllowed
	case one.Name != caseSigned:
		one.Expected = wantBare
	case want == "allow":
		one.Expected = wantAllowed
	case want == "refuse":
		one.Expected = wantRefused
	default:
		one.Expected = wantVerdict
	}
}

// holds compares an answer that came in time with what was expected.
func (one *probeCase) holds() bool {
	switch one.Expected {
	case want4xx:
		return one.Status >= 400 && one.Status < 500
	case wantRelayed:
		return one.Status == http.StatusOK
	case wantAllowed:
		return one.allowed()
	case wantRefused:
		return one.Code != nil && !one.allowed()
	case wantBare:
		return one.bare()
	case wantVerdict:
		return one.Code != nil && *one.Code != policy.CodeRefused
	}
	return false
}

// allowed reports whether the answer lets the creation go ahead.
func (one *probeCase) allowed() bool { return one.Code != nil && *one.Code == 0 }

// bare reports whether the answer refuses as topicgate does when it believes nothing.
func (one *probeCase) bare() bool {
	return one.Code != nil && *one.Code == policy.CodeRefused && one.Message == ""
}

// verdictIn reads a verdict as strictly as Chat might: all three fields, a status of
// OK and a code that Chat knows.
func verdictIn(body []byte) (code int, message string, ok bool) {
	var v struct {
		ActionStatus *string
		ErrorInfo    *string
		ErrorCode    *int
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if d.Decode(&v) != nil || d.Decode(&struct{}{}) != io.EOF || v.ActionStatus == nil || v.ErrorInfo == nil || v.ErrorCode == nil {
		return 0, "", false
	}
	code = *v.ErrorCode
	known := code == 0 || code == policy.CodeRefused || code >= policy.CodeMin && code <= policy.CodeMax
	return code, *v.ErrorInfo, known && *v.ActionStatus == "OK"
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
