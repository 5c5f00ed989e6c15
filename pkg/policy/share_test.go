package policy

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func sharing(name string, limit int, platforms ...string) Rule {
	r := Rule{Name: name, Quota: &Quota{Limit: limit, Window: hour, Share: "both"}, Action: Refuse}
	if platforms != nil {
		r.Match = &Match{Platform: in(platforms...)}
	}
	return r
}

func on(platform string) Creation { return Creation{App: "1", Operator: "a", Platform: platform} }

// One creation takes one unit of a share, however many of its rules it meets, and each
// rule has its own limit, in whatever order they stand.
func TestShare(t *testing.T) {
	for _, tt := range []struct {
		name  string
		rules []Rule
	}{
		{"the smaller limit first", []Rule{sharing("web", 2, "Web"), sharing("all", 4)}},
		{"the smaller limit last", []Rule{sharing("all", 4), sharing("web", 2, "Web")}},
		{"more of them", []Rule{sharing("some", 3, "TV"), sharing("all", 4), sharing("most", 9), sharing("web", 2, "Web")}},
	} {
		p, c := mustCompile(t, rules(tt.rules...)), &counter{}
		for i, step := range []struct{ platform, rule string }{
			{"Web", ""}, {"iOS", ""}, {"Web", "web"}, {"Web", "web"},
		} {
			if d := p.Decide(t.Context(), on(step.platform), c, false); d.Rule != step.rule {
				t.Errorf("%s: step %d: rule %q, want %q", tt.name, i, d.Rule, step.rule)
			}
		}
		if len(c.taken) != 1 {
			t.Errorf("%s: %d counts, want 1: %v", tt.name, len(c.taken), c.asked)
		}
		for key := range c.taken {
			if want := "enforce|share:both|1|a"; strings.ReplaceAll(key, "\x00", "|") != want {
				t.Errorf("%s: the key is %q, want %q", tt.name, key, want)
			}
		}
	}
}

// A rule that refuses takes nothing; one before it, with units left, took the creation's.
func TestShareOfWhatIsRefused(t *testing.T) {
	const key = "enforce\x00share:both\x001\x00a"
	for _, tt := range []struct {
		rules []Rule
		taken int
		rule  string // that a fifth creation, from elsewhere, is refused by
	}{
		{[]Rule{sharing("web", 2, "Web"), sharing("all", 4)}, 2, ""},
		{[]Rule{sharing("all", 4), sharing("web", 2, "Web")}, 4, "all"},
	} {
		p, c := mustCompile(t, rules(tt.rules...)), &counter{}
		for range 4 {
			p.Decide(t.Context(), on("Web"), c, false)
		}
		if got := c.taken[key]; got != tt.taken {
			t.Errorf("%s first: %d units are taken, want %d", tt.rules[0].Name, got, tt.taken)
		}
		if d := p.Decide(t.Context(), on("iOS"), c, false); d.Rule != tt.rule {
			t.Errorf("%s first: rule %q, want %q", tt.rules[0].Name, d.Rule, tt.rule)
		}
	}
}

// The store is asked once for a share, unless a smaller limit behind is used up.
func TestShareQuestions(t *testing.T) {
	p, c := mustCompile(t, rules(sharing("all", 4), sharing("web", 2, "Web"), sharing("more", 9))), &counter{}
	for i, want := range []int{1, 1, 2, 2, 2} {
		c.asked = nil
		p.Decide(t.Context(), on("iOS"), c, false)
		if len(c.asked) != want {
			t.Errorf("creation %d: %d questions, want %d: %v", i, len(c.asked), want, c.asked)
		}
	}
}

// What is on trial has a count of its own, of which a creation takes one unit, too.
func TestShareInDryRun(t *testing.T) {
	tried := func(r Rule) Rule { r.Mode = DryRun; return r }
	const enforced, trial = "enforce\x00share:both\x001\x00a", "dry_run\x00share:both\x001\x00a"
	for _, tt := range []struct {
		name     string
		rules    []Rule
		dryRun   bool
		would    []string // of the last of four
		rule     string
		enforced int
		trial    int
	}{
		{"the policy", []Rule{sharing("few", 2), sharing("all", 3)}, true, nil, "few", 0, 2},
		{"all rules", []Rule{tried(sharing("few", 2)), tried(sharing("all", 3))}, false, []string{"few", "all"}, "", 0, 3},
		{"all rules, and the policy", []Rule{tried(sharing("few", 2)), tried(sharing("all", 3))}, true, []string{"few", "all"}, "", 0, 3},
		{"the first rule", []Rule{tried(sharing("few", 2)), sharing("all", 3)}, false, []string{"few"}, "all", 3, 2},
		{"the second rule", []Rule{sharing("all", 5), tried(sharing("few", 2))}, false, []string{"few"}, "", 4, 2},
	} {
		p, c := mustCompile(t, rules(tt.rules...)), &counter{}
		var d Decision
		for range 4 {
			d = p.Decide(t.Context(), on("Web"), c, tt.dryRun)
		}
		if diff := cmp.Diff(tt.would, d.WouldRefuse); d.Rule != tt.rule || diff != "" {
			t.Errorf("%s: rule %q, want %q; would refuse -want +got:\n%s", tt.name, d.Rule, tt.rule, diff)
		}
		if c.taken[enforced] != tt.enforced || c.taken[trial] != tt.trial {
			t.Errorf("%s: %d units are taken and %d on trial, want %d and %d", tt.name, c.taken[enforced], c.taken[trial], tt.enforced, tt.trial)
		}
	}
}

// Where a question got no answer, which may have taken a unit, no other is asked: each
// rule does what it says.
func TestShareUnavailable(t *testing.T) {
	strict := sharing("strict", 9)
	strict.Quota.IfUnavailable = RefuseRule
	c := &counter{err: errors.New("down")}
	d := mustCompile(t, rules(sharing("lenient", 5), strict)).Decide(t.Context(), on("Web"), c, false)
	const want = "quota lenient skipped: down; quota strict taken as used up: down"
	if d.Rule != "strict" || d.QuotaError == nil || d.QuotaError.Error() != want || len(c.asked) != 1 {
		t.Errorf("rule %q, error %v after %q, want strict and %s after one question", d.Rule, d.QuotaError, c.asked, want)
	}
}

// failing answers as a counter does, and then no more.
type failing struct {
	counter
	left int
}

func (f *failing) Take(ctx context.Context, key string, limit int, window time.Duration) (bool, error) {
	if f.left--; f.left < 0 {
		return false, errors.New("down")
	}
	return f.counter.Take(ctx, key, limit, window)
}

// What was answered before still holds.
func TestShareUnavailableInBetween(t *testing.T) {
	f := &failing{left: 1}
	f.taken = map[string]int{"enforce\x00share:both\x001\x00a": 3}
	d := mustCompile(t, rules(sharing("all", 5), sharing("few", 2))).Decide(t.Context(), on("Web"), f, false)
	if d.Rule != "few" || d.QuotaError == nil || d.QuotaError.Error() != "quota all skipped: down" {
		t.Errorf("rule %q, error %v, want few, with the other skipped", d.Rule, d.QuotaError)
	}
}

func TestShareProblems(t *testing.T) {
	other := func(change func(*Quota)) Rule {
		r := sharing("second", 5)
		change(r.Quota)
		return r
	}
	const of = `rules[1].quota.share | share: both is that of rule "first", which has per: operator, window: 1h, and this one has `
	const how = "; give both the same per and window, or shares of their own"
	for _, tt := range []struct {
		name   string
		second Rule
		want   []string
	}{
		{"alike", sharing("second", 50), nil},
		{"if_unavailable is its own", other(func(q *Quota) { q.IfUnavailable = RefuseRule }), nil},
		{"another share", other(func(q *Quota) { q.Share, q.Per = "other", PerApp }), nil},
		{"per", other(func(q *Quota) { q.Per = PerApp }), []string{of + "per: app, window: 1h" + how}},
		{"window", other(func(q *Quota) { q.Window = 2 * hour }), []string{of + "per: operator, window: 2h" + how}},
		{"day", other(func(q *Quota) { q.Window = Day }), []string{of + "per: operator, window: day, zone: UTC" + how}},
		{"name", other(func(q *Quota) { q.Share = "No" }), []string{`rules[1].quota.share | share: "No" is not kebab-case; use lower-case letters, digits and single hyphens`}},
	} {
		_, problems, _ := Compile(rules(sharing("first", 5), tt.second))
		if diff := cmp.Diff(tt.want, lines(problems)); diff != "" {
			t.Errorf("%s: problems -want +got:\n%s", tt.name, diff)
		}
	}
	zoned := func(name, zone string) Rule {
		return Rule{Name: name, Quota: &Quota{Limit: 1, Window: Day, Zone: zone, Share: "both"}, Action: Refuse}
	}
	if _, problems, _ := Compile(rules(zoned("a", ""), zoned("b", "UTC"))); problems != nil {
		t.Errorf("one zone, written and not: %v", problems)
	}
	if _, problems, _ := Compile(rules(zoned("a", ""), zoned("b", "Asia/Shanghai"))); len(problems) != 1 {
		t.Errorf("two zones: %v", problems)
	}
}

// TestShareByDefinition holds shares to what they mean, in any order, for any limits: a
// creation that meets rules of a share takes a unit unless the first that it meets, and
// all behind it up to where it is refused, have none left; and a rule matches when the
// units taken before this creation's reach its limit.
func TestShareByDefinition(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	platforms := []string{"Web", "iOS", "TV"}
	refused := 0
	for round := range 300 {
		var all []Rule
		for i := range 1 + random.IntN(5) {
			some := slices.Clone(platforms)[random.IntN(3):]
			r := sharing(fmt.Sprint("r-", i), 1+random.IntN(6), some...)
			if random.IntN(3) == 0 {
				r.Mode = DryRun
			}
			all = append(all, r)
		}
		policyDryRun := random.IntN(4) == 0
		p, c := mustCompile(t, rules(all...)), &counter{}
		taken := map[bool]int{} // on trial, or not
		for range 12 {
			platform := platforms[random.IntN(3)]
			rule, would, has := "", []string(nil), map[bool]bool{}
			before := map[bool]int{true: taken[true], false: taken[false]}
			for _, r := range all {
				if !slices.Contains(r.Match.Platform.In, platform) {
					continue
				}
				trial := policyDryRun || r.Mode == DryRun
				if before[trial] < r.Quota.Limit {
					if !has[trial] {
						has[trial] = true
						taken[trial]++
					}
					continue
				}
				if r.Mode != DryRun {
					rule = r.Name
					break
				}
				would = append(would, r.Name)
			}
			d := p.Decide(t.Context(), on(platform), c, policyDryRun)
			if diff := cmp.Diff(would, d.WouldRefuse); d.Rule != rule || diff != "" {
				t.Fatalf("round %d: rule %q, want %q; would refuse -want +got:\n%s", round, d.Rule, rule, diff)
			}
			if rule != "" {
				refused++
			}
			for trial, mode := range map[bool]Mode{true: DryRun, false: Enforce} {
				if got := c.taken[string(mode)+"\x00share:both\x001\x00a"]; got != taken[trial] {
					t.Fatalf("round %d: %d units of %s are taken, want %d", round, got, mode, taken[trial])
				}
			}
		}
	}
	if refused < 100 {
		t.Errorf("%d creations were refused: that shows nothing", refused)
	}
}
