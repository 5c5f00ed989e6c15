// Package buffer reads what strangers send into memory of which there is so much and no
// more: each of a thousand unfinished bodies may be small enough, and all of them
// together are not.
package buffer

import (
	"errors"
	"io"
	"sync/atomic"

	// Go's own, BSD-3-Clause: it counts what is taken of a total.
	"golang.org/x/sync/semaphore"
)

// Free is how many bytes of each body cost no room. Hardly a callback is larger, so that
// none of the usual ones depends on what others hold; how many there can be at once is
// bounded by the connections.
const Free = 8 << 10

// ErrFull is the error of a body for which there is no room. It is not waited for: who
// holds the room may be waiting for the same.
var ErrFull = errors.New("no room for it: too many large ones at once")

// A Pool is an amount of memory that bodies share. It is safe for concurrent use.
type Pool struct {
	room    *semaphore.Weighted
	refused atomic.Int64
}

// NewPool makes a pool of so many bytes.
func NewPool(size int64) *Pool { return &Pool{room: semaphore.NewWeighted(size)} }

// Refused is how often there was no room.
func (p *Pool) Refused() int64 { return p.refused.Load() }

// Take takes room, if there is any, for a text of so many bytes that is there already. The
// caller gives back what was taken.
func (p *Pool) Take(size int) (taken int64, err error) {
	if size <= Free {
		return 0, nil
	}
	return p.more(int64(size))
}

func (p *Pool) more(size int64) (taken int64, err error) {
	if !p.room.TryAcquire(size) {
		p.refused.Add(1)
		return 0, ErrFull
	}
	return size, nil
}

// Give returns room that was taken.
func (p *Pool) Give(taken int64) { p.room.Release(taken) }

// Read reads a body to its end, or one byte more than a limit, so that what is too long
// is seen to be. Its length is as announced, or -1; memory is taken as the bytes come, and
// not as they are announced. Whatever becomes of it, the caller gives back what was taken.
func (p *Pool) Read(body io.Reader, length int64, limit int) (data []byte, taken int64, err error) {
	most, first := limit+1, 1<<10
	if 0 <= length && length <= int64(limit) {
		most, first = int(length), Free
	}
	data = make([]byte, 0, min(first, most))
	for len(data) < most {
		if len(data) == cap(data) {
			size := min(2*cap(data), most)
			if size > Free {
				more, err := p.more(int64(size) - taken)
				if err != nil {
					return nil, taken, err
				}
				taken += more
			}
			data = append(make([]byte, 0, size), data...)
		}
		n, err := body.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, taken, err
		}
	}
	return data, taken, nil
}
