package gatetest

import (
	"syscall"
	"time"
)

// pause is time.Sleep to the tenth of a millisecond: Go's own waits for a whole one
// when nothing else runs.
func pause(d time.Duration) {
	t := syscall.NsecToTimespec(int64(d))
	_ = syscall.Nanosleep(&t, nil) // a signal ends it early, which does no harm
}
