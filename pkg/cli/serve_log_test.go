package cli

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// A moody reader takes what it is told to.
type moody struct {
	mu   sync.Mutex
	text strings.Builder
	take func(line string) (n int, err error)
}

func (m *moody) Write(p []byte) (int, error) {
	n, err := m.take(string(p))
	m.mu.Lock()
	defer m.mu.Unlock()
	m.text.Write(p[:n])
	return n, err
}

func (m *moody) lines() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Split(strings.TrimSuffix(m.text.String(), "\n"), "\n")
}

// TestNoLineIsLost: whoever reads gets every line, whole and in the order of each writer.
func TestNoLineIsLost(t *testing.T) {
	m := &moody{take: func(line string) (int, error) { return len(line), nil }}
	l := newServeLog(m, "info")
	const writers, each = 8, 1000
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for n := range each {
				_, _ = fmt.Fprintf(l, "%d %d\n", w, n)
			}
		})
	}
	writing.Wait()
	l.close()
	var next [writers]int
	for _, line := range m.lines() {
		var w, n int
		if _, err := fmt.Sscanf(line, "%d %d", &w, &n); err != nil || n != next[w] {
			t.Fatalf("got %q, want %d (%v)", line, next[w], err)
		}
		next[w]++
	}
	for w, n := range next {
		if n != each {
			t.Errorf("%d lines of writer %d, want %d", n, w, each)
		}
	}
	if n := l.dropped.Load(); n != 0 {
		t.Errorf("%d dropped", n)
	}
}

// TestLogWithoutReader: writers go on, what waits is bounded in bytes too, and the end
// does not wait for a reader who reads nothing.
func TestLogWithoutReader(t *testing.T) {
	forever := make(chan struct{})
	defer close(forever)
	m := &moody{take: func(line string) (int, error) { <-forever; return len(line), nil }}
	l := newServeLog(m, "info")
	line := []byte(strings.Repeat("x", 64<<10-1) + "\n")
	const lines = 1000 // 64 MB
	for range lines {
		if n, err := l.Write(line); n != len(line) || err != nil {
			t.Fatal(n, err)
		}
	}
	if got, want := l.dropped.Load(), int64(lines-queuedBytes/len(line)); got != want {
		t.Errorf("%d dropped, want %d", got, want)
	}
	ended := make(chan struct{})
	go func() {
		l.close()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Error("the end waits for a reader")
	}
}

// TestLogIsToldOfGaps: lines that could not be written are counted as soon as one can,
// and a torn one spoils no other.
func TestLogIsToldOfGaps(t *testing.T) {
	full := errors.New("no space")
	m := &moody{take: func(line string) (int, error) {
		switch {
		case strings.Contains(line, "refused"):
			return 0, full
		case strings.Contains(line, "torn"):
			return 3, full
		}
		return len(line), nil
	}}
	l := newServeLog(m, "info")
	for _, line := range []string{`{"a":"refused"}`, `{"a":"torn"}`, `{"a":"refused"}`, `{"a":"fine"}`, `{"a":"last"}`} {
		_, _ = fmt.Fprintln(l, line)
	}
	l.close()
	got := m.lines()
	if len(got) != 4 || got[0] != `{"a` || got[1] != `{"a":"fine"}` || got[3] != `{"a":"last"}` ||
		!strings.HasPrefix(got[2], `{"level":"warn","timestamp":"`) || !strings.HasSuffix(got[2], `","count":3,"message":"dropped"}`) {
		t.Errorf("got %q", got)
	}
}
