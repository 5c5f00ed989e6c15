// Package scfevent is the Tencent SCF transport: it turns Function URL and API
// Gateway events into gate.Requests, and the gate's answers into the response that
// both expect.
//
// The envelope is our own: the library's fails whole invocations when an empty query
// arrives as "" or a value as a number, and loses isBase64Encoded.
//
// Vendor pages: https://cloud.tencent.com/document/product/583/96099 (Function URL),
// https://cloud.tencent.com/document/product/583/12513 (API Gateway).
package scfevent

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/tencentyun/scf-go-lib/functioncontext"

	"topicgate/pkg/callback"
	"topicgate/pkg/gate"
)

// envelope is what is read of an event.
type envelope struct {
	Method string          `json:"httpMethod"`
	Query  json.RawMessage `json:"queryString"`
	// API Gateway lists here the parameters that its console declares; they are used
	// when it sends no others.
	Declared json.RawMessage `json:"queryStringParameters"`
	Body     json.RawMessage `json:"body"`
	Base64   bool            `json:"isBase64Encoded"`
}

// Decode reads an event; ok is false when it is no HTTP request, as a timer's.
// Received and RequestID are left to the caller, who alone knows them.
func Decode(payload []byte) (r gate.Request, ok bool) {
	var e envelope
	var mistyped *json.UnmarshalTypeError
	if err := json.Unmarshal(payload, &e); err != nil && !errors.As(err, &mistyped) || e.Method == "" {
		return gate.Request{}, false
	}
	r.Method = e.Method
	if !addAll(&r.Params, e.Query) {
		addAll(&r.Params, e.Declared)
	}
	if text, isText := unquote(e.Body); isText {
		r.Body = gate.EventBody(text, e.Base64)
	} else {
		r.Body = e.Body // an object in place: what a console's test event holds
	}
	return r, true
}

// addAll takes the parameters of a query and reports whether there were any. A query
// is an object; an empty one has been seen as "" and [].
func addAll(p *callback.Params, query json.RawMessage) bool {
	var values map[string]json.RawMessage
	if json.Unmarshal(query, &values) != nil {
		return false
	}
	for key, value := range values {
		var repeated []json.RawMessage
		if json.Unmarshal(value, &repeated) != nil || repeated == nil {
			repeated = []json.RawMessage{value}
		}
		for _, one := range repeated {
			p.Add(key, scalar(one))
		}
	}
	return len(values) > 0
}

// scalar is a parameter's value: a string as it is, a number as it is written, and
// nothing for true, which is what a name without a value becomes.
func scalar(raw json.RawMessage) string {
	if text, ok := unquote(raw); ok {
		return text
	}
	switch text := string(raw); text {
	case "true", "null":
		return ""
	default:
		return text
	}
}

func unquote(raw json.RawMessage) (string, bool) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	var text string
	err := json.Unmarshal(raw, &text)
	return text, err == nil
}

// A Handler answers SCF invocations.
type Handler struct {
	gate func(variables map[string]string) *gate.Gate
}

// New makes a handler for cloudfunction.StartHandler. SCF brings the function's
// variables with each invocation, perhaps not before, so the handler asks for its
// gate with them, callback by callback.
func New(gateFor func(variables map[string]string) *gate.Gate) Handler { return Handler{gateFor} }

// Invoke answers one event. It never returns an error: a failed invocation reads to
// Chat as permission. What is no HTTP request is answered 400, and decides nothing.
func (h Handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	received := time.Now()
	r, ok := Decode(payload)
	if !ok {
		return encode(gate.Response{Status: http.StatusBadRequest, ContentType: "application/json", Body: callback.FailureJSON()}), nil
	}
	r.Received = received
	var variables map[string]string
	if fc, ok := functioncontext.FromContext(ctx); ok {
		r.RequestID, variables = fc.RequestID, fc.Environment
	}
	// The platform's own deadline is no help: where it is unknown the context has
	// already expired.
	return encode(h.gate(variables).Handle(context.WithoutCancel(ctx), r)), nil
}

func encode(r gate.Response) []byte {
	headers := map[string]string{"Content-Type": r.ContentType}
	if r.Allow != "" {
		headers["Allow"] = r.Allow
	}
	encoded, err := json.Marshal(struct {
		IsBase64Encoded bool              `json:"isBase64Encoded"`
		StatusCode      int               `json:"statusCode"`
		Headers         map[string]string `json:"headers"`
		Body            string            `json:"body"`
	}{false, r.Status, headers, r.Body})
	if err != nil {
		panic(err) // strings, numbers and a map of strings
	}
	return encoded
}
