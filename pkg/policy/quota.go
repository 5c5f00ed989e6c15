package policy

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"topicgate/pkg/textfold"
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

// A count is a Quota compiled: what a rule with one counts by.
type count struct {
	name   string          // the rule's, or that of its share
	zone   *time.Location  // whose calendar day is the window; nil where it is another
	exempt map[string]bool // subjects that are not counted
	limits []int           // in a share: what is asked for, see drawn
}

// sharePrefix begins the names of counts that are shared. No rule is named so.
const sharePrefix = "share:"

// quota compiles the quota of a rule.
func (c *compiler) quota(r Rule) *count {
	q, counts := r.Quota, &count{name: r.Name}
	if does := r.permits(); does != "" {
		c.add(c.path, "quota", "", "belongs to a rule that refuses; this one %s", does)
	}
	if q.Limit < 1 {
		c.problem("limit", "", "%d is not a positive number of creations", q.Limit)
	}
	switch w := time.Duration(q.Window); {
	case q.Window == Day:
		counts.zone = c.location(q.Zone)
	case w < time.Second || w > MaxWindow:
		c.problem("window", "", "%s is not between 1s and %s", q.Window, Duration(MaxWindow))
	}
	if q.Zone != "" && q.Window != Day {
		c.problem("zone", "write window: day, or leave it out", "belongs beside window: day")
	}
	choice(c, "per", q.Per, perWhat...)
	counts.exempt = c.uncounted(q)
	if q.Share != "" {
		counts.name = sharePrefix + q.Share
		if !kebab.MatchString(q.Share) {
			c.problem("share", "use lower-case letters, digits and single hyphens", "%q is not kebab-case", q.Share)
		}
	}
	choice(c, "if_unavailable", q.IfUnavailable, SkipRule, RefuseRule)
	return counts
}

// uncounted are the subjects of the names that a quota exempts.
func (c *compiler) uncounted(q *Quota) map[string]bool {
	if q.Exempt == nil {
		return nil
	}
	if q.Per != PerName {
		c.problem("exempt", "write per: name, or leave it out", "belongs beside per: name")
	}
	subjects := make(map[string]bool, len(q.Exempt))
	for i, name := range q.Exempt {
		subject := textfold.Gist(name)
		if subject == "" {
			c.itemProblem("exempt", i, "", "%q is nothing once folded", name)
		}
		subjects[subject] = true
	}
	return subjects
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
	subject := q.subject(r.Quota.Per)
	if subject == "" || r.count.exempt[subject] {
		return false, nil
	}
	ctx, cancel := q.waiting(ctx)
	defer cancel()
	key, window := r.count.key(&q.Creation, subject, dryRun), r.count.window(r.Quota, q.At)
	if r.Quota.Share == "" {
		var taken bool
		taken, err = counter.Take(ctx, key, r.Quota.Limit, window)
		used = !taken
	} else {
		used, err = q.drawn(key).exhausted(r.count.limits, func(limit int) (bool, error) {
			return counter.Take(ctx, key, limit, window)
		})
	}
	switch {
	case err == nil:
		return used, nil
	case r.Quota.IfUnavailable == RefuseRule:
		return true, fmt.Errorf("quota %s taken as used up: %w", r.Name, err)
	default:
		return false, fmt.Errorf("quota %s skipped: %w", r.Name, err)
	}
}

// counted is what a question remembers of its quotas, where any of them needs to.
type counted struct {
	name   *string // the name's gist, once somebody asked
	shares []*drawn
}

func (q *question) remembered() *counted {
	if q.counted == nil {
		q.counted = &counted{}
	}
	return q.counted
}

// subject is what is counted together per something; "" for nothing to count by.
func (q *question) subject(per string) string {
	switch per {
	case PerClientIP:
		return network(q.addr())
	case PerApp:
		return q.App
	case PerName:
		c := q.remembered()
		if c.name == nil {
			gist := textfold.Gist(q.Name)
			c.name = &gist
		}
		return *c.name
	}
	return q.Operator
}

// allowance is how explanations put a rule's quota. By a name's gist its count can be
// found.
func (q *question) allowance(r *rule) string {
	said := fmt.Sprintf("%d/%s per %s", r.Quota.Limit, r.Quota.Window, r.Quota.Per)
	if r.Quota.Per == PerName {
		subject := q.subject(PerName)
		said += " (" + subject + ")"
		if r.count.exempt[subject] {
			said += ", which is exempt"
		}
	}
	if r.Quota.Share != "" {
		said += ", of share " + r.Quota.Share
	}
	return said
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

// key is the key of a count for a subject. That of a calendar day has its date.
func (n *count) key(cr *Creation, subject string, dryRun bool) string {
	name := n.name
	if n.zone != nil {
		name += "@" + cr.At.In(n.zone).Format(time.DateOnly)
	}
	return quotaKey(name, cr.App, subject, dryRun)
}

// window is how long the store keeps a count that is opened at a time. The date in its key
// says when a calendar day ends, for everybody by their own clock; an hour more lets no
// clock that is late find the count gone before that.
func (n *count) window(q *Quota, at time.Time) time.Duration {
	if n.zone == nil {
		return time.Duration(q.Window)
	}
	year, month, day := at.In(n.zone).Date()
	return time.Date(year, month, day+1, 0, 0, 0, 0, n.zone).Sub(at) + time.Hour
}

// quotaKey keeps counts apart by rule or share, app and subject, and those of a dry run
// from those of enforcing: a trial must not use up what counts. The name of a count and an
// app hold no NUL, so no two keys can be confused. However long a name or a UserID is,
// package quota hashes the whole: nothing long reaches a store.
func quotaKey(count, app, subject string, dryRun bool) string {
	mode := string(Enforce)
	if dryRun {
		mode = string(DryRun)
	}
	return strings.Join([]string{mode, count, app, subject}, "\x00")
}
