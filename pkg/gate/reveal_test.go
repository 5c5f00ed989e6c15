package gate_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"topicgate/pkg/app"
	"topicgate/pkg/chat"
	"topicgate/pkg/gate"
	"topicgate/pkg/gate/gatetest"
	"topicgate/pkg/httpserver"
)

// TestNoSignatureByAnotherWay: proxies put queries into headers, separate parameters at
// semicolons, and escape twice. A valid signature does not reach the log by any of it,
// believed or not, decided, relayed or passed.
func TestNoSignatureByAnotherWay(t *testing.T) {
	now := time.Now()
	usual := gatetest.Scenario{Token: token}
	query := usual.Call(now).Query
	params := chat.ParseQuery(query)
	pair := "RequestTime=" + params.RequestTime + ";Sign=" + params.Sign
	governed := "CallbackCommand=" + string(chat.BeforeCreateTopic)
	queries := map[string]string{
		"usual":               query,
		"only semicolons":     strings.ReplaceAll(query, "&", ";"),
		"behind the app":      "SdkAppid=" + gatetest.App + ";" + pair + "&" + governed,
		"behind the command":  "SdkAppid=" + gatetest.App + "&CallbackCommand=State.StateChange;" + pair,
		"before the command":  "CallbackCommand=" + params.Sign + "&SdkAppid=" + params.Sign,
		"behind the platform": query + "&OptPlatform=Web;" + pair,
		"as the platform":     strings.Replace(query, "OptPlatform=RESTAPI", "OptPlatform=Web;"+pair, 1),
		"as the address":      strings.Replace(query, "ClientIP=", "ClientIP=192.0.2.1;"+pair, 1),
		"escaped":             strings.Replace(query, "OptPlatform=RESTAPI", "OptPlatform="+url.QueryEscape("Web&"+pair), 1),
		"escaped twice":       strings.Replace(query, "OptPlatform=RESTAPI", "OptPlatform="+url.QueryEscape(url.QueryEscape("Web&"+pair)), 1),
		"in capitals":         strings.Replace(query, "OptPlatform=RESTAPI", "OptPlatform="+strings.ToUpper(params.Sign), 1),
		"another command":     "CallbackCommand=State.StateChange&" + strings.ReplaceAll(pair, ";", "&"),
		"no query":            "",
	}
	ids := []string{
		"", "an-id", "Sign=" + params.Sign, "sign=" + params.Sign, "/callback?" + query, "?" + query, pair, params.Sign, strings.ToUpper(params.Sign),
		url.QueryEscape(query), "x=1; S ign=" + params.Sign, "%53ign=" + params.Sign, "id-" + query + strings.Repeat("x", 500), strings.Repeat("x", 100) + "Sign=" + params.Sign,
	}
	bodies := []string{usual.Call(now).Body, `{"CallbackCommand":"State.StateChange;` + pair + `"}`, `{"CallbackCommand":"` + params.Sign + `"}`, "{", pair}
	relay := func(context.Context, *gate.Request) (gate.Response, error) { return gate.Response{Status: 500}, nil }
	for _, settings := range [][]string{{"TOKENS=" + token}, {}, {"TOKENS=" + token, "ALLOWED_PLATFORMS=RESTAPI"}, {"ALLOWED_CLIENT_IPS=192.0.2.9"}, {"TOKENS=other"}} {
		for _, relayed := range []bool{false, true} {
			var log gatetest.LockedBuffer
			c := load(t, append(settings, "LOG_LEVEL=trace")...)
			s := gate.Settings{Log: gate.NewLog(&log, c.LogLevel)}
			if relayed {
				s.Relay = relay
			}
			server := httptest.NewServer(httpserver.New(gate.New(app.Snapshot(c), s)))
			for name, query := range queries {
				for _, id := range ids {
					for _, method := range []string{"POST", "GET"} {
						for _, body := range bodies {
							request, err := http.NewRequestWithContext(t.Context(), method, server.URL, strings.NewReader(body))
							if err != nil {
								t.Fatal(err)
							}
							request.URL.RawQuery = query
							request.Header.Set("X-Request-Id", id)
							response, err := server.Client().Do(request)
							if err != nil {
								t.Fatal(err)
							}
							_, _ = io.Copy(io.Discard, response.Body)
							_ = response.Body.Close()
						}
					}
					if text := strings.ToLower(log.String()); strings.Contains(text, params.Sign) || strings.Contains(text, "requesttime=") || strings.Contains(text, "sign=") {
						t.Fatalf("%v, %s, id %q: the signature is in the log: %s", settings, name, id, text)
					}
					log.Reset()
				}
			}
			server.Close()
		}
	}
}

// TestRequestIDs: an id is cut to what ids look like, and replaced where nothing is left.
func TestRequestIDs(t *testing.T) {
	var log gatetest.LockedBuffer
	server := httptest.NewServer(httpserver.New(gate.New(app.Snapshot(load(t)), gate.Settings{Log: gate.NewLog(&log, "info")})))
	defer server.Close()
	long := strings.Repeat("0123456789abcdef", 8)
	for given, want := range map[string]string{
		"": "",
		"Root=1-67891233-abcdef012345678912345678": "Root=1-67891233-abcdef012345678912345678",
		"a/b+c:d_e.f-9=":  "a/b+c:d_e.f-9=",
		"a b\t\"c\"<d>;e": "abcde",
		"编号7":             "7",
		"编号":              "",
		long + "more":     long,
		"design=3":        "",
		"SdkAppid=1":      "",
	} {
		log.Reset()
		call := (&gatetest.Scenario{}).Call(time.Now())
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"?"+call.Query, strings.NewReader(call.Body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Request-Id", given)
		response, err := server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		lines, err := gatetest.Lines([]byte(log.String()), "decision")
		if err != nil || len(lines) != 1 {
			t.Fatal(lines, err)
		}
		switch got := lines[0].RequestID; {
		case want == "" && (len(got) < 20 || strings.Contains(given, got)):
			t.Errorf("%q: got %q, want one of our own", given, got)
		case want != "" && got != want:
			t.Errorf("%q: got %q, want %q", given, got, want)
		}
	}
}

// TestOnlyAppsAreLogged: whoever is not believed has no say over what the log holds of an
// app.
func TestOnlyAppsAreLogged(t *testing.T) {
	for given, want := range map[string]string{
		"1400000001": `"sdk_app_id":"1400000001"`, "x": "", "1400000000;Sign=x": "", "14 0": "", "": "", strings.Repeat("7", 64): "", "１４": "", "-1": "",
	} {
		var log bytes.Buffer
		g := gate.New(app.Snapshot(load(t)), gate.Settings{Log: gate.NewLog(&log, "info")})
		s := gatetest.Scenario{Query: "SdkAppid=" + url.QueryEscape(given) + "&CallbackCommand=" + string(chat.BeforeCreateTopic)}
		g.Handle(t.Context(), request(s.Call(time.Now()), time.Now()))
		if got := log.String(); !strings.Contains(got, `"reason":"sdk_app_id"`) || !strings.Contains(got, want) || want == "" && strings.Contains(got, `"sdk_app_id":`) {
			t.Errorf("%q: got %s", given, got)
		}
	}
}

// TestTraces: what is not decided leaves one line at debug, and none above.
func TestTraces(t *testing.T) {
	now := time.Now()
	tests := []struct {
		name string
		s    gatetest.Scenario
		want string // of the line, behind its request_id
	}{
		{"another command", gatetest.Scenario{Command: "Group.CallbackAfterCreateGroup"}, `"command":"Group.CallbackAfterCreateGroup","status":200,"duration_us":0,"message":"callback"}`},
		{"a misspelt command", gatetest.Scenario{Command: "Group.CallbackBeforeCreateTopics"}, `"command":"Group.CallbackBeforeCreateTopics","status":200,"duration_us":0,"message":"callback"}`},
		{"a command that is none", gatetest.Scenario{Query: "CallbackCommand=%3Cb%3E", Body: "{}"}, `"status":200,"duration_us":0,"message":"callback"}`},
		{"no command", gatetest.Scenario{Query: gatetest.None, Body: gatetest.None}, `"status":200,"duration_us":0,"message":"callback"}`},
		{"a command in the body alone", gatetest.Scenario{Query: gatetest.None, Body: `{"CallbackCommand":"State.StateChange"}`}, `"command":"State.StateChange","status":200,"duration_us":0,"message":"callback"}`},
		{"GET", gatetest.Scenario{Method: "GET"}, `"method":"GET","command":"Group.CallbackBeforeCreateTopic","status":405,"duration_us":0,"message":"callback"}`},
		{"a method that is none", gatetest.Scenario{Method: "\x1b", Query: gatetest.None}, `"status":405,"duration_us":0,"message":"callback"}`},
	}
	for _, tt := range tests {
		for level, lines := range map[string]int{"debug": 1, "info": 0} {
			var log bytes.Buffer
			counted := []string{}
			g := gate.New(app.Snapshot(load(t, "LOG_LEVEL="+level)), gate.Settings{Log: gate.NewLog(&log, level), Clock: fixed(now), Observer: gate.Observer{
				Callback: func(command string) { counted = append(counted, command) }, NoCallback: func() { counted = append(counted, "no callback") },
			}})
			call := tt.s.Call(now)
			g.Handle(t.Context(), request(call, now))
			want := `{"level":"debug","timestamp":"` + now.UTC().Format("2006-01-02T15:04:05.000Z") + `","request_id":"` + call.RequestID + `",` + tt.want + "\n"
			if got := log.String(); strings.Count(got, "\n") != lines || lines > 0 && got != want {
				t.Errorf("%s at %s: got %swant %s", tt.name, level, got, want)
			}
			if len(counted) != 1 {
				t.Errorf("%s: counted as %q", tt.name, counted)
			}
		}
	}
}

// TestTraceOfAnEvent: a function that is handed something else than an HTTP request says
// so at debug: a front door that it does not know may carry callbacks.
func TestTraceOfAnEvent(t *testing.T) {
	now := time.Now()
	var log bytes.Buffer
	g := gate.New(app.Snapshot(load(t, "LOG_LEVEL=debug")), gate.Settings{Log: gate.NewLog(&log, "debug"), Clock: fixed(now)})
	answer := g.NotHTTP("an-id", now)
	if want := `"request_id":"an-id","status":400,"duration_us":0,"message":"callback"}`; answer.Status != http.StatusBadRequest || !strings.Contains(log.String(), want) {
		t.Errorf("answered %+v, logged %s", answer, &log)
	}
}
