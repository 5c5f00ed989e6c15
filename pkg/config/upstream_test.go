package config

import (
	"strings"
	"testing"

	"topicgate/pkg/policy"
)

// TestUpstreamWarnings: what an upstream may be, and had better not.
func TestUpstreamWarnings(t *testing.T) {
	tests := map[string]string{
		"https://chat.example.com/":  "",
		"http://127.0.0.1:8080/":     "",
		"http://localhost:8080":      "",
		"http://[::1]:8080/":         "",
		"http://chat.example.com/":   "callbacks are relayed in the clear",
		"http://10.0.0.7:8080/":      "callbacks are relayed in the clear",
		"http://127.0.0.1:9000/":     "topicgate's own address",
		"http://localhost:9000/chat": "topicgate's own address",
		"https://127.0.0.1:9000/":    "topicgate's own address",
	}
	for url, want := range tests {
		c := Load([]string{"TOPICGATE_SDK_APP_IDS=1", "TOPICGATE_TOKENS=t", "TOPICGATE_UPSTREAM_URL=" + url}, Options{})
		if c.Broken() {
			t.Errorf("%s: %v", url, c.Problems)
		}
		got := strings.Join(policy.Texts(c.Warnings), "\n")
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: got the warnings %q, want %q", url, got, want)
		}
	}
}
