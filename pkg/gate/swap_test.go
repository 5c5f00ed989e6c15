package gate_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"topicgate/pkg/app"
	"topicgate/pkg/chat"
	"topicgate/pkg/gate"
	"topicgate/pkg/gate/gatetest"
)

// TestSwap: while the configuration changes, each callback is decided, answered and
// logged by one of two, never by half of each.
func TestSwap(t *testing.T) {
	var log gatetest.LockedBuffer
	one := app.Snapshot(load(t, "TOKENS="+token, "REFUSE_CODE=10101", "BANNED_WORDS=*first*"))
	two := app.Snapshot(load(t, "TOKENS=other", "REFUSE_CODE=10102", "MODE=dry_run"))
	g := gate.New(one, gate.Settings{Log: gate.NewLog(&log, "info")})
	var swapping, asking sync.WaitGroup
	stop := make(chan struct{})
	swapping.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				g.Swap([]*gate.Snapshot{one, two}[i%2])
			}
		}
	})
	const callers, calls = 4, 500
	for range callers {
		asking.Go(func() {
			for range calls {
				now := time.Now()
				signed := gatetest.Scenario{Token: token}
				answer := g.Handle(t.Context(), request(signed.Call(now), now))
				// The first refuses the word, the second does not believe the signature,
				// and refuses nothing in its dry run.
				if !strings.Contains(answer.Body, "10101") && answer.Body != chat.Allowed().JSON() {
					t.Errorf("got %s", answer.Body)
				}
			}
		})
	}
	asking.Wait()
	close(stop)
	swapping.Wait()
	seen := 0
	for line := range bytes.Lines([]byte(log.String())) {
		var got struct {
			Message, Policy, Rule, Reason, Mode string
			Code                                int
		}
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatal(err)
		}
		if got.Message != "decision" {
			continue
		}
		seen++
		byOne := got.Policy == one.Digest && got.Rule == "banned-words" && got.Code == 10101 && got.Mode == "enforce"
		byTwo := got.Policy == two.Digest && got.Reason == "sign_wrong" && got.Code == 0 && got.Mode == "dry_run"
		if !byOne && !byTwo {
			t.Errorf("decided by half of each: %s", line)
		}
	}
	if seen != callers*calls {
		t.Errorf("%d decisions in the log, want %d", seen, callers*calls)
	}
}
