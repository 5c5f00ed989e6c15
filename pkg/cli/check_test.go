package cli

import (
	"testing"
	"time"

	"topicgate/pkg/config"
	"topicgate/pkg/policy"
)

// TestWarnSlow: only where a policy is looked for within decisions does it matter how long
// it takes.
func TestWarnSlow(t *testing.T) {
	const url = "TOPICGATE_POLICY_URL=http://localhost:2772/policy"
	for _, tt := range []struct {
		environ []string
		took    time.Duration
		want    string
	}{
		{[]string{url}, 100 * time.Millisecond, ""},
		{[]string{url}, 101 * time.Millisecond, "the policy takes 101 ms to load here, over 100: TOPICGATE_POLICY_URL: shorten its lists, or keep it in the package: a function's look at it lasts 300 ms at most"},
		{nil, time.Hour, ""},
	} {
		c := config.Load(tt.environ, config.Options{Offline: true})
		c.Warnings = nil
		warnSlow(c, tt.took)
		got := ""
		if len(c.Warnings) > 0 {
			got = policy.Texts(c.Warnings)[0]
		}
		if got != tt.want {
			t.Errorf("%q, %v: %q, want %q", tt.environ, tt.took, got, tt.want)
		}
	}
}
