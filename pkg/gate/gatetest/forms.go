package gatetest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// A Form is a kind of event: how a platform wraps an HTTP request, and how it reads
// the answer.
type Form struct {
	Name   string
	Encode func(Call) map[string]any
	Decode func([]byte) (Answer, error)
}

// AWSForms are the events of Lambda, after the samples in the vendor's documentation.
var AWSForms = []Form{
	{"REST", restEvent, plainAnswer},
	{"HTTP API 1.0", http1Event, plainAnswer},
	{"HTTP API 2.0", http2Event, plainAnswer},
	{"Function URL", functionURLEvent, plainAnswer},
	{"ALB", albEvent, albAnswer},
	{"ALB multi-value", albMultiEvent, albMultiAnswer},
}

// SCFForms are the events of Tencent SCF.
var SCFForms = []Form{
	{"SCF Function URL", scfURLEvent, plainAnswer},
	{"SCF API Gateway", scfGatewayEvent, plainAnswer},
}

type object = map[string]any

func restEvent(c Call) object {
	single, multi := splitQuery(c.Query, decoded)
	return withBody(object{
		"resource": "/{proxy+}", "path": "/callback", "httpMethod": c.Method,
		"headers":                         object{"Content-Type": "application/json", "Host": "x.execute-api.eu-central-1.amazonaws.com"},
		"multiValueHeaders":               object{"Content-Type": []string{"application/json"}},
		"queryStringParameters":           orNull(single),
		"multiValueQueryStringParameters": orNull(multi),
		"pathParameters":                  object{"proxy": "callback"}, "stageVariables": nil,
		"requestContext": object{
			"accountId": "123456789012", "apiId": "abc", "httpMethod": c.Method, "requestId": c.RequestID, "stage": "prod",
			"identity": object{"sourceIp": "203.0.113.9", "userAgent": "IM"},
		},
	}, c, false)
}

func http1Event(c Call) object {
	e := restEvent(c)
	e["version"] = "1.0"
	return e
}

func http2Event(c Call) object {
	single, _ := splitQuery(c.Query, decoded)
	return withBody(object{
		"version": "2.0", "routeKey": "$default", "rawPath": "/callback", "rawQueryString": c.Query,
		"headers":               object{"content-type": "application/json"},
		"queryStringParameters": orNull(single),
		"requestContext": object{
			"accountId": "123456789012", "apiId": "abc", "requestId": c.RequestID, "stage": "$default", "timeEpoch": 1583348638390,
			"http": object{"method": c.Method, "path": "/callback", "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9", "userAgent": "IM"},
		},
	}, c, false)
}

// functionURLEvent comes without a Content-Type, and so with its body in base64.
func functionURLEvent(c Call) object {
	e := http2Event(c)
	e["headers"] = object{}
	return withBody(e, c, true)
}

func albEvent(c Call) object {
	single, _ := splitQuery(c.Query, raw)
	return withBody(object{
		"requestContext": object{"elb": object{"targetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/lambda/abc"}},
		"httpMethod":     c.Method, "path": "/callback",
		"queryStringParameters": single,
		"headers":               object{"content-type": "application/json"},
	}, c, false)
}

func albMultiEvent(c Call) object {
	_, multi := splitQuery(c.Query, raw)
	e := albEvent(c)
	delete(e, "queryStringParameters")
	delete(e, "headers")
	e["multiValueQueryStringParameters"] = multi
	e["multiValueHeaders"] = object{"content-type": []string{"application/json"}}
	return e
}

func scfURLEvent(c Call) object {
	e := object{
		"httpMethod": c.Method, "path": "/callback",
		"headers":     object{"content-type": "application/json"},
		"queryString": scfQuery(c.Query),
		"requestContext": object{
			"requestId": c.RequestID, "sourceIp": "203.0.113.9", "timeEpoch": 1583348638390,
		},
	}
	return withBody(e, c, false)
}

func scfGatewayEvent(c Call) object {
	e := scfURLEvent(c)
	e["requestContext"] = object{
		"serviceId": "service-abc", "path": "/callback", "httpMethod": "ANY", "requestId": c.RequestID,
		"identity": object{"secretId": "abc"}, "sourceIp": "203.0.113.9", "stage": "release",
	}
	e["queryStringParameters"], e["pathParameters"], e["headerParameters"], e["stageVariables"] = object{}, object{}, object{}, object{}
	return e
}

// scfQuery holds a string for each name, an array where it is repeated, and true for
// a name without an equals sign.
func scfQuery(query string) object {
	q := object{}
	_, multi := splitQuery(query, decoded)
	for key, values := range multi {
		switch {
		case len(values) > 1:
			q[key] = values
		case values[0] == "" && !strings.Contains(query, url.QueryEscape(key)+"="):
			q[key] = true
		default:
			q[key] = values[0]
		}
	}
	return q
}

func withBody(e object, c Call, inBase64 bool) object {
	e["body"], e["isBase64Encoded"] = c.Body, false
	if inBase64 || !utf8.ValidString(c.Body) {
		e["body"], e["isBase64Encoded"] = base64.StdEncoding.EncodeToString([]byte(c.Body)), true
	}
	return e
}

// splitQuery splits a query as a front door does: the last value of each name, and all.
func splitQuery(query string, read func(string) string) (last map[string]string, all map[string][]string) {
	last, all = map[string]string{}, map[string][]string{}
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		key, value, _ := strings.Cut(pair, "=")
		key, value = read(key), read(value)
		last[key] = value
		all[key] = append(all[key], value)
	}
	return last, all
}

func raw(s string) string { return s }

// decoded leaves what cannot be decoded as it is.
func decoded(s string) string {
	if d, err := url.QueryUnescape(s); err == nil {
		return d
	}
	return s
}

func orNull[M ~map[string]V, V any](m M) any {
	if len(m) == 0 {
		return nil
	}
	return m
}

// response is what a function returns, in any form.
type response struct {
	StatusCode        int
	StatusDescription string
	Headers           map[string]string
	MultiValueHeaders map[string][]string
	IsBase64Encoded   bool
	Body              string
}

func decodeResponse(payload []byte) (response, Answer, error) {
	var r response
	if err := json.Unmarshal(payload, &r); err != nil {
		return r, Answer{}, fmt.Errorf("the response is not JSON: %w: %q", err, payload)
	}
	if r.IsBase64Encoded {
		body, err := base64.StdEncoding.DecodeString(r.Body)
		if err != nil {
			return r, Answer{}, err
		}
		if utf8.Valid(body) {
			return r, Answer{}, fmt.Errorf("a text needs no base64: %q", payload)
		}
		r.Body = string(body)
	}
	return r, answer(r.StatusCode, r.Headers, r.Body), nil
}

func answer(status int, headers map[string]string, body string) Answer {
	a := Answer{Status: status, Body: body}
	for key, value := range headers {
		switch strings.ToLower(key) {
		case "content-type":
			a.ContentType = value
		case "allow":
			a.Allow = value
		}
	}
	return a
}

func plainAnswer(payload []byte) (Answer, error) {
	_, a, err := decodeResponse(payload)
	return a, err
}

func albAnswer(payload []byte) (Answer, error) {
	r, a, err := decodeResponse(payload)
	if err == nil && !strings.HasPrefix(r.StatusDescription, fmt.Sprint(r.StatusCode, " ")) {
		err = fmt.Errorf("a load balancer wants the status in words: %q", payload)
	}
	return a, err
}

// albMultiAnswer reads what a load balancer with multi-value headers does.
func albMultiAnswer(payload []byte) (Answer, error) {
	r, whole, err := decodeResponse(payload)
	headers := map[string]string{}
	for key, values := range r.MultiValueHeaders {
		headers[key] = strings.Join(values, ", ")
	}
	return answer(r.StatusCode, headers, whole.Body), err
}
