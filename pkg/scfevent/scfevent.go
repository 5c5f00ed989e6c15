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
	"net/url"
	"strconv"
	"time"

	"github.com/tencentyun/scf-go-lib/functioncontext"

	"topicgate/pkg/gate"
	"topicgate/pkg/rawjson"
)

// envelope is what is read of an event, as it is written there.
type envelope struct {
	method, query []byte
	// API Gateway lists in queryStringParameters what its console declares; it is used
	// when there is nothing else.
	declared       []byte
	headers        []byte // read only for a relay
	body, isBase64 []byte
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

// parse finds the fields; ok is false when the event is no HTTP request.
func parse(payload []byte) (e envelope, ok bool) {
	err := rawjson.Read(payload,
		rawjson.Field{Path: "httpMethod", Value: &e.method},
		rawjson.Field{Path: "queryString", Value: &e.query},
		rawjson.Field{Path: "queryStringParameters", Value: &e.declared},
		rawjson.Field{Path: "headers", Value: &e.headers},
		rawjson.Field{Path: "body", Value: &e.body},
		rawjson.Field{Path: "isBase64Encoded", Value: &e.isBase64},
	)
	return e, err == nil && len(e.method) > 2 && e.method[0] == '"'
}

func (e *envelope) request() gate.Request {
	var r gate.Request
	r.Method, _ = rawjson.Text(e.method)
	if !addTo(e.query, r.Params.Add) {
		addTo(e.declared, r.Params.Add)
	}
	if text, isText := rawjson.Text(e.body); isText {
		r.Body = gate.DecodeBody(text, string(e.isBase64) == "true")
	} else {
		r.Body = e.body // an object in place: what a console's test event holds
	}
	return r
}

// original is what a relay passes on. The event has the query decoded.
func (e *envelope) original(body []byte) gate.Original {
	values := url.Values{}
	if addTo(e.query, values.Add); len(values) == 0 {
		addTo(e.declared, values.Add)
	}
	o := gate.Original{Query: values.Encode(), Incomplete: body == nil && len(e.body) > 0}
	addTo(e.headers, o.Header)
	return o
}

// addTo takes the names and values of a query, or of headers, and reports whether
// there were any. Each is an object; an empty query has been seen as "" and [].
func addTo(object []byte, add func(key, value string)) (found bool) {
	_ = rawjson.Members(object, func(key, value []byte) {
		found = true
		if value[0] != '[' {
			add(string(key), scalar(value))
			return
		}
		rawjson.Elements(value, func(element []byte) { add(string(key), scalar(element)) })
	})
	return found
}

// scalar is a parameter's value: a string as it is, a number as it is written, and
// nothing for true, which is what a name without a value becomes.
func scalar(value []byte) string {
	if text, ok := rawjson.Text(value); ok {
		return text
	}
	switch text := string(value); text {
	case "true", "null":
		return ""
	default:
		return text
	}
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
		return encode(gate.NotHTTP()), nil
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
	body, isBase64 := r.EncodeBody()
	b := make([]byte, 0, 256+len(body)+len(body)/8)
	b = strconv.AppendBool(append(b, `{"isBase64Encoded":`...), isBase64)
	b = strconv.AppendInt(append(b, `,"statusCode":`...), int64(r.Status), 10)
	b = append(b, `,"headers":{`...)
	separator := ""
	for _, header := range [...][2]string{{"Content-Type", r.ContentType}, {"Allow", r.Allow}} {
		if header[1] != "" {
			b = append(rawjson.AppendText(append(b, separator...), header[0]), ':')
			b = rawjson.AppendText(b, header[1])
			separator = ","
		}
	}
	b = rawjson.AppendText(append(b, `},"body":`...), body)
	return append(b, '}')
}
