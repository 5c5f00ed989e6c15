package policy

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDurationString(t *testing.T) {
	tests := []struct {
		d    time.Duration
		want string
	}{
		{0, "0s"},
		{time.Second, "1s"},
		{90 * time.Second, "1m30s"},
		{time.Minute, "1m"},
		{10 * time.Minute, "10m"},
		{time.Hour, "1h"},
		{10 * time.Hour, "10h"},
		{time.Hour + 30*time.Minute, "1h30m"},
		{time.Hour + 30*time.Second, "1h0m30s"},
		{time.Hour + 10*time.Minute, "1h10m"},
		{20*time.Hour + 10*time.Second, "20h0m10s"},
		{31 * 24 * time.Hour, "744h"},
		{1500 * time.Millisecond, "1.5s"},
		{-time.Hour, "-1h"},
	}
	for _, tt := range tests {
		got := Duration(tt.d).String()
		if got != tt.want {
			t.Errorf("String of %v = %s, want %s", tt.d, got, tt.want)
		}
		if back, err := time.ParseDuration(got); err != nil || back != tt.d {
			t.Errorf("%s reads back as %v, %v, want %v", got, back, err, tt.d)
		}
		if data, err := json.Marshal(Duration(tt.d)); err != nil || string(data) != `"`+tt.want+`"` {
			t.Errorf("JSON of %v = %s, %v, want %q", tt.d, data, err, tt.want)
		}
	}
}

func TestDay(t *testing.T) {
	if d, err := ParseDuration("day"); d != Day || err != nil || Day.String() != "day" {
		t.Errorf("day reads as %d, %v, and is written %s", d, err, Day)
	}
	if data, err := json.Marshal(Day); err != nil || string(data) != `"day"` {
		t.Errorf("JSON %s, %v", data, err)
	}
	if d, err := ParseDuration("1h30m"); d != Duration(90*time.Minute) || err != nil {
		t.Errorf("1h30m reads as %s, %v", d, err)
	}
	for _, text := range []string{"", "Day", "1day", "-day", "days", time.Duration(Day).String()} {
		if d, err := ParseDuration(text); err == nil {
			t.Errorf("%q reads as %s", text, d)
		}
	}
	spec := Spec{Rules: []Rule{{Quota: &Quota{Window: Day}}, {Quota: &Quota{Window: hour}}}}.WithDefaults()
	if got, other := spec.Rules[0].Quota.Zone, spec.Rules[1].Quota.Zone; got != "UTC" || other != "" {
		t.Errorf("the zone of a day is %q, of an hour %q, want UTC and none", got, other)
	}
}

func TestWithDefaults(t *testing.T) {
	got := Spec{Rules: []Rule{
		{Name: "a", Action: Allow},
		{Name: "b", Action: Refuse, Mode: DryRun, Quota: &Quota{Limit: 1, Window: hour}},
		{Name: "c", Action: Refuse, Quota: &Quota{Limit: 1, Window: hour, Per: PerApp, IfUnavailable: RefuseRule}},
	}}.WithDefaults()
	want := Spec{
		Version: 1, Govern: []Subject{Topic}, Mode: Enforce, Default: Allow, OnError: Refuse,
		Rules: []Rule{
			{Name: "a", Action: Allow, Mode: Enforce},
			{Name: "b", Action: Refuse, Mode: DryRun, Quota: &Quota{Limit: 1, Window: hour, Per: PerOperator, IfUnavailable: SkipRule}},
			{Name: "c", Action: Refuse, Mode: Enforce, Quota: &Quota{Limit: 1, Window: hour, Per: PerApp, IfUnavailable: RefuseRule}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff(got, got.WithDefaults()); diff != "" {
		t.Errorf("a second time changes it: -once +twice:\n%s", diff)
	}
	written := Spec{Version: 2, Govern: []Subject{Group}, Mode: DryRun, Default: Refuse, OnError: Allow, Refusal: Refusal{Code: 1, Message: Text{Default: "m"}}, Rules: []Rule{}}
	if diff := cmp.Diff(written, written.WithDefaults()); diff != "" {
		t.Errorf("what is written was changed: -written +got:\n%s", diff)
	}
}

// The caller's spec is left as it was.
func TestWithDefaultsCopies(t *testing.T) {
	quota, within := &Quota{Limit: 1, Window: hour}, &Time{Days: []string{"fri"}}
	written := Spec{Rules: []Rule{{
		Name: "a", Quota: quota, Match: &Match{Time: within, All: []Match{{Time: within}}, Any: []Match{{Time: within}}, Not: &Match{Time: within}},
	}}}
	written.WithDefaults()
	if r := written.Rules[0]; r.Mode != "" || quota.Per != "" || quota.IfUnavailable != "" || within.Zone != "" || r.Match.All[0].Time.Zone != "" {
		t.Errorf("the caller's spec has now %+v, %+v, %+v", r, quota, within)
	}
}
