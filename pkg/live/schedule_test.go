package live

import (
	"testing"
	"time"
)

func TestSchedule(t *testing.T) {
	const refresh = 30 * time.Second
	start := time.Date(2026, 11, 26, 2, 0, 0, 0, time.UTC)
	s := NewSchedule(refresh)
	if !s.Due(start) || !s.Next().IsZero() {
		t.Fatal("the first look is not due at once")
	}
	now, seen := start, map[time.Duration]bool{}
	for range 1000 {
		s.Looked(now, true)
		wait := s.Next().Sub(now)
		if wait < refresh || wait > refresh+maxJitter {
			t.Fatalf("the next look is after %v", wait)
		}
		seen[wait.Truncate(100*time.Millisecond)] = true
		if s.Due(now) || s.Due(s.Next().Add(-1)) || !s.Due(s.Next()) {
			t.Fatal("a look is due too early, or not when it should be")
		}
		now = s.Next()
	}
	if len(seen) < 6 {
		t.Errorf("the waits have no jitter: %v", seen)
	}
}

func TestScheduleBacksOff(t *testing.T) {
	for refresh, steps := range map[time.Duration][]time.Duration{
		5 * time.Second:  {5 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second, 160 * time.Second, 250 * time.Second, 250 * time.Second},
		30 * time.Second: {30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 250 * time.Second},
		time.Hour:        {time.Hour, time.Hour, time.Hour},
	} {
		s := NewSchedule(refresh)
		now := time.Date(2026, 11, 26, 2, 0, 0, 0, time.UTC)
		for round := range 2 {
			for i, step := range steps {
				s.Looked(now, false)
				wait := s.Next().Sub(now)
				if wait < step || wait > step+step/5 {
					t.Errorf("round %d: after %d failures in a row the next look is after %v, want %v and a fifth at most", round, i+1, wait, step)
				}
				if wait > max(5*time.Minute, refresh+refresh/5) {
					t.Errorf("the next look is after %v", wait)
				}
				now = s.Next()
			}
			s.Looked(now, true)
			if wait := s.Next().Sub(now); wait < refresh || wait > refresh+min(refresh/5, maxJitter) {
				t.Errorf("after a good look the next one is after %v", wait)
			}
		}
	}
}

// A function is frozen, its monotonic clock with it, and clocks are set.
func TestScheduleWallClock(t *testing.T) {
	const refresh = 30 * time.Second
	begun := time.Now() // with a monotonic reading
	s := NewSchedule(refresh)
	s.Looked(begun, true)
	if s.Next() != s.Next().Round(0) {
		t.Error("the next look is by the monotonic clock")
	}
	// As Sub sees it, no time has passed for the monotonic clock; the wall clock is an hour later.
	if thawed := begun.Round(0).Add(time.Hour); !s.Due(thawed) {
		t.Error("after an hour in the ice no look is due")
	}
	back := begun.Round(0).Add(-5 * time.Hour)
	if s.Due(back) {
		t.Error("the clock was set back, and a look is due at once: more often than refresh")
	}
	if s.Due(back.Add(refresh-1)) || !s.Due(back.Add(refresh+refresh/5)) {
		t.Errorf("the clock was set back by hours, and the next look is due after %v", s.Next().Sub(back))
	}
	// A second by which a clock is put right is no reason to begin anew each time.
	s.Looked(begun, true)
	next := s.Next()
	if s.Due(begun.Add(10*time.Second)) || s.Next() != next {
		t.Error("asking whether a look is due puts it off")
	}
}
