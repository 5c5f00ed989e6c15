package awsevent

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"topicgate/pkg/app"
	"topicgate/pkg/chat"
	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/policy"
)

// An event is one as its platform's documentation describes it, in our own values.
type event struct {
	name, payload string
	form          Form
}

const (
	query = `SdkAppid=1400000000&CallbackCommand=Group.CallbackBeforeCreateTopic&contenttype=json&ClientIP=203.0.113.7&OptPlatform=iOS`
	body  = `{"CallbackCommand":"Group.CallbackBeforeCreateTopic","Operator_Account":"leckie","Type":"Community","Name":"MyFirstTopic"}`

	single = `{"SdkAppid":"1400000000","CallbackCommand":"Group.CallbackBeforeCreateTopic","contenttype":"json","ClientIP":"203.0.113.7","OptPlatform":"iOS"}`
	multi  = `{"SdkAppid":["1400000000"],"CallbackCommand":["Group.CallbackBeforeCreateTopic"],"contenttype":["json"],"ClientIP":["203.0.113.7"],"OptPlatform":["iOS"]}`
)

func quoted(s string) string {
	data, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func base64ed(s string) string { return quoted(base64.StdEncoding.EncodeToString([]byte(s))) }

// httpEvents are the forms that carry a callback. All carry the same.
func httpEvents() []event {
	const gateway = `"resource":"/","path":"/","httpMethod":"POST","headers":{"Accept":"*/*","Content-Type":"application/json","Host":"api.example.com"},"multiValueHeaders":{"Accept":["*/*"],"Content-Type":["application/json"]},"pathParameters":null,"stageVariables":null,`
	const stage = `"requestContext":{"accountId":"111122223333","apiId":"a1b2c3","httpMethod":"POST","identity":{"sourceIp":"198.51.100.4","userAgent":"IM","user":null},"path":"/prod/","protocol":"HTTP/1.1","requestId":"r-1","requestTimeEpoch":1583349317135,"resourceId":"root","resourcePath":"/","stage":"prod"},`
	const second = `"version":"2.0","rawPath":"/","rawQueryString":"` + query + `","queryStringParameters":` + single + `,`
	const called = `"http":{"method":"POST","path":"/","protocol":"HTTP/1.1","sourceIp":"198.51.100.4","userAgent":"IM"},"requestId":"r-2","stage":"$default","timeEpoch":1583348638390}`
	const elb = `"requestContext":{"elb":{"targetGroupArn":"arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/gate/0123"}},"httpMethod":"POST","path":"/",`
	return []event{
		{"REST", `{` + gateway + stage + `"queryStringParameters":` + single + `,"multiValueQueryStringParameters":` + multi + `,"body":` + quoted(body) + `,"isBase64Encoded":false}`, REST},
		{"REST, as imported from OpenAPI, without isBase64Encoded", `{` + gateway + stage + `"multiValueQueryStringParameters":` + multi + `,"body":` + quoted(body) + `}`, REST},
		{"REST, binary media types", `{` + gateway + stage + `"multiValueQueryStringParameters":` + multi + `,"body":` + base64ed(body) + `,"isBase64Encoded":true}`, REST},
		{"HTTP API 1.0", `{"version":"1.0",` + gateway + stage + `"queryStringParameters":` + single + `,"multiValueQueryStringParameters":` + multi + `,"body":` + quoted(body) + `,"isBase64Encoded":false}`, HTTP1},
		{"HTTP API 2.0", `{` + second + `"routeKey":"POST /","headers":{"content-type":"application/json","host":"api.example.com"},"requestContext":{"accountId":"111122223333","apiId":"a1b2c3","domainName":"api.example.com","domainPrefix":"api","routeKey":"POST /",` + called + `,"body":` + quoted(body) + `,"isBase64Encoded":false}`, HTTP2},
		{"HTTP API 2.0 behind a Lambda authorizer", `{` + second + `"routeKey":"POST /","headers":{},"requestContext":{"accountId":"111122223333","apiId":"a1b2c3","authorizer":{"lambda":{"key":"value"}},` + called + `,"body":` + base64ed(body) + `,"isBase64Encoded":true}`, HTTP2},
		{"Function URL", `{` + second + `"headers":{"host":"u1.lambda-url.eu-central-1.on.aws","x-forwarded-port":"443"},"requestContext":{"accountId":"anonymous","apiId":"u1","domainName":"u1.lambda-url.eu-central-1.on.aws","domainPrefix":"u1","routeKey":"$default",` + called + `,"body":` + base64ed(body) + `,"isBase64Encoded":true}`, HTTP2},
		{"Function URL without rawQueryString", `{"version":"2.0","queryStringParameters":` + single + `,"requestContext":{` + called + `,"body":` + quoted(body) + `}`, HTTP2},
		{"ALB", `{` + elb + `"queryStringParameters":` + single + `,"headers":{"content-type":"application/json","host":"lb.example.com","x-forwarded-for":"198.51.100.4"},"body":` + quoted(body) + `,"isBase64Encoded":false}`, ALB},
		{"ALB multi-value", `{` + elb + `"multiValueQueryStringParameters":` + multi + `,"multiValueHeaders":{"content-type":["application/json"],"host":["lb.example.com"]},"body":` + base64ed(body) + `,"isBase64Encoded":true}`, ALBMulti},
	}
}

// otherEvents carry no HTTP request, though some look much like one.
func otherEvents() []event {
	const context = `"requestContext":{"accountId":"111122223333","apiId":"a1b2c3","httpMethod":"POST","identity":{"sourceIp":"198.51.100.4"},"path":"/","requestId":"r-1","resourcePath":"/","stage":"prod"}`
	const called = `"requestContext":{"accountId":"111122223333","http":{"method":"POST","path":"/","protocol":"HTTP/1.1","sourceIp":"198.51.100.4"}}`
	return []event{
		{"WebSocket connect", `{"headers":{"Host":"ws.example.com"},"multiValueHeaders":{"Host":["ws.example.com"]},"requestContext":{"routeKey":"$connect","eventType":"CONNECT","messageDirection":"IN","connectionId":"c-1","connectedAt":1583348638390,"identity":{"sourceIp":"198.51.100.4"}},"isBase64Encoded":false}`, NotHTTP},
		{"WebSocket message, with a method", `{"httpMethod":"POST","requestContext":{"routeKey":"send","eventType":"MESSAGE","messageId":"m-1","connectionId":"c-1","identity":{"sourceIp":"198.51.100.4"}},"body":` + quoted(body) + `}`, NotHTTP},
		{"authorizer TOKEN", `{"type":"TOKEN","authorizationToken":"Bearer x","methodArn":"arn:aws:execute-api:eu-central-1:111122223333:a1b2c3/prod/POST/"}`, NotHTTP},
		{"authorizer REQUEST", `{"type":"REQUEST","methodArn":"arn:aws:execute-api:eu-central-1:111122223333:a1b2c3/prod/POST/","resource":"/","path":"/","httpMethod":"POST","queryStringParameters":` + single + `,` + context + `}`, NotHTTP},
		{"authorizer of an HTTP API, 1.0", `{"version":"1.0","type":"REQUEST","methodArn":"arn:aws:execute-api:eu-central-1:111122223333:a1b2c3/$default/POST/","identitySource":"x","authorizationToken":"x","httpMethod":"POST","queryStringParameters":` + single + `,` + context + `}`, NotHTTP},
		{"authorizer of an HTTP API, 2.0, simple answers", `{"version":"2.0","type":"REQUEST","routeArn":"arn:aws:execute-api:eu-central-1:111122223333:a1b2c3/$default/POST/","identitySource":["x"],"routeKey":"POST /","rawPath":"/","rawQueryString":"` + query + `",` + called + `}`, NotHTTP},
		{"SQS", `{"Records":[{"messageId":"m-1","receiptHandle":"h","body":` + quoted(body) + `,"attributes":{"ApproximateReceiveCount":"1"},"messageAttributes":{},"eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:eu-central-1:111122223333:q","awsRegion":"eu-central-1"}]}`, NotHTTP},
		{"S3", `{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":"k","size":1}}}]}`, NotHTTP},
		{"SNS", `{"Records":[{"EventVersion":"1.0","EventSource":"aws:sns","Sns":{"Type":"Notification","MessageId":"m-1","Subject":null,"Message":"hello"}}]}`, NotHTTP},
		{"EventBridge schedule", `{"version":"0","id":"e-1","detail-type":"Scheduled Event","source":"aws.events","account":"111122223333","time":"2026-01-01T00:00:00Z","region":"eu-central-1","resources":[],"detail":{}}`, NotHTTP},
		{"CloudWatch Logs", `{"awslogs":{"data":"H4sIAAAAAAAA"}}`, NotHTTP},
		{"CloudWatch alarm", `{"source":"aws.cloudwatch","alarmArn":"arn:aws:cloudwatch:eu-central-1:111122223333:alarm:a","alarmData":{"alarmName":"a","state":{"value":"ALARM"}}}`, NotHTTP},
		{"a console's test event", `{"key1":"value1","key2":"value2","key3":"value3"}`, NotHTTP},
		{"a warm-up", `{"source":"warm-up"}`, NotHTTP},
		{"nothing", `{}`, NotHTTP},
		{"null", `null`, NotHTTP},
		{"a list", `[]`, NotHTTP},
		{"text", `"warm"`, NotHTTP},
		{"broken JSON", `{"httpMethod":"POST"`, NotHTTP},
		{"no JSON", ``, NotHTTP},
	}
}

// TestDecode: each event is told apart, and every form carries the same callback.
func TestDecode(t *testing.T) {
	for _, e := range append(httpEvents(), otherEvents()...) {
		r, form := Decode([]byte(e.payload))
		if form != e.form {
			t.Errorf("%s: form %d, want %d", e.name, form, e.form)
		}
		if e.form == NotHTTP {
			if r.Method != "" || r.Body != nil {
				t.Errorf("%s: carries %+v, and it is no request", e.name, r)
			}
			continue
		}
		if r.Method != http.MethodPost || string(r.Body) != body {
			t.Errorf("%s: got %s %q, want POST %q", e.name, r.Method, r.Body, body)
		}
		p := r.Params
		if p.SDKAppID != "1400000000" || p.Command != chat.BeforeCreateTopic || p.ClientIP != "203.0.113.7" || p.Platform != "iOS" || p.Repeated() != "" {
			t.Errorf("%s: parameters %+v", e.name, p)
		}
	}
}

// BenchmarkDecode is what an invocation takes for its event.
func BenchmarkDecode(b *testing.B) {
	for _, e := range httpEvents() {
		b.Run(e.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Decode([]byte(e.payload))
			}
		})
	}
}

// TestDecodeOdd: shapes that no documentation promises, and that must not fail.
func TestDecodeOdd(t *testing.T) {
	alb := func(rest string) string { return `{"requestContext":{"elb":{}},"httpMethod":"POST",` + rest + `}` }
	for _, c := range []struct {
		name, payload string
		form          Form
		app, body     string
		repeated      string
	}{
		{"a load balancer's escapes", alb(`"queryStringParameters":{"Sdk%41ppid":"14%300"}`), ALB, "1400", "", ""},
		{"a load balancer's repeated parameter", alb(`"multiValueQueryStringParameters":{"SdkAppid":["1","2"]}`), ALBMulti, "", "", "SdkAppid"},
		{"multi-value by its headers alone", alb(`"multiValueHeaders":{}`), ALBMulti, "", "", ""},
		{"multi-value headers of null", alb(`"multiValueHeaders":null`), ALB, "", "", ""},
		{"no plus is a blank where the gateway has decoded", `{"httpMethod":"POST","queryStringParameters":{"SdkAppid":"1+1"}}`, REST, "1+1", "", ""},
		{"a repeated parameter in 2.0", `{"rawQueryString":"SdkAppid=1&sdkappid=2","requestContext":{"http":{"method":"POST"}}}`, HTTP2, "", "", "SdkAppid"},
		{"a body of null", `{"httpMethod":"POST","body":null}`, REST, "", "", ""},
		{"a body that is no text", `{"httpMethod":"POST","body":{"a":1},"queryStringParameters":{"SdkAppid":"1"}}`, REST, "1", "", ""},
		{"headers of another kind", `{"httpMethod":"POST","headers":[1],"multiValueHeaders":7,"queryStringParameters":{"SdkAppid":"1"}}`, REST, "1", "", ""},
		{"base64 that is none", `{"httpMethod":"POST","body":"***","isBase64Encoded":true}`, REST, "", "", ""},
		{"a version of another kind", `{"httpMethod":"POST","version":1,"body":"x"}`, REST, "", "x", ""},
		{"a context of another kind", `{"httpMethod":"POST","requestContext":"","body":"x"}`, REST, "", "x", ""},
	} {
		r, form := Decode([]byte(c.payload))
		if form != c.form || r.Method != http.MethodPost {
			t.Errorf("%s: got form %d, %q, want %d, POST", c.name, form, r.Method, c.form)
		}
		if got := r.Params.Repeated(); got != c.repeated {
			t.Errorf("%s: repeated %q, want %q", c.name, got, c.repeated)
		}
		if c.repeated == "" && (r.Params.SDKAppID != c.app || string(r.Body) != c.body) {
			t.Errorf("%s: got app %q, body %q, want %q, %q", c.name, r.Params.SDKAppID, r.Body, c.app, c.body)
		}
	}
}

// handler is one whose rules lead to every kind of answer.
func handler() Handler {
	c := config.Load([]string{
		"TOPICGATE_SDK_APP_IDS=1400000000",
		"TOPICGATE_BANNED_WORDS=spam",
		"TOPICGATE_BLOCKED_OPERATORS=mallory",
		`TOPICGATE_REFUSE_MESSAGE="{{word}}" is not for {{operator}}`,
	}, config.Options{})
	if c.Broken() {
		panic(strings.Join(policy.Texts(c.Problems), "; "))
	}
	return New(gate.New(app.Snapshot(c), gate.Settings{Log: zerolog.New(io.Discard)}))
}

// An answered response, in any form.
type answered struct {
	StatusCode        int
	StatusDescription string
	Headers           map[string]string
	MultiValueHeaders map[string][]string
	Body              string
}

func TestInvoke(t *testing.T) {
	h := handler()
	for _, e := range append(httpEvents(), otherEvents()...) {
		payload, err := h.Invoke(t.Context(), []byte(e.payload))
		if err != nil {
			t.Fatalf("%s: %v", e.name, err)
		}
		var r answered
		if err := json.Unmarshal(payload, &r); err != nil {
			t.Fatalf("%s: %v: %q", e.name, err, payload)
		}
		want := answered{StatusCode: http.StatusOK, Body: chat.Allowed().JSON()}
		if e.form == NotHTTP {
			want = answered{StatusCode: http.StatusBadRequest, Body: chat.FailureJSON()}
		}
		if r.StatusCode != want.StatusCode || r.Body != want.Body || r.Headers["content-type"] != "application/json" {
			t.Errorf("%s: answered %s", e.name, payload)
		}
		if got, want := r.StatusDescription == "200 OK", e.form == ALB || e.form == ALBMulti; got != want {
			t.Errorf("%s: statusDescription %q", e.name, r.StatusDescription)
		}
		if got, want := r.MultiValueHeaders != nil, e.form == ALBMulti; got != want {
			t.Errorf("%s: multiValueHeaders %v", e.name, r.MultiValueHeaders)
		}
	}
}

// bodies are the answers of the table.
var bodies = regexp.MustCompile(`^\{"ActionStatus":("OK","ErrorInfo":"","ErrorCode":[01]|"OK","ErrorInfo":".*","ErrorCode":(101\d\d|10200)|"FAIL","ErrorInfo":"callbacks are POSTs","ErrorCode":1)\}$`)

// FuzzDecode: whatever the event is, there is no panic and no failed invocation, and
// the response is one that Chat or the platform can read.
func FuzzDecode(f *testing.F) {
	for _, e := range append(httpEvents(), otherEvents()...) {
		f.Add([]byte(e.payload))
		f.Add([]byte(strings.ReplaceAll(e.payload, "MyFirstTopic", "s p\\u0430m\\n")))
		f.Add([]byte(strings.ReplaceAll(e.payload, `"POST"`, `"GET"`)))
		f.Add([]byte(strings.ReplaceAll(e.payload, "leckie", "mallory")))
	}
	h := handler()
	f.Fuzz(func(t *testing.T, payload []byte) {
		kept := string(payload)
		response, err := h.Invoke(context.Background(), payload)
		if err != nil {
			t.Fatalf("the invocation fails: %v", err)
		}
		var r answered
		if err := json.Unmarshal(response, &r); err != nil {
			t.Fatalf("the response is not JSON: %v: %q", err, response)
		}
		if !bodies.MatchString(r.Body) || !json.Valid([]byte(r.Body)) {
			t.Errorf("no answer of the table: %q", r.Body)
		}
		switch r.StatusCode {
		case http.StatusOK:
		case http.StatusBadRequest, http.StatusMethodNotAllowed:
			if r.Body != chat.FailureJSON() {
				t.Errorf("status %d with a verdict: %q", r.StatusCode, r.Body)
			}
		default:
			t.Errorf("status %d", r.StatusCode)
		}
		if string(payload) != kept {
			t.Error("the payload was written to, and it is not ours")
		}
	})
}
