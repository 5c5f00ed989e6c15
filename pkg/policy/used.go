package policy

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Used is a counter as another, with so many units taken already of the quotas, or shares,
// of some rules, for what a creation is counted by. It is for trying out what happens when
// a quota is nearly used up. The texts say which rules cannot have used any.
func (p *Policy) Used(cr Creation, used map[string]int, counter Counter) (_ Counter, problems []string) {
	q := &question{Creation: cr}
	defer q.end()
	u := usedCounter{counter, map[string]int{}}
	users := map[string]string{} // of a key
	unknown := maps.Clone(used)
	var counting []string
	for i := range p.rules {
		r := &p.rules[i]
		if r.Quota == nil {
			continue
		}
		counting = append(counting, r.Name)
		n, ok := used[r.Name]
		if !ok {
			continue
		}
		delete(unknown, r.Name)
		subject := q.subject(r.Quota.Per)
		key := r.count.key(&cr, subject, r.Mode == DryRun)
		switch other, taken := users[key]; {
		case subject == "":
			problems = append(problems, fmt.Sprintf("used: rule %q counts nothing here: there is no %s", r.Name, r.Quota.Per))
		case taken:
			problems = append(problems, fmt.Sprintf("used: rules %q and %q share a count; write one of them", other, r.Name))
		}
		u.taken[key], users[key] = n, r.Name
	}
	for _, name := range slices.Sorted(maps.Keys(unknown)) {
		problem := fmt.Sprintf("used: there is no rule %q with a quota", name)
		if len(counting) > 0 {
			_, how := Suggest(name, counting)
			problem += "; " + how
		}
		problems = append(problems, problem)
	}
	return u, problems
}

// usedCounter is a counter of which some units are taken.
type usedCounter struct {
	Counter
	taken map[string]int // by key
}

func (u usedCounter) Take(ctx context.Context, key string, limit int, window time.Duration) (bool, error) {
	return u.Counter.Take(ctx, key, limit-u.taken[key], window)
}
