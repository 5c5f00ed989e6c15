package policy

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	frozenSentence = "Nothing can be created at the moment. Please try again later. Ref 00000000"
	noEnd          = "until somebody ends it"
)

// What a freeze makes of what the policy decides: it adds refusals, and nothing else.
func TestFreeze(t *testing.T) {
	var (
		staff    = Rule{Name: "staff", Match: &Match{Operator: in("admin")}, Action: Allow}
		tryStaff = Rule{Name: "try-staff", Match: &Match{Operator: in("admin")}, Action: Allow, Mode: DryRun}
		spam     = Rule{Name: "spam", Match: &Match{Name: containing("spam").Name}, Action: Refuse}
		trySpam  = Rule{Name: "try-spam", Match: &Match{Name: containing("spam").Name}, Action: Refuse, Mode: DryRun}
		watched  = Rule{Name: "watched", Action: Flag}
		refused  = Decision{Code: 10100, Message: frozenSentence, RefAt: []int{len(frozenSentence) - len(NoRef)}, Rule: "freeze", Detail: noEnd}
	)
	frozen := func(r ...Rule) Spec { return Spec{Freeze: Frozen, Rules: r} }
	with := func(d Decision, change func(*Decision)) Decision { change(&d); return d }
	tests := []struct {
		name string
		spec Spec
		cr   Creation
		want Decision
	}{
		{"no rules", frozen(), Creation{}, refused},
		{"none matches", frozen(staff, spam), named("ham"), refused},
		{"the default does not allow", Spec{Freeze: Frozen, Default: Allow}, Creation{}, refused},
		{"what the default refuses", Spec{Freeze: Frozen, Default: Refuse}, Creation{}, refused},
		{"a rule allows", frozen(staff), Creation{Operator: "admin"}, Decision{Allowed: true, Rule: "staff", Detail: "admin"}},
		{"a rule refuses", frozen(staff, spam), named("spam"), Decision{Code: 1, Rule: "spam", Detail: "spam"}},
		{"a rule refuses what a later one allows", frozen(spam, staff), Creation{Operator: "admin", Name: "spam"}, Decision{Code: 1, Rule: "spam", Detail: "spam"}},
		{"a rule allows on trial", frozen(tryStaff), Creation{Operator: "admin"}, refused},
		{"a rule refuses on trial", frozen(trySpam), named("spam"), with(refused, func(d *Decision) { d.WouldRefuse, d.WouldDetail = []string{"try-spam"}, []string{"spam"} })},
		{"a rule flags", frozen(watched), named("ham"), with(refused, func(d *Decision) { d.Flags = []string{"watched"} })},

		{"the policy's code", Spec{Freeze: Frozen, Refusal: Refusal{Code: 10150}}, Creation{}, with(refused, func(d *Decision) { d.Code = 10150 })},
		{"the policy's message", Spec{Freeze: Frozen, Refusal: Refusal{Message: Text{Default: "Closed, {{operator}}."}}}, Creation{Operator: "bob"}, with(refused, func(d *Decision) { d.Message, d.RefAt = "Closed, bob.", nil })},
		{"the policy's message by language", Spec{Freeze: Frozen, Refusal: Refusal{Message: Text{Default: "Closed.", Zh: "关闭。"}}}, named("新手"), with(refused, func(d *Decision) { d.Message, d.RefAt = "关闭。", nil })},
		{"the policy's code 1", Spec{Freeze: Frozen, Refusal: Refusal{Code: 1}}, Creation{}, with(refused, func(d *Decision) { d.Code, d.Message, d.RefAt = 1, "", nil })},
		{"no freeze", Spec{}, Creation{}, Decision{Allowed: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := mustCompile(t, tt.spec)
			got := p.Decide(t.Context(), tt.cr, nil, false)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if diff := cmp.Diff(got, p.Decide(t.Context(), tt.cr, nil, true)); diff != "" { // it is the gate that refuses nothing then
				t.Errorf("in a dry run -enforced +dry:\n%s", diff)
			}
		})
	}
}

// A freeze with an end is over at that very moment, by when the creation was asked.
func TestFreezeEnds(t *testing.T) {
	p := mustCompile(t, Spec{Freeze: "2026-01-31T18:30:00+08:00"})
	for when, frozen := range map[string]bool{
		"2025-06-01T00:00:00Z": true, "2026-01-31T10:29:59.999Z": true, "2026-01-31T10:30:00Z": false, "2026-01-31T18:30:00+08:00": false, "2027-01-01T00:00:00Z": false,
	} {
		d := p.Decide(t.Context(), Creation{At: at(when)}, nil, false)
		if d.Allowed == frozen {
			t.Errorf("at %s: allowed is %v", when, d.Allowed)
		}
		if want := "until 2026-01-31T18:30:00+08:00"; frozen && d.Detail != want {
			t.Errorf("at %s: detail %q, want %q", when, d.Detail, want)
		}
	}
}

// Quotas go on counting while frozen: what asks uses up its units, and is refused by the
// quota then.
func TestFreezeCounts(t *testing.T) {
	p := mustCompile(t, Spec{Freeze: Frozen, Rules: []Rule{quotaRule(Quota{Limit: 2, Window: hour})}})
	c := &counter{}
	for i, want := range []string{"freeze", "freeze", "flood", "flood"} {
		if got := p.Decide(t.Context(), by("a", "", "1"), c, false).Rule; got != want {
			t.Errorf("creation %d is refused by %s, want %s", i, got, want)
		}
	}
	if len(c.asked) != 4 {
		t.Errorf("the counter was asked %d times, want 4", len(c.asked))
	}
}

func TestFreezeProblems(t *testing.T) {
	const tail = " is neither true, false nor a time such as 2026-01-31T18:30:00Z"
	for written, want := range map[Freeze][]string{
		"": nil, Frozen: nil, "2026-01-31T18:30:00Z": nil, "2026-01-31T18:30:00.5-03:30": nil,
		"false":                  {`freeze | freeze: "false"` + tail},
		"on":                     {`freeze | freeze: "on"` + tail},
		"2026-01-31":             {`freeze | freeze: "2026-01-31"` + tail},
		"2026-02-30T00:00:00Z":   {`freeze | freeze: "2026-02-30T00:00:00Z"` + tail},
		"2026-01-31T18:30:00,5Z": {`freeze | freeze: "2026-01-31T18:30:00,5Z"` + tail},
	} {
		if _, problems, _ := Compile(Spec{Freeze: written}); !cmp.Equal(want, lines(problems)) {
			t.Errorf("%q: problems %q, want %q", written, lines(problems), want)
		}
	}
	_, problems, _ := Compile(rules(Rule{Name: "freeze", Match: &isLeckie, Action: Refuse}))
	if diff := cmp.Diff([]string{"rules[0].name | name: freeze is what a freeze is called in the log; write another"}, lines(problems)); diff != "" {
		t.Errorf("a rule of its name: -want +got:\n%s", diff)
	}
}

// An unfrozen policy has the digest that it had before there was a freeze, and one that is
// frozen another, by its end.
func TestFreezeDigest(t *testing.T) {
	seen := map[string]Freeze{}
	for _, freeze := range []Freeze{"", Frozen, "2026-01-31T18:30:00Z", "2026-01-31T18:30:01Z"} {
		digest := Digest(Spec{Freeze: freeze})
		if other, taken := seen[digest]; taken {
			t.Errorf("%q and %q have one digest", freeze, other)
		}
		seen[digest] = freeze
	}
}

func TestFreezeWarnings(t *testing.T) {
	now := at("2026-06-01T12:00:00Z")
	var (
		backEnd = Rule{Name: "back-end", Match: &Match{Platform: in("Web", "restapi")}, Action: Allow}
		deeper  = Rule{Name: "deeper", Match: &Match{All: []Match{isLeckie, {Any: []Match{{Platform: in("RESTAPI")}}}}}, Action: Allow}
		all     = Rule{Name: "all", Action: Allow}
		ended   = Rule{Name: "ended", Action: Allow, Until: "2026-05-31"}
	)
	const (
		noBackEnd  = "freeze | freeze: no rule allows RESTAPI, so that your back end creates nothing either; add a rule that allows platform: {in: [RESTAPI]}, unless that is meant"
		allowsAll  = "rules[0].action | allows everything, so that the freeze refuses nothing; give it a match, or remove it while frozen"
		dryRun     = "freeze | freeze: refuses nothing, for the policy is in dry run; set the mode to enforce"
		over       = "freeze | freeze: ended at 2026-06-01T12:00:00Z; remove it, or write a later time"
		notAnyMore = "rules[0].until | until: 2026-05-31 has passed: the rule is not asked any more; remove the rule, or write a later end"
	)
	changed := func(r Rule, change func(*Rule)) Rule { change(&r); return r }
	tests := []struct {
		name string
		spec Spec
		want []string
	}{
		{"not frozen", rules(all), nil},
		{"frozen", Spec{Freeze: Frozen}, []string{noBackEnd}},
		{"until later", Spec{Freeze: "2026-06-01T12:00:01Z"}, []string{noBackEnd}},
		{"until now", Spec{Freeze: "2026-06-01T12:00:00Z", Mode: DryRun, Rules: []Rule{all}}, []string{over}},
		{"the back end is allowed", Spec{Freeze: Frozen, Rules: []Rule{backEnd}}, nil},
		{"it is allowed in a group", Spec{Freeze: Frozen, Rules: []Rule{deeper}}, nil},
		{"it is refused", Spec{Freeze: Frozen, Rules: []Rule{changed(backEnd, func(r *Rule) { r.Action = Refuse })}}, []string{noBackEnd}},
		{"it is allowed on trial", Spec{Freeze: Frozen, Rules: []Rule{changed(backEnd, func(r *Rule) { r.Mode = DryRun })}}, []string{noBackEnd}},
		{"it is allowed no more", Spec{Freeze: Frozen, Rules: []Rule{changed(backEnd, func(r *Rule) { r.Until = "2026-05-31" })}}, []string{notAnyMore, noBackEnd}},
		{"another platform is allowed", Spec{Freeze: Frozen, Rules: []Rule{changed(backEnd, func(r *Rule) { r.Match = &likesWeb })}}, []string{noBackEnd}},
		{"a rule excepts it", Spec{Freeze: Frozen, Rules: []Rule{changed(backEnd, func(r *Rule) { r.Match = &Match{Not: &Match{Platform: in("RESTAPI")}} })}}, []string{noBackEnd}},
		{"a rule allows everything", Spec{Freeze: Frozen, Rules: []Rule{all}}, []string{allowsAll}},
		{"it did", Spec{Freeze: Frozen, Rules: []Rule{ended, backEnd}}, []string{notAnyMore}},
		{"in dry run", Spec{Freeze: Frozen, Mode: DryRun, Rules: []Rule{backEnd}}, []string{dryRun}},
		{"no freeze at all", Spec{Freeze: "on"}, nil}, // which is a problem
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, lines(WarningsAt(tt.spec, now))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// Explain has a step of the freeze behind those of the rules, which says what it found.
func TestFreezeExplained(t *testing.T) {
	spec := Spec{Freeze: "2026-01-31T18:30:00Z", Rules: []Rule{
		{Name: "staff", Match: &Match{Operator: in("admin")}, Action: Allow}, {Name: "spam", Match: &Match{Name: containing("spam").Name}, Action: Refuse},
	}}
	p := mustCompile(t, spec)
	const until = "until 2026-01-31T18:30:00Z"
	step := func(matched, decides, lasts bool, allowedBy string) Step {
		return Step{Rule: "freeze", Action: Refuse, Mode: Enforce, Matched: matched, Decides: decides, Conditions: []Finding{
			{"frozen", lasts, until}, {"allowed by no rule", allowedBy == "", allowedBy},
		}}
	}
	before, after := at("2026-01-31T18:00:00Z"), at("2026-01-31T19:00:00Z")
	tests := []struct {
		name string
		cr   Creation
		want Step
	}{
		{"it decides", Creation{Name: "ham", At: before}, step(true, true, true, "")},
		{"it is over", Creation{Name: "ham", At: after}, step(false, false, false, "")},
		{"a rule allows", Creation{Operator: "admin", At: before}, step(false, false, true, "staff")},
		{"a rule refuses first", Creation{Name: "spam", At: before}, step(true, false, true, "")},
	}
	for _, tt := range tests {
		steps, _ := p.Explain(t.Context(), tt.cr, nil, false)
		if diff := cmp.Diff(tt.want, steps[len(steps)-1]); diff != "" || len(steps) != 3 {
			t.Errorf("%s: %d steps, the last -want +got:\n%s", tt.name, len(steps), diff)
		}
	}
	spec.Freeze = ""
	if steps, _ := mustCompile(t, spec).Explain(t.Context(), Creation{}, nil, false); len(steps) != 2 {
		t.Errorf("without a freeze there are %d steps, want 2", len(steps))
	}
}

// The time of a creation decides, not that of a machine.
func TestFreezeAsksNoClock(t *testing.T) {
	p := mustCompile(t, Spec{Freeze: Freeze(time.Now().Add(time.Hour).UTC().Format(time.RFC3339))})
	if d := p.Decide(t.Context(), Creation{At: time.Now().Add(2 * time.Hour)}, nil, false); !d.Allowed {
		t.Errorf("a creation after its end is refused: %+v", d)
	}
}
