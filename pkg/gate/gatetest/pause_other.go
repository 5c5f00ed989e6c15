//go:build !linux

package gatetest

import "time"

func pause(d time.Duration) { time.Sleep(d) }
