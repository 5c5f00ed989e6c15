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

// admit lets a Take ask, or says why it must not: when a rest is over, the first Take becomes the probe and the others
// go on failing until it has settled. The rest goes by the wall clock, as the monotonic one may stand still while a
// function is frozen; a clock that was set back must not prolong it.
func (b *breaker) admit() (probe bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cause == nil {
		return false, nil
	}
	since := time.Now().Round(0).Sub(b.failed)
	if b.probing || since >= 0 && since < rest {
		return false, fmt.Errorf("%w: not asked again within %v of a failure: %w", ErrUnavailable, rest, b.cause)
	}
	b.probing = true
	return true, nil
}

// settle ends what admit began. A failure of any Take opens the breaker; only the probe's success closes it, as the
// answer to an older Take says nothing about now. A failure that is not Redis's is not conclusive.
func (b *breaker) settle(probe bool, failure error, conclusive bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = b.probing && !probe
	switch {
	case failure != nil && conclusive:
		b.cause, b.failed = failure, time.Now().Round(0)
	case failure == nil && probe:
		b.cause = nil
	}
}
