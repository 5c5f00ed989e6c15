package history

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"topicgate/pkg/app"
	"topicgate/pkg/chat"
	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/policy"
	"topicgate/pkg/quota"
)

// The policies that decide one after another, and one that is tried on what they decided.
var (
	staff    = "{name: staff, match: {operator: {in: [admin, 'ops-*']}}, action: allow}"
	flood    = "{name: flood, quota: {limit: 3, window: 10m}, action: refuse, code: 10104}"
	deciding = []string{
		"rules: [" + staff + ", {name: banned, match: {name: {contains: [casino, fuck, 赌博, porn], disguised: true, look_alikes: true}}, action: refuse, code: 10102}, " + flood + "]",
		"mode: dry_run\nrules: [" + staff + ", {name: contacts, match: {name: {contacts: true}}, action: refuse}, {name: trial, match: {name: {links: true}}, action: refuse, mode: dry_run}, " + flood + "]",
		"default: refuse\ngovern: [topic, group]\nrules: [{name: night, match: {time: {between: '23:00-07:00', zone: Asia/Shanghai}}, action: refuse}, {name: seen, match: {name: {contains: [a]}}, action: flag}, {name: short, match: {name: {length_outside: {max_chars: 12}}}, action: refuse}, {name: apps, match: {platform: {in: [Web]}}, action: allow}]",
	}
	tried = "rules: [" + staff + ", {name: banned, match: {name: {contains: [casino, 赌博], unless_contains: [casino royale]}}, action: refuse, code: 10103}, {name: contacts, match: {name: {contacts: true}}, action: refuse}, {name: night, match: {time: {between: '22:30-07:00', zone: Asia/Shanghai}}, action: refuse}, {name: v6, match: {client_ip: {in: ['2001:db8::/32']}}, action: refuse}, " + flood + "]"
)

const replayToken = "a token"

func loaded(t testing.TB, text string, more ...string) *config.Config {
	t.Helper()
	c := config.Load(append([]string{"TOPICGATE_SDK_APP_IDS=1400000000", "TOPICGATE_TOKENS=" + replayToken, "TOPICGATE_POLICY=" + text}, more...), config.Options{})
	if c.Broken() {
		t.Fatal(policy.Texts(c.Problems))
	}
	return c
}

// corpus is the names of package textfold's corpora.
func corpus(t testing.TB) (names []string) {
	t.Helper()
	files, _ := filepath.Glob("../textfold/testdata/*.txt")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			name, _, _ := strings.Cut(strings.TrimRight(line, "\n"), "\t")
			names = append(names, name)
		}
	}
	if len(names) < 500 {
		t.Fatalf("only %d names", len(names))
	}
	return append(names, "casino royale", "", "\x00\u202ename", "0123456789abcdef", `"}`+"\n"+`{"message":"decision"}`)
}

// A tested gate is asked at times of the test's choosing.
type testedGate struct {
	*gate.Gate
	now     time.Time
	outcome gate.Outcome
}

func newTestedGate(c *config.Config, log *bytes.Buffer, counter policy.Counter) *testedGate {
	g := &testedGate{}
	g.Gate = gate.New(app.Snapshot(c), gate.Settings{
		Log: gate.NewLog(log, "info"), Counter: counter, Clock: func() time.Time { return g.now },
		Observer: gate.Observer{Decision: func(o gate.Outcome, _ time.Duration) { g.outcome = o }},
	})
	return g
}

// asked answers a callback a while after it came.
func (g *testedGate) asked(ctx context.Context, r gate.Request) gate.Outcome {
	g.now, g.outcome = r.Received.Add(317*time.Microsecond), gate.Outcome{}
	g.Handle(ctx, r)
	return g.outcome
}

// callbacks are what Chat, and strangers, may send in some days.
func callbacks(t testing.TB, n int) []gate.Request {
	t.Helper()
	names, random := corpus(t), rand.New(rand.NewPCG(1, 2))
	at := time.Date(2026, 3, 1, 0, 0, 0, 123456789, time.UTC)
	requests := make([]gate.Request, n)
	for i := range requests {
		at = at.Add(time.Duration(random.IntN(120_000_000)) * time.Microsecond)
		name := names[random.IntN(len(names))]
		switch random.IntN(50) {
		case 0:
			name = strings.Repeat(name+"长", 1+240/(len(name)+3)) + strings.Repeat("x", 20) // cut
		case 1:
			name = strings.Repeat("x", 2000) // too long
		}
		command := chat.BeforeCreateTopic
		if random.IntN(20) == 0 {
			command = chat.BeforeCreateGroup
		}
		pick := func(of ...string) string { return of[random.IntN(len(of))] }
		body, err := json.Marshal(map[string]string{"CallbackCommand": string(command), "Operator_Account": pick("admin", "ops-1", "mallory", "trent", "李四", fmt.Sprint("user-", random.IntN(60)), fmt.Sprint("user-", random.IntN(60))), "Type": "Community", "Name": name})
		if err != nil {
			t.Fatal(err)
		}
		if random.IntN(60) == 0 {
			body = body[:len(body)/2]
		}
		seconds := strconv.FormatInt(at.Unix(), 10)
		r := gate.Request{Method: "POST", Body: body, RequestID: strconv.Itoa(i), Received: at, Params: chat.Params{
			Command: command, SDKAppID: "1400000000", Platform: pick("Web", "iOS", "RESTAPI"), ClientIP: pick("", "192.0.2.1", "2001:db8::1", "junk"),
			RequestTime: seconds, Sign: chat.Sign(replayToken, seconds),
		}}
		if random.IntN(30) == 0 {
			r.Params.Sign = ""
		}
		requests[i] = r
	}
	return requests
}

// TestReplay holds replays of a log that a gate wrote to what gates answer to the same
// callbacks: to those of the policies that decided, nothing changes; to those of another,
// exactly what one of it answers.
func TestReplay(t *testing.T) { testReplay(t, 6000) }

// TestSoakReplay is the same of very many.
func TestSoakReplay(t *testing.T) {
	if os.Getenv("HISTORY_SOAK") == "" {
		t.Skip("HISTORY_SOAK is not set")
	}
	testReplay(t, 100_000)
}

func testReplay(t *testing.T, n int) {
	requests := callbacks(t, n)
	var log bytes.Buffer
	next := loaded(t, tried)
	fresh, counting := newTestedGate(next, new(bytes.Buffer), &tap{left: true}), newTestedGate(next, new(bytes.Buffer), quota.NewMemory())
	want, wantChanges := Totals{}, map[changeKey]int{}
	byQuota := 0
	part := 1 + n/(2*len(deciding))
	var segments []int
	for from := 0; from < n; from += part {
		nth := len(segments)
		segments = append(segments, log.Len())
		hashed := nth >= len(deciding) // every policy once more, hashing
		more := []string(nil)
		if hashed && nth%2 == 0 {
			more = []string{"TOPICGATE_LOG_PERSONAL=hash", "TOPICGATE_LOG_KEY=k"}
		} else if hashed {
			more = []string{"TOPICGATE_LOG_PERSONAL=off"}
		}
		c := loaded(t, deciding[nth%len(deciding)], more...)
		decided := newTestedGate(c, &log, quota.NewMemory())
		enforcing := newTestedGate(loaded(t, deciding[nth%len(deciding)], "TOPICGATE_MODE=enforce"), new(bytes.Buffer), &tap{left: true})
		for _, r := range requests[from:min(n, from+part)] {
			before := log.Len()
			was, would, now, counted := decided.asked(t.Context(), r), enforcing.asked(t.Context(), r), fresh.asked(t.Context(), r), counting.asked(t.Context(), r)
			if log.Len() == before { // not governed
				continue
			}
			want.Decisions++
			if hashed || was.Rule == "flood" || was.Reason != gate.ReasonRule && was.Reason != gate.ReasonDefault || len(was.Creation.Name) > 252 {
				want.NotReplayed++
				continue
			}
			if counted.Rule == "flood" {
				byQuota++
			}
			oldAnswer, newAnswer := answered(would), answered(now)
			code := oldAnswer.Code
			if would.Verdict.Allows() != was.Verdict.Allows() { // messages differ by their references
				code = codeUnknown
			}
			kind := kind(oldAnswer.Answer, code, newAnswer)
			want.count(kind, 1)
			if kind != "" {
				wantChanges[changeKey{was.Creation.Name, was.Creation.Operator, oldAnswer.Answer, newAnswer}]++
			}
		}
	}
	got := replayLog(t, log.Bytes(), next, nil)
	if diff := cmp.Diff(want, got.Totals); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	changes := map[changeKey]int{}
	for _, c := range got.Changes {
		changes[changeKey{c.Name, c.Operator, c.Old, c.New}] = c.Times
	}
	if diff := cmp.Diff(wantChanges, changes, cmp.AllowUnexported(changeKey{})); diff != "" {
		t.Errorf("changes: -want +got:\n%s", diff)
	}
	if got.NewlyRefused < n/200 || got.NewlyAllowed < n/100 || got.Other < n/1000 || got.Same < n/100 {
		t.Errorf("too little changes to tell anything: %+v", got.Totals)
	}
	if got.Resting < byQuota || byQuota == 0 {
		t.Errorf("%d decisions are said to rest on quotas; %d were refused by one", got.Resting, byQuota)
	}
	if len(got.Policies) != len(deciding) {
		t.Errorf("policies: %+v", got.Policies)
	}
	t.Logf("%+v; rests on quotas: %d; why: %v", got.Totals, got.Resting, got.Why)
	for i, text := range deciding { // each against itself
		same := replayLog(t, log.Bytes()[segments[i]:segments[i+1]], loaded(t, text), nil)
		if same.Changes == nil || len(same.Changes) > 0 || same.Same == 0 || same.NotReplayed == 0 || same.Same+same.NotReplayed != same.Decisions {
			t.Errorf("policy %d against itself: %+v, %+v", i, same.Totals, same.Changes)
		}
	}
	if other := replayLog(t, log.Bytes(), next, next); other.Same+other.NotReplayed != other.Decisions || other.Same == 0 {
		t.Errorf("a policy in place of the log, against itself: %+v", other.Totals)
	}
}

// answered is what a gate answered, as replays put it.
func answered(o gate.Outcome) NewAnswer {
	a := NewAnswer{Answer: Answer{Allow, o.Rule}, Code: o.Verdict.Code}
	if !o.Verdict.Allows() {
		a.Verdict = Refuse
	}
	if o.Rule != "" {
		a.Word = o.Detail
	}
	return a
}

func replayLog(t testing.TB, log []byte, next, old *config.Config) Result {
	t.Helper()
	var before *policy.Spec
	if old != nil {
		before = &old.Spec
	}
	r := NewReplay(&next.Spec, before)
	if _, err := (&Reader{Files: []string{"-"}, Stdin: bytes.NewReader(log)}).Each(t.Context(), func(d *Decision) error {
		r.Decision(t.Context(), d)
		return nil
	}, nil); err != nil {
		t.Fatal(err)
	}
	return r.Result()
}

// What a dry run would have refused is an old refusal; a rule on trial refused nobody.
func TestEnforced(t *testing.T) {
	for name, tt := range map[string]struct {
		d    Decision
		want Answer
		code int
	}{
		"enforced":         {Decision{Verdict: Refuse, Rule: "r", Code: 10102, Mode: "enforce", Reason: "rule"}, Answer{Refuse, "r"}, 10102},
		"a rule on trial":  {Decision{Verdict: Allow, Mode: "enforce", Reason: "default", WouldRefuse: []string{"r"}}, Answer{Allow, ""}, 0},
		"dry run":          {Decision{Verdict: Allow, Rule: "r", Mode: "dry_run", Reason: "rule", WouldRefuse: []string{"t", "r"}}, Answer{Refuse, "r"}, codeUnknown},
		"dry run, trial":   {Decision{Verdict: Allow, Rule: "staff", Mode: "dry_run", Reason: "rule", WouldRefuse: []string{"t"}}, Answer{Allow, "staff"}, 0},
		"dry run, default": {Decision{Verdict: Allow, Mode: "dry_run", Reason: "default", WouldRefuse: []string{"default"}}, Answer{Refuse, ""}, codeUnknown},
	} {
		if got, code := tt.d.Enforced(); got != tt.want || code != tt.code {
			t.Errorf("%s: got %v %d, want %v %d", name, got, code, tt.want, tt.code)
		}
	}
}

// A freeze is passed over, then and now.
func TestFreeze(t *testing.T) {
	next := loaded(t, "freeze: true")
	log := someLine("a") + "\n" + strings.Replace(someLine("b"), `"allow","code":0,"reason":"default"`, `"refuse","code":10100,"rule":"freeze","reason":"rule"`, 1)
	got := replayLog(t, []byte(log), next, nil)
	want := Totals{Decisions: 2, Same: 1, NotReplayed: 1}
	if got.Totals != want || !got.Frozen || got.Why["refused by a freeze"] != 1 {
		t.Errorf("got %+v", got)
	}
}

// A log's times end at the millisecond; what was decided just before or behind a boundary
// did not change.
func TestBoundary(t *testing.T) {
	c := loaded(t, "rules: [{name: night, match: {time: {between: '23:00-07:00'}}, action: refuse}]")
	var log bytes.Buffer
	g := newTestedGate(c, &log, nil)
	r := callbacks(t, 1)[0]
	for us := range 3000 {
		r.Received = time.Date(2026, 3, 1, 22, 59, 59, 998_500_000, time.UTC).Add(time.Duration(us) * time.Microsecond)
		r.Params.RequestTime = strconv.FormatInt(r.Received.Unix(), 10)
		r.Params.Sign = chat.Sign(replayToken, r.Params.RequestTime)
		g.asked(t.Context(), r)
	}
	if got := replayLog(t, log.Bytes(), c, nil); got.Same != 3000 {
		t.Errorf("got %+v", got.Totals)
	}
}

// TestTimeless: a name that is refused at one time and another is one change.
func TestTimeless(t *testing.T) {
	night := loaded(t, "rules: [{name: night, match: {time: {between: '00:00-23:59'}, name: {contains: [chess]}}, action: refuse}]")
	r := NewReplay(&night.Spec, nil)
	for i := range 3 {
		d := decided(noon.Add(time.Duration(i)*time.Minute), "o", "chess club")
		d.Command, d.Verdict, d.Rule, d.Reason, d.Detail = string(chat.BeforeCreateTopic), Allow, "", "default", ""
		r.Decision(t.Context(), d)
	}
	result := r.Result()
	if got := result.Names(&result.Rules[0]); len(got) != 1 || got[0].Times != 3 || got[0].People != 1 || got[0].Word != "chess" {
		t.Errorf("names: got %+v", got)
	}
	if diff := cmp.Diff([]Count{{"chess", 3}}, r.Words(&result.Rules[0])); diff != "" {
		t.Errorf("words: -want +got:\n%s", diff)
	}
}

// TestReplayMemory: however much changes, little is kept; all is counted.
func TestReplayMemory(t *testing.T) {
	r := NewReplay(&loaded(t, "default: refuse").Spec, nil)
	d := Decision{Verdict: Allow, Reason: "default", Mode: "enforce", Command: string(chat.BeforeCreateTopic), Operator: "o"}
	const n = maxChanges + 1000
	for i := range n {
		d.Name = fmt.Sprint("name ", i)
		r.Decision(t.Context(), &d)
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	got := r.Result()
	if got.NewlyRefused != n || len(got.Changes) != maxChanges || got.Unlisted != 1000 || got.Rules[0].Times != n || m.HeapAlloc > 100<<20 {
		t.Errorf("%+v, %d listed, %d not, %d bytes held", got.Totals, len(got.Changes), got.Unlisted, m.HeapAlloc)
	}
}
