package policy

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// counter is the smallest Counter that keeps its promise, but for the end of a window:
// the tests have one window. What it was asked for, it notes.
type counter struct {
	taken map[string]int
	asked []string
	err   error
}

func (c *counter) Take(_ context.Context, key string, limit int, window time.Duration) (bool, error) {
	c.asked = append(c.asked, strings.ReplaceAll(key, "\x00", "|")+" "+window.String())
	if c.err != nil {
		return false, c.err
	}
	if c.taken == nil {
		c.taken = map[string]int{}
	}
	if c.taken[key] >= limit {
		return false, nil
	}
	c.taken[key]++
	return true, nil
}

func quotaRule(q Quota) Rule { return Rule{Name: "flood", Quota: &q, Action: Refuse} }

const hour = Duration(time.Hour)

// by are creations that quotas tell apart.
func by(operator, ip, app string) Creation {
	return Creation{Operator: operator, ClientIP: ip, App: app, Name: "n"}
}

func TestQuota(t *testing.T) {
	const limit = 2
	tests := []struct {
		name      string
		per       string
		creations []Creation
		refused   []bool
	}{
		{"the limit and no more", "", []Creation{by("a", "", "1"), by("a", "", "1"), by("a", "", "1"), by("a", "", "1")}, []bool{false, false, true, true}},
		{"another operator", PerOperator, []Creation{by("a", "", "1"), by("a", "", "1"), by("b", "", "1"), by("a", "", "1")}, []bool{false, false, false, true}},
		{"another operator by case", PerOperator, []Creation{by("a", "", "1"), by("a", "", "1"), by("A", "", "1")}, []bool{false, false, false}},
		{"the same operator of another app", PerOperator, []Creation{by("a", "", "1"), by("a", "", "1"), by("a", "", "2")}, []bool{false, false, false}},
		{"no operator", PerOperator, []Creation{by("", "", "1"), by("", "", "1"), by("", "", "1")}, []bool{false, false, false}},
		{"address", PerClientIP, []Creation{by("a", "10.0.0.1", "1"), by("b", "10.0.0.1", "1"), by("c", "10.0.0.1", "1"), by("c", "10.0.0.2", "1")}, []bool{false, false, true, false}},
		{"address in two spellings", PerClientIP, []Creation{by("a", "10.0.0.1", "1"), by("a", "::ffff:10.0.0.1", "1"), by("a", "::FFFF:a00:1", "1")}, []bool{false, false, true}},
		{"IPv6 in two spellings", PerClientIP, []Creation{by("a", "2001:db8::1", "1"), by("a", "2001:0DB8:0::1", "1"), by("a", "2001:db8::1%x", "1")}, []bool{false, false, true}},
		{"IPv6 of one /64", PerClientIP, []Creation{by("a", "2001:db8:0:7::1", "1"), by("a", "2001:db8:0:7:ffff::2", "1"), by("a", "2001:db8:0:7:1:2:3:4", "1")}, []bool{false, false, true}},
		{"IPv6 of another /64", PerClientIP, []Creation{by("a", "2001:db8:0:7::1", "1"), by("a", "2001:db8:0:7::2", "1"), by("a", "2001:db8:0:8::1", "1")}, []bool{false, false, false}},
		{"no address", PerClientIP, []Creation{by("a", "", "1"), by("a", "", "1"), by("a", "", "1")}, []bool{false, false, false}},
		{"a junk address", PerClientIP, []Creation{by("a", "?", "1"), by("a", "?", "1"), by("a", "?", "1")}, []bool{false, false, false}},
		{"app", PerApp, []Creation{by("a", "", "1"), by("b", "", "1"), by("c", "", "1"), by("c", "", "2")}, []bool{false, false, true, false}},
		{"no app", PerApp, []Creation{by("a", "", ""), by("a", "", ""), by("a", "", "")}, []bool{false, false, false}},
		{"across commands", PerOperator, []Creation{{Subject: Topic, Operator: "a"}, {Subject: Group, Operator: "a"}, {Subject: Topic, Operator: "a"}}, []bool{false, false, true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := mustCompile(t, rules(quotaRule(Quota{Limit: limit, Window: hour, Per: tt.per})))
			c := &counter{}
			for i, cr := range tt.creations {
				d := p.Decide(t.Context(), cr, c, false)
				if got := !d.Allowed; got != tt.refused[i] {
					t.Errorf("creation %d: refused = %v, want %v", i, got, tt.refused[i])
				}
				if d.QuotaError != nil {
					t.Errorf("creation %d: error %v", i, d.QuotaError)
				}
			}
		})
	}
}

// A unit is taken only of what is enforced, asked, and not decided before.
func TestQuotaIsAskedOnlyWhenReached(t *testing.T) {
	spec := rules(
		Rule{Name: "staff", Match: &Match{Operator: in("admin")}, Action: Allow},
		Rule{Name: "web", Match: &Match{Platform: in("Web")}, Quota: &Quota{Limit: 1, Window: hour}, Action: Refuse},
		Rule{Name: "all", Quota: &Quota{Limit: 2, Window: Duration(90 * time.Second), Per: PerApp}, Action: Refuse},
	)
	c := &counter{}
	p := mustCompile(t, spec)
	steps := []struct {
		name  string
		cr    Creation
		rule  string
		asked []string
	}{
		{"decided before", Creation{App: "1", Operator: "admin", Platform: "Web"}, "staff", nil},
		{"its match does not hold", Creation{App: "1", Operator: "a", Platform: "iOS"}, "", []string{"enforce|all|1|1 1m30s"}},
		{"both hold", Creation{App: "1", Operator: "a", Platform: "Web"}, "", []string{"enforce|web|1|a 1h0m0s", "enforce|all|1|1 1m30s"}},
		// The first is used up: the second is not asked, and loses nothing.
		{"the first is used up", Creation{App: "1", Operator: "a", Platform: "Web"}, "web", []string{"enforce|web|1|a 1h0m0s"}},
		{"the second is used up", Creation{App: "1", Operator: "b"}, "all", []string{"enforce|all|1|1 1m30s"}},
	}
	for _, step := range steps {
		c.asked = nil
		d := p.Decide(t.Context(), step.cr, c, false)
		if d.Rule != step.rule {
			t.Errorf("%s: rule %q, want %q", step.name, d.Rule, step.rule)
		}
		if diff := cmp.Diff(step.asked, c.asked); diff != "" {
			t.Errorf("%s: asked -want +got:\n%s", step.name, diff)
		}
	}
}

// A trial must not use up what counts, whether the rule or the whole policy is on trial.
func TestQuotaOfADryRunCountsApart(t *testing.T) {
	enforced := quotaRule(Quota{Limit: 1, Window: hour})
	tried := enforced
	tried.Mode = DryRun
	c := &counter{}
	asks := func(r Rule, dryRun bool) Decision {
		return mustCompile(t, rules(r)).Decide(t.Context(), by("a", "", "1"), c, dryRun)
	}
	for i, tt := range []struct {
		rule    Rule
		dryRun  bool
		allowed bool
		would   []string
	}{
		{tried, false, true, nil}, // takes the trial's only unit
		{tried, false, true, []string{"flood"}},
		{enforced, true, false, nil}, // is on trial too
		{enforced, false, true, nil}, // has a unit of its own
		{enforced, false, false, nil},
		{tried, true, true, []string{"flood"}},
	} {
		d := asks(tt.rule, tt.dryRun)
		if d.Allowed != tt.allowed {
			t.Errorf("step %d: allowed = %v, want %v", i, d.Allowed, tt.allowed)
		}
		if diff := cmp.Diff(tt.would, d.WouldRefuse); diff != "" {
			t.Errorf("step %d: would refuse -want +got:\n%s", i, diff)
		}
	}
}

func TestQuotaUnavailable(t *testing.T) {
	down := errors.New("the store is down")
	tests := []struct {
		name    string
		rule    Rule
		allowed bool
		would   []string
		text    string
	}{
		{"default", quotaRule(Quota{Limit: 1, Window: hour}), true, nil, "quota flood skipped: the store is down"},
		{"skip", quotaRule(Quota{Limit: 1, Window: hour, IfUnavailable: SkipRule}), true, nil, "quota flood skipped: the store is down"},
		{"refuse", quotaRule(Quota{Limit: 1, Window: hour, IfUnavailable: RefuseRule}), false, nil, "quota flood taken as used up: the store is down"},
		{"refuse, on trial", Rule{Name: "flood", Quota: &Quota{Limit: 1, Window: hour, IfUnavailable: RefuseRule}, Action: Refuse, Mode: DryRun}, true, []string{"flood"}, "quota flood taken as used up: the store is down"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := mustCompile(t, rules(tt.rule)).Decide(t.Context(), by("a", "", "1"), &counter{err: down}, false)
			if d.Allowed != tt.allowed {
				t.Errorf("allowed = %v, want %v", d.Allowed, tt.allowed)
			}
			if diff := cmp.Diff(tt.would, d.WouldRefuse); diff != "" {
				t.Errorf("would refuse -want +got:\n%s", diff)
			}
			if !errors.Is(d.QuotaError, down) || d.QuotaError.Error() != tt.text {
				t.Errorf("error %v, want %s", d.QuotaError, tt.text)
			}
		})
	}
}

// A later rule decides when a quota cannot be asked; the error is not lost.
func TestQuotaUnavailableGoesOn(t *testing.T) {
	p := mustCompile(t, rules(
		quotaRule(Quota{Limit: 1, Window: hour}),
		Rule{Name: "web", Match: &Match{Platform: in("Web")}, Action: Refuse},
	))
	d := p.Decide(t.Context(), Creation{Operator: "a", Platform: "Web"}, &counter{err: context.DeadlineExceeded}, false)
	if d.Rule != "web" || !errors.Is(d.QuotaError, context.DeadlineExceeded) {
		t.Errorf("rule %q, error %v, want web and the deadline", d.Rule, d.QuotaError)
	}
}

// The log must not lose the failure that explains the others.
func TestQuotaUnavailableTwice(t *testing.T) {
	first, second := quotaRule(Quota{Limit: 1, Window: hour}), quotaRule(Quota{Limit: 1, Window: hour, IfUnavailable: RefuseRule})
	second.Name = "strict"
	d := mustCompile(t, rules(first, second)).Decide(t.Context(), by("a", "", "1"), &counter{err: errors.New("down")}, false)
	const want = "quota flood skipped: down; quota strict taken as used up: down"
	if d.Rule != "strict" || d.QuotaError == nil || d.QuotaError.Error() != want {
		t.Errorf("rule %q, error %v, want strict and %s", d.Rule, d.QuotaError, want)
	}
}

// slow is a store that never answers, and notes how long it was asked to wait.
type slow struct{ waited []time.Duration }

func (s *slow) Take(ctx context.Context, _ string, _ int, _ time.Duration) (bool, error) {
	start := time.Now()
	<-ctx.Done()
	s.waited = append(s.waited, time.Since(start))
	return false, ctx.Err()
}

// All quotas of a decision wait 300 ms together, and less when less is left: there must
// be time for the rules behind them, and for if_unavailable to decide.
func TestQuotasWaitTogether(t *testing.T) {
	one, two := quotaRule(Quota{Limit: 1, Window: hour}), quotaRule(Quota{Limit: 1, Window: hour})
	two.Name = "second"
	p := mustCompile(t, rules(one, two))
	const promised = 300 * time.Millisecond
	for _, tt := range []struct{ deadline, want time.Duration }{
		{0, promised}, {time.Minute, promised}, {200 * time.Millisecond, 150 * time.Millisecond}, {-time.Second, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := t.Context(), context.CancelFunc(func() {})
			if tt.deadline != 0 {
				ctx, cancel = context.WithTimeout(t.Context(), tt.deadline)
			}
			defer cancel()
			s, start := &slow{}, time.Now()
			d := p.Decide(ctx, by("a", "", "1"), s, false)
			if lasted := time.Since(start); lasted != tt.want {
				t.Errorf("deadline %v: two quotas waited %v, want %v together", tt.deadline, s.waited, tt.want)
			}
			if !d.Allowed || !errors.Is(d.QuotaError, context.DeadlineExceeded) || len(s.waited) != 2 {
				t.Errorf("deadline %v: got %+v after %v", tt.deadline, d, s.waited)
			}
		})
	}
}

// Keys must not be confused, whatever a UserID holds.
func TestQuotaKey(t *testing.T) {
	keys := map[string]string{}
	for _, k := range []struct {
		rule, app, subject string
		dryRun             bool
	}{
		{"r", "1", "a", false}, {"r", "1", "a", true}, {"r2", "1", "a", false}, {"r", "12", "a", false}, {"r", "1", "2a", false},
		{"r", "1", "a\x00b", false}, {"r", "", "1\x00a", false}, {"r", "1", "", false}, {"r", "1", "a|b", false},
	} {
		key := quotaKey(k.rule, k.app, k.subject, k.dryRun)
		if other, taken := keys[key]; taken {
			t.Errorf("%+v has the key of %s", k, other)
		}
		keys[key] = strings.Join([]string{k.rule, k.app, k.subject}, " ")
	}
}

func TestQuotaProblems(t *testing.T) {
	tests := []struct {
		name string
		rule Rule
		want []string
	}{
		{"least", quotaRule(Quota{Limit: 1, Window: Duration(time.Second)}), nil},
		{"most", quotaRule(Quota{Limit: 1 << 40, Window: Duration(MaxWindow)}), nil},
		{"no limit", quotaRule(Quota{Window: hour}), []string{"rules[0].quota.limit | limit: 0 is not a positive number of creations"}},
		{"no window", quotaRule(Quota{Limit: 1}), []string{"rules[0].quota.window | window: 0s is not between 1s and 744h"}},
		{"a short window", quotaRule(Quota{Limit: 1, Window: Duration(time.Second - 1)}), []string{"rules[0].quota.window | window: 999.999999ms is not between 1s and 744h"}},
		{"a long window", quotaRule(Quota{Limit: 1, Window: Duration(MaxWindow + time.Second)}), []string{"rules[0].quota.window | window: 744h0m1s is not between 1s and 744h"}},
		{"a day", quotaRule(Quota{Limit: 1, Window: Day}), nil},
		{"a day of a place", quotaRule(Quota{Limit: 1, Window: Day, Zone: "Asia/Shanghai"}), nil},
		{"a day of nowhere", quotaRule(Quota{Limit: 1, Window: Day, Zone: "Local"}), []string{`rules[0].quota.zone | zone: "Local" is not a time zone such as Asia/Shanghai`}},
		{"an hour of a place", quotaRule(Quota{Limit: 1, Window: hour, Zone: "UTC"}), []string{"rules[0].quota.zone | zone: belongs beside window: day; write window: day, or leave it out"}},
		{"exempt operators", quotaRule(Quota{Limit: 1, Window: hour, Exempt: List{"a"}}), []string{"rules[0].quota.exempt | exempt: belongs beside per: name; write per: name, or leave it out"}},
		{"exempt nothing", quotaRule(Quota{Limit: 1, Window: hour, Per: PerName, Exempt: List{"a", " "}}), []string{`rules[0].quota.exempt[1] | exempt: " " is nothing once folded`}},
		{"everything", Rule{Name: "r", Action: Allow, Quota: &Quota{Limit: -1, Window: -hour, Per: "topic", IfUnavailable: "allow"}}, []string{
			"rules[0].quota | quota: belongs to a rule that refuses; this one allows",
			"rules[0].quota.limit | limit: -1 is not a positive number of creations",
			"rules[0].quota.window | window: -1h is not between 1s and 744h",
			`rules[0].quota.per | per: "topic" is not one of operator, client_ip, app, name`,
			`rules[0].quota.if_unavailable | if_unavailable: "allow" is not one of skip, refuse`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, problems, _ := Compile(rules(tt.rule))
			if diff := cmp.Diff(tt.want, lines(problems)); diff != "" {
				t.Errorf("problems -want +got:\n%s", diff)
			}
		})
	}
}
