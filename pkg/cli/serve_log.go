package cli

import (
	"bytes"
	"io"
	"sync/atomic"
	"time"

	// zerolog's own, MIT like it: a queue that writers never wait for.
	"github.com/rs/zerolog/diode"

	"topicgate/pkg/gate"
)

const (
	// queuedLines and queuedBytes bound what waits to be written. They are far above what
	// gathers in ordinary operation, while the process waits for its turn.
	queuedLines = 8192
	queuedBytes = 8 << 20
	// queuePoll is how long a line may wait although there is nothing before it.
	queuePoll = 5 * time.Millisecond
	// flushTime is how long the end waits for a reader, and stallTime for one who reads
	// nothing meanwhile.
	flushTime = 1500 * time.Millisecond
	stallTime = 400 * time.Millisecond
)

// A serveLog is a log whose writers never wait for whoever reads it: a verdict does not
// depend on a log shipper. Each line is still one write. What finds no room is dropped,
// which a line says as soon as one can be written again.
type serveLog struct {
	level   string
	out     io.Writer
	queue   diode.Writer
	lines   atomic.Int64 // in the queue
	bytes   atomic.Int64
	dropped atomic.Int64
	written atomic.Int64 // or tried to

	// Of the one who writes.
	said int64 // of dropped
	torn bool  // a line could not be finished
}

func newServeLog(out io.Writer, level string) *serveLog {
	l := &serveLog{level: level, out: out}
	// There is never more in it than it holds, so that it overwrites nothing itself.
	l.queue = diode.NewWriter(writer(l.writeOut), queuedLines, queuePoll, nil)
	return l
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// Write queues a line, or drops it. The log goes on either way.
func (l *serveLog) Write(line []byte) (int, error) {
	size := int64(len(line))
	lines, all := l.lines.Add(1), l.bytes.Add(size)
	if lines > queuedLines || all > queuedBytes {
		l.forget(size)
		l.dropped.Add(1)
		return len(line), nil
	}
	return l.queue.Write(line)
}

func (l *serveLog) forget(size int64) {
	l.lines.Add(-1)
	l.bytes.Add(-size)
}

// writeOut writes a line that was queued.
func (l *serveLog) writeOut(line []byte) (int, error) {
	defer l.forget(int64(len(line)))
	defer l.written.Add(1)
	if !l.write(line) {
		l.dropped.Add(1) // a reader that has gone, or a full disk
		return len(line), nil
	}
	if dropped := l.dropped.Load(); dropped > l.said {
		var text bytes.Buffer
		logger := gate.NewLog(&text, l.level)
		gate.Stamp(logger.Warn(), time.Now()).Int64("count", dropped-l.said).Msg("dropped")
		if l.write(text.Bytes()) {
			l.said = dropped
		}
	}
	return len(line), nil
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

// close writes what is queued, unless nobody reads it.
func (l *serveLog) close() {
	all := make(chan struct{})
	go func() {
		_ = l.queue.Close()
		close(all)
	}()
	for end := time.Now().Add(flushTime); time.Now().Before(end); {
		before := l.written.Load()
		select {
		case <-all:
			return
		case <-time.After(stallTime):
		}
		if l.written.Load() == before {
			return
		}
	}
}
