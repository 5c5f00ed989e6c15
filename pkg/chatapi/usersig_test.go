package chatapi

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestSigner: a UserSig is kept, and made anew before it ends, when the clock went back, and when it was refused.
func TestSigner(t *testing.T) {
	made := 0
	s := &signer{sign: func() (string, error) { made++; return fmt.Sprint("sig ", made), nil }}
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, step := range []struct {
		after time.Duration
		want  string
	}{
		{0, "sig 1"},
		{time.Hour - time.Second, "sig 1"},
		{time.Hour, "sig 2"},
		{2*time.Hour - time.Second, "sig 2"},
		{30 * time.Minute, "sig 3"}, // the clock was put right
		{31 * time.Minute, "sig 3"},
	} {
		if got, err := s.get(begin.Add(step.after)); err != nil || got != step.want {
			t.Errorf("after %s: got %s (%v), want %s", step.after, got, err, step.want)
		}
	}
	s.forget("sig 2") // which is not in use any more
	if got, _ := s.get(begin.Add(32 * time.Minute)); got != "sig 3" {
		t.Errorf("got %s", got)
	}
	s.forget("sig 3")
	if got, _ := s.get(begin.Add(33 * time.Minute)); got != "sig 4" {
		t.Errorf("got %s", got)
	}
	if sigFresh >= sigLife-30*time.Minute {
		t.Error("a UserSig is used until it ends: clocks differ")
	}

	s = &signer{sign: func() (string, error) { return "", errors.New("the key is sesame") }}
	if _, err := s.get(begin); err == nil || strings.Contains(err.Error(), "sesame") {
		t.Errorf("got %v", err)
	}
}

// TestFrozen: in a function that is frozen the monotonic clock stands still, and the UserSig ages all the same.
func TestFrozen(t *testing.T) {
	made := 0
	s := &signer{sign: func() (string, error) { made++; return "sig", nil }}
	now := time.Now()
	_, _ = s.get(now)
	if s.made != now.Round(0) {
		t.Error("the time that it was made at has a monotonic part")
	}
}

// TestPacer: turns are as far apart as the command's limit and the rate say, whichever is more.
func TestPacer(t *testing.T) {
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	const ms = time.Millisecond
	for _, test := range []struct {
		rate  float64
		take  []command
		waits []time.Duration
	}{
		{0, []command{getTopic, getTopic, getTopic}, []time.Duration{0, 5 * ms, 10 * ms}},
		{0, []command{getTopic, modifyTopic, getTopic}, []time.Duration{0, 0, 5 * ms}},
		{0, []command{getGroups, getGroups, getTopic}, []time.Duration{0, 1000 * ms, 0}},
		{0, []command{modifyGroup, modifyGroup}, []time.Duration{0, 0}},
		{20, []command{getTopic, modifyTopic, getTopic}, []time.Duration{0, 50 * ms, 100 * ms}},
		{20, []command{getGroups, getTopic, getGroups, getGroups}, []time.Duration{0, 50 * ms, 1000 * ms, 2000 * ms}},
		{0.5, []command{modifyGroup, modifyGroup}, []time.Duration{0, 2000 * ms}},
	} {
		p := newPacer(test.rate)
		for i, c := range test.take {
			if got, ok := p.take(c, begin, time.Minute); got != test.waits[i] || !ok {
				t.Errorf("rate %v, %v: turn %d in %s, want %s", test.rate, test.take, i, got, test.waits[i])
			}
		}
	}
	p := newPacer(0)
	for range 2 { // what comes too late is not taken
		_, _ = p.take(getGroups, begin, 0)
		if got, ok := p.take(getGroups, begin, 999*ms); got != time.Second || ok {
			t.Errorf("got %s, %v", got, ok)
		}
	}
	if got, ok := p.take(getGroups, begin.Add(1500*ms), 0); got != 0 || !ok {
		t.Errorf("later: got %s, %v", got, ok)
	}
}

// TestEveryCommandHasARow: what is called has a service, a name and its limit.
func TestEveryCommandHasARow(t *testing.T) {
	for i, c := range commands {
		if path := command(i).path(); strings.Count(path, "/") != 3 || strings.HasSuffix(path, "/") || strings.Contains(path, "//") || strings.Contains(c.name, "destroy_group") {
			t.Errorf("%d is %s", i, path)
		}
	}
}
