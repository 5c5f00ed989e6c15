package cli

import (
	"bytes"
	"io"
	"sync/atomic"
	"time"

	"topicgate/pkg/gate"
)

const (
	// queuedLines and queuedBytes bound what waits to be written. They are far above what
	// gathers in ordinary operation, while the process waits for its turn.
	queuedLines = 8192
	queuedBytes = 8 << 20
	// flushTime is how long the end waits for a reader, stallTime for one who reads nothing
	// meanwhile, and flushPoll until it looks again.
	flushTime = 1500 * time.Millisecond
	stallTime = 400 * time.Millisecond
	flushPoll = 5 * time.Millisecond
)

// A serveLog is a log whose writers never wait for whoever reads it: a verdict does not
// depend on a log shipper. Each line is still one write. What finds no room is dropped,
// which a line says as soon as one can be written again.
type serveLog struct {
	level   string
	out     io.Writer
	queue   chan []byte
	bytes   atomic.Int64 // that wait, or are being written
	dropped atomic.Int64
	written atomic.Int64 // lines, or tried to

	// Of the one who writes.
	said int64 // of dropped
	torn bool  // a line could not be finished
}

func newServeLog(out io.Writer, level string) *serveLog {
	l := &serveLog{level: level, out: out, queue: make(chan []byte, queuedLines)}
	go func() {
		for line := range l.queue {
			l.writeOut(line)
		}
	}()
	return l
}

// Write queues a line, or drops it. The log goes on either way.
func (l *serveLog) Write(line []byte) (int, error) {
	size := int64(len(line))
	if l.bytes.Add(size) <= queuedBytes {
		select {
		case l.queue <- bytes.Clone(line):
			return len(line), nil
		default:
		}
	}
	l.bytes.Add(-size)
	l.dropped.Add(1)
	return len(line), nil
}

// writeOut writes a line that was queued.
func (l *serveLog) writeOut(line []byte) {
	defer l.bytes.Add(-int64(len(line)))
	defer l.written.Add(1)
	if !l.write(line) {
		l.dropped.Add(1) // a reader that has gone, or a full disk
		return
	}
	if dropped := l.dropped.Load(); dropped > l.said {
		var text bytes.Buffer
		logger := gate.NewLog(&text, l.level)
		gate.Stamp(logger.Warn(), time.Now()).Int64("count", dropped-l.said).Msg("dropped")
		if l.write(text.Bytes()) {
			l.said = dropped
		}
	}
}

// write makes one write of a line, on a line of its own.
func (l *serveLog) write(line []byte) bool {
	if l.torn {
		line = append([]byte{'\n'}, line...)
	}
	n, err := l.out.Write(line)
	l.torn = err != nil && (n > 0 || l.torn)
	return err == nil
}

// close waits until what is queued is written, unless nobody reads it.
func (l *serveLog) close() {
	began := time.Now()
	moved, seen := began, l.written.Load()
	for l.bytes.Load() > 0 && time.Since(began) < flushTime && time.Since(moved) < stallTime {
		time.Sleep(flushPoll)
		if written := l.written.Load(); written != seen {
			moved, seen = time.Now(), written
		}
	}
}
