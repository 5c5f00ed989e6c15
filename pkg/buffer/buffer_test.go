package buffer

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestRead(t *testing.T) {
	const limit = 100 << 10
	for name, test := range map[string]struct {
		size  int
		told  bool
		taken int64
	}{
		"nothing":            {0, true, 0},
		"small":              {300, true, 0},
		"small, untold":      {300, false, 0},
		"the largest free":   {Free, true, 0},
		"large":              {20 << 10, true, 20 << 10},
		"large, untold":      {20 << 10, false, 32 << 10},
		"the limit":          {limit, true, limit},
		"over it":            {limit + 1, true, limit + 1},
		"far over it":        {3 * limit, false, limit + 1},
		"far over it, as is": {3 * limit, true, limit + 1},
	} {
		t.Run(name, func(t *testing.T) {
			p := NewPool(1 << 20)
			text := strings.Repeat("0123456789", test.size/10+1)[:test.size]
			length := int64(-1)
			if test.told {
				length = int64(test.size)
			}
			data, taken, err := p.Read(iotest.HalfReader(strings.NewReader(text)), length, limit)
			if want := text[:min(test.size, limit+1)]; err != nil || string(data) != want {
				t.Errorf("got %d bytes (%v), want %d", len(data), err, len(want))
			}
			if taken != test.taken {
				t.Errorf("took %d, want %d", taken, test.taken)
			}
			p.Give(taken)
			if !p.room.TryAcquire(1 << 20) {
				t.Error("not all was given back")
			}
		})
	}
}

// TestFull: what has no room is refused at once and counted; what costs none is read.
func TestFull(t *testing.T) {
	p := NewPool(64 << 10)
	large := func() io.Reader { return strings.NewReader(strings.Repeat("x", 48<<10)) }
	_, first, err := p.Read(large(), 48<<10, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	_, second, err := p.Read(large(), 48<<10, 1<<20)
	if !errors.Is(err, ErrFull) || p.Refused() != 1 {
		t.Errorf("got %v and %d refused", err, p.Refused())
	}
	p.Give(second)
	if _, err := p.Take(40 << 10); !errors.Is(err, ErrFull) {
		t.Errorf("got %v", err)
	}
	if data, _, err := p.Read(strings.NewReader("small"), -1, 1<<20); err != nil || string(data) != "small" {
		t.Errorf("got %q (%v)", data, err)
	}
	p.Give(first)
	if taken, err := p.Take(40 << 10); err != nil || taken != 40<<10 {
		t.Errorf("took %d (%v)", taken, err)
	}
}

// TestPromisesCostNothing: memory is taken for what came, not for what was announced.
func TestPromisesCostNothing(t *testing.T) {
	p := NewPool(1 << 20)
	broken := errors.New("broken off")
	body := io.MultiReader(strings.NewReader(strings.Repeat("x", 10<<10)), iotest.ErrReader(broken))
	if _, taken, err := p.Read(body, 6<<20, 6<<20); !errors.Is(err, broken) || taken != 16<<10 {
		t.Errorf("took %d (%v)", taken, err)
	}
}
