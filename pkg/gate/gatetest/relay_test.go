package gatetest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"topicgate/pkg/chat"
)

// An upstream records what reaches it and answers by the body that it gets.
type upstream struct {
	*httptest.Server

	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
}

// The answers are what handlers of other commands give, and what they should not.
var upstreamAnswers = []struct {
	status            int
	contentType, body string
}{
	{200, "application/json", `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`},
	{200, "application/json; charset=utf-8", `{"ActionStatus":"OK","ErrorInfo":"消息含敏感词 <b>","ErrorCode":10016,"MsgBody":[{"MsgType":"TIMTextElem"}]}`},
	{200, "", ""},
	{404, "text/html", "<html>not here</html>"},
	{500, "text/plain", "oops"},
	{200, "application/octet-stream", "\x00\xff\xfe binary \x80"},
	{301, "text/html", "moved"},
	{201, "application/json", strings.Repeat("x", 1<<20)},
}

func startUpstream(t *testing.T) *upstream {
	u := &upstream{}
	u.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		u.mu.Lock()
		n := len(u.requests)
		u.requests, u.bodies = append(u.requests, r), append(u.bodies, string(body))
		u.mu.Unlock()
		answer := upstreamAnswers[n%len(upstreamAnswers)]
		w.Header()["Content-Type"] = nil
		if answer.contentType != "" {
			w.Header().Set("Content-Type", answer.contentType)
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(answer.status)
		_, _ = io.WriteString(w, answer.body)
	}))
	t.Cleanup(u.Close)
	return u
}

// last is the last request and how many there were before it.
func (u *upstream) last() (*http.Request, string, int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	n := len(u.requests) - 1
	if n < 0 {
		return nil, "", n
	}
	return u.requests[n], u.bodies[n], n
}

// otherCallbacks are calls of commands that are not governed, in shapes that Chat
// sends and in some that it might.
func otherCallbacks() []Call {
	var calls []Call
	add := func(query, body string) { calls = append(calls, Call{Method: "POST", Query: query, Body: body}) }
	commands := []string{
		"C2C.CallbackBeforeSendMsg", "C2C.CallbackAfterSendMsg", "Group.CallbackBeforeSendMsg", "Group.CallbackAfterSendMsg",
		"State.StateChange", "Profile.CallbackPortraitSet", "Sns.CallbackFriendAdd", "Group.CallbackAfterCreateGroup",
		"Group.CallbackBeforeApplyJoinGroup", "Group.CallbackAfterNewMemberJoin", "Group.CallbackBeforeCreateGroup", "Bot.OnC2CMessage",
	}
	for i, command := range commands {
		query := "SdkAppid=" + App + "&CallbackCommand=" + command + "&contenttype=json&ClientIP=203.0.113." + fmt.Sprint(i) + "&OptPlatform=iOS"
		add(query, `{"CallbackCommand":"`+command+`","From_Account":"jared","MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"红包 👩‍👩‍👧 \u0000\ud83d\ude00 & <b>"}}]}`)
		add(query+"&RequestTime=1669872112&Sign=17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061", "{}")
	}
	usual := "SdkAppid=" + App + "&CallbackCommand=C2C.CallbackAfterSendMsg"
	for _, query := range []string{
		"", "CallbackCommand=State.StateChange", usual + "&a=%20b+c%2B", usual + "&a=%E7%BE%A4&b=群", usual + "&empty=&naked",
		usual + "&x=1&x=2&x=1", usual + "&sdkappid=1", usual + "&path=%2F%3F%26%3D%23", usual + "&percent=%25", "&&" + usual + "&&",
		usual + "&semi;colon=1;2", usual + "&quote=%22%27%3C%3E",
	} {
		add(query, `{"MsgBody":[]}`)
	}
	add(usual, "")
	add(usual, strings.Repeat("x", 200<<10))
	add(usual, "not JSON at all")
	add(usual, "\xff\xfe\x00binary")
	add(usual, " \r\n{\"a\" : 1}\n ")
	return calls
}

// TestRelay sends every call through every transport to a real upstream: its body
// arrives identical, its query as the event carries it, and the answer comes back.
func TestRelay(t *testing.T) {
	up := startUpstream(t)
	environ := []string{"TOPICGATE_SDK_APP_IDS=" + App, "TOPICGATE_TOKENS=" + oneToken, "TOPICGATE_UPSTREAM_URL=" + up.URL + "/im/callback?key=of+its+own", "TOPICGATE_LOG_LEVEL=debug"}
	calls := otherCallbacks()
	if len(calls) < 40 {
		t.Fatalf("%d calls, want at least 40", len(calls))
	}

	lambda, err := StartLambda(binaries.lambda, t.TempDir(), environ)
	if err != nil {
		t.Fatal(err)
	}
	defer lambda.Close()
	scf, err := StartSCF(binaries.scf, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer scf.Close()
	server, err := StartServer(binaries.topicgate, t.TempDir(), environ)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()

	check := func(form string, raw bool, call Call, send func() (Answer, error)) {
		t.Helper()
		_, _, before := up.last()
		answer, err := send()
		if err != nil {
			t.Fatalf("%s: %q: %v", form, call.Query, err)
		}
		got, body, n := up.last()
		if n != before+1 {
			t.Fatalf("%s: %q: %d requests reached the upstream, want 1", form, call.Query, n-before)
		}
		if body != call.Body {
			t.Errorf("%s: %q: the body changed to %.80q", form, call.Query, body)
		}
		own, query, _ := strings.Cut(got.URL.RawQuery, "&")
		if own != "key=of+its+own" || got.URL.Path != "/im/callback" {
			t.Errorf("%s: %q: the upstream's own URL changed to %s", form, call.Query, got.URL)
		}
		if raw && query != call.Query {
			t.Errorf("%s: the query %q became %q", form, call.Query, query)
		}
		if want, have := values(form, call.Query), values("", query); !reflect.DeepEqual(have, want) {
			t.Errorf("%s: %q: got the parameters %q, want %q", form, call.Query, have, want)
		}
		want := upstreamAnswers[n%len(upstreamAnswers)]
		if answer.Status != want.status || answer.ContentType != want.contentType || answer.Body != want.body {
			t.Errorf("%s: %q: got %d %q %.60q, want %d %q %.60q", form, call.Query, answer.Status, answer.ContentType, answer.Body, want.status, want.contentType, want.body)
		}
	}

	for i, call := range calls {
		call.RequestID = fmt.Sprint("relay-", i)
		check("HTTP", true, call, func() (Answer, error) { return server.Do(t.Context(), call) })
		for _, form := range slices.Concat(AWSForms, SCFForms) {
			payload, err := json.Marshal(form.Encode(call))
			if err != nil {
				t.Fatal(err)
			}
			raw := form.Name == "HTTP API 2.0" || form.Name == "Function URL"
			check(form.Name, raw && call.Query != "", call, func() (Answer, error) {
				invoke := lambda.Invoke
				if strings.HasPrefix(form.Name, "SCF") {
					invoke = func(id string, payload []byte) ([]byte, error) { return scf.Invoke(id, environ, payload) }
				}
				response, err := invoke(call.RequestID, payload)
				if err != nil {
					return Answer{}, err
				}
				return form.Decode(response)
			})
		}
	}
	for _, p := range []*Process{lambda.Process, scf.Process, server.Process} {
		log, err := p.Log()
		if err != nil {
			t.Fatal(err)
		}
		lines, err := Lines(log, "relay")
		if err != nil {
			t.Fatal(err)
		}
		if len(lines) < len(calls) {
			t.Errorf("%d relay lines for %d calls", len(lines), len(calls))
		}
		for _, secret := range []string{"17773bc3", "of+its+own", "红包"} {
			if strings.Contains(string(log), secret) {
				t.Errorf("%q is in the log", secret)
			}
		}
	}
	testNothingGovernedIsRelayed(t, up, server, lambda)
}

// values are the parameters of a query, as the event of a form can carry them.
func values(form, query string) url.Values {
	v := url.Values{}
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		key, value, _ := strings.Cut(pair, "=")
		if form == "ALB" { // one value a name
			v.Set(decoded(key), decoded(value))
		} else {
			v.Add(decoded(key), decoded(value))
		}
	}
	return v
}

// testNothingGovernedIsRelayed sends what is governed, or half so, whole and broken.
func testNothingGovernedIsRelayed(t *testing.T, up *upstream, server *Server, lambda *Lambda) {
	_, _, before := up.last()
	for _, s := range Scenarios() {
		if s.Want.Reason == "" || s.Env["GOVERN"] != "" || s.Command == chat.BeforeCreateGroup || strings.Contains(s.Env["POLICY"], "govern") {
			continue
		}
		call := s.Call(time.Now())
		answer, err := server.Do(context.Background(), call)
		if err != nil {
			t.Fatal(err)
		}
		if answer.Status != 200 {
			t.Errorf("%s: answered %d", s.Name, answer.Status)
		}
		payload, err := json.Marshal(AWSForms[0].Encode(call))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := lambda.Invoke(call.RequestID, payload); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, after := up.last(); after != before {
		t.Errorf("%d governed callbacks reached the upstream", after-before)
	}
}
