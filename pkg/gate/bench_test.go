package gate_test

import (
	"io"
	"testing"
	"time"

	"topicgate/pkg/app"
	"topicgate/pkg/chat"
	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/gate/gatetest"
	"topicgate/pkg/textfold"
)

// benchGate decides by the benchmark's policy: a signature, twenty rules, a thousand
// words.
func benchGate(t testing.TB, level string) (*gate.Gate, gatetest.Call, time.Time) {
	t.Helper()
	now := time.Unix(1669872112, 0)
	c := config.Load([]string{
		"TOPICGATE_SDK_APP_IDS=" + gatetest.App, "TOPICGATE_TOKENS=" + token, "TOPICGATE_POLICY_FILE=../bench/policy/policy.yaml",
	}, config.Options{})
	if c.Broken() {
		t.Fatal(c.Problems)
	}
	g := gate.New(app.Snapshot(c), gate.Settings{Log: gate.NewLog(io.Discard, level), Clock: fixed(now)})
	s := gatetest.Scenario{Token: token, Topic: "新手报到区 Welcome to the guild", Operator: "member_8472", Platform: "iOS", ClientIP: "192.0.2.44"}
	return g, s.Call(now), now
}

// BenchmarkCore is a decision with and without its log line, beside what cannot be
// done without: the hash of the signature, and one folded search.
func BenchmarkCore(b *testing.B) {
	for _, level := range []string{"disabled", "info"} {
		b.Run("log="+level, func(b *testing.B) {
			g, call, now := benchGate(b, level)
			body := []byte(call.Body)
			ctx := b.Context()
			b.ReportAllocs()
			for b.Loop() {
				g.Handle(ctx, gate.Request{Method: "POST", Params: chat.ParseQuery(call.Query), Body: body, Received: now})
			}
		})
	}
	b.Run("floor", func(b *testing.B) {
		c := config.Load([]string{"TOPICGATE_POLICY_FILE=../bench/policy/policy.yaml"}, config.Options{Offline: true})
		words := c.Spec.Rules[9].Match.Name.Contains
		set, err := textfold.NewSet(words, nil, textfold.Options{LookAlikes: true})
		if err != nil || len(words) != 1000 {
			b.Fatal(len(words), err)
		}
		for b.Loop() {
			if chat.Sign(token, "1669872112") == "" {
				b.Fatal()
			}
			if _, found := set.Find("新手报到区 Welcome to the guild"); found {
				b.Fatal()
			}
		}
	})
}
