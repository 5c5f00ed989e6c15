package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"topicgate/pkg/chat"
	"topicgate/pkg/policy"
)

// TestProbe: what is answered to a probe is what is answered to anybody, and its line says
// the same; but it is called a probe, and is not counted. Nobody without a token gets that.
func TestProbe(t *testing.T) {
	now := time.Unix(1669872112, 0)
	p, problems, _ := policy.Compile(policy.Spec{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var log bytes.Buffer
	counted, callbacks := 0, 0
	g := New(&Snapshot{
		Apps: map[string][]string{"1400000000": {"old", "xxxxyyyy"}, "1400000001": nil}, Govern: []policy.Subject{policy.Topic},
		OnError: policy.Refuse, Timeout: time.Second, Policy: p,
	}, Settings{
		Log: NewLog(&log, "info"), Clock: func() time.Time { return now },
		Observer: Observer{Decision: func(Outcome, time.Duration) { counted++ }, Callback: func(string) { callbacks++ }},
	})
	sign := "&RequestTime=1669872112&Sign=" + chat.Sign("xxxxyyyy", "1669872112")
	mark := "&" + chat.ProbeParameter + "="
	good, stranger := mark+chat.ProbeMark("xxxxyyyy", now), mark+chat.ProbeMark("guessed", now)
	old := mark + chat.ProbeMark("xxxxyyyy", now.Add(-2*chat.MaxSkew))
	for _, c := range []struct {
		query, body, message, reason string
		code                         int
	}{
		{"SdkAppid=1400000000" + sign + good, `{"Operator_Account":"a","Name":"n"}`, "probe", "default", 0},
		{"SdkAppid=1400000000" + good, `{"Operator_Account":"a","Name":"n"}`, "probe", "sign_missing", 1},
		{"SdkAppid=91400000000" + sign + good, `{"Operator_Account":"a","Name":"n"}`, "probe", "sdk_app_id", 1},
		{"SdkAppid=1400000000" + sign + good, `{`, "probe", "body", 1},
		{"SdkAppid=1400000000" + sign + mark + chat.ProbeMark("old", now), `{`, "probe", "body", 1},
		{"SdkAppid=1400000000" + sign, `{"Operator_Account":"a","Name":"n"}`, "decision", "default", 0},
		{"SdkAppid=1400000000" + stranger, `{"Operator_Account":"topicgate-probe","Name":"Probe"}`, "decision", "sign_missing", 1},
		{"SdkAppid=1400000000" + old, `{"Operator_Account":"a","Name":"n"}`, "decision", "sign_missing", 1},
		{"SdkAppid=1400000001" + mark + chat.ProbeMark("", now), `{`, "decision", "body", 1},
	} {
		log.Reset()
		counted, callbacks = 0, 0
		answer := g.Handle(context.Background(), Request{
			Method: http.MethodPost, Params: chat.ParseQuery("CallbackCommand=Group.CallbackBeforeCreateTopic&" + c.query), Body: []byte(c.body), Received: now,
		})
		var line struct{ Message, Reason, Verdict string }
		if err := json.Unmarshal(log.Bytes(), &line); err != nil {
			t.Fatalf("%v: %s", err, &log)
		}
		var verdict struct{ ErrorCode int }
		if err := json.Unmarshal([]byte(answer.Body), &verdict); err != nil || answer.Status != http.StatusOK || verdict.ErrorCode != c.code {
			t.Errorf("%s: answered %d %s, want the code %d", c.query, answer.Status, answer.Body, c.code)
		}
		if line.Message != c.message || line.Reason != c.reason || strings.Contains(log.String(), chat.ProbeParameter) {
			t.Errorf("%s: the line is %s, want a %s for %s", c.query, &log, c.message, c.reason)
		}
		if want := map[string]int{"probe": 0, "decision": 1}[c.message]; counted != want || callbacks != 1 {
			t.Errorf("%s: %d decisions were counted, and %d callbacks", c.query, counted, callbacks)
		}
	}
}
