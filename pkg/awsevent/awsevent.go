// Package awsevent is the AWS Lambda transport: it tells the events of API Gateway
// (REST, HTTP API 1.0 and 2.0), Function URLs and load balancers apart, turns each
// into a gate.Request, and the gate's answer into the response that each expects.
//
// The envelope is our own, with the few fields that are used: the vendor has a type for
// each form, which one must know beforehand, and fails on a field of an unexpected type.
//
// Vendor pages: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html,
// https://docs.aws.amazon.com/lambda/latest/dg/services-alb.html.
package awsevent

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"topicgate/pkg/chat"
	"topicgate/pkg/gate"
	"topicgate/pkg/rawjson"
)

// A Form is a kind of event that carries an HTTP request.
type Form int

// The forms, in the order in which they are told apart.
const (
	NotHTTP  Form = iota // anything else: a timer, a queue, WebSocket, an authorizer
	ALB                  // Application Load Balancer, one value a name
	ALBMulti             // the same, with multi-value headers switched on
	HTTP2                // HTTP API payload 2.0, and Function URL
	HTTP1                // HTTP API payload 1.0
	REST                 // REST API
)

// envelope is what is read of an event, as it is written there. Fields of an
// unexpected type count as absent: a decision is better than a failed invocation.
type envelope struct {
	kind       []byte // type, of authorizer events
	version    []byte
	httpMethod []byte

	rawQuery, query, multiQuery []byte
	headers, multiHeaders       []byte // read only for a relay
	body, isBase64              []byte

	elb, connectionID, method []byte // of requestContext; a connectionId is WebSocket's
}

// parse finds the fields. They are slices of the payload, which is the runtime's.
func parse(payload []byte) (e envelope, form Form) {
	err := rawjson.Read(payload,
		rawjson.Field{Path: "type", Value: &e.kind},
		rawjson.Field{Path: "version", Value: &e.version},
		rawjson.Field{Path: "httpMethod", Value: &e.httpMethod},
		rawjson.Field{Path: "rawQueryString", Value: &e.rawQuery},
		rawjson.Field{Path: "queryStringParameters", Value: &e.query},
		rawjson.Field{Path: "multiValueQueryStringParameters", Value: &e.multiQuery},
		rawjson.Field{Path: "headers", Value: &e.headers},
		rawjson.Field{Path: "multiValueHeaders", Value: &e.multiHeaders},
		rawjson.Field{Path: "body", Value: &e.body},
		rawjson.Field{Path: "isBase64Encoded", Value: &e.isBase64},
		rawjson.Field{Path: "requestContext.elb", Value: &e.elb},
		rawjson.Field{Path: "requestContext.connectionId", Value: &e.connectionID},
		rawjson.Field{Path: "requestContext.http.method", Value: &e.method},
	)
	if err != nil {
		return e, NotHTTP
	}
	return e, e.form()
}

func (e *envelope) form() Form {
	switch {
	case isText(e.kind) || isText(e.connectionID):
		return NotHTTP
	case isObject(e.elb) && (isObject(e.multiHeaders) || isObject(e.multiQuery)):
		return ALBMulti
	case isObject(e.elb):
		return ALB
	case isText(e.method):
		return HTTP2
	case !isText(e.httpMethod):
		return NotHTTP
	case string(e.version) == `"1.0"`:
		return HTTP1
	}
	return REST
}

// isText is true of a string that is not empty.
func isText(value []byte) bool { return len(value) > 2 && value[0] == '"' }

func isObject(value []byte) bool { return len(value) > 0 && value[0] == '{' }

// Decode reads an event. Received and RequestID are left to the caller, who alone
// knows them.
func Decode(payload []byte) (gate.Request, Form) {
	e, form := parse(payload)
	if form == NotHTTP {
		return gate.Request{}, NotHTTP
	}
	return e.request(form), form
}

func (e *envelope) request(form Form) gate.Request {
	method := e.httpMethod
	if form == HTTP2 {
		method = e.method
	}
	r := gate.Request{Params: e.params(form)}
	r.Method, _ = rawjson.Text(method)
	body, _ := rawjson.Text(e.body)
	r.Body = gate.DecodeBody(body, string(e.isBase64) == "true")
	return r
}

// original is what a relay passes on.
func (e *envelope) original(form Form, body []byte) gate.Original {
	o := gate.Original{Query: e.encodedQuery(form), Incomplete: body == nil}
	pairs(e.multiHeaders, o.Header)
	pairs(e.headers, o.Header)
	return o
}

// encodedQuery is the query as it came, or encoded again: a load balancer leaves the escapes
// in, an API takes them out.
func (e *envelope) encodedQuery(form Form) string {
	if raw, _ := rawjson.Text(e.rawQuery); form == HTTP2 && raw != "" {
		return raw
	}
	escape := url.QueryEscape
	if form == ALB || form == ALBMulti {
		escape = func(s string) string { return s }
	}
	var b strings.Builder
	e.eachParameter(func(key, value string) {
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(escape(key) + "=" + escape(value))
	})
	return b.String()
}

func (e *envelope) params(form Form) (p chat.Params) {
	if raw, _ := rawjson.Text(e.rawQuery); form == HTTP2 && raw != "" {
		return chat.ParseQuery(raw)
	}
	if form == ALB || form == ALBMulti {
		e.eachParameter(p.AddEncoded) // a load balancer passes escapes on
	} else {
		e.eachParameter(p.Add)
	}
	return p
}

// eachParameter calls f with each parameter of an event that has no raw query: all
// values of each name where it has them, else the one.
func (e *envelope) eachParameter(f func(key, value string)) {
	n := 0
	pairs(e.multiQuery, func(key, value string) { n++; f(key, value) })
	if n == 0 {
		pairs(e.query, f)
	}
}

// pairs calls f with each name and value of an object of strings or arrays of them.
func pairs(object []byte, f func(key, value string)) {
	_ = rawjson.Members(object, func(key, value []byte) {
		if text, ok := rawjson.Text(value); ok {
			f(string(key), text)
			return
		}
		rawjson.Elements(value, func(element []byte) {
			if text, ok := rawjson.Text(element); ok {
				f(string(key), text)
			}
		})
	})
}

// A Handler answers Lambda invocations with a gate.
type Handler struct{ gate *gate.Gate }

// New makes a handler for lambda.StartHandler.
func New(g *gate.Gate) Handler { return Handler{g} }

// Invoke answers one event. It never returns an error: a failed invocation reads to
// Chat as permission. What is no HTTP request is answered 400, and decides nothing.
func (h Handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	received, id := time.Now(), ""
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		id = lc.AwsRequestID
	}
	e, form := parse(payload)
	if form == NotHTTP {
		return encode(NotHTTP, h.gate.NotHTTP(id, received)), nil
	}
	r := e.request(form)
	r.Received, r.RequestID = received, id
	if h.gate.Relays() {
		r.Original = e.original(form, r.Body)
	}
	return encode(form, h.gate.Handle(ctx, r)), nil
}

// encode writes a response in the form of its event.
func encode(form Form, r gate.Response) []byte {
	body, isBase64 := r.EncodeBody()
	b := make([]byte, 0, 256+len(body)+len(body)/8)
	b = strconv.AppendInt(append(b, `{"statusCode":`...), int64(r.Status), 10)
	if form == ALB || form == ALBMulti {
		b = rawjson.AppendText(append(b, `,"statusDescription":`...), strconv.Itoa(r.Status)+" "+http.StatusText(r.Status))
	}
	b = appendHeaders(append(b, `,"headers":{`...), r, "", "")
	if form == ALBMulti { // a load balancer then reads only these
		b = appendHeaders(append(b, `},"multiValueHeaders":{`...), r, "[", "]")
	}
	b = strconv.AppendBool(append(b, `},"isBase64Encoded":`...), isBase64)
	b = rawjson.AppendText(append(b, `,"body":`...), body)
	return append(b, '}')
}

func appendHeaders(b []byte, r gate.Response, open, shut string) []byte {
	separator := ""
	for _, header := range [...][2]string{{"content-type", r.ContentType}, {"allow", r.Allow}} {
		if header[1] == "" {
			continue
		}
		b = append(b, separator...)
		b = append(append(rawjson.AppendText(b, header[0]), ':'), open...)
		b = append(rawjson.AppendText(b, header[1]), shut...)
		separator = ","
	}
	return b
}
