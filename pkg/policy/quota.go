package policy

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// A Counter counts creations for quota rules.
type Counter interface {
	// Take takes one unit of key's quota when fewer than limit were taken in its
	// current window, and reports whether it did. The window is fixed: opened by the
	// key's first unit, window long, on the store's own clock. An error means that
	// nobody knows, and that nothing should be made of it.
	Take(ctx context.Context, key string, limit int, window time.Duration) (bool, error)
}

// MaxWindow is the longest quota window: beyond it nobody remembers having counted.
const MaxWindow = 31 * 24 * time.Hour

func (c *compiler) quota(r Rule) {
	q := r.Quota
	if does := r.permits(); does != "" {
		c.add(c.path, "quota", "", "belongs to a rule that refuses; this one %s", does)
	}
	if q.Limit < 1 {
		c.problem("limit", "", "%d is not a positive number of creations", q.Limit)
	}
	if w := time.Duration(q.Window); w < time.Second || w > MaxWindow {
		c.problem("window", "", "%s is not between 1s and %s", q.Window, Duration(MaxWindow))
	}
	choice(c, "per", q.Per, PerOperator, PerClientIP, PerApp)
	choice(c, "if_unavailable", q.IfUnavailable, SkipRule, RefuseRule)
}

// quotaTime is the most that the quotas of one decision wait for their store, all
// together: a slow store that each of them waited for could use up Chat's patience.
const quotaTime = 300 * time.Millisecond

// waiting is the context of a quota. Their time begins with the first that is reached.
// However short the deadline is, a quarter of what is left of it is kept for what
// follows: else a store that does not answer would end in no decision at all, and
// if_unavailable would have no say.
func (q *question) waiting(ctx context.Context) (context.Context, context.CancelFunc) {
	if q.quotasEnd.IsZero() {
		most := quotaTime
		if deadline, ok := ctx.Deadline(); ok {
			left := time.Until(deadline)
			most = min(most, left-left/4)
		}
		q.quotasEnd = time.Now().Add(most)
	}
	return context.WithDeadline(ctx, q.quotasEnd)
}

// exhausted reports whether a rule's quota is used up, taking a unit when it is not.
// A creation without a subject to count by uses up nothing. An error says that the
// store could not be asked, and what was done instead.
func exhausted(ctx context.Context, q *question, r *rule, counter Counter, dryRun bool) (used bool, err error) {
	subject := q.Operator
	switch r.Quota.Per {
	case PerClientIP:
		subject = network(q.addr())
	case PerApp:
		subject = q.App
	}
	if subject == "" {
		return false, nil
	}
	ctx, cancel := q.waiting(ctx)
	defer cancel()
	taken, err := counter.Take(ctx, quotaKey(r.Name, q.App, subject, dryRun), r.Quota.Limit, time.Duration(r.Quota.Window))
	switch {
	case err == nil:
		return !taken, nil
	case r.Quota.IfUnavailable == RefuseRule:
		return true, fmt.Errorf("quota %s taken as used up: %w", r.Name, err)
	default:
		return false, fmt.Errorf("quota %s skipped: %w", r.Name, err)
	}
}

// network is what an address counts by; "" for none. One user of IPv6 has a /64, and as
// many addresses as they like.
func network(addr netip.Addr) string {
	if !addr.IsValid() {
		return ""
	}
	prefix, err := addr.Prefix(64)
	if err != nil { // of IPv4
		return addr.String()
	}
	return prefix.String()
}

// quotaKey keeps counts apart by rule, app and subject, and those of a dry run from
// those of enforcing: a trial must not use up what counts. A rule's name and an app
// hold no NUL, so no two keys can be confused.
func quotaKey(rule, app, subject string, dryRun bool) string {
	mode := string(Enforce)
	if dryRun {
		mode = string(DryRun)
	}
	return strings.Join([]string{mode, rule, app, subject}, "\x00")
}
