//go:build unix

package cli

import (
	"math"
	"syscall"
)

// openFiles is how many files the process may have open. The runtime has raised its
// limit as far as it can be.
func openFiles() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return math.MaxInt32
	}
	return int(min(limit.Cur, math.MaxInt32))
}
