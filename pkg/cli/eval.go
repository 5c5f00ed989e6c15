package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"topicgate/pkg/app"
	"topicgate/pkg/awsevent"
	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/scfevent"
	"topicgate/pkg/trial"
)

func eval(in *invocation) int {
	f := in.flags()
	auth := f.Bool("auth", false, "check app and signature, as of the request's own RequestTime")
	file := policyFlag(f)
	asJSON := f.Bool("json", false, "print one JSON object a request")
	at := timeFlag(f, "decide as of this time (RFC 3339) instead of now")
	if status, ok := in.parse(f); !ok {
		return status
	}
	c, ok := in.load(config.Options{Offline: !*auth, PolicyFile: *file})
	if !ok {
		return statusNo
	}
	files := in.arguments
	if len(files) == 0 {
		files = []string{"-"}
	}
	status := statusOK
	for _, file := range files {
		result, err := in.evalFile(c, file, *auth, *at, given(f, "at"))
		if err != nil {
			in.complain("%v", err)
			status = statusNo
			continue
		}
		if result.Verdict == "refuse" {
			status = statusNo
		}
		if *asJSON {
			in.printJSON(result)
		} else {
			in.print("%s\n", result)
		}
	}
	return status
}

// relayed stands in place of a verdict that the upstream would give; eval does not
// ask it.
const relayed = "relayed"

// A result is what eval says of one request.
type result struct {
	File        string   `json:"file"`
	Governed    bool     `json:"governed"`
	Verdict     string   `json:"verdict"`
	Code        int      `json:"code"`
	Message     string   `json:"message"`
	Reason      string   `json:"reason,omitempty"`
	Rule        string   `json:"rule,omitempty"`
	Detail      string   `json:"detail,omitempty"`
	WouldRefuse []string `json:"would_refuse,omitempty"`
	Flags       []string `json:"flags,omitempty"`
	Error       string   `json:"error,omitempty"`
	// Review is what is logged of a callback that tells what was done: its answer refuses
	// nothing.
	Review *review `json:"review,omitempty"`
}

// String is a result for people, on one line.
func (r result) String() string {
	if !r.Governed {
		line := printable(r.File) + ": " + r.Verdict + ": not a governed command"
		if r.Review != nil {
			line += "; " + r.Review.String()
		}
		return oneLine(line)
	}
	parts := []string{printable(r.File), r.Verdict}
	if r.Code != 0 {
		parts[1] += " " + strconv.Itoa(r.Code)
	}
	switch {
	case r.Rule != "":
		parts = append(parts, "rule "+r.Rule)
	case r.Reason == string(gate.ReasonDefault):
		parts = append(parts, "no rule matched")
	default:
		parts = append(parts, r.Reason)
	}
	if r.Detail != "" {
		parts = append(parts, printable(r.Detail))
	}
	if r.Error != "" {
		parts = append(parts, strings.ReplaceAll(r.Error, "\n", "; ")) // errors are joined by line ends
	}
	line := strings.Join(parts, ": ")
	if r.Message != "" {
		line += ": " + quote(r.Message)
	}
	return oneLine(line + marks(r.WouldRefuse, r.Flags))
}

// marks are the rules that decide nothing, but say something of it.
func marks(wouldRefuse, flags []string) (text string) {
	if len(wouldRefuse) > 0 {
		text = "; enforced, it would be refused by " + strings.Join(wouldRefuse, ", ")
	}
	if len(flags) > 0 {
		text += "; flagged by " + strings.Join(flags, ", ")
	}
	return text
}

// evalFile decides one request as of a time; when that was not given, and the request
// is authenticated, as of its own.
func (in *invocation) evalFile(c *config.Config, file string, auth bool, at time.Time, given bool) (result, error) {
	data, err := in.read(file)
	if err != nil {
		return result{}, err
	}
	r, err := captured(data)
	if err != nil {
		return result{}, fmt.Errorf("cannot read a request: %s: %w", file, err)
	}
	if r.Method != http.MethodPost {
		return result{}, fmt.Errorf("not a callback: %s: its method is %s, and callbacks are POSTed", file, printable(r.Method))
	}
	r.Received = at
	clock := at
	if seconds, err := strconv.ParseInt(r.Params.RequestTime, 10, 64); err == nil && auth {
		clock = time.Unix(seconds, 0)
		if !given {
			r.Received = clock
		}
	}
	s := app.Snapshot(c)
	s.Timeout += clock.Sub(r.Received) // the clock of the signature is not late
	g := gate.New(s, gate.Settings{
		Counter:         trial.Fresh(),
		Log:             zerolog.Nop(),
		Unauthenticated: !auth,
		Clock:           func() time.Time { return clock },
	})
	o := g.Judge(in.ctx, r)
	out := result{
		File: file, Governed: o.Governed, Verdict: o.Verdict.Word(),
		Code: o.Verdict.Code, Message: o.Verdict.Message,
		Reason: string(o.Reason), Rule: o.Rule, Detail: o.Detail, WouldRefuse: o.WouldRefuse, Flags: o.Flags,
	}
	if !o.Governed && c.Upstream != nil {
		out.Verdict = relayed
	}
	if v, reviewed := g.Review(in.ctx, r); reviewed {
		out.Review = newReview(c, &v)
	}
	if o.Err != nil {
		out.Error = o.Err.Error()
	}
	return out, nil
}

// read reads a whole file, or standard input for "-".
func (in *invocation) read(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(in.stdin)
	}
	return os.ReadFile(file)
}

// captured makes a request of what somebody saved: the event that a function was
// given, or a callback's bare body. Whatever else a function is handed, it answers that
// this is no HTTP request; so it is no request here either.
func captured(data []byte) (gate.Request, error) {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(data, &keys); err != nil {
		return gate.Request{}, err
	}
	if keys == nil {
		return gate.Request{}, errors.New("it is null")
	}
	for _, kind := range otherEvents {
		if has(keys, kind.keys...) {
			return gate.Request{}, fmt.Errorf("it is an event of %s, but no HTTP request", kind.of)
		}
	}
	if !has(keys, "requestContext") && !has(keys, "httpMethod") {
		// The console's Verify sends nothing at all.
		if len(keys) == 0 || has(keys, "CallbackCommand") || has(keys, "Operator_Account") || has(keys, "Name") {
			return gate.Request{Method: http.MethodPost, Body: data}, nil
		}
		return gate.Request{}, errors.New("it is no HTTP request, nor a callback's body, which has CallbackCommand, Operator_Account or Name")
	}
	if has(keys, "queryString") { // no event of Lambda's has this key
		if r, ok := scfevent.Decode(data); ok {
			return r, nil
		}
	}
	if r, form := awsevent.Decode(data); form != awsevent.NotHTTP {
		return r, nil
	}
	return gate.Request{}, errors.New("it is an event, but no HTTP request")
}

// otherEvents are what functions are handed besides HTTP requests, by keys that neither
// those nor bodies have.
var otherEvents = []struct {
	of   string
	keys []string
}{
	{"a queue, a bucket or a stream", []string{"Records"}},
	{"EventBridge", []string{"source", "detail-type"}},
	{"VPC Lattice", []string{"raw_path", "method"}},
	{"a timer", []string{"TriggerName"}},
	{"an authorizer", []string{"methodArn"}},
	{"an authorizer", []string{"routeArn"}},
}

func has(keys map[string]json.RawMessage, all ...string) bool {
	return !slices.ContainsFunc(all, func(key string) bool { _, ok := keys[key]; return !ok })
}
