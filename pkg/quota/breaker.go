package quota

import (
	"fmt"
	"sync"
	"time"
)

// rest is how long Redis is left alone after a failure.
const rest = time.Second

// breaker keeps Takes from waiting, one after the other, for a Redis that has just failed. The zero value is closed:
// everything passes.
type breaker struct {
	mu      sync.Mutex
	cause   error     // the failure that opened it; nil while it is closed
	failed  time.Time // when
	probing bool      // a Take is finding out whether Redis is back
}

// check returns an error while Redis is not to be asked.
func (b *breaker) check() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open()
}

// admit is check for a Take that is about to ask: when a rest is over, the first of them becomes the probe and the
// others go on failing until it has settled.
func (b *breaker) admit() (probe bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.open(); err != nil {
		return false, err
	}
	b.probing = b.cause != nil
	return b.probing, nil
}

func (b *breaker) open() error {
	if b.cause == nil || !b.probing && b.rested() {
		return nil
	}
	return fmt.Errorf("%w: not asked again within %v of a failure: %w", ErrUnavailable, rest, b.cause)
}

// rested tells by the wall clock whether the rest is over, as the monotonic clock may stand still while a function is
// frozen. A clock that was set back must not prolong the rest.
func (b *breaker) rested() bool {
	since := time.Now().Round(0).Sub(b.failed)
	return since < 0 || since >= rest
}

// settle ends what admit began. A failure of any Take opens the breaker; only the probe's success closes it, as the
// answer to an older Take says nothing about now. A failure that is not Redis's is not conclusive.
func (b *breaker) settle(probe bool, failure error, conclusive bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if probe {
		b.probing = false
	}
	switch {
	case failure != nil && conclusive:
		b.cause, b.failed = failure, time.Now().Round(0)
	case failure == nil && probe:
		b.cause = nil
	}
}
