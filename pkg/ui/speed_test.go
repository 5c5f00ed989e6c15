package ui

import (
	"fmt"
	"testing"
	"time"

	"topicgate/pkg/history"
	"topicgate/pkg/history/historytest"
)

// many is how many decisions the log has, and how many names, of which none is like another.
const many = 100_000

func manyDecisions(tb testing.TB) *history.Memory {
	tb.Helper()
	memory := &history.Memory{}
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	places := []string{"周末一起爬山", "Guild meeting", "新手问答", "Looking for a team", "二手交易", "Photos of cats", "读书会", "casino royale fans", "Música", "カフェ巡り"}
	for i := range many {
		at = at.Add(3 * time.Second)
		if err := memory.Keep(&history.Decision{
			Time: at, Command: "Group.CallbackBeforeCreateTopic", App: "1400000000", Operator: fmt.Sprint("user-", i%7000), Type: "Community",
			Name: fmt.Sprint(places[i%len(places)], " ", i/len(places)), Platform: "Web", Verdict: "allow", Reason: "default", Mode: "enforce", Policy: "000000000000",
		}); err != nil {
			tb.Fatal(err)
		}
	}
	return memory
}

// TestTyping: with a log of a hundred thousand decisions, what an edit changes is there soon
// after the last key, and typing waits for nothing. How long it took is logged: the bounds
// here are for a machine that does much else.
func TestTyping(t *testing.T) {
	d := newDesk(t, map[string]string{"policy.yaml": somePolicy}, manyDecisions(t))
	r := d.opens(t, 1400)
	r.sees("#effect-result", "Nothing changes.")
	r.put("fuck, ", "")
	// Each key is timed from when it is dealt with to the next frame that shows it, and the
	// effect from the last key.
	historytest.Eval[bool](r.Tab, `(() => {
		window.keys = []
		const content = document.querySelector("#policy-editor .cm-content")
		content.addEventListener("keydown", () => {
			const began = performance.now()
			window.last = began
			requestAnimationFrame(() => requestAnimationFrame(() => window.keys.push(performance.now() - began)))
		}, true)
		new MutationObserver(() => {
			if (!window.arrived && document.querySelector("#effect-result").textContent.includes("decisions: 10,000") && !document.querySelector("#effect-result").classList.contains("stale")) window.arrived = performance.now()
		}).observe(document.querySelector("#effect-result"), {subtree: true, childList: true, attributes: true})
		return true
	})()`)
	for _, key := range "casino, " {
		r.Press(string(key))
		time.Sleep(60 * time.Millisecond) // as fast as people type
	}
	r.Until("window.arrived > 0")
	took := historytest.Eval[float64](r.Tab, "window.arrived - window.last")
	longest := historytest.Eval[float64](r.Tab, "Math.max(...window.keys)")
	t.Logf("the effect of an edit on %d decisions came %.0f ms after the last key; the slowest of %d keys took %.0f ms to be seen", many, took, len("casino, "), longest)
	if took > 120_000 || longest > 20_000 {
		t.Errorf("far too slow: %.0f ms, %.0f ms", took, longest)
	}
	// While a replay is on its way, the page goes on: what is typed is there at once, and the
	// replay of what was typed before ends.
	r.put("casino, ", "")
	for range 5 {
		for _, key := range "night, " {
			r.Press(string(key))
		}
		time.Sleep(pauseOfPage)
	}
	r.sees("#policy-editor .cm-content", "night, night, night, night, night, ")
	r.sees("#problems", "contains")
	r.Until("!document.querySelector('#effect-result').classList.contains('stale')")
	r.sees("#effect-result", "decisions: 10,000")
}

// pauseOfPage is longer than the page waits for the next key: a replay begins.
const pauseOfPage = 250 * time.Millisecond

// A replay that nobody waits for ends, and the next one need not wait for it.
func TestGivenUp(t *testing.T) {
	d := newDesk(t, map[string]string{"policy.yaml": somePolicy}, manyDecisions(t))
	d.effects <- struct{}{} // one is under way
	done := make(chan int)
	go func() { done <- d.asks(t, "effect", m{"text": somePolicy}, nil) }()
	select {
	case status := <-done:
		t.Fatalf("two at once: %d", status)
	case <-time.After(50 * time.Millisecond):
	}
	<-d.effects
	if status := <-done; status != 200 {
		t.Errorf("afterwards: %d", status)
	}
}

func BenchmarkEffect(b *testing.B) {
	memory := manyDecisions(b)
	l := &loads{server: &Server{options: Options{}, policy: file{path: "../../deploy/policies/moderated-community.yaml"}}}
	content, err := l.server.policy.read()
	if err != nil {
		b.Fatal(err)
	}
	old := l.load(content.Text)
	for i := 0; b.Loop(); i++ {
		next := l.load(content.Text + fmt.Sprintf("\n# %d\n", i))
		if _, err := memory.Replay(b.Context(), &next.Spec, &old.Spec); err != nil {
			b.Fatal(err)
		}
	}
}
