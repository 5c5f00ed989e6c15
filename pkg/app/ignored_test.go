package app

import (
	"bytes"
	"strings"
	"testing"

	"topicgate/pkg/config"
	"topicgate/pkg/gate"
)

// What container platforms set by themselves is named once, for who asks.
func TestIgnoredVariables(t *testing.T) {
	const injected = "TOPICGATE_SERVICE_HOST=10.96.0.7"
	for _, tt := range []struct {
		environ []string
		want    int
	}{
		{[]string{"TOPICGATE_LOG_LEVEL=debug", injected, "TOPICGATE_PORT=tcp://10.96.0.7:9000"}, 1},
		{[]string{"TOPICGATE_LOG_LEVEL=info", injected}, 0},
		{[]string{"TOPICGATE_LOG_LEVEL=debug"}, 0},
	} {
		var log bytes.Buffer
		New(config.Load(append(tt.environ, "TOPICGATE_SDK_APP_IDS=1"), config.Options{}), &log, gate.Observer{})
		if got := strings.Count(log.String(), `"message":"ignored"`); got != tt.want {
			t.Errorf("%q: named %d times, want %d: %s", tt.environ, got, tt.want, &log)
		}
		if tt.want > 0 && !strings.Contains(log.String(), `"variables":["TOPICGATE_PORT","TOPICGATE_SERVICE_HOST"]`) {
			t.Errorf("got %s", &log)
		}
	}
}
