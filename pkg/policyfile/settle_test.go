package policyfile_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"topicgate/pkg/policy"
)

// completions are what the unknown facts of a creation may be, each in every combination.
func completions(cr policy.Creation, unknown policy.Fact) []policy.Creation {
	all := []policy.Creation{cr}
	each := func(fact policy.Fact, values []string, field func(*policy.Creation) *string) {
		if unknown&fact == 0 {
			return
		}
		var more []policy.Creation
		for _, one := range all {
			for _, value := range values {
				*field(&one) = value
				more = append(more, one)
			}
		}
		all = more
	}
	each(policy.FactOperator, append([]string{""}, operators...), func(c *policy.Creation) *string { return &c.Operator })
	each(policy.FactPlatform, platforms, func(c *policy.Creation) *string { return &c.Platform })
	each(policy.FactClientIP, addresses, func(c *policy.Creation) *string { return &c.ClientIP })
	each(policy.FactCommand, []string{"topic", "group"}, func(c *policy.Creation) *string { return (*string)(&c.Subject) })
	return all
}

// settles holds Settle to Decide: for any policy, what is refused is refused in every
// completion of what is not known, what passes in none, and where all is known the two
// say the same.
func settles(t *rapid.T) {
	spec := drawPolicy(t)
	cr := drawCreation(t)
	var unknown policy.Fact
	for _, fact := range []policy.Fact{policy.FactOperator, policy.FactPlatform, policy.FactClientIP, policy.FactCommand, policy.FactTime} {
		if rapid.Bool().Draw(t, "is known") {
			unknown |= fact
		}
	}
	compiled := compile(t, spec)
	got := compiled.Settle(cr, unknown)
	whatever := completions(cr, unknown)
	if unknown&policy.FactTime != 0 {
		spec.Freeze, spec.Default = "", policy.Allow
		moments := whatever
		for day := range 7 { // conditions are on whole days
			for _, one := range moments {
				// Rules end as of the moment at hand, which the completions must not move.
				one.At = one.At.Add(time.Duration(day-3) * 24 * time.Hour)
				whatever = append(whatever, one)
			}
		}
		spec.Rules = slices.DeleteFunc(slices.Clone(spec.Rules), func(r policy.Rule) bool {
			end := policy.Spec{Rules: []policy.Rule{r}}
			return len(policy.WarningsAt(end, cr.At)) > 0
		})
		for i := range spec.Rules {
			spec.Rules[i].Until = ""
		}
	}
	anyTime := spec
	anyTime.Rules = slices.DeleteFunc(slices.Clone(spec.Rules), func(r policy.Rule) bool {
		return unknown&policy.FactTime != 0 && r.Action == policy.Refuse && r.Match.ReadsTime()
	})
	decides, without := compile(t, spec), compile(t, anyTime)
	for _, one := range whatever {
		d := decides.Decide(t.Context(), one, memory(), false)
		switch got.Outcome {
		case policy.Refused:
			if d.Allowed {
				t.Fatalf("settled as %+v, and %+v is allowed by %q", got, one, d.Rule)
			}
		case policy.Passes:
			if d := without.Decide(t.Context(), one, memory(), false); !d.Allowed {
				t.Fatalf("settled as %+v, and %+v is refused by %q", got, one, d.Rule)
			}
		case policy.Unsure:
			if unknown == 0 {
				t.Fatalf("all is known, and settled as %+v", got)
			}
		}
		if unknown != 0 {
			continue
		}
		want := policy.Settled{Outcome: policy.Passes, Rule: d.Rule, WouldRefuse: d.WouldRefuse, Flags: d.Flags, Detail: got.Detail, Word: got.Word, ByName: got.ByName, WouldByName: got.WouldByName}
		if !d.Allowed {
			want.Outcome = policy.Refused
		}
		if d.Rule != "" {
			want.Detail = d.Detail
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("all is known: -Decide +Settle:\n%s", diff)
		}
	}
	if got.WouldByName {
		enforced := spec
		enforced.Rules = slices.Clone(spec.Rules)
		for i := range enforced.Rules {
			if r := &enforced.Rules[i]; r.Action == policy.Refuse {
				r.Mode = ""
			}
		}
		if now := compile(t, enforced).Settle(cr, unknown); now.Outcome != policy.Refused {
			t.Fatalf("settled as %+v, and with its dry runs enforced as %+v", got, now)
		}
	}
	if got.Outcome == policy.Refused && !got.ByName && got.Rule != "" && got.Rule != policy.FreezeRule {
		for _, r := range spec.Rules {
			if r.Name != got.Rule {
				continue
			}
			alone := compile(t, policy.Spec{Rules: []policy.Rule{r}})
			for _, name := range names {
				one := cr
				one.Name = name
				if again := alone.Settle(one, unknown); again.Outcome != policy.Refused {
					t.Fatalf("settled as %+v, and with the name %q as %+v", got, name, again)
				}
			}
		}
	}
}

func compile(t *rapid.T, spec policy.Spec) *policy.Policy {
	compiled, problems, _ := policy.Compile(spec)
	if problems != nil {
		t.Fatal(problems)
	}
	return compiled
}

func TestSettleAgrees(t *testing.T) { rapid.Check(t, settles) }

func FuzzSettle(f *testing.F) { f.Fuzz(rapid.MakeFuzz(settles)) }

// TestSettleIsNotTimid: of policies at random a good part is settled for sure, or the test
// above would show nothing.
func TestSettleIsNotTimid(t *testing.T) {
	const policies, least = 400, 20
	outcomes := map[policy.Outcome]int{}
	for seed := range policies {
		one := rapid.Custom(func(t *rapid.T) policy.Settled {
			spec, cr := drawPolicy(t), drawCreation(t)
			return compile(t, spec).Settle(cr, policy.Whoever|policy.FactTime)
		}).Example(seed)
		outcomes[one.Outcome]++
	}
	for _, outcome := range []policy.Outcome{policy.Refused, policy.Passes, policy.Unsure} {
		if outcomes[outcome] < least {
			t.Errorf("%d of %d policies settle as %s, want %d at least: %v", outcomes[outcome], policies, outcome, least, outcomes)
		}
	}
}
