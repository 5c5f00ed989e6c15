package gate_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"topicgate/pkg/app"
	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/gate/gatetest"
)

// TestSignedWithoutTokens: whoever switched authentication on in the console, and gave
// us no token, is told so, once.
func TestSignedWithoutTokens(t *testing.T) {
	signed, plain := gatetest.Scenario{Token: token}, gatetest.Scenario{}
	foreign := gatetest.Scenario{Token: token, Command: "State.StateChange"}
	tests := []struct {
		name      string
		variables []string
		requests  []gatetest.Scenario
		want      int
	}{
		{"nothing is signed", nil, []gatetest.Scenario{plain, plain}, 0},
		{"signed", nil, []gatetest.Scenario{plain, signed, plain, signed, signed}, 1},
		{"signed, in dry run", []string{"MODE=dry_run"}, []gatetest.Scenario{signed}, 1},
		{"signed, and checked", []string{"TOKENS=" + token}, []gatetest.Scenario{signed, plain}, 0},
		{"signed, and only another app is checked", []string{"SDK_APP_IDS=" + gatetest.App + ",7", "TOKENS=7:other"}, []gatetest.Scenario{signed}, 1},
		{"signed, for an app that is not served", []string{"TOKENS=" + gatetest.App + ":" + token}, []gatetest.Scenario{{Token: token, Query: "SdkAppid=7&CallbackCommand=Group.CallbackBeforeCreateTopic"}}, 0},
		{"signed, and wrong", []string{"TOKENS=other"}, []gatetest.Scenario{signed}, 0},
		{"signed, and not governed", nil, []gatetest.Scenario{foreign}, 0},
		{"signed, at a level that leaves warnings out", []string{"LOG_LEVEL=error"}, []gatetest.Scenario{signed}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			c := load(t, tt.variables...)
			g := gate.New(app.Snapshot(c), gate.Settings{Log: gate.NewLog(&log, c.LogLevel), Unchecked: config.Unchecked})
			for _, s := range tt.requests {
				g.Handle(t.Context(), request(s.Call(time.Now()), time.Now()))
			}
			lines, err := gatetest.Lines(log.Bytes(), "warning")
			if err != nil {
				t.Fatal(err)
			}
			if len(lines) != tt.want {
				t.Fatalf("%d warnings, want %d:\n%s", len(lines), tt.want, &log)
			}
			if tt.want > 0 && (lines[0].Level != "warn" || lines[0].Timestamp == "" || !strings.Contains(log.String(), `"warning":"callbacks are signed, and no signature is checked: TOPICGATE_TOKENS: `)) {
				t.Errorf("got\n%s", &log)
			}
		})
	}
}

// A configuration that is broken may have a token that could not be read.
func TestSignedAndBroken(t *testing.T) {
	var log bytes.Buffer
	c := config.Load([]string{"TOPICGATE_TOKENS_FILE=/nowhere"}, config.Options{})
	g := gate.New(app.Snapshot(c), gate.Settings{Log: gate.NewLog(&log, "info")})
	signed := gatetest.Scenario{Token: token}
	g.Handle(t.Context(), request(signed.Call(time.Now()), time.Now()))
	if lines, err := gatetest.Lines(log.Bytes(), "warning"); err != nil || len(lines) > 0 {
		t.Errorf("got %v, %v, want no warning", lines, err)
	}
}
