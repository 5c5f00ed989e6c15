package chatapitest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The codes that a call is refused with (https://trtc.io/document/34348).
const (
	codeParameter  = 10004
	codeTooOften   = 10006
	codeNoGroup    = 10015
	codeGone       = 110003
	codeHTTP       = 60002
	codeJSON       = 60003
	codeNoApp      = 60012
	codeNotAdmin   = 60010
	codeSigExpired = 70001
	codeSigWrong   = 70003
	codeSigBroken  = 70002
	codeSigAccount = 70013
	codeSigApp     = 70014
)

// maxBody bounds what is read of a call, in bytes.
const maxBody = 1 << 20

// A result is what a command comes to.
type result struct {
	code    int
	info    string
	members map[string]any
	changes []Change
}

func refused(code int, info string) result { return result{code: code, info: info} }

// serve answers a call, or plays the fault that is set for it.
func (c *Chat) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return // the client is gone
	}
	name := r.URL.Path
	if cut := strings.LastIndexByte(name, '/'); cut >= 0 && commands[name[cut+1:]].service != "" {
		name = name[cut+1:]
	}
	c.mu.Lock()
	now := c.settings.Now()
	fault := c.fault(name)
	call := Call{Command: name, Account: r.URL.Query().Get("identifier"), Body: string(body), At: now, Code: -1, Connection: r.RemoteAddr}
	var res result
	switch {
	case fault == nil || fault.acts:
		res = c.answer(r, name, body, now)
	case fault.code != 0:
		res = refused(fault.code, fault.Name)
	}
	if fault == nil || fault.play == nil {
		call.Code = res.code
	}
	c.calls = append(c.calls, call)
	listeners := slices.Clone(c.onChange)
	c.mu.Unlock()

	text := c.encode(res)
	if fault != nil && fault.wait > 0 && !waited(r, fault.wait) {
		return
	}
	if fault != nil && fault.play != nil {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		fault.play(conn, r, text)
		_ = conn.Close()
	} else {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		_, _ = io.WriteString(w, text)
		_ = http.NewResponseController(w).Flush() // the client has its answer before anybody is told
	}
	for _, change := range res.changes {
		for _, f := range listeners {
			f(change)
		}
	}
}

// waited waits, and reports whether the client did too.
func waited(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// encode is the body of an answer.
func (c *Chat) encode(res result) string {
	answer := map[string]any{"ActionStatus": "OK", "ErrorInfo": res.info, "ErrorCode": c.number(res.code)}
	if res.code != 0 {
		answer["ActionStatus"] = "FAIL"
	}
	for name, value := range res.members {
		answer[name] = value
	}
	text, err := json.Marshal(answer)
	if err != nil {
		panic("chatapitest: " + err.Error())
	}
	return string(text)
}

// number is a number as an answer has it.
func (c *Chat) number(n int) any {
	if c.settings.NumbersAsStrings {
		return strconv.Itoa(n)
	}
	return n
}

// answer does what a call says. It is called with the lock.
func (c *Chat) answer(r *http.Request, name string, body []byte, now time.Time) result {
	command, ok := commands[name]
	switch {
	case r.Method != http.MethodPost:
		return refused(codeHTTP, "the method is not POST")
	case !ok || r.URL.Path != "/v4/"+command.service+"/"+name:
		return refused(codeHTTP, "no such command")
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return refused(codeHTTP, "the query cannot be read")
	}
	for parameter, values := range query {
		if len(values) != 1 || !slices.Contains([]string{"sdkappid", "identifier", "usersig", "random", "contenttype"}, parameter) {
			return refused(codeHTTP, "a parameter that is unknown or repeated")
		}
	}
	random := query.Get("random")
	_, err = strconv.ParseUint(random, 10, 32)
	switch {
	case query.Get("sdkappid") != c.settings.App:
		return refused(codeNoApp, "no such sdkappid")
	case err != nil || strings.HasPrefix(random, "+"):
		return refused(codeHTTP, "random is no 32-bit unsigned integer")
	case query.Get("contenttype") != "json":
		return refused(codeHTTP, "contenttype is not json")
	}
	account := query.Get("identifier")
	if code := verify(query.Get("usersig"), c.settings.App, account, c.settings.SecretKey, time.Now().Add(c.skew)); code != 0 {
		return refused(code, "the usersig does not hold")
	}
	if !slices.Contains(c.settings.Admins, account) {
		return refused(codeNotAdmin, "not an administrator")
	}
	if !c.within(name, now) {
		return refused(codeTooOften, "requests too frequent")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var members map[string]any
	if err := decoder.Decode(&members); err != nil || members == nil || decoder.More() {
		return refused(codeJSON, "the body is no JSON object")
	}
	if wrong := command.check(members, c.settings.AccountOptional); wrong != "" {
		return refused(codeParameter, wrong)
	}
	return command.do(c, request{members, account, now})
}

// within counts a call, and reports whether it is within its limit.
func (c *Chat) within(name string, now time.Time) bool {
	counted := c.counted[name]
	if counted.second != now.Unix() {
		counted = count{second: now.Unix()}
	}
	counted.calls++
	c.counted[name] = counted
	limit := c.limits[name]
	return limit == 0 || counted.calls <= limit
}
