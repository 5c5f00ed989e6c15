package live

import (
	"cmp"
	"math/rand/v2"
	"time"
)

// maxBackoff is the longest that looks which fail put the next one off; with the fifth that comes on top of any wait,
// five minutes.
const maxBackoff = 250 * time.Second

// maxJitter keeps the wait after a good look so short that a change acts within a second more than refresh.
const maxJitter = 700 * time.Millisecond

// A Schedule says when a look is due: never more often than refresh, with up to a fifth more, 0.7 s at most, so that
// instances that started together do not ask together; while looks fail, after each second and later one twice as long, up to five
// minutes. It goes by the wall clock, as the monotonic one stands still while a function is frozen: one that thaws after
// an hour looks first. It is not safe for concurrent use.
type Schedule struct {
	refresh time.Duration
	failing time.Duration // the wait while looks fail, without its fifth; 0 while they do not
	wait    time.Duration // between the last look and the next
	next    time.Time     // by the wall clock; zero before the first look
}

// NewSchedule returns a schedule whose first look is due at once.
func NewSchedule(refresh time.Duration) *Schedule { return &Schedule{refresh: refresh} }

// Due reports whether it is time to look. Where the clock was set back, the wait begins anew: it must not last as many
// hours longer.
func (s *Schedule) Due(now time.Time) bool {
	now = now.Round(0)
	if s.next.Sub(now) > s.wait {
		s.next = now.Add(s.wait)
	}
	return !now.Before(s.next)
}

// Looked notes that a look has ended, and how.
func (s *Schedule) Looked(now time.Time, ok bool) {
	switch {
	case ok:
		s.failing = 0
	case s.failing == 0:
		s.failing = s.refresh
	default:
		s.failing = max(s.refresh, min(2*s.failing, maxBackoff))
	}
	s.wait = cmp.Or(s.failing, s.refresh)
	jitter := s.wait / 5
	if ok {
		jitter = min(jitter, maxJitter)
	}
	s.wait += rand.N(jitter + 1) //nolint:gosec // when somebody looks is no secret
	s.next = now.Round(0).Add(s.wait)
}

// Next returns when the next look is due, by the wall clock; the zero time before the first.
func (s *Schedule) Next() time.Time { return s.next }
