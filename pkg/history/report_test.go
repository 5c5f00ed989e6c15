package history

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"topicgate/pkg/quota"
)

// reportedLog is a log that gates wrote, one policy after another, the last of them hashing.
func reportedLog(t testing.TB, n int) []byte {
	t.Helper()
	var log bytes.Buffer
	requests := callbacks(t, n)
	part := 1 + n/(len(deciding)+1)
	for nth, from := 0, 0; from < n; nth, from = nth+1, from+part {
		var more []string
		if nth >= len(deciding) {
			more = []string{"TOPICGATE_LOG_PERSONAL=hash", "TOPICGATE_LOG_KEY=k"}
		}
		g := newTestedGate(loaded(t, deciding[nth%len(deciding)], more...), &log, quota.NewMemory())
		g.now = requests[from].Received
		g.LogStart("v1.2.3", nil)
		for _, r := range requests[from:min(n, from+part)] {
			g.asked(t.Context(), r)
		}
	}
	return log.Bytes()
}

func reportOf(t testing.TB, log []byte, text string, o ReportOptions) *Report {
	t.Helper()
	r := NewReporter(nil)
	if text != "" {
		r = NewReporter(&loaded(t, text).Spec)
	}
	counts, err := (&Reader{Files: []string{"-"}, Stdin: bytes.NewReader(log)}).Each(t.Context(), func(d *Decision) error {
		r.Decision(d)
		return nil
	}, r.Said)
	if err != nil {
		t.Fatal(err)
	}
	return r.Report(counts, o)
}

// A plainLine is a decision as a person with jq would read it.
type plainLine struct {
	Message, Timestamp, Operator, Name, Verdict, Rule, Reason, Detail, Mode, Policy string
	WouldRefuse                                                                     []string `json:"would_refuse"`
	Flags                                                                           []string
	Duration                                                                        int64 `json:"duration_us"`
	ColdStart                                                                       bool  `json:"cold_start"`
}

func (l *plainLine) at(t *testing.T) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, l.Timestamp)
	if err != nil {
		t.Fatal(err)
	}
	return at.Add(-time.Duration(l.Duration) * time.Microsecond)
}

// TestReport holds a report to a naive reading of the same log.
func TestReport(t *testing.T) { testReport(t, 6000) }

// TestSoakReport is the same of very many, and says what it took.
func TestSoakReport(t *testing.T) {
	if os.Getenv("HISTORY_SOAK") == "" {
		t.Skip("HISTORY_SOAK is not set")
	}
	testReport(t, 100_000)
}

func testReport(t *testing.T, n int) {
	log := reportedLog(t, n)
	before := time.Now()
	got := reportOf(t, log, deciding[0], ReportOptions{Names: true, Operators: true})
	t.Logf("%d bytes in %v", len(log), time.Since(before))
	var all Verdicts
	days, hours, reasons, people := map[string]Verdicts{}, map[string]Verdicts{}, map[string]Verdicts{}, map[string]Verdicts{}
	rules, policies, names := map[string]RuleUse{}, map[string]int{}, map[string]map[string]bool{}
	words := map[string]int{}
	var took []int64
	for line := range bytes.Lines(log) {
		var l plainLine
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatal(err)
		}
		if l.Message != "decision" {
			continue
		}
		one := Verdicts{Decisions: 1}
		if l.Verdict == "refuse" {
			one.Refused = 1
		} else {
			one.Allowed = 1
			if len(l.WouldRefuse) > 0 {
				one.WouldRefuse = 1
			}
		}
		count := func(in map[string]Verdicts, key string) {
			sum := in[key]
			sum.plus(one)
			in[key] = sum
		}
		all.plus(one)
		at := l.at(t).UTC()
		count(days, at.Format(time.DateOnly))
		if !at.Before(got.Hours[0].From) { // the last ones are told
			count(hours, at.Format("2006-01-02 15"))
		}
		count(reasons, l.Reason)
		policies[l.Policy]++
		took = append(took, l.Duration)
		if l.Reason != "rule" && l.Reason != "default" {
			continue
		}
		use := rules[l.Rule]
		would := l.WouldRefuse
		switch {
		case l.Verdict == "refuse":
			use.Refused++
			key := l.Name + "\x00" + l.Rule
			if names[key] == nil {
				names[key] = map[string]bool{}
			}
			names[key][l.Operator] = true
		case l.Mode == "dry_run" && len(would) > 0 && would[len(would)-1] == cmp.Or(l.Rule, "default"):
			use.WouldRefuse++
			would = would[:len(would)-1]
		default:
			use.Allowed++
		}
		rules[l.Rule] = use
		for _, rule := range would {
			use := rules[rule]
			use.WouldRefuse++
			if l.Mode == "enforce" {
				use.OnTrial++
			}
			rules[rule] = use
		}
		for _, rule := range l.Flags {
			use := rules[rule]
			use.Flagged++
			rules[rule] = use
		}
		if l.Operator != "" {
			count(people, l.Operator)
		}
		if l.Rule == "banned" && len(l.Detail) != 16 {
			word, _, _ := strings.Cut(l.Detail, ", as ")
			words[word]++
		}
	}
	if got.Verdicts != all || all.Refused == 0 || all.WouldRefuse == 0 {
		t.Errorf("got %+v, want %+v", got.Verdicts, all)
	}
	compare := func(what string, got, want any) {
		t.Helper()
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", what, diff)
		}
	}
	cells := func(cells []Cell, form string) map[string]Verdicts {
		seen := map[string]Verdicts{}
		for i, c := range cells {
			if i > 0 && !c.From.After(cells[i-1].From) {
				t.Errorf("%v stands behind %v", c.From, cells[i-1].From)
			}
			if c.Decisions > 0 {
				seen[c.From.Format(form)] = c.Verdicts
			}
		}
		return seen
	}
	compare("days", cells(got.Days, time.DateOnly), days)
	compare("hours", cells(got.Hours, "2006-01-02 15"), hours)
	var ofDay Verdicts
	for _, h := range got.HoursOfDay {
		ofDay.plus(h)
	}
	compare("hours of the day", ofDay, all)
	gotReasons, gotRules, gotPeople, gotPolicies, gotNames, gotWords := map[string]Verdicts{}, map[string]RuleUse{}, map[string]Verdicts{}, map[string]int{}, map[string]int{}, map[string]int{}
	for _, use := range got.Reasons {
		gotReasons[use.Reason] = use.Verdicts
	}
	for _, use := range got.Rules {
		rule := use.Rule
		use.Rule = ""
		gotRules[rule] = use
	}
	for _, use := range got.People {
		gotPeople[use.Operator] = use.Verdicts
	}
	for _, use := range got.Policies {
		gotPolicies[use.Policy] = use.Decisions
	}
	wantNames := map[string]int{}
	for key, who := range names {
		wantNames[key] = len(who)
	}
	r := NewReporter(nil) // the report lists the first ones
	if _, err := (&Reader{Files: []string{"-"}, Stdin: bytes.NewReader(log)}).Each(t.Context(), func(d *Decision) error {
		r.Decision(d)
		return nil
	}, nil); err != nil {
		t.Fatal(err)
	}
	for _, use := range r.nameUses() {
		if use.Kind == NameRefused {
			gotNames[use.Name+"\x00"+use.Rule] = use.People
		}
	}
	for _, use := range got.Words {
		if use.Rule == "banned" {
			gotWords[use.Word] += use.Times
		}
	}
	compare("reasons", gotReasons, reasons)
	compare("rules", gotRules, rules)
	compare("people", gotPeople, people)
	compare("policies", gotPolicies, policies)
	compare("names", gotNames, wantNames)
	compare("words", gotWords, words)
	if len(words) < 3 || len(rules) < 6 || len(reasons) < 4 || len(days) < 4 {
		t.Errorf("too little to tell anything: %v %v %v", words, rules, reasons)
	}
	slices.Sort(took)
	if got.Latency.Max != took[len(took)-1] || got.Latency.Decisions != len(took) || got.Cold.Decisions != len(deciding)+1 {
		t.Errorf("latency: %+v, cold %+v", got.Latency, got.Cold)
	}
	if got.Service.Starts != len(deciding)+1 || got.Versions[0] != (Count{"v1.2.3", len(deciding) + 1}) {
		t.Errorf("%+v %+v", got.Service, got.Versions)
	}
	if got.Unused == nil || !got.Unused.Unknown || len(got.Unused.Rules) > 0 || got.Unused.Decisions != policies[loaded(t, deciding[0]).ShortDigest()] {
		t.Errorf("unused: %+v", got.Unused)
	}
}

// TestDurations: percentiles are right to within a sixty-fourth, and the longest is exact.
func TestDurations(t *testing.T) {
	var s durations
	var all []int64
	for i := range 5000 {
		us := int64(math.Pow(1.004, float64(i)))
		all = append(all, us)
		s.add(time.Duration(us) * time.Microsecond)
	}
	for _, percent := range []int{1, 50, 95, 99, 100} {
		want := all[(len(all)*percent+99)/100-1]
		if got := s.within(percent).Microseconds(); got < want || float64(got) > float64(want)*65/64+1 {
			t.Errorf("%d %%: got %d, want %d", percent, got, want)
		}
	}
	s.add(-time.Second)
	s.add(math.MaxInt64)
	if s.within(100) != math.MaxInt64 {
		t.Error(s.within(100))
	}
	for step := range len(s.steps) - 1 {
		if end := endOf(step); stepOf(end) != step || stepOf(end+time.Microsecond) != step+1 {
			if step >= 128 || step < 127 { // every step but those that no duration has
				if stepOf(end) != step {
					t.Fatalf("step %d ends at %v, which is of step %d", step, end, stepOf(end))
				}
			}
		}
	}
}
