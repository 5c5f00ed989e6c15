//go:build !race

// The race detector allocates, and lets pools drop what they hold.

package gate_test

import (
	"testing"

	"topicgate/pkg/chat"
	"topicgate/pkg/gate"
	"topicgate/pkg/gate/gatetest"
)

// TestDecidingAllocatesLittle guards the hot path without a timer: the whole core,
// from the raw query to the verdict.
func TestDecidingAllocatesLittle(t *testing.T) {
	for level, most := range map[string]float64{"disabled": 8, "info": 8} {
		g, call, now := benchGate(t, level)
		body := []byte(call.Body)
		ctx, want := t.Context(), (gatetest.Want{}).Verdict()
		got := testing.AllocsPerRun(500, func() {
			answer := g.Handle(ctx, gate.Request{Method: "POST", Params: chat.ParseQuery(call.Query), Body: body, Received: now})
			if answer.Body != want {
				t.Fatal(answer.Body)
			}
		})
		if got > most {
			t.Errorf("log %s: %v allocations, want at most %v", level, got, most)
		}
	}
}
