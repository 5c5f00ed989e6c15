package policy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is there already, of which nobody knows who made it.
func TestSettle(t *testing.T) {
	const listed = Whoever | FactTime
	var (
		isStaff = Match{Operator: in("admin")}
		isSpam  = Match{Name: containing("spam").Name}
		atNight = Match{Time: &Time{Between: "23:00-07:00"}}

		staff    = Rule{Name: "staff", Match: &isStaff, Action: Allow}
		spam     = Rule{Name: "spam", Match: &isSpam, Action: Refuse}
		web      = Rule{Name: "web", Match: &likesWeb, Action: Refuse}
		closed   = Rule{Name: "closed", Action: Refuse}
		night    = Rule{Name: "night", Match: &atNight, Action: Refuse}
		nightWeb = Rule{Name: "night-web", Match: &Match{All: []Match{atNight, {Not: &likesWeb}}}, Action: Refuse}
		welcome  = Rule{Name: "welcome", Match: &atNight, Action: Allow}
		guild    = Rule{Name: "guild", Match: &Match{Name: containing("guild").Name}, Action: Allow}
		flood    = Rule{Name: "flood", Action: Refuse, Quota: &Quota{Limit: 1, Window: Duration(3600e9)}}
	)
	with := func(r Rule, change func(*Rule)) Rule { change(&r); return r }
	of := func(r Rule, m Match) Rule { return with(r, func(r *Rule) { r.Match = &m }) }
	byName := Settled{Outcome: Refused, Rule: "spam", Detail: "spam", Word: "spam", ByName: true}
	tests := []struct {
		name    string
		spec    Spec
		cr      Creation
		unknown Fact
		want    Settled
	}{
		{"no rules", Spec{}, named("spam"), listed, Settled{Outcome: Passes}},
		{"none matches", rules(spam), named("ham"), listed, Settled{Outcome: Passes}},
		{"one refuses", rules(spam), named("spam"), listed, byName},
		{"one refuses whatever the name is", rules(closed), named("spam"), listed, Settled{Outcome: Refused, Rule: "closed"}},
		{"one allows", rules(guild, spam), named("spam guild"), listed, Settled{Outcome: Passes, Rule: "guild", Detail: "guild"}},

		{"whoever may be allowed", rules(staff, spam), named("spam"), listed,
			Settled{Outcome: Unsure, Rule: "spam", Unless: "staff", Open: FactOperator, Detail: "spam", Word: "spam"}},
		{"whoever may be allowed to what nobody refuses", rules(staff, spam), named("ham"), listed, Settled{Outcome: Passes}},
		{"whoever is allowed too late", rules(spam, staff), named("spam"), listed, byName},
		{"whoever may be refused", rules(web, guild), named("guild"), listed, Settled{Outcome: Unsure, Rule: "web", Open: FactPlatform}},
		{"whoever may be refused, and is by the next", rules(web, spam), named("spam"), listed, byName},
		{"whoever may be refused, unless allowed before", rules(staff, web), named("ham"), listed,
			Settled{Outcome: Unsure, Rule: "web", Unless: "staff", Open: FactOperator | FactPlatform}},
		{"whoever may be refused, unless allowed behind", rules(web, staff), named("ham"), listed, Settled{Outcome: Unsure, Rule: "web", Open: FactPlatform}},
		{"who is known is allowed", rules(staff, spam), Creation{Operator: "admin", Name: "spam"}, FactTime | FactPlatform, Settled{Outcome: Passes, Rule: "staff", Detail: "admin"}},
		{"who is known is not", rules(staff, spam), Creation{Operator: "bob", Name: "spam"}, FactTime | FactPlatform, byName},

		{"all of what is unknown and false", rules(of(spam, Match{All: []Match{likesWeb, isSpam}})), named("ham"), listed, Settled{Outcome: Passes}},
		{"all of what is unknown and true", rules(of(spam, Match{All: []Match{likesWeb, isSpam}})), named("spam"), listed,
			Settled{Outcome: Unsure, Rule: "spam", Open: FactPlatform, Detail: "spam", Word: "spam"}},
		{"beside each other, unknown and false", rules(of(spam, Match{Platform: likesWeb.Platform, Name: isSpam.Name})), named("ham"), listed, Settled{Outcome: Passes}},
		{"any of what is unknown and true", rules(of(spam, Match{Any: []Match{likesWeb, isSpam}})), named("spam"), listed, byName},
		{"any of what is unknown and false", rules(of(spam, Match{Any: []Match{isSpam, likesWeb}})), named("ham"), listed, Settled{Outcome: Unsure, Rule: "spam", Open: FactPlatform}},
		{"not what is unknown", rules(of(web, Match{Not: &likesWeb})), named("ham"), listed, Settled{Outcome: Unsure, Rule: "web", Open: FactPlatform}},
		{"not both, one of which is false", rules(of(web, Match{Not: &Match{All: []Match{likesWeb, isSpam}}})), named("ham"), listed, Settled{Outcome: Refused, Rule: "web", ByName: true}},
		{"not either, one of which is true", rules(of(web, Match{Not: &Match{Any: []Match{likesWeb, isSpam}}})), named("spam"), listed, Settled{Outcome: Passes}},
		{"type and app", rules(of(web, Match{Type: in("Public"), App: in("1"), Command: in("topic"), ClientIP: in("::1")})), Creation{Subject: Topic}, listed | FactType | FactApp,
			Settled{Outcome: Unsure, Rule: "web", Open: FactType | FactApp | FactClientIP, Detail: "topic"}},

		// What is about when something comes is passed over, and never makes sure.
		{"at times", rules(night), named("ham"), listed, Settled{Outcome: Passes}},
		{"not at times", rules(of(night, Match{Not: &atNight})), named("ham"), listed, Settled{Outcome: Passes}},
		{"at times, and from some places", rules(nightWeb), named("ham"), listed, Settled{Outcome: Passes}},
		{"at times or anyway", rules(of(spam, Match{Any: []Match{atNight, isSpam}})), named("spam"), listed, byName},
		{"at times, and then anyway", rules(night, spam), named("spam"), listed, byName},
		{"allowed at times", rules(welcome, spam), named("spam"), listed,
			Settled{Outcome: Unsure, Rule: "spam", Unless: "welcome", Open: FactTime, Detail: "spam", Word: "spam"}},
		{"allowed at times what nobody refuses", rules(welcome, spam), named("ham"), listed, Settled{Outcome: Passes}},
		{"a quota", rules(flood), named("ham"), listed, Settled{Outcome: Passes}},
		{"a quota, and then anyway", rules(flood, spam), named("spam"), listed, byName},
		{"the freeze", Spec{Freeze: Frozen}, named("ham"), listed, Settled{Outcome: Passes}},
		{"the default", Spec{Default: Refuse}, named("ham"), listed, Settled{Outcome: Passes}},
		{"the default, at a time known", Spec{Default: Refuse}, named("ham"), Whoever, Settled{Outcome: Refused}},
		{"the freeze, at a time known", Spec{Freeze: Frozen, Rules: []Rule{staff}}, Creation{Operator: "bob"}, 0, Settled{Outcome: Refused, Rule: "freeze", Detail: noEnd}},
		{"the freeze, but whoever may be allowed", Spec{Freeze: Frozen, Rules: []Rule{staff}}, named("ham"), Whoever,
			Settled{Outcome: Unsure, Rule: "freeze", Unless: "staff", Open: FactOperator, Detail: noEnd}},
		{"at a time known", rules(night), Creation{At: at("2026-01-01T23:30:00Z")}, Whoever, Settled{Outcome: Refused, Rule: "night", Detail: "Thu 23:30 UTC"}},
		{"a quota, at a time known", rules(flood), named("ham"), 0, Settled{Outcome: Passes}},
		{"a rule that has ended", rules(with(spam, func(r *Rule) { r.Until = "2026-01-01T00:00:00Z" })), Creation{Name: "spam", At: at("2026-01-02T00:00:00Z")}, listed, Settled{Outcome: Passes}},
		{"a rule that has not", rules(with(spam, func(r *Rule) { r.Until = "2026-01-01T00:00:00Z" })), Creation{Name: "spam", At: at("2025-01-02T00:00:00Z")}, listed, byName},

		{"on trial", rules(with(spam, func(r *Rule) { r.Mode = DryRun })), named("spam"), listed, Settled{Outcome: Passes, WouldRefuse: []string{"spam"}, WouldByName: true}},
		{"on trial, for something else", rules(with(closed, func(r *Rule) { r.Mode = DryRun })), named("spam"), listed, Settled{Outcome: Passes, WouldRefuse: []string{"closed"}}},
		{"on trial, unless allowed before", rules(staff, with(spam, func(r *Rule) { r.Mode = DryRun })), named("spam"), listed, Settled{Outcome: Passes, WouldRefuse: []string{"spam"}}},
		{"on trial, unsure", rules(with(web, func(r *Rule) { r.Mode = DryRun })), named("spam"), listed, Settled{Outcome: Passes}},
		{"allowed on trial", rules(with(guild, func(r *Rule) { r.Mode = DryRun }), spam), named("spam guild"), listed, byName},
		{"flagged", rules(with(spam, func(r *Rule) { r.Action = Flag })), named("spam"), listed, Settled{Outcome: Passes, Flags: []string{"spam"}}},
		{"flagged, unsure", rules(with(web, func(r *Rule) { r.Action = Flag })), named("spam"), listed, Settled{Outcome: Passes}},

		{"the name and someone", rules(of(spam, Match{Any: []Match{isStaff, isSpam}})), Creation{Operator: "admin", Name: "ham"}, 0,
			Settled{Outcome: Refused, Rule: "spam", Detail: "admin"}},
		{"a name that is no name of Chat's", rules(spam), named(strings.Repeat("spam", MaxName)), listed, Settled{Outcome: Unsure, Detail: "too long to be decided"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, mustCompile(t, tt.spec).Settle(tt.cr, tt.unknown)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// Every field that a match can ask about is a fact, or Settle would take for known what
// nobody knows.
func TestFacts(t *testing.T) {
	if diff := cmp.Diff([]string{"platform", "operator", "client_ip"}, Whoever.Keys()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for i := range Conditions {
		key := Conditions[i].Keys[0].Path[0].Key
		if got := factOf(key).Keys(); len(got) != 1 || got[0] != key {
			t.Errorf("the fact of %s is %q", key, got)
		}
	}
}
