package gate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"topicgate/pkg/app"
	"topicgate/pkg/awsevent"
	"topicgate/pkg/chat"
	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/gate/gatetest"
	"topicgate/pkg/httpserver"
	"topicgate/pkg/policy"
	"topicgate/pkg/scfevent"
)

const token = "xxxxyyyy"

// load is a valid configuration, by variables without prefix.
func load(t *testing.T, variables ...string) *config.Config {
	t.Helper()
	environ := []string{"TOPICGATE_SDK_APP_IDS=" + gatetest.App}
	for _, v := range variables {
		environ = append(environ, "TOPICGATE_"+v)
	}
	c := config.Load(environ, config.Options{})
	if c.Broken() {
		t.Fatal(c.Problems)
	}
	return c
}

func fixed(at time.Time) func() time.Time { return func() time.Time { return at } }

// TestSignatureWindow holds the limit to the second, under a clock that stands still.
func TestSignatureWindow(t *testing.T) {
	now := time.Unix(1669872112, 999_000_000)
	g := gate.New(app.Snapshot(load(t, "TOKENS=other,"+token)), gate.Settings{Log: gate.NewLog(io.Discard, "info"), Clock: fixed(now)})
	for off, want := range map[time.Duration]gate.Reason{
		0: gate.ReasonDefault, -60 * time.Second: gate.ReasonDefault, 60 * time.Second: gate.ReasonDefault,
		-61 * time.Second: gate.ReasonStale, 61 * time.Second: gate.ReasonStale,
	} {
		s := gatetest.Scenario{Token: token, Off: off}
		if got := g.Judge(t.Context(), request(s.Call(now), now)).Reason; got != want {
			t.Errorf("signed %v from now: got reason %q, want %q", off, got, want)
		}
	}
}

// TestPublishedVector checks the signature that the vendor's documentation prints.
func TestPublishedVector(t *testing.T) {
	now := time.Unix(1669872112, 0)
	g := gate.New(app.Snapshot(load(t, "TOKENS="+token)), gate.Settings{Log: gate.NewLog(io.Discard, "info"), Clock: fixed(now)})
	s := gatetest.Scenario{Extra: "RequestTime=1669872112&Sign=17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061"}
	if got := g.Judge(t.Context(), request(s.Call(now), now)).Reason; got != gate.ReasonDefault {
		t.Errorf("got reason %q, want %q", got, gate.ReasonDefault)
	}
}

func request(c gatetest.Call, received time.Time) gate.Request {
	return gate.Request{Method: c.Method, Params: chat.ParseQuery(c.Query), Body: []byte(c.Body), RequestID: c.RequestID, Received: received}
}

// faulty is a counter that does what a bug would.
type faulty func(context.Context) (bool, error)

func (f faulty) Take(ctx context.Context, _ string, _ int, _ time.Duration) (bool, error) {
	return f(ctx)
}

// counting is a configuration whose one rule asks a counter.
func counting(t *testing.T, variables ...string) *config.Config {
	t.Helper()
	c := load(t, variables...)
	c.Spec.Rules = append(c.Spec.Rules, policy.Rule{
		Name: "flood", Action: policy.Refuse,
		Quota: &policy.Quota{Limit: 1, Window: policy.Duration(time.Hour)},
	})
	compiled, problems, _ := policy.Compile(c.Spec)
	if problems != nil {
		t.Fatal(problems)
	}
	c.Policy = compiled
	return c
}

// transports sends one call through each transport to a gate, in this process.
var transports = map[string]func(*testing.T, *gate.Gate, gatetest.Call) gatetest.Answer{
	"HTTP": func(t *testing.T, g *gate.Gate, c gatetest.Call) gatetest.Answer {
		server := httptest.NewServer(httpserver.New(g))
		defer server.Close()
		response, err := http.Post(server.URL+"?"+c.Query, "", strings.NewReader(c.Body))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		return gatetest.Answer{Status: response.StatusCode, ContentType: response.Header.Get("Content-Type"), Body: string(body)}
	},
	"Lambda": func(t *testing.T, g *gate.Gate, c gatetest.Call) gatetest.Answer {
		return invoke(t, awsevent.New(g).Invoke, gatetest.AWSForms[0], c)
	},
	"SCF": func(t *testing.T, g *gate.Gate, c gatetest.Call) gatetest.Answer {
		handler := scfevent.New(func(map[string]string) *gate.Gate { return g })
		return invoke(t, handler.Invoke, gatetest.SCFForms[0], c)
	},
}

func invoke(t *testing.T, f func(context.Context, []byte) ([]byte, error), form gatetest.Form, c gatetest.Call) gatetest.Answer {
	t.Helper()
	payload, err := json.Marshal(form.Encode(c))
	if err != nil {
		t.Fatal(err)
	}
	response, err := f(t.Context(), payload)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := form.Decode(response)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// TestFaultsInARule injects what no rule should do. Each still gets its row's answer,
// on every transport, from short names and from the longest.
func TestFaultsInARule(t *testing.T) {
	panics := faulty(func(context.Context) (bool, error) { panic("a bug") })
	late := faulty(func(context.Context) (bool, error) {
		time.Sleep(80 * time.Millisecond) // past the deadline, whatever it was told
		return false, errors.New("no answer")
	})
	waits := faulty(func(ctx context.Context) (bool, error) { <-ctx.Done(); return false, ctx.Err() })
	fails := faulty(func(context.Context) (bool, error) { return false, errors.New("no store") })
	tests := []struct {
		name    string
		counter faulty
		setting string
		want    gatetest.Want
		log     string // what the line's error must tell
	}{
		{"panic", panics, "ON_ERROR=refuse", gatetest.Want{Code: 1, Reason: "panic"}, "a bug"},
		{"panic, on_error allow", panics, "ON_ERROR=allow", gatetest.Want{Reason: "panic"}, "a bug"},
		{"panic, dry run", panics, "MODE=dry_run", gatetest.Want{Reason: "panic", WouldRefuse: []string{"panic"}}, "a bug"},
		{"deadline", late, "TIMEOUT=50ms", gatetest.Want{Code: 1, Reason: "deadline"}, "time"},
		{"quota unavailable", fails, "TIMEOUT=1s", gatetest.Want{Reason: "default"}, "quota flood skipped: no store"},
		// The time allowed must not be spent on a store that does not answer.
		{"quota without an answer", waits, "TIMEOUT=1200ms", gatetest.Want{Reason: "default"}, "quota flood skipped: context deadline exceeded"},
	}
	for name, send := range transports {
		for _, test := range tests {
			for _, topic := range []string{"short", strings.Repeat("long", policy.MaxName/4)} {
				t.Run(name+"/"+test.name, func(t *testing.T) {
					var log bytes.Buffer
					g := gate.New(app.Snapshot(counting(t, test.setting)), gate.Settings{Counter: test.counter, Log: gate.NewLog(&log, "info")})
					s := gatetest.Scenario{Name: test.name, Topic: topic, Want: test.want}
					answer := send(t, g, s.Call(time.Now()))
					lines, err := gatetest.Lines(log.Bytes(), "decision")
					if err != nil {
						t.Fatal(err)
					}
					if err := s.Check(answer, lines); err != nil {
						t.Fatal(err)
					}
					if line := lines[0]; line.Level != "warn" || !strings.Contains(line.Error, test.log) {
						t.Errorf("got level %q, error %q", line.Level, line.Error)
					}
				})
			}
		}
	}
}

// TestSlowAndBrokenBodies: a body that dribbles in, or breaks off, costs the sender
// its say and Chat no time.
func TestSlowAndBrokenBodies(t *testing.T) {
	var log bytes.Buffer
	g := gate.New(app.Snapshot(load(t, "TIMEOUT=1s")), gate.Settings{Log: gate.NewLog(&log, "info")})
	ctx, stop := context.WithCancel(t.Context())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- httpserver.New(g).Serve(ctx, listener) }()

	s := gatetest.Scenario{}
	call := s.Call(time.Now())
	tests := []struct {
		name   string
		query  string
		send   func(net.Conn) error // all but the header
		want   string
		reason string
	}{
		{"a byte at a time", call.Query, dribble(call.Body), gatetest.Want{Code: 1}.Verdict(), "deadline"},
		{"a byte at a time, of another command", "CallbackCommand=State.StateChange", dribble(call.Body), gatetest.Want{}.Verdict(), ""},
		{"broken off", call.Query, func(c net.Conn) error {
			_, err := io.WriteString(c, `{"Name":"x","Operator_Account":"y"}`)
			return errors.Join(err, c.(*net.TCPConn).CloseWrite())
		}, gatetest.Want{Code: 1}.Verdict(), "body"},
	}
	for _, test := range tests {
		connection, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		header := "POST /?" + test.query + " HTTP/1.1\r\nHost: x\r\nX-Request-Id: " + requestID(test.name) + "\r\nContent-Length: 5000\r\n\r\n"
		if _, err := io.WriteString(connection, header); err != nil {
			t.Fatal(err)
		}
		go func() { _ = test.send(connection) }() // fails once the server has answered
		answer, err := io.ReadAll(connection)     // the server closes: the rest is not a request
		if err != nil && !strings.Contains(err.Error(), "reset") {
			t.Error(err)
		}
		if !strings.HasPrefix(string(answer), "HTTP/1.1 200 ") || !strings.HasSuffix(string(answer), test.want) {
			t.Errorf("%s: got %q, want %s", test.name, answer, test.want)
		}
		_ = connection.Close()
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	lines, err := gatetest.Lines(log.Bytes(), "decision")
	if err != nil {
		t.Fatal(err)
	}
	logged := map[string]string{}
	for _, line := range lines {
		logged[line.RequestID] = line.Reason
	}
	for _, test := range tests {
		if got := logged[requestID(test.name)]; got != test.reason {
			t.Errorf("%s: got reason %q, want %q", test.name, got, test.reason)
		}
	}
}

// requestID is a test's name as an id.
func requestID(name string) string { return strings.NewReplacer(" ", "-", ",", "").Replace(name) }

func dribble(body string) func(net.Conn) error {
	return func(c net.Conn) error {
		for i := range body {
			if _, err := io.WriteString(c, body[i:i+1]); err != nil {
				return err
			}
			time.Sleep(50 * time.Millisecond)
		}
		return nil
	}
}

// TestSecretsStayOut looks for the token, the signature and the query in a log that
// tells everything, for requests that succeed and fail in every way.
func TestSecretsStayOut(t *testing.T) {
	now := time.Now()
	for _, level := range []string{"trace", "info"} {
		var log bytes.Buffer
		c := load(t, "TOKENS="+token+",secondtoken", "LOG_LEVEL="+level)
		g := gate.New(app.Snapshot(c), gate.Settings{Log: gate.NewLog(&log, c.LogLevel)})
		g.LogStart("test", nil)
		var secrets []string
		for _, s := range []gatetest.Scenario{
			{Token: token}, {Token: "secondtoken"}, {Token: token, Off: -2 * time.Minute}, {Token: "wrong"},
			{Token: token, Body: gatetest.None}, {Token: token, Extra: "Sign=again"}, {Token: token, Body: "{"},
			{Token: token, Query: "room=private&SdkAppid=1&CallbackCommand=" + string(chat.BeforeCreateTopic)},
		} {
			call := s.Call(now)
			g.Handle(t.Context(), request(call, now))
			params := chat.ParseQuery(call.Query)
			secrets = append(secrets, params.Sign, "RequestTime="+params.RequestTime)
		}
		for _, secret := range append(secrets, token, "secondtoken", "room=private", "CallbackCommand=") {
			if secret != "" && bytes.Contains(log.Bytes(), []byte(secret)) {
				t.Errorf("level %s: %q is in the log", level, secret)
			}
		}
		if log.Len() == 0 {
			t.Error("nothing was logged")
		}
	}
}

// TestUnauthenticatedLogsNobody: what anybody can send must not fill a log with
// people's names.
func TestUnauthenticatedLogsNobody(t *testing.T) {
	var log bytes.Buffer
	g := gate.New(app.Snapshot(load(t, "TOKENS="+token)), gate.Settings{Log: gate.NewLog(&log, "info")})
	s := gatetest.Scenario{Operator: "victim", Topic: "libel", Platform: "Slander", ClientIP: "203.0.113.7"}
	g.Handle(t.Context(), request(s.Call(time.Now()), time.Now()))
	for _, personal := range []string{"victim", "libel", "Slander", "203.0.113.7"} {
		if strings.Contains(log.String(), personal) {
			t.Errorf("%q is in the log: %s", personal, log.String())
		}
	}
}

// TestEmptyName: a name that was asked for stands in the line though it is empty; of what was
// not decided there is none.
func TestEmptyName(t *testing.T) {
	for body, want := range map[string]bool{
		`{"CallbackCommand":"Group.CallbackBeforeCreateTopic","Operator_Account":"leckie","Name":""}`: true,
		`{"CallbackCommand":"Group.CallbackBeforeCreateTopic","Operator_Account":"leckie"}`:           false,
	} {
		for _, personal := range []string{"full", "off"} {
			var log bytes.Buffer
			g := gate.New(app.Snapshot(load(t, "LOG_PERSONAL="+personal)), gate.Settings{Log: gate.NewLog(&log, "info")})
			s := gatetest.Scenario{Topic: "x"}
			r := request(s.Call(time.Now()), time.Now())
			r.Body = []byte(body)
			g.Handle(t.Context(), r)
			if got := strings.Contains(log.String(), `"name":"",`); got != (want && personal == "full") {
				t.Errorf("%s, LOG_PERSONAL=%s: %s", body, personal, log.String())
			}
		}
	}
}

// TestDecisionLine holds every field of the line that dashboards are built on.
func TestDecisionLine(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 30, 0, 5_000_000, time.FixedZone("CST", 8*3600))
	tests := []struct {
		settings []string
		want     string
	}{
		{nil, `"operator":"leckie","type":"Community","name":"best spam","platform":"Web","client_ip":"203.0.113.7","verdict":"refuse","code":1,"rule":"banned-words","reason":"rule","detail":"spam",`},
		{[]string{"LOG_PERSONAL=off"}, `"type":"Community","platform":"Web","verdict":"refuse","code":1,"rule":"banned-words","reason":"rule",`},
		{[]string{"LOG_PERSONAL=hash", "LOG_KEY=k"}, `"operator":"0ce1f970c5704624","type":"Community","name":"HASH","platform":"Web","client_ip":"HASH","verdict":"refuse","code":1,"rule":"banned-words","reason":"rule","detail":"HASH",`},
	}
	for _, test := range tests {
		var log bytes.Buffer
		c := load(t, append(test.settings, "BANNED_WORDS=spam")...)
		g := gate.New(app.Snapshot(c), gate.Settings{Log: gate.NewLog(&log, "info"), Clock: fixed(at.Add(1500 * time.Microsecond))})
		s := gatetest.Scenario{Name: "x", Topic: "best spam", Platform: "Web", ClientIP: "203.0.113.7"}
		g.Handle(t.Context(), request(s.Call(at), at))
		got := log.String()
		if strings.Contains(test.want, "HASH") {
			for _, key := range []string{"name", "client_ip", "detail"} {
				got = regexp.MustCompile(`"`+key+`":"[0-9a-f]{16}"`).ReplaceAllString(got, `"`+key+`":"HASH"`)
			}
		}
		got = regexp.MustCompile(`"ref":"[0-9A-HJKMNP-TV-Z]{8}"`).ReplaceAllString(got, `"ref":"REF"`)
		want := `{"level":"info","timestamp":"2026-03-01T04:30:00.006Z","request_id":"request-of-x","ref":"REF","sdk_app_id":"1400000000","command":"Group.CallbackBeforeCreateTopic",` +
			test.want + `"mode":"enforce","policy":"` + c.Digest[:12] + `","duration_us":1500,"cold_start":true,"message":"decision"}` + "\n"
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
