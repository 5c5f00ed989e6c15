// Package gatetest is one corpus of scenarios, replayed through every transport: each
// is a configuration, a request and the answer that the table in deploy/reference.md demands. What
// one transport answers, all must, byte for byte.
package gatetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"topicgate/pkg/chat"
	"topicgate/pkg/config"
	"topicgate/pkg/policy"
)

// App is the SDKAppID that every scenario serves unless it says otherwise.
const App = "1400000000"

// A Scenario is one request under one configuration.
type Scenario struct {
	Name string

	// Env are the variables, without prefix; SDK_APP_IDS is App unless it is here.
	// Files are written below the function's root, for _FILE variables to name.
	Env   map[string]string
	Files map[string]string
	// Broken says that the configuration is: a server does not start then.
	Broken bool

	Method string // POST, when empty

	// The usual callback asks for the topic Topic by Operator.
	Command  chat.Command // BeforeCreateTopic, when empty
	Operator string       // leckie, when empty
	Topic    string       // MyFirstTopic, when empty
	Type     string       // Community, when empty
	Platform string       // RESTAPI, when empty
	ClientIP string
	// Where it was done, of a callback that tells.
	GroupID, TopicID string

	// What is unusual: Query and Body stand in place of the usual ones, Extra is
	// added to the query as it is. None is an empty query or body.
	Query, Extra, Body string

	Token string        // signs with it, when not empty
	Off   time.Duration // RequestTime less now

	// Before is how often the request is sent before the time that counts.
	Before int
	// Condition is what of the policy language the scenario is a case of: a key's
	// path in a match, as name.contains. It matches when Want.Rule is Case.
	Condition string

	Want Want

	// Inexpressible names the forms that cannot carry the scenario, and why. A test
	// fails when one of them can.
	Inexpressible map[string]string
}

// Case is the name of the rule whose condition a scenario is a case of.
const Case = "case"

// None is an empty query or body.
const None = "\x00"

// Want is what a scenario must lead to.
type Want struct {
	Status  int // 200, when 0
	Code    int
	Message string
	// Of the log line: no line is expected when Reason is empty.
	Reason      string
	Rule        string
	Detail      string // looked at only when not empty
	WouldRefuse []string
	Flags       []string
}

// Verdict is the body that Chat must get, byte for byte, but for its reference: where the
// message has policy.NoRef, that of the log stands.
func (w Want) Verdict() string {
	status, text := "OK", w.Message
	if w.Status == 405 {
		status, text = "FAIL", "callbacks are POSTs"
	}
	message := strings.ReplaceAll(text, `"`, `\"`) // the corpus needs no other escape
	return `{"ActionStatus":"` + status + `","ErrorInfo":"` + message + `","ErrorCode":` + strconv.Itoa(w.Code) + `}`
}

// refForm is what the log tells of a refusal that a message names: of any other, nothing.
var refForm = regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{8}$`)

// refers reports whether there is a reference: of what the policy refuses, and no other.
func (w Want) refers() bool {
	return w.Code != 0 && (w.Reason == "rule" || w.Reason == "default")
}

// Environ is the scenario's environment as os.Environ has it, sorted.
func (s *Scenario) Environ() []string {
	environ := []string{}
	for _, name := range slices.Sorted(maps.Keys(s.variables())) {
		environ = append(environ, name+"="+s.variables()[name])
	}
	return environ
}

func (s *Scenario) variables() map[string]string {
	all := map[string]string{config.Prefix + "SDK_APP_IDS": App}
	for name, value := range s.Env {
		all[config.Prefix+name] = value
	}
	return all
}

// WriteFiles writes the scenario's files below a function's root.
func (s *Scenario) WriteFiles(root string) error {
	for name, text := range s.Files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// Check compares an answer, and the decision lines that were logged for it, with what
// the scenario wants.
func (s *Scenario) Check(a Answer, logged []Line) error {
	want := s.Want
	var wrong []string
	expect := func(what string, got, want any) {
		if got != want {
			wrong = append(wrong, fmt.Sprintf("%s: got %v, want %v", what, got, want))
		}
	}
	status, allow := 200, ""
	if want.Status != 0 {
		status, allow = want.Status, "POST"
	}
	expect("status", a.Status, status)
	expect("Content-Type", a.ContentType, "application/json")
	expect("Allow", a.Allow, allow)
	verdict := want.Verdict()
	if len(logged) == 1 {
		ref := logged[0].Ref
		if want.refers() && (!refForm.MatchString(ref) || ref == policy.NoRef) || !want.refers() && ref != "" {
			wrong = append(wrong, fmt.Sprintf("ref: got %q, of a refusal by the policy: %v", ref, want.refers()))
		}
		verdict = strings.ReplaceAll(verdict, policy.NoRef, logged[0].Ref)
	}
	expect("verdict", a.Body, verdict)
	if want.Reason == "" {
		expect("decision lines", len(logged), 0)
	} else if expect("decision lines", len(logged), 1); len(logged) == 1 {
		line := logged[0]
		expect("reason", line.Reason, want.Reason)
		expect("rule", line.Rule, want.Rule)
		if want.Detail != "" {
			expect("detail", line.Detail, want.Detail)
		}
		expect("would_refuse", strings.Join(line.WouldRefuse, " "), strings.Join(want.WouldRefuse, " "))
		expect("flags", strings.Join(line.Flags, " "), strings.Join(want.Flags, " "))
		expect("code", line.Code, want.Code)
		verdict := "refuse"
		if want.Code == 0 {
			verdict = "allow"
		}
		expect("verdict", line.Verdict, verdict)
	}
	if wrong == nil {
		return nil
	}
	return errors.New(strings.Join(wrong, "; "))
}

// A Line is what the tests look at of a line of the log.
type Line struct {
	Level       string   `json:"level"`
	Timestamp   string   `json:"timestamp"`
	Message     string   `json:"message"`
	RequestID   string   `json:"request_id"`
	Ref         string   `json:"ref"`
	Verdict     string   `json:"verdict"`
	Code        int      `json:"code"`
	Reason      string   `json:"reason"`
	Rule        string   `json:"rule"`
	Detail      string   `json:"detail"`
	WouldRefuse []string `json:"would_refuse"`
	Flags       []string `json:"flags"`
	Error       string   `json:"error"`
	Errors      []string `json:"errors"`
	Warnings    []string `json:"warnings"`
	ColdStart   bool     `json:"cold_start"`
	Count       int      `json:"count"`
	DurationUS  int64    `json:"duration_us"`
	Source      string   `json:"source"` // of a reload
	StaleS      int64    `json:"stale_s"`

	// Of a review, and of what it led to.
	Command     string `json:"command"`
	Event       string `json:"event"`
	GroupID     string `json:"group_id"`
	TopicID     string `json:"topic_id"`
	Operator    string `json:"operator"`
	Name        string `json:"name"`
	Slipped     bool   `json:"slipped"`
	WouldRemedy string `json:"would_remedy"`
	Remedy      string `json:"remedy"`
	Result      string `json:"result"`
	Before      string `json:"before"`
	After       string `json:"after"`
	Unless      string `json:"unless"`
}

// Lines reads a log, and keeps the lines with a message.
func Lines(log []byte, message string) ([]Line, error) {
	var lines []Line
	for text := range bytes.Lines(log) {
		var line Line
		if err := json.Unmarshal(text, &line); err != nil {
			return nil, fmt.Errorf("not a line of JSON: %w: %q", err, text)
		}
		if line.Message == message {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// A Call is a scenario's request, made for a moment: signatures age.
type Call struct {
	Method    string
	Query     string // raw
	Body      string
	RequestID string
}

// Call makes the request as of a moment.
func (s *Scenario) Call(now time.Time) Call {
	command := or(string(s.Command), string(chat.BeforeCreateTopic))
	c := Call{Method: or(s.Method, "POST"), Query: s.Query, Body: s.Body, RequestID: "request-of-" + strings.Map(idSafe, s.Name)}
	if c.Query == "" {
		c.Query = "SdkAppid=" + App + "&CallbackCommand=" + command + "&contenttype=json" +
			"&ClientIP=" + url.QueryEscape(s.ClientIP) + "&OptPlatform=" + or(s.Platform, "RESTAPI")
	}
	if s.Token != "" {
		at := strconv.FormatInt(now.Add(s.Off).Unix(), 10)
		c.Query += "&RequestTime=" + at + "&Sign=" + chat.Sign(s.Token, at)
	}
	if s.Extra != "" {
		c.Query += "&" + s.Extra
	}
	if c.Body == "" {
		body, err := json.Marshal(struct {
			CallbackCommand  string
			Operator_Account string //nolint:revive // Chat's spelling
			Type, Name       string
			GroupID          string `json:"GroupId,omitempty"`
			TopicID          string `json:"TopicId,omitempty"`
		}{command, or(s.Operator, "leckie"), or(s.Type, "Community"), or(s.Topic, "MyFirstTopic"), s.GroupID, s.TopicID})
		if err != nil {
			panic(err)
		}
		c.Body = string(body)
	}
	c.Query = strings.Replace(c.Query, None, "", 1)
	c.Body = strings.Replace(c.Body, None, "", 1)
	return c
}

// idSafe keeps what looks like a part of an id, but for what may not stand in a path:
// Lambda's Runtime API puts the id there.
func idSafe(r rune) rune {
	if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_.:", r) {
		return r
	}
	return '-'
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

// An Answer is what came back, whatever carried it.
type Answer struct {
	Status      int
	ContentType string
	Allow       string
	Body        string
}
