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
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

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
	Headers  json.RawMessage `json:"headers"` // read only for a relay
	Body     json.RawMessage `json:"body"`
	Base64   bool            `json:"isBase64Encoded"`
}

// Decode reads an event; ok is false when it is no HTTP request, as a timer's.
// Received and RequestID are left to the caller, who alone knows them.
func Decode(payload []byte) (r gate.Request, ok bool) {
	e, ok := parse(payload)
	if !ok {
		return gate.Request{}, false
	}
	return e.request(), true
}

func parse(payload []byte) (e envelope, ok bool) {
	var mistyped *json.UnmarshalTypeError
	err := json.Unmarshal(payload, &e)
	return e, (err == nil || errors.As(err, &mistyped)) && e.Method != ""
}

func (e *envelope) request() gate.Request {
	r := gate.Request{Method: e.Method}
	if !addTo(e.Query, r.Params.Add) {
		addTo(e.Declared, r.Params.Add)
	}
	if text, isText := unquote(e.Body); isText {
		r.Body = gate.EventBody(text, e.Base64)
	} else {
		r.Body = e.Body // an object in place: what a console's test event holds
	}
	return r
}

// original is what a relay passes on. The event has the query decoded.
func (e *envelope) original(body []byte) gate.Original {
	values := url.Values{}
	if addTo(e.Query, values.Add); len(values) == 0 {
		addTo(e.Declared, values.Add)
	}
	o := gate.Original{Query: values.Encode(), Incomplete: body == nil && len(e.Body) > 0}
	addTo(e.Headers, func(key, value string) {
		switch {
		case strings.EqualFold(key, "Content-Type"):
			o.ContentType = value
		case strings.EqualFold(key, gate.RelayHeader):
			o.Relayed = true
		}
	})
	return o
}

// addTo takes the names and values of a query, or of headers, and reports whether
// there were any. Each is an object; an empty query has been seen as "" and [].
func addTo(object json.RawMessage, add func(key, value string)) bool {
	var values map[string]json.RawMessage
	if json.Unmarshal(object, &values) != nil {
		return false
	}
	for key, value := range values {
		var repeated []json.RawMessage
		if json.Unmarshal(value, &repeated) != nil || repeated == nil {
			repeated = []json.RawMessage{value}
		}
		for _, one := range repeated {
			add(key, scalar(one))
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
	e, ok := parse(payload)
	if !ok {
		return encode(gate.Response{Status: http.StatusBadRequest, ContentType: "application/json", Body: callback.FailureJSON()}), nil
	}
	r := e.request()
	r.Received = received
	var variables map[string]string
	if fc, ok := functioncontext.FromContext(ctx); ok {
		r.RequestID, variables = fc.RequestID, fc.Environment
	}
	g := h.gate(variables)
	if g.Relays() {
		r.Original = e.original(r.Body)
	}
	// The platform's own deadline is no help: where it is unknown the context has
	// already expired.
	return encode(g.Handle(context.WithoutCancel(ctx), r)), nil
}

func encode(r gate.Response) []byte {
	headers := map[string]string{}
	if r.ContentType != "" {
		headers["Content-Type"] = r.ContentType
	}
	if r.Allow != "" {
		headers["Allow"] = r.Allow
	}
	body, isBase64 := r.Body, false
	if !utf8.ValidString(body) { // a relayed answer may be anything
		body, isBase64 = base64.StdEncoding.EncodeToString([]byte(body)), true
	}
	encoded, err := json.Marshal(struct {
		IsBase64Encoded bool              `json:"isBase64Encoded"`
		StatusCode      int               `json:"statusCode"`
		Headers         map[string]string `json:"headers"`
		Body            string            `json:"body"`
	}{isBase64, r.Status, headers, body})
	if err != nil {
		panic(err) // strings, numbers and a map of strings
	}
	return encoded
}
