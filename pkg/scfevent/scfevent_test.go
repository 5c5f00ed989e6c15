package scfevent

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
	"github.com/tencentyun/scf-go-lib/functioncontext"

	"topicgate/pkg/app"
	"topicgate/pkg/chat"
	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/policy"
)

// An event is one as its platform's documentation describes it, in our own values.
type event struct{ name, payload string }

const (
	query = `{"SdkAppid":"1400000000","CallbackCommand":"Group.CallbackBeforeCreateTopic","contenttype":"json","ClientIP":"203.0.113.7","OptPlatform":"iOS"}`
	body  = `{"CallbackCommand":"Group.CallbackBeforeCreateTopic","Operator_Account":"leckie","Type":"Community","Name":"MyFirstTopic"}`
)

func quoted(s string) string {
	data, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// httpEvents are the forms that carry a callback. All carry the same.
func httpEvents() []event {
	encoded := quoted(base64.StdEncoding.EncodeToString([]byte(body)))
	const url = `"httpMethod":"POST","path":"/","headers":{"content-type":"application/json","host":"1250000000-u1.ap-guangzhou.tencentscf.com","x-scf-request-id":"r-1"},`
	const gateway = `"httpMethod":"POST","path":"/gate","headers":{"host":"service-abc.gz.apigw.tencentcs.com","x-api-requestid":"r-2"},"headerParameters":{"Refer":"198.51.100.4"},"pathParameters":{},"stageVariables":{"stage":"release"},"requestContext":{"serviceId":"service-abc","path":"/gate","httpMethod":"ANY","requestId":"r-2","identity":{"secretId":"s"},"sourceIp":"198.51.100.4","stage":"release"},`
	return []event{
		{"Function URL", `{` + url + `"queryString":` + query + `,"body":` + quoted(body) + `}`},
		{"Function URL with a context", `{` + url + `"requestContext":{"requestId":"r-1","sourceIp":"198.51.100.4","timeEpoch":1700000000000},"queryString":` + query + `,"body":` + quoted(body) + `,"isBase64Encoded":false}`},
		{"Function URL in base64", `{` + url + `"queryString":` + query + `,"body":` + encoded + `,"isBase64Encoded":true}`},
		{"API Gateway", `{` + gateway + `"queryString":` + query + `,"queryStringParameters":{},"body":` + quoted(body) + `,"isBase64Encoded":false}`},
		{"API Gateway with declared parameters", `{` + gateway + `"queryString":` + query + `,"queryStringParameters":{"SdkAppid":"1400000000"},"body":` + quoted(body) + `}`},
		{"API Gateway with declared parameters alone", `{` + gateway + `"queryString":{},"queryStringParameters":` + query + `,"body":` + encoded + `,"isBase64Encoded":true}`},
		{"a console's test event", `{"httpMethod":"POST","queryString":` + query + `,"body":` + body + `}`},
	}
}

// otherEvents carry no HTTP request.
func otherEvents() []event {
	return []event{
		{"timer", `{"Type":"Timer","TriggerName":"warm","Time":"2026-01-01T00:00:00Z","Message":"{\"httpMethod\":\"POST\"}"}`},
		{"COS", `{"Records":[{"cos":{"cosSchemaVersion":"1.0","cosBucket":{"name":"b","appid":"1250000000","region":"gz"},"cosObject":{"key":"/1250000000/b/k","size":1,"url":"http://b.example.com/k"},"cosNotificationId":"n"},"event":{"eventName":"cos:ObjectCreated:Put","eventSource":"qcs::cos","eventTime":1700000000,"requestParameters":{"requestSourceIP":"198.51.100.4"}}}]}`},
		{"CKafka", `{"Records":[{"Ckafka":{"topic":"t","partition":1,"offset":7,"msgKey":"","msgBody":` + quoted(body) + `}}]}`},
		{"CMQ", `{"Records":[{"CMQ":{"type":"topic","topicOwner":1250000000,"topicName":"t","subscriptionName":"s","publishTime":"2026-01-01T00:00:00Z","msgId":"1","requestId":"2","msgBody":` + quoted(body) + `,"msgTag":"a,b"}}]}`},
		{"CLS", `{"clslogs":{"data":"ewogIm1lc3NhZ2VUeXBlIjogIkRBVEFfTUVTU0FHRSJ9"}}`},
		{"MPS", `{"eventType":"WorkflowTask","workflowTaskEvent":{"taskId":"1","status":"FINISH","errCode":0,"message":""}}`},
		{"CLB, without a method", `{"headers":{},"payload":{"key":"value"},"isBase64Encoded":false}`},
		{"a console's first test event", `{"key1":"test value 1","key2":"test value 2"}`},
		{"nothing", `{}`},
		{"null", `null`},
		{"a list", `[]`},
		{"text", `"warm"`},
		{"a method of another kind", `{"httpMethod":7}`},
		{"broken JSON", `{"httpMethod":"POST"`},
		{"no JSON", ``},
	}
}

// TestDecode: each event is told apart, and every form carries the same callback.
func TestDecode(t *testing.T) {
	for _, e := range httpEvents() {
		r, ok := Decode([]byte(e.payload))
		if !ok || r.Method != http.MethodPost || string(r.Body) != body {
			t.Errorf("%s: got %v, %s %q, want POST %q", e.name, ok, r.Method, r.Body, body)
		}
		p := r.Params
		if p.SDKAppID != "1400000000" || p.Command != chat.BeforeCreateTopic || p.ClientIP != "203.0.113.7" || p.Platform != "iOS" || p.Repeated() != "" {
			t.Errorf("%s: parameters %+v", e.name, p)
		}
	}
	for _, e := range otherEvents() {
		if r, ok := Decode([]byte(e.payload)); ok {
			t.Errorf("%s: taken for a request: %+v", e.name, r)
		}
	}
}

// TestDecodeOdd: shapes that the platform has been seen to send, or might.
func TestDecodeOdd(t *testing.T) {
	for _, c := range []struct{ name, rest, app, body, repeated string }{
		{"an empty query as text", `"queryString":"","body":"x"`, "", "x", ""},
		{"an empty query as a list", `"queryString":[],"body":"x"`, "", "x", ""},
		{"a query of null", `"queryString":null,"queryStringParameters":{"SdkAppid":"1"}`, "1", "", ""},
		{"no query", `"body":"x"`, "", "x", ""},
		{"a number", `"queryString":{"SdkAppid":1400000000}`, "1400000000", "", ""},
		{"a list of one", `"queryString":{"SdkAppid":["1"]}`, "1", "", ""},
		{"a list of two", `"queryString":{"SdkAppid":["1","1"]}`, "", "", "SdkAppid"},
		{"two spellings", `"queryString":{"SdkAppid":"1","sdkappid":"1"}`, "", "", "SdkAppid"},
		{"a name without a value", `"queryString":{"SdkAppid":true}`, "", "", ""},
		{"headers of another kind", `"headers":[],"requestContext":"","queryString":{"SdkAppid":"1"}`, "1", "", ""},
		{"base64 that is none", `"body":"***","isBase64Encoded":true`, "", "", ""},
		{"base64 said in words", `"body":"x","isBase64Encoded":"false"`, "", "x", ""},
		{"a body in place", `"body":{"a":1}`, "", `{"a":1}`, ""},
	} {
		r, ok := Decode([]byte(`{"httpMethod":"POST",` + c.rest + `}`))
		if !ok || r.Method != http.MethodPost {
			t.Errorf("%s: not taken for a request", c.name)
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
	g := gate.New(app.Snapshot(c), gate.Settings{Log: zerolog.New(io.Discard)})
	return New(func(map[string]string) *gate.Gate { return g })
}

// An answered response.
type answered struct {
	StatusCode      int
	IsBase64Encoded *bool
	Headers         map[string]string
	Body            string
}

func TestInvoke(t *testing.T) {
	h := handler()
	try := func(events []event, status int, verdict string) {
		t.Helper()
		for _, e := range events {
			payload, err := h.Invoke(t.Context(), []byte(e.payload))
			if err != nil {
				t.Fatalf("%s: %v", e.name, err)
			}
			var r answered
			if err := json.Unmarshal(payload, &r); err != nil {
				t.Fatalf("%s: %v: %q", e.name, err, payload)
			}
			if r.StatusCode != status || r.Body != verdict || r.Headers["Content-Type"] != "application/json" || r.IsBase64Encoded == nil || *r.IsBase64Encoded {
				t.Errorf("%s: answered %s", e.name, payload)
			}
		}
	}
	try(httpEvents(), http.StatusOK, chat.Allowed().JSON())
	try(otherEvents(), http.StatusBadRequest, chat.FailureJSON())
}

// TestVariables: the gate is asked for with the invocation's own variables, and only
// when there is a callback to decide.
func TestVariables(t *testing.T) {
	var got []map[string]string
	inner := handler()
	h := New(func(variables map[string]string) *gate.Gate {
		got = append(got, variables)
		return inner.gate(variables)
	})
	want := map[string]string{"TOPICGATE_MODE": "dry_run"}
	ctx := functioncontext.NewContext(t.Context(), &functioncontext.FunctionContext{RequestID: "r-1", Environment: want})
	for _, e := range append(otherEvents(), httpEvents()[0]) {
		if _, err := h.Invoke(ctx, []byte(e.payload)); err != nil {
			t.Fatal(err)
		}
	}
	if len(got) != 1 || got[0]["TOPICGATE_MODE"] != "dry_run" {
		t.Errorf("asked for a gate with %v, want once with %v", got, want)
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
