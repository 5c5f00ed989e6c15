package quota

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

const (
	// defaultMaxKeys suits the smallest function (128 MB) and is far above the accounts that create topics in one
	// window in any but the largest communities.
	defaultMaxKeys = 1 << 16

	// reclaimed is how many windows that are over one Take may remove. A Take adds at most one, so two suffice to
	// shrink, and no Take pays for all that ended while the instance was idle.
	reclaimed = 2
)

// Memory counts in the memory of this process. It is safe for concurrent use, starts no goroutine and allocates
// nothing before the first Take.
//
// When all its keys are in use, a new one displaces the window that ends soonest. That forgets least: what is lost is
// what was about to be lost, the longer windows of stricter rules stay, and a newcomer is still counted. To refuse
// newcomers instead would let whoever fills the table stop everybody else, and not to count them would let every
// further account flood. The price is that with more active keys than fit a limit may be exceeded.
type Memory struct {
	maxKeys int

	// With the monotonic reading of time.Now a window neither ends early nor lasts longer when somebody sets the
	// machine's clock. Where a frozen function's monotonic clock stands still, its windows last longer by that:
	// stricter, never laxer.
	now func() time.Time

	mu      sync.Mutex
	start   time.Time     // of the first Take: windows are kept as durations since, a third of the size of a time.Time
	latest  time.Duration // since start
	windows map[digest]*memoryWindow
	ending  byEnd
}

// memoryWindow is the open window of one key.
type memoryWindow struct {
	key   digest
	taken int
	end   time.Duration
	index int // in byEnd
}

// NewMemory returns a Memory that has counted nothing.
func NewMemory() *Memory { return &Memory{maxKeys: defaultMaxKeys, now: time.Now} }

// Take takes one unit of key's quota when fewer than limit were taken in its current window, and reports whether it
// did. It fails only when window is not positive; memory answers at once, so ctx is not looked at.
func (m *Memory) Take(_ context.Context, key string, limit int, window time.Duration) (taken bool, err error) {
	window, err = wholeMilliseconds(window)
	if err != nil {
		return false, err
	}
	if limit < 1 {
		return false, nil
	}
	d := digestOf(key)

	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.elapsed()
	m.reclaim(now)

	w := m.windows[d]
	switch {
	case w == nil:
		m.open(d, now+window)
		return true, nil
	case w.end <= now: // over, and not reclaimed yet
		w.taken, w.end = 1, now+window
		heap.Fix(&m.ending, w.index)
		return true, nil
	case w.taken < limit:
		w.taken++
		return true, nil
	default:
		return false, nil
	}
}

// elapsed is the time since the first Take. It does not go back, so that a clock that is set back holds the windows
// where they are instead of reopening any.
func (m *Memory) elapsed() time.Duration {
	now := m.now()
	if m.windows == nil {
		m.start = now
		m.windows = make(map[digest]*memoryWindow)
	}
	m.latest = max(m.latest, now.Sub(m.start))
	return m.latest
}

func (m *Memory) reclaim(now time.Duration) {
	for range reclaimed {
		if len(m.ending) == 0 || m.ending[0].end > now {
			return
		}
		m.forgetFirst()
	}
}

func (m *Memory) open(d digest, end time.Duration) {
	if len(m.ending) >= m.maxKeys {
		m.forgetFirst()
	}
	w := &memoryWindow{key: d, taken: 1, end: end}
	m.windows[d] = w
	heap.Push(&m.ending, w)
}

func (m *Memory) forgetFirst() {
	w := heap.Pop(&m.ending).(*memoryWindow)
	delete(m.windows, w.key)
}

// byEnd is a heap (container/heap) of the open windows, the one that ends soonest first.
type byEnd []*memoryWindow

func (b byEnd) Len() int           { return len(b) }
func (b byEnd) Less(i, j int) bool { return b[i].end < b[j].end }

func (b byEnd) Swap(i, j int) {
	b[i], b[j] = b[j], b[i]
	b[i].index, b[j].index = i, j
}

func (b *byEnd) Push(x any) {
	w := x.(*memoryWindow)
	w.index = len(*b)
	*b = append(*b, w)
}

func (b *byEnd) Pop() any {
	last := len(*b) - 1
	w := (*b)[last]
	(*b)[last] = nil
	*b = (*b)[:last]
	return w
}
