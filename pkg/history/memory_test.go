package history

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"topicgate/pkg/policy"
	"topicgate/pkg/quota"
)

// gateLog is what gates wrote about some callbacks, most of them more than once.
func gateLog(t testing.TB, n int) []byte {
	t.Helper()
	var log bytes.Buffer
	requests := callbacks(t, n)
	for _, text := range deciding {
		g := newTestedGate(loaded(t, text), &log, quota.NewMemory())
		for _, r := range requests {
			g.asked(t.Context(), r)
		}
	}
	return log.Bytes()
}

func memoryOf(t testing.TB, log []byte) *Memory {
	t.Helper()
	m := &Memory{}
	if _, err := (&Reader{Files: []string{"-"}, Stdin: bytes.NewReader(log)}).Each(t.Context(), m.Keep, nil); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestMemoryReplays holds replays of what is kept to replays of the log, by policies that look at
// the time and by others, against the log and against one another.
func TestMemoryReplays(t *testing.T) {
	log := gateLog(t, 600)
	m := memoryOf(t, log)
	policies := append([]string{tried, "rules: [{name: a, match: {any: [{name: {contains: [a]}}, {not: {platform: {in: [Web]}}}]}, action: refuse}]", "rules: []",
		"rules: [{name: gone, match: {name: {contains: [a]}}, action: refuse, until: 2026-03-02}]"}, deciding...)
	timed := 0
	for i, text := range policies {
		next := loaded(t, text)
		if next.Spec.Timed() {
			timed++
		}
		for j := -1; j < len(policies); j++ {
			var old *policy.Spec
			var want Result
			if j < 0 {
				want = replayLog(t, log, next, nil)
			} else {
				before := loaded(t, policies[j])
				old, want = &before.Spec, replayLog(t, log, next, before)
			}
			for range 2 { // the second time the old answers are known
				got, err := m.Replay(t.Context(), &next.Spec, old)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
					t.Fatalf("policy %d against %d: -want +got:\n%s", i, j, diff)
				}
			}
		}
	}
	if timed != 3 || m.Decisions() != replayLog(t, log, loaded(t, "version: 1"), nil).Decisions || len(m.alike) == m.Decisions() {
		t.Errorf("%d policies look at the time; of %d decisions %d are kept", timed, m.Decisions(), len(m.alike))
	}
}

// Who edits on gives up what was asked before.
func TestMemoryCancelled(t *testing.T) {
	m := memoryOf(t, gateLog(t, 50))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	next := &loaded(t, tried).Spec
	if _, err := m.Replay(ctx, next, next); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got, err := m.Replay(t.Context(), next, next); err != nil || got.Same+got.NotReplayed != m.Decisions() {
		t.Errorf("afterwards: %+v, %v", got.Totals, err)
	}
}

func BenchmarkMemory(b *testing.B) {
	m := &Memory{}
	d := Decision{Verdict: Allow, Reason: "default", Mode: "enforce", Command: "Group.CallbackBeforeCreateTopic", Time: time.Unix(1772323200, 0)}
	for i := range 100_000 {
		d.Name, d.Operator = fmt.Sprint("周末一起去 hiking No ", i), fmt.Sprint("user-", i%5000)
		if err := m.Keep(&d); err != nil {
			b.Fatal(err)
		}
	}
	next := loaded(b, "", "TOPICGATE_POLICY_FILE=../../deploy/policies/moderated-community.yaml", "TOPICGATE_POLICY=")
	for b.Loop() {
		if _, err := m.Replay(b.Context(), &next.Spec, &next.Spec); err != nil {
			b.Fatal(err)
		}
	}
}
