package history

import (
	"cmp"
	"slices"
)

// A tally counts by key, of which strangers may make up any number: past twice as many as
// it keeps, those that were seen least, and of these those that were not seen for longest,
// are forgotten. What is frequent stays.
type tally[K comparable, V any] struct {
	keeps  int
	of     map[K]*counted[V]
	seen   int
	forgot bool // keys: then counts of what came back are too low
}

type counted[V any] struct {
	times, last int
	value       V
}

func newTally[K comparable, V any](keeps int) *tally[K, V] {
	return &tally[K, V]{keeps: keeps, of: map[K]*counted[V]{}}
}

// add counts one of a key, and lends what is kept of it.
func (t *tally[K, V]) add(key K) *counted[V] {
	t.seen++
	c := t.of[key]
	if c == nil {
		if len(t.of) >= 2*t.keeps {
			t.forget()
		}
		c = &counted[V]{}
		t.of[key] = c
	}
	c.times++
	c.last = t.seen
	return c
}

// forget halves what is kept.
func (t *tally[K, V]) forget() {
	type kept struct {
		key         K
		times, last int
	}
	all := make([]kept, 0, len(t.of))
	for key, c := range t.of {
		all = append(all, kept{key, c.times, c.last})
	}
	slices.SortFunc(all, func(a, b kept) int { return cmp.Or(cmp.Compare(b.times, a.times), cmp.Compare(b.last, a.last)) })
	for _, least := range all[t.keeps:] {
		delete(t.of, least.key)
	}
	t.forgot = true
}
