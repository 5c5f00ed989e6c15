package chatapitest

import (
	"context"
	"sync"
	"time"
)

// A Clock is one that passes when somebody sleeps, and not otherwise. The zero Clock begins in 2026.
type Clock struct {
	mu     sync.Mutex
	passed time.Duration
}

// Now is what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC).Add(c.passed)
}

// Sleep lets the time pass at once.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.Pass(d)
	return nil
}

// Pass lets the time pass.
func (c *Clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.passed += d
}

// Passed is how long it has gone.
func (c *Clock) Passed() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.passed
}
