// Package awsevent is the AWS Lambda transport: it tells the events of API Gateway
// (REST, HTTP API 1.0 and 2.0), Function URLs and load balancers apart, turns each
// into a gate.Request, and the gate's answer into the response that each expects.
//
// The envelope is our own, with the few fields that are used: the vendor's typed
// events cost a third more time on every callback.
//
// Vendor pages: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html,
// https://docs.aws.amazon.com/lambda/latest/dg/services-alb.html.
package awsevent

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"topicgate/pkg/callback"
	"topicgate/pkg/gate"
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

// envelope is what is read of an event. Fields of an unexpected type are left empty:
// a decision is better than a failed invocation.
type envelope struct {
	Type       string `json:"type"` // of authorizer events
	Version    string `json:"version"`
	HTTPMethod string `json:"httpMethod"`

	RawQuery   string              `json:"rawQueryString"`
	Query      map[string]string   `json:"queryStringParameters"`
	MultiQuery map[string][]string `json:"multiValueQueryStringParameters"`

	// Read only for a relay.
	Headers      json.RawMessage `json:"headers"`
	MultiHeaders json.RawMessage `json:"multiValueHeaders"`

	Body   string `json:"body"`
	Base64 bool   `json:"isBase64Encoded"`

	Context struct {
		ELB          present `json:"elb"`
		ConnectionID string  `json:"connectionId"` // of WebSocket events
		HTTP         *struct {
			Method string `json:"method"`
		} `json:"http"`
	} `json:"requestContext"`
}

// present notes that a key came with a value, and forgets the value.
type present bool

// UnmarshalJSON is never called for null.
func (p *present) UnmarshalJSON(data []byte) error {
	*p = string(data) != "null"
	return nil
}

func (e *envelope) form() Form {
	switch {
	case e.Type != "" || e.Context.ConnectionID != "":
		return NotHTTP
	case bool(e.Context.ELB) && (isObject(e.MultiHeaders) || e.MultiQuery != nil):
		return ALBMulti
	case bool(e.Context.ELB):
		return ALB
	case e.Context.HTTP != nil && e.Context.HTTP.Method != "":
		return HTTP2
	case e.HTTPMethod == "":
		return NotHTTP
	case e.Version == "1.0":
		return HTTP1
	}
	return REST
}

// Decode reads an event. Received and RequestID are left to the caller, who alone
// knows them.
func Decode(payload []byte) (gate.Request, Form) {
	e, form := parse(payload)
	if form == NotHTTP {
		return gate.Request{}, NotHTTP
	}
	return e.request(form), form
}

func parse(payload []byte) (e envelope, form Form) {
	var mistyped *json.UnmarshalTypeError
	if err := json.Unmarshal(payload, &e); err != nil && !errors.As(err, &mistyped) {
		return e, NotHTTP
	}
	return e, e.form()
}

func (e *envelope) request(form Form) gate.Request {
	r := gate.Request{Method: e.HTTPMethod, Params: e.params(form), Body: gate.EventBody(e.Body, e.Base64)}
	if form == HTTP2 {
		r.Method = e.Context.HTTP.Method
	}
	return r
}

// original is what a relay passes on.
func (e *envelope) original(form Form, body []byte) gate.Original {
	o := gate.Original{Query: e.query(form), Incomplete: body == nil}
	for _, headers := range [...]json.RawMessage{e.MultiHeaders, e.Headers} {
		var values map[string]any
		if json.Unmarshal(headers, &values) != nil {
			continue
		}
		for key, value := range values {
			if list, ok := value.([]any); ok && len(list) > 0 {
				value = list[0]
			}
			text, _ := value.(string)
			switch {
			case strings.EqualFold(key, "Content-Type"):
				o.ContentType = text
			case strings.EqualFold(key, gate.RelayHeader):
				o.Relayed = true
			}
		}
	}
	return o
}

// query is the query as it came, or encoded again: a load balancer leaves the escapes
// in, an API takes them out.
func (e *envelope) query(form Form) string {
	if form == HTTP2 && e.RawQuery != "" {
		return e.RawQuery
	}
	values := url.Values(e.MultiQuery)
	if len(values) == 0 {
		values = url.Values{}
		for key, value := range e.Query {
			values.Set(key, value)
		}
	}
	if form != ALB && form != ALBMulti {
		return values.Encode()
	}
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[key] {
			if b.Len() > 0 {
				b.WriteByte('&')
			}
			b.WriteString(key + "=" + value)
		}
	}
	return b.String()
}

func isObject(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '{' }

func (e *envelope) params(form Form) callback.Params {
	if form == HTTP2 && e.RawQuery != "" {
		return callback.ParseQuery(e.RawQuery)
	}
	add := (*callback.Params).Add
	if form == ALB || form == ALBMulti {
		add = (*callback.Params).AddEncoded // a load balancer passes escapes on
	}
	var p callback.Params
	if len(e.MultiQuery) > 0 {
		for key, values := range e.MultiQuery {
			for _, value := range values {
				add(&p, key, value)
			}
		}
		return p
	}
	for key, value := range e.Query {
		add(&p, key, value)
	}
	return p
}

// A Handler answers Lambda invocations with a gate.
type Handler struct{ gate *gate.Gate }

// New makes a handler for lambda.StartHandler.
func New(g *gate.Gate) Handler { return Handler{g} }

// Invoke answers one event. It never returns an error: a failed invocation reads to
// Chat as permission. What is no HTTP request is answered 400, and decides nothing.
func (h Handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	received := time.Now()
	e, form := parse(payload)
	if form == NotHTTP {
		return encode(NotHTTP, gate.Response{Status: http.StatusBadRequest, ContentType: "application/json", Body: callback.FailureJSON()}), nil
	}
	r := e.request(form)
	r.Received = received
	if h.gate.Relays() {
		r.Original = e.original(form, r.Body)
	}
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		r.RequestID = lc.AwsRequestID
	}
	return encode(form, h.gate.Handle(ctx, r)), nil
}

// encode writes a response in the form of its event.
func encode(form Form, r gate.Response) []byte {
	headers := map[string]string{}
	if r.ContentType != "" {
		headers["content-type"] = r.ContentType
	}
	if r.Allow != "" {
		headers["allow"] = r.Allow
	}
	response := struct {
		StatusCode        int                 `json:"statusCode"`
		StatusDescription string              `json:"statusDescription,omitempty"`
		Headers           map[string]string   `json:"headers"`
		MultiValueHeaders map[string][]string `json:"multiValueHeaders,omitempty"`
		IsBase64Encoded   bool                `json:"isBase64Encoded"`
		Body              string              `json:"body"`
	}{StatusCode: r.Status, Headers: headers, Body: r.Body}
	if !utf8.ValidString(r.Body) { // a relayed answer may be anything
		response.Body, response.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte(r.Body)), true
	}
	if form == ALB || form == ALBMulti {
		response.StatusDescription = strconv.Itoa(r.Status) + " " + http.StatusText(r.Status)
	}
	if form == ALBMulti { // a load balancer then reads only these
		response.MultiValueHeaders = make(map[string][]string, len(headers))
		for key, value := range headers {
			response.MultiValueHeaders[key] = []string{value}
		}
	}
	encoded, err := json.Marshal(response)
	if err != nil {
		panic(err) // strings, numbers and maps of strings
	}
	return encoded
}
