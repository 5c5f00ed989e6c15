package history

import (
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"topicgate/pkg/chat"
	"topicgate/pkg/gate"
)

// A decided is a decision for tests of findings.
func decided(at time.Time, operator, name string) *Decision {
	return &Decision{
		Time: at, Timestamp: at, Operator: operator, Name: name, Verdict: Refuse, Code: 10102, Rule: "banned", Reason: "rule", Detail: "casino", Mode: "enforce",
		Policy: "0a1b2c3d4e5f", Command: string(chat.BeforeCreateTopic), Ref: "7ZK4M0QX", Duration: time.Millisecond,
	}
}

func found(r *Report, kind string) (texts []string) {
	for _, f := range r.Findings {
		if f.Kind == kind {
			texts = append(texts, f.Text)
		}
	}
	return texts
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// TestNames: a name that many ask for within an hour is told from one that they ask for over
// days, and it is shown only where that was asked for.
func TestNames(t *testing.T) {
	r := NewReporter(nil)
	for i := range 6 {
		r.Decision(decided(noon.Add(time.Duration(50+i)*time.Minute), fmt.Sprint("raider ", i), "raiding party"))
		r.Decision(decided(noon.AddDate(0, 0, i), fmt.Sprint("user ", i), "casino royale"))
		r.Decision(decided(noon.AddDate(0, 0, i), "one", "of one"))
		d := decided(noon.AddDate(0, 0, i), fmt.Sprint("user ", i), "by a quota")
		d.Rule, d.Detail = "flood", ""
		r.Decision(d)
	}
	for _, names := range []bool{false, true} {
		report := r.Report(Counts{}, ReportOptions{Names: names, Policy: "p.yaml", Logs: []string{"a log"}})
		want := map[bool][2]string{
			false: {"One name was refused to 6 people within one hour, by banned: perhaps a raid.", "One name was refused to 6 people over 6 days, by banned: perhaps it is innocent."},
			true:  {`"raiding party" was refused to 6 people within one hour, by banned: perhaps a raid.`, `"casino royale" was refused to 6 people over 6 days, by banned: perhaps it is innocent.`},
		}[names]
		if diff := gocmp.Diff([]string{want[0]}, found(report, "raid")); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if diff := gocmp.Diff([]string{want[1]}, found(report, "innocent")); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		command := map[bool]string{false: "topicgate find 7ZK4M0QX -policy p.yaml 'a log'", true: "topicgate find -name 'raiding party' -policy p.yaml 'a log'"}[names]
		if got := CommandLine(report.Findings[0].Command); got != command {
			t.Errorf("got %s, want %s", got, command)
		}
		all, err := json.Marshal(report)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"raiding party", "royale", "of one"} {
			if strings.Contains(string(all), name) != names {
				t.Errorf("-names %v: %q is shown: %v", names, name, !names)
			}
		}
		if strings.Contains(string(all), "raider") {
			t.Error("operators are shown")
		}
	}
}

// TestSilences: a stretch without decisions is told where at that time there mostly are some.
func TestSilences(t *testing.T) {
	days := func(n int, silent func(at time.Time) bool) []Silence {
		r := NewReporter(nil)
		for at := noon; at.Before(noon.AddDate(0, 0, n)); {
			if !silent(at) {
				r.Decision(decided(at, "o", "n"))
			}
			at = at.Add(30 * time.Second)
			switch at.Hour() { // nights begin and end slowly, and are silent
			case 1, 6:
				at = at.Add(25 * time.Minute)
			case 2, 3, 4, 5:
				at = at.Add(4 * time.Hour)
			}
		}
		return r.Report(Counts{}, ReportOptions{}).Silences
	}
	never := func(time.Time) bool { return false }
	if got := days(7, never); len(got) > 0 {
		t.Errorf("nights are no silences: %+v", got)
	}
	if got := days(1, never); len(got) > 0 {
		t.Errorf("one night is none: %+v", got)
	}
	from := time.Date(2026, 3, 3, 15, 10, 0, 0, time.UTC)
	gap := func(at time.Time) bool { return !at.Before(from) && at.Before(from.Add(80*time.Minute)) }
	want := []Silence{{from, from.Add(80 * time.Minute), 160}}
	if diff := gocmp.Diff(want, days(7, gap)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	from = noon.Add(3 * time.Hour)
	want = []Silence{{from, from.Add(80 * time.Minute), 160}}
	if diff := gocmp.Diff(want, days(1, gap)); diff != "" {
		t.Errorf("in a short log: -want +got:\n%s", diff)
	}
	for _, of := range []int{2, 5} {
		const to = 25
		from = time.Date(2026, 3, of, 15, 0, 0, 0, time.UTC)
		until := from.AddDate(0, 0, to-of)
		got := days(to+3, func(at time.Time) bool { return !at.Before(from) && at.Before(until) })
		if len(got) != 1 || !got[0].From.Equal(from) || !got[0].To.Equal(until) || got[0].Expected < 1000*(to-of) {
			t.Errorf("off for most of a log, from %s to %s: %+v", from, until, got)
		}
	}
}

// TestUnused: what of a policy never matched is named, and what matched in disguise is not.
func TestUnused(t *testing.T) {
	r := NewReporter(&loaded(t, "rules: [{name: banned, match: {name: {contains: [casino, 'fuck*', spam, Spam, a; b, x], disguised: true, unless_contains: [exempt]}}, action: refuse}, {name: never, match: {any: [{name: {resembles: [Official]}}]}, action: refuse}, {name: trial, match: {name: {contains: [links]}}, action: refuse, mode: dry_run}]").Spec)
	for _, detail := range []string{"casino", "fuck, as f*ck", "SPAM", "spam", "a; b", "Web; x, as x, as y"} {
		d := decided(noon, "o", "n")
		d.Detail = detail
		r.Decision(d)
	}
	d := decided(noon, "o", "n")
	d.Verdict, d.Rule, d.Reason, d.Detail, d.WouldRefuse = Allow, "", "default", "links", []string{"trial"}
	r.Decision(d)
	report := r.Report(Counts{}, ReportOptions{})
	want := &Unused{Rules: []string{"never"}, Words: []RuleWord{{"never", "Official"}}, AllWords: 1, InAll: 8}
	if diff := gocmp.Diff(want, report.Unused); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	wantWords := []WordUse{{"banned", "SPAM", 1, 0}, {"banned", "a; b", 1, 0}, {"banned", "casino", 1, 0}, {"banned", "fuck", 1, 1}, {"banned", "spam", 1, 0}, {"banned", "x", 1, 1}, {"trial", "links", 1, 0}}
	if diff := gocmp.Diff(wantWords, report.Words); diff != "" {
		t.Errorf("words: -want +got:\n%s", diff)
	}
}

// TestUntold: where the log does not tell on what a rule matched, nothing is said of its words.
func TestUntold(t *testing.T) {
	r := NewReporter(&loaded(t, "rules: [{name: brand, match: {name: {contains: [acme]}}, action: flag}, {name: trial, match: {name: {contains: [links]}}, action: refuse, mode: dry_run}, "+
		"{name: staff, match: {name: {contains: [ours, theirs]}}, action: allow}, {name: quiet, match: {name: {contains: [unheard]}}, action: flag}]").Spec)
	d := decided(noon, "o", "acme links of ours")
	d.Verdict, d.Rule, d.Detail, d.Flags, d.WouldRefuse = Allow, "staff", "ours", []string{"brand"}, []string{"trial"}
	r.Decision(d)
	report := r.Report(Counts{}, ReportOptions{})
	if diff := gocmp.Diff([]RuleWord{{"staff", "theirs"}, {"quiet", "unheard"}}, report.Unused.Words); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, rule := range []string{"brand", "trial"} {
		if !slices.ContainsFunc(report.Notes, func(note string) bool { return strings.HasPrefix(note, "Rule "+rule+" flagged or was on trial") }) {
			t.Errorf("nothing is said of %s: %q", rule, report.Notes)
		}
	}
}

// TestWordsTellNobody: what rules matched on is told, but for names, people and contacts.
func TestWordsTellNobody(t *testing.T) {
	r := NewReporter(nil)
	for _, detail := range []string{"casino", "the whole name", "mallory", "13800138000", "12 characters", "Sun 23:00 UTC", "casino"} {
		d := decided(noon, "mallory", "the whole name")
		d.Detail = detail
		r.Decision(d)
	}
	want := []WordUse{{"banned", "", 3, 0}, {"banned", "casino", 2, 0}, {"banned", "… characters", 1, 0}}
	if diff := gocmp.Diff(want, r.Report(Counts{}, ReportOptions{}).Words); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := len(r.Report(Counts{}, ReportOptions{Names: true}).Words); got != 5 {
		t.Errorf("with names: %d words", got)
	}
}

// TestSaid: what else the gate says is counted, and told.
func TestSaid(t *testing.T) {
	log := `{"level":"error","timestamp":"2026-03-01T12:00:00.000Z","version":"v1","errors":["TOPICGATE_MODE: \u001b[31m"],"message":"start"}
{"level":"error","timestamp":"2026-03-01T12:00:00.000Z","errors":["policy.yaml:3: x"],"message":"reload"}
{"level":"warn","timestamp":"2026-03-01T12:00:00.000Z","count":7,"message":"dropped"}
{"level":"warn","timestamp":"2026-03-01T12:00:00.000Z","warning":"w","message":"warning"}
{"level":"warn","timestamp":"2026-03-01T12:00:00.000Z","status":502,"message":"relay"}
{"level":"debug","timestamp":"2026-03-01T12:00:00.000Z","status":200,"message":"relay"}
{"level":"info","timestamp":"2026-03-01T12:00:00.000Z","event":"created","verdict":"refuse","slipped":true,"message":"review"}
{"level":"info","timestamp":"2026-03-01T12:00:00.000Z","event":"renamed","verdict":"allow","message":"review"}
{"level":"warn","timestamp":"2026-03-01T12:00:00.000Z","verdict":"refuse","code":1,"reason":"deadline","mode":"enforce","duration_us":2500000,"stale_s":400,"message":"decision"}
{"level":"warn","timestamp":"2026-03-01T12:00:00.000Z","verdict":"allow","code":0,"reason":"default","mode":"enforce","duration_us":9,"error":"quota flood skipped","message":"decision"}
{"level":"info","timestamp":"2026-03-01T12:00:00.000Z","verdict":"refuse","code":1,"reason":"sign_wrong","mode":"enforce","duration_us":9,"message":"decision"}
`
	got := reportOf(t, []byte(log), "", ReportOptions{})
	want := Service{Starts: 1, BrokenStarts: 1, Reloads: 1, RefusedReloads: 1, Dropped: 7, Unchecked: 1, RelayFailures: 1, Stale: 1, MostStaleS: 400, QuotaFailures: 1, Reviews: 2, ReviewsRefused: 1, Slipped: 1}
	if got.Service != want {
		t.Errorf("got %+v, want %+v", got.Service, want)
	}
	var kinds []string
	for _, f := range got.Findings {
		kinds = append(kinds, f.Kind)
	}
	if diff := gocmp.Diff([]string{"broken starts", "undecidable", "late", "reloads", "stale", "quotas", "slipped", "dropped", "unchecked", "strangers", "relays"}, kinds); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := gocmp.Diff(map[string]int{"dropped": 1, "relay": 2, "warning": 1}, got.Skipped); diff != "" {
		t.Errorf("skipped: -want +got:\n%s", diff)
	}
}

// TestReasonsAreKnown: every reason of the gate is a rule's, a stranger's or undecidable.
func TestReasonsAreKnown(t *testing.T) {
	for _, reason := range gate.Reasons {
		known := 0
		for _, list := range [][]string{{"rule", "default"}, strangers, undecidable} {
			if slices.Contains(list, string(reason)) {
				known++
			}
		}
		if known != 1 || reason.Undecidable() != slices.Contains(undecidable, string(reason)) {
			t.Errorf("%s stands in %d lists", reason, known)
		}
	}
}

// TestReportMemory: whatever strangers send, little is kept; all is counted, what is frequent
// is kept, and what was forgotten is said.
func TestReportMemory(t *testing.T) {
	r := NewReporter(nil)
	const n = 60_000
	for i := range n {
		d := decided(noon.Add(time.Duration(i)*time.Hour/4), fmt.Sprint("operator ", i, strings.Repeat("x", 200)), fmt.Sprint(i, " ", strings.Repeat("x", 240)))
		d.Policy, d.Rule, d.Detail = fmt.Sprint(i), fmt.Sprint("rule ", i), fmt.Sprint("word ", i)
		if i%10 == 0 {
			d.Name, d.Rule, d.Operator, d.Detail = "frequent", "often", fmt.Sprint(i/10%5), "casino"
		}
		r.Decision(d)
		r.Said("start", map[string]any{"version": fmt.Sprint(i)})
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	got := r.Report(Counts{}, ReportOptions{Names: true, Operators: true})
	if got.Decisions != n || got.Service.Starts != n || m.HeapAlloc > 100<<20 {
		t.Errorf("%+v, %d bytes held", got.Verdicts, m.HeapAlloc)
	}
	if got.Names[0].Name != "frequent" || got.Names[0].Times != n/10 || got.Rules[0].Rule != "often" || got.Words[0].Word != "casino" || got.People[0].Refused < n/50 {
		t.Errorf("what is frequent was forgotten: %+v %+v", got.Names[0], got.Rules[0])
	}
	forgot := slices.DeleteFunc(slices.Clone(got.Notes), func(note string) bool { return !strings.HasPrefix(note, "There are too many") })
	if len(forgot) != 4 {
		t.Errorf("notes: %q", got.Notes)
	}
	if len(got.Days) > shownDays || len(got.Hours) > shownHours {
		t.Errorf("%d days, %d hours", len(got.Days), len(got.Hours))
	}
}

// TestOddTimes: times far apart are no reason to fail.
func TestOddTimes(t *testing.T) {
	r := NewReporter(nil)
	for _, year := range []int{0, 1969, 2026, 9999} {
		r.Decision(decided(time.Date(year, 12, 31, 23, 59, 59, 0, time.UTC), "o", "n"))
	}
	if got := r.Report(Counts{}, ReportOptions{}); got.Decisions != 4 || len(got.Days) != shownDays || got.Days[len(got.Days)-1].Decisions != 1 {
		t.Errorf("%+v", got.Verdicts)
	}
	if got := NewReporter(nil).Report(Counts{}, ReportOptions{}); len(got.Findings) > 0 || len(got.Days) > 0 {
		t.Errorf("of nothing: %+v", got)
	}
}

// TestCommandLine: a shell reads a command's words as they were.
func TestCommandLine(t *testing.T) {
	for _, tt := range []struct{ word, want string }{
		{"plain-1.log", "plain-1.log"}, {"", "''"}, {"a b", "'a b'"}, {"it's", `'it'\''s'`}, {"$(rm -rf /)", "'$(rm -rf /)'"},
		{"新手村", "'新手村'"}, {"a\x1b[31m\n\u202e", `$'a\033[31m\012\342\200\256'`}, {"\xff'\\", `$'\377\'\\'`}, {"~", "'~'"}, {"#", "'#'"},
	} {
		if got := CommandLine([]string{tt.word}); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.word, got, tt.want)
		}
	}
}

// TestTextsAreUsed: what a finding is called has a text.
func TestTextsAreUsed(t *testing.T) {
	for _, kind := range slices.Sorted(maps.Keys(grave)) {
		if English["find "+kind] == "" {
			t.Errorf("there is no text %q", kind)
		}
	}
}
