package policy

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"topicgate/pkg/quota"
)

func asking(name string) Creation { return Creation{App: "1", Operator: "a", Name: name} }

// A raid with one text in variations shares a count, and nobody else does.
func TestQuotaPerName(t *testing.T) {
	p := mustCompile(t, rules(quotaRule(Quota{Limit: 2, Window: hour, Per: PerName, Exempt: List{"general", "公告"}})))
	c := &counter{}
	for _, step := range []struct {
		name    string
		refused bool
	}{
		{"Join us now", false},
		{"JOIN us now!! 🔥", false},
		{"jоin-us-nооow 4711", true},
		{"Join them now", false},
		{"Ｊoin us\u200b now", true},
		// Many communities have these, however they are written.
		{"general", false}, {"General", false}, {"GENERAL 2", false}, {"general!", false},
		{"公告", false}, {"【公告】", false}, {"公告", false},
		{"generals", false}, {"generals", false}, {"generals", true},
		// What has nothing but digits, or signs, is itself.
		{"2026", false}, {"2027", false}, {"２０２６", false}, {"2026", true}, {"2027", false},
		{"🔥", false}, {"🔥🔥", false}, {"🔥 🔥", true}, {"❤", false},
		// Nothing to count by.
		{"", false}, {"", false}, {"", false}, {"\u200b", false}, {"\u200b", false}, {" ", false},
	} {
		d := p.Decide(t.Context(), asking(step.name), c, false)
		if got := !d.Allowed; got != step.refused {
			t.Errorf("%q: refused = %v, want %v", step.name, got, step.refused)
		}
	}
	for _, asked := range c.asked {
		if strings.HasSuffix(asked, "| 1h0m0s") || strings.Contains(asked, "|general 1h") || strings.Contains(asked, "公告") {
			t.Errorf("asked for %q", asked)
		}
	}
}

// However long a name is, what reaches a store is not, and a decision ends.
func TestQuotaOfALongName(t *testing.T) {
	p := mustCompile(t, rules(quotaRule(Quota{Limit: 1, Window: hour, Per: PerName})))
	for _, unit := range []string{"\ufdfa", "ab", "加微", "\xff", "e\u0301\u0323", "🇨🇳🅰"} {
		name := strings.Repeat(unit, MaxName/len(unit))
		c := &counter{}
		start := time.Now()
		p.Decide(t.Context(), asking(name), c, false)
		if lasted := time.Since(start); lasted > 10*time.Second { // milliseconds, on a machine of its own
			t.Errorf("%q: decided after %v", unit, lasted)
		}
		for key := range c.taken {
			if got, want := len(quota.RedisKey(key)), len(quota.RedisKey("")); got != want {
				t.Errorf("%q: the key in Redis has %d bytes, want %d", unit, got, want)
			}
		}
		if len(c.taken) != 1 {
			t.Errorf("%q: %d keys", unit, len(c.taken))
		}
	}
}

// The window is the calendar day of a place: its date stands in the key, which lives an
// hour longer than the day.
func TestQuotaPerDay(t *testing.T) {
	at := func(text string) time.Time {
		parsed, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	for _, tt := range []struct{ zone, at, key, window string }{
		{"", "2026-11-26T00:00:00Z", "flood@2026-11-26", "25h0m0s"},
		{"", "2026-11-26T23:59:59.5Z", "flood@2026-11-26", "1h0m0.5s"},
		{"", "2026-11-27T00:00:00+08:00", "flood@2026-11-26", "9h0m0s"},
		{"Asia/Shanghai", "2026-11-26T15:59:59Z", "flood@2026-11-26", "1h0m1s"},
		{"Asia/Shanghai", "2026-11-26T16:00:00Z", "flood@2026-11-27", "25h0m0s"},
		{"Europe/Berlin", "2026-03-28T23:00:00Z", "flood@2026-03-29", "24h0m0s"},     // 23 hours: summer begins
		{"Europe/Berlin", "2026-10-24T22:00:00Z", "flood@2026-10-25", "26h0m0s"},     // 25 hours: it ends
		{"America/Sao_Paulo", "2018-11-04T03:00:00Z", "flood@2018-11-04", "24h0m0s"}, // a day without a midnight
	} {
		p := mustCompile(t, rules(quotaRule(Quota{Limit: 1, Window: Day, Zone: tt.zone})))
		c := &counter{}
		cr := by("a", "", "1")
		cr.At = at(tt.at)
		p.Decide(t.Context(), cr, c, false)
		if diff := cmp.Diff([]string{"enforce|" + tt.key + "|1|a " + tt.window}, c.asked); diff != "" {
			t.Errorf("%s in %s: -want +got:\n%s", tt.at, tt.zone, diff)
		}
	}
	// A new day is a new count, whatever the store's clock says.
	p := mustCompile(t, rules(quotaRule(Quota{Limit: 1, Window: Day})))
	c := &counter{}
	for i, step := range []struct {
		at      string
		refused bool
	}{{"2026-11-26T10:00:00Z", false}, {"2026-11-26T23:59:59Z", true}, {"2026-11-27T00:00:00Z", false}, {"2026-11-27T12:00:00Z", true}, {"2026-11-26T23:59:59Z", true}} {
		cr := by("a", "", "1")
		cr.At = at(step.at)
		if got := !p.Decide(t.Context(), cr, c, false).Allowed; got != step.refused {
			t.Errorf("step %d: refused = %v, want %v", i, got, step.refused)
		}
	}
}

// What is used counts as if it had been taken, for the case's subject and no other.
func TestUsed(t *testing.T) {
	p := mustCompile(t, rules(
		Rule{Name: "few", Match: &Match{Platform: in("Web")}, Quota: &Quota{Limit: 3, Window: hour, Share: "both"}, Action: Refuse},
		Rule{Name: "more", Quota: &Quota{Limit: 5, Window: hour, Share: "both"}, Action: Refuse},
		Rule{Name: "address", Quota: &Quota{Limit: 2, Window: Day, Per: PerClientIP}, Action: Refuse},
		Rule{Name: "tried", Quota: &Quota{Limit: 2, Window: hour, Per: PerApp}, Action: Refuse, Mode: DryRun},
		Rule{Name: "words", Match: &Match{Platform: in("iOS")}, Action: Refuse},
	))
	web := Creation{App: "1", Operator: "a", Platform: "Web", ClientIP: "10.0.0.1"}
	other := web
	other.Platform = "Android"
	silent := web
	silent.ClientIP = ""
	for _, tt := range []struct {
		cr       Creation
		used     map[string]int
		rule     string
		would    []string
		problems []string
	}{
		{cr: web},
		{cr: web, used: map[string]int{"few": 2}},
		{cr: web, used: map[string]int{"few": 3}, rule: "few"},
		{cr: web, used: map[string]int{"more": 3}, rule: "few"},
		{cr: other, used: map[string]int{"few": 3}},
		{cr: other, used: map[string]int{"few": 5}, rule: "more"},
		{cr: other, used: map[string]int{"few": 1 << 52}, rule: "more"},
		{cr: web, used: map[string]int{"address": 2}, rule: "address"},
		{cr: web, used: map[string]int{"address": 1, "few": 2, "tried": 1}},
		{cr: web, used: map[string]int{"tried": 2}, would: []string{"tried"}},
		{cr: web, used: map[string]int{"fw": 2, "words": 1}, problems: []string{
			`used: there is no rule "fw" with a quota; did you mean few?`,
			`used: there is no rule "words" with a quota; write few, more, address or tried`,
		}},
		{cr: silent, used: map[string]int{"address": 2}, problems: []string{`used: rule "address" counts nothing here: there is no client_ip`}},
		{cr: web, used: map[string]int{"few": 2, "more": 2}, problems: []string{`used: rules "few" and "more" share a count; write one of them`}},
	} {
		c, problems := p.Used(tt.cr, tt.used, quota.NewMemory())
		if diff := cmp.Diff(tt.problems, problems); diff != "" {
			t.Errorf("%v: problems -want +got:\n%s", tt.used, diff)
		}
		if problems != nil {
			continue
		}
		d := p.Decide(context.Background(), tt.cr, c, false)
		if diff := cmp.Diff(tt.would, d.WouldRefuse); d.Rule != tt.rule || diff != "" {
			t.Errorf("%v: rule %q, want %q; would refuse -want +got:\n%s", tt.used, d.Rule, tt.rule, diff)
		}
	}
}

// An explanation says by what was counted, for the count to be found and reset.
func TestQuotaExplained(t *testing.T) {
	cr := asking("JOIN us!! 42")
	for _, tt := range []struct {
		quota Quota
		want  string
	}{
		{Quota{Limit: 5, Window: hour}, "5/1h per operator"},
		{Quota{Limit: 5, Window: Day, Share: "both"}, "5/day per operator, of share both"},
		{Quota{Limit: 5, Window: hour, Per: PerName}, "5/1h per name (jolnus)"},
		{Quota{Limit: 5, Window: hour, Per: PerName, Exempt: List{"Join us"}}, "5/1h per name (jolnus), which is exempt"},
	} {
		steps, _ := mustCompile(t, rules(quotaRule(tt.quota))).Explain(t.Context(), cr, &counter{}, false)
		if got := steps[0].Conditions[0].Detail; got != tt.want {
			t.Errorf("%+v is explained as %q, want %q", tt.quota, got, tt.want)
		}
	}
}
