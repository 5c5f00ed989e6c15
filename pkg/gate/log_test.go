package gate

import (
	"testing"
	"time"
)

const timeLayout = "2006-01-02T15:04:05.000Z"

func FuzzTime(f *testing.F) {
	f.Add(int64(1669872112), int64(0))
	f.Add(int64(951782399), int64(999_999_999)) // the last of a leap day
	f.Add(int64(253402300799), int64(999_999))
	f.Fuzz(func(t *testing.T, seconds, nanoseconds int64) {
		at := time.Unix(seconds%253402300800, nanoseconds%1e9) // no clock of ours is past 9999
		if at.UTC().Year() < 0 || at.UTC().Year() > 9999 {
			return
		}
		if got, want := string(appendTime(nil, at)), at.UTC().Format(timeLayout); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func BenchmarkTime(b *testing.B) {
	at, buf := time.Unix(1669872112, 123456789), make([]byte, 0, 32)
	b.Run("appendTime", func(b *testing.B) {
		for b.Loop() {
			appendTime(buf, at)
		}
	})
	b.Run("AppendFormat", func(b *testing.B) {
		for b.Loop() {
			at.UTC().AppendFormat(buf, timeLayout)
		}
	})
}
