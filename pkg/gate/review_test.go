package gate_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"topicgate/pkg/app"
	"topicgate/pkg/audit"
	"topicgate/pkg/chat"
	"topicgate/pkg/gate"
	"topicgate/pkg/gate/gatetest"
	"topicgate/pkg/policy"
)

const (
	community = "@TGS#_@TGS#cQVLVHIM62CJ"
	topicID   = community + "@TOPIC#_1"
)

// created and renamed are callbacks that tell of a topic called spam.
func created() gatetest.Scenario {
	return gatetest.Scenario{Command: chat.AfterCreateTopic, Token: token, GroupID: community, TopicID: topicID, Topic: "spam", Platform: "iOS", ClientIP: "192.0.2.7"}
}

func renamed() gatetest.Scenario {
	s := created()
	s.Command, s.TopicID = chat.AfterTopicInfoChanged, ""
	return s
}

// remedying is a remedy that remembers what it was asked for.
type remedying struct {
	found []gate.Found
	left  []time.Duration
	acts  []gate.Act
	fails bool
}

func (*remedying) Word() string { return "rename" }

func (*remedying) Would(f gate.Found) bool { return audit.Would(audit.Rename, "", f) }

func (r *remedying) Act(ctx context.Context, f gate.Found) []gate.Act {
	deadline, _ := ctx.Deadline()
	r.found, r.left = append(r.found, f), append(r.left, time.Until(deadline))
	if r.fails {
		panic("a bug")
	}
	return r.acts
}

// reviewing is a gate with a remedy, and what it writes.
func reviewing(t *testing.T, r gate.Remedy, variables ...string) (*gate.Gate, *bytes.Buffer) {
	t.Helper()
	s := app.Snapshot(load(t, append([]string{"TOKENS=" + token, "BANNED_WORDS=spam", "REVIEW=created,renamed", "CHAT_ADMIN=gatekeeper", "LOG_LEVEL=debug"}, variables...)...))
	s.Remedy = r
	log := new(bytes.Buffer)
	return gate.New(s, gate.Settings{Log: gate.NewLog(log, "debug")}), log
}

// send sends a scenario, which must be answered 0, and returns the lines that it leads to.
func send(t *testing.T, g *gate.Gate, log *bytes.Buffer, s gatetest.Scenario) map[string][]gatetest.Line {
	t.Helper()
	log.Reset()
	now := time.Now()
	if a := g.Handle(t.Context(), request(s.Call(now), now)); a.Status != 200 || a.Body != (gatetest.Want{}).Verdict() {
		t.Errorf("answered %d %s", a.Status, a.Body)
	}
	lines := map[string][]gatetest.Line{}
	for _, message := range []string{"review", "callback", "remedy", "remedy_skipped", "decision", "relay"} {
		found, err := gatetest.Lines(log.Bytes(), message)
		if err != nil {
			t.Fatal(err)
		}
		if found != nil {
			lines[message] = found
		}
	}
	return lines
}

// TestReview: what is logged of each callback that tells, and whether a remedy is asked.
func TestReview(t *testing.T) {
	with := func(s gatetest.Scenario, change func(*gatetest.Scenario)) gatetest.Scenario {
		change(&s)
		return s
	}
	group := func(s gatetest.Scenario, command chat.Command) gatetest.Scenario {
		s.Command, s.TopicID, s.Type = command, "", "Public"
		return s
	}
	at := func(event, topic string) gatetest.Line {
		return gatetest.Line{Level: "info", Event: event, GroupID: community, TopicID: topic, Operator: "leckie", Name: "spam", Verdict: "refuse", Rule: "banned-words", Reason: "rule", Detail: "spam", Slipped: event == "created"}
	}
	but := func(l gatetest.Line, change func(*gatetest.Line)) *gatetest.Line {
		change(&l)
		return &l
	}
	refused := func(reason string) *gatetest.Line {
		return &gatetest.Line{Level: "info", Event: "created", Verdict: "allow", Reason: reason}
	}
	broken := func(reason, err string) *gatetest.Line {
		return &gatetest.Line{Level: "warn", Event: "created", Verdict: "allow", Reason: reason, Error: err}
	}
	pass := func(l *gatetest.Line) {
		l.Verdict, l.Rule, l.Reason, l.Detail, l.Slipped = "allow", "", "default", "", false
	}
	trial := "POLICY=rules: [{name: trial, match: {name: {contains: [acme]}}, action: refuse, mode: dry_run}]"
	tests := []struct {
		name      string
		variables string
		scenario  gatetest.Scenario
		want      *gatetest.Line // nil for none
		acts      bool
	}{
		{"created", "", created(), but(at("created", topicID), func(*gatetest.Line) {}), true},
		{"renamed", "", renamed(), but(at("renamed", ""), func(*gatetest.Line) {}), true},
		{"created, and may be", "", with(created(), func(s *gatetest.Scenario) { s.Topic = "hello" }), but(at("created", topicID), func(l *gatetest.Line) { pass(l); l.Name = "hello" }), false},
		{"created by staff", "TRUSTED_OPERATORS=leckie", created(), but(at("created", topicID), func(l *gatetest.Line) { pass(l); l.Rule, l.Reason, l.Detail = "trusted-operators", "rule", "leckie" }), false},
		{"only renames are reviewed", "REVIEW=renamed", created(), nil, false},
		{"only creations are reviewed", "REVIEW=created", renamed(), nil, false},
		{"a topic where only groups are governed", "GOVERN=group", created(), nil, false},
		{"a group where only topics are", "", group(created(), chat.AfterCreateGroup), nil, false},
		{"a group", "GOVERN=group", group(created(), chat.AfterCreateGroup), but(at("created", ""), func(*gatetest.Line) {}), true},
		{"a renamed group", "GOVERN=group,topic", group(renamed(), chat.AfterGroupInfoChanged), but(at("renamed", ""), func(*gatetest.Line) {}), true},
		{"another change is no rename", "", with(renamed(), func(s *gatetest.Scenario) {
			s.Body = `{"CallbackCommand":"Group.CallbackAfterTopicInfoChanged","GroupId":"` + community + `","Operator_Account":"leckie","Notification":"spam"}`
		}), nil, false},
		{"an empty name is no rename", "", with(renamed(), func(s *gatetest.Scenario) {
			s.Body = `{"GroupId":"` + community + `","Operator_Account":"leckie","Name":""}`
		}), nil, false},
		{"a rename has no topic, whatever it says", "", with(renamed(), func(s *gatetest.Scenario) { s.TopicID = topicID }), but(at("renamed", ""), func(*gatetest.Line) {}), true},
		{"our own act", "", with(renamed(), func(s *gatetest.Scenario) { s.Operator, s.Platform = "gatekeeper", "restapi" }), nil, false},
		{"the administrator in a client", "", with(renamed(), func(s *gatetest.Scenario) { s.Operator = "gatekeeper" }), but(at("renamed", ""), func(l *gatetest.Line) { l.Operator = "gatekeeper" }), true},
		{"another back end", "", with(renamed(), func(s *gatetest.Scenario) { s.Platform = "RESTAPI" }), but(at("renamed", ""), func(*gatetest.Line) {}), true},

		{"unsigned", "", with(created(), func(s *gatetest.Scenario) { s.Token = "" }), refused("sign_missing"), false},
		{"signed by nobody", "", with(created(), func(s *gatetest.Scenario) { s.Token = "another" }), refused("sign_wrong"), false},
		{"stale", "", with(created(), func(s *gatetest.Scenario) { s.Off = -2 * time.Minute }), but(*refused("sign_stale"), func(l *gatetest.Line) { l.Detail = "120 s behind" }), false},
		{"a foreign app", "", with(created(), func(s *gatetest.Scenario) { s.Query = "SdkAppid=9&CallbackCommand=" + string(chat.AfterCreateTopic) }), refused("sdk_app_id"), false},
		{"repeated", "", with(created(), func(s *gatetest.Scenario) { s.Extra = "SdkAppid=9" }), but(*refused("repeated"), func(l *gatetest.Line) { l.Detail = "SdkAppid" }), false},
		{"no token is set, so nobody signed", "TOKENS=", with(created(), func(s *gatetest.Scenario) { s.Token = "" }), but(at("created", topicID), func(*gatetest.Line) {}), false},
		{"no body", "", with(created(), func(s *gatetest.Scenario) { s.Body = "{" }), broken("body", "the body is not a JSON object"), false},
		{"no topic", "", with(created(), func(s *gatetest.Scenario) { s.TopicID = "" }), broken("body", "TopicId is missing"), false},
		{"no id", "", with(created(), func(s *gatetest.Scenario) { s.GroupID = "a b" }), broken("body", "GroupId is no id"), false},
		{"a huge body", "", with(created(), func(s *gatetest.Scenario) { s.Body = strings.Repeat("x", chat.MaxBody+1) }), broken("oversized", "the body is over 262144 bytes"), false},
		{"another command in the body", "", with(created(), func(s *gatetest.Scenario) {
			s.Body = `{"CallbackCommand":"Group.CallbackAfterTopicInfoChanged","GroupId":"g","TopicId":"t","Operator_Account":"o","Name":"spam"}`
		}), broken("command_mismatch", "query and body name different commands"), false},
		{"a long name", "", with(created(), func(s *gatetest.Scenario) { s.Topic = strings.Repeat("spam ", 300) }), but(*refused("too_long"), func(l *gatetest.Line) { l.Detail = "Name of 1500 bytes" }), false},
		{"only the body names it", "", with(created(), func(s *gatetest.Scenario) { s.Query = "SdkAppid=" + gatetest.App }), but(at("created", topicID), func(*gatetest.Line) {}), true},

		{"refused by the default", "DEFAULT=refuse", with(created(), func(s *gatetest.Scenario) { s.Topic = "hello" }), but(at("created", topicID), func(l *gatetest.Line) { l.Name, l.Rule, l.Reason, l.Detail = "hello", "", "default", "" }), false},
		{"refused by a freeze", "FREEZE=on", with(created(), func(s *gatetest.Scenario) { s.Topic = "hello" }), but(at("created", topicID), func(l *gatetest.Line) { l.Name, l.Rule, l.Detail = "hello", "freeze", "until somebody ends it" }), false},
		{"refused for its operator", "BLOCKED_OPERATORS=leckie", created(), but(at("created", topicID), func(l *gatetest.Line) { l.Rule, l.Detail = "blocked-operators", "leckie" }), false},
		{"dry run", "MODE=dry_run", created(), but(at("created", topicID), func(l *gatetest.Line) {
			l.Verdict, l.Slipped, l.WouldRefuse, l.WouldRemedy = "allow", false, []string{"banned-words"}, "rename"
		}), false},
		{"dry run, for its operator", "MODE=dry_run\nBLOCKED_OPERATORS=leckie", created(), but(at("created", topicID), func(l *gatetest.Line) {
			l.Verdict, l.Slipped, l.Rule, l.Detail, l.WouldRefuse = "allow", false, "blocked-operators", "leckie", []string{"blocked-operators"}
		}), false},
		{"dry run, of a rename", "MODE=dry_run", renamed(), but(at("renamed", ""), func(l *gatetest.Line) {
			l.Verdict, l.WouldRefuse, l.WouldRemedy = "allow", []string{"banned-words"}, "rename"
		}), false},
		// Staff may have called it so: it would be reported only.
		{"dry run, of a rename that may be staff's", "MODE=dry_run\nTRUSTED_OPERATORS=ann", renamed(), but(at("renamed", ""), func(l *gatetest.Line) {
			l.Verdict, l.WouldRefuse = "allow", []string{"banned-words"}
		}), false},
		{"a rule on trial", trial, with(created(), func(s *gatetest.Scenario) { s.Topic = "acme" }), but(at("created", topicID), func(l *gatetest.Line) {
			pass(l)
			l.Name, l.Detail, l.WouldRefuse, l.WouldRemedy = "acme", "acme", []string{"trial"}, "rename"
		}), false},
		{"nothing personal", "LOG_PERSONAL=off", created(), but(at("created", topicID), func(l *gatetest.Line) { l.Operator, l.Name, l.Detail = "", "", "" }), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &remedying{}
			g, log := reviewing(t, r, strings.FieldsFunc(tt.variables, func(r rune) bool { return r == '\n' })...)
			lines := send(t, g, log, tt.scenario)
			if tt.want == nil {
				if len(lines["callback"]) != 1 || len(lines["review"]) != 0 {
					t.Errorf("got the lines %+v, want one of a callback", lines)
				}
			} else {
				if len(lines) != 1 || len(lines["review"]) != 1 {
					t.Fatalf("got the lines %s", log)
				}
				got := lines["review"][0]
				got.Timestamp, got.Message, got.RequestID, got.Command, got.DurationUS = "", "", "", "", 0
				if diff := cmp.Diff(*tt.want, got); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			}
			if (len(r.found) == 1) != tt.acts {
				t.Errorf("the remedy was asked for %v, want %v", r.found, tt.acts)
			}
			for _, secret := range []string{token, "Sign", "192.0.2.7&"} {
				if strings.Contains(log.String(), secret) {
					t.Errorf("%q is in the log", secret)
				}
			}
		})
	}
}

// TestReviewPassesQuotas: what was done is not counted once more, nor refused for it.
func TestReviewPassesQuotas(t *testing.T) {
	asked := 0
	counter := faulty(func(context.Context) (bool, error) { asked++; return false, nil })
	s := app.Snapshot(load(t, "TOKENS="+token, "REVIEW=created", "QUOTA=1/1h", "LOG_LEVEL=debug",
		"POLICY=rules: [{name: few, quota: {limit: 3, window: 1h, share: all}, action: refuse}, {name: many, quota: {limit: 9, window: 1h, share: all}, action: refuse}, {name: same, quota: {limit: 1, window: day, per: name}, action: refuse}]"))
	log := new(bytes.Buffer)
	g := gate.New(s, gate.Settings{Log: gate.NewLog(log, "debug"), Counter: counter})
	if got := send(t, g, log, created())["review"]; asked != 0 || len(got) != 1 || got[0].Verdict != "allow" {
		t.Errorf("the counter was asked %d times: %+v", asked, got)
	}
}

// TestRemedyIsTold: what a remedy did is a line for each topic, and an observer's to count.
func TestRemedyIsTold(t *testing.T) {
	r := &remedying{acts: []gate.Act{
		{GroupID: community, TopicID: "1", Before: "spam", After: "Renamed", Rule: "banned-words", Detail: "spam", Result: gate.Done},
		{GroupID: community, TopicID: "2", Before: "spam", Result: gate.Failed, Err: errors.New("no answer")},
		{GroupID: community, TopicID: "3", Before: "spam", Result: gate.Skipped, Reason: "limit"},
		{GroupID: community, TopicID: "4", Before: "spam", Unless: "staff", Result: gate.Skipped, Reason: "unsure", Quiet: true},
	}}
	g, log := reviewing(t, r)
	var reviews []gate.Review
	var acts []gate.Act
	g.Observer.Review = func(v gate.Review) { reviews = append(reviews, v) }
	g.Observer.Act = func(remedy string, a gate.Act) {
		if remedy != "rename" {
			t.Errorf("the remedy is %q", remedy)
		}
		acts = append(acts, a)
	}
	lines := send(t, g, log, renamed())
	want := []gatetest.Line{
		{Level: "info", Message: "remedy", TopicID: "1", Before: "spam", After: "Renamed", Rule: "banned-words", Detail: "spam", Result: "done"},
		{Level: "warn", Message: "remedy", TopicID: "2", Before: "spam", Result: "failed", Error: "no answer"},
		{Level: "warn", Message: "remedy_skipped", TopicID: "3", Before: "spam", Result: "skipped", Reason: "limit"},
		{Level: "info", Message: "remedy_skipped", TopicID: "4", Before: "spam", Unless: "staff", Result: "skipped", Reason: "unsure"},
	}
	got := slices.Concat(lines["remedy"], lines["remedy_skipped"])
	for i := range got {
		got[i].Timestamp, got[i].RequestID, got[i].DurationUS = "", "", 0
	}
	for i := range want {
		want[i].Event, want[i].GroupID, want[i].Operator, want[i].Remedy = "renamed", community, "leckie", "rename"
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines -want +got:\n%s", diff)
	}
	if len(reviews) != 1 || len(acts) != len(r.acts) {
		t.Errorf("the observer was told of %d reviews and %d acts", len(reviews), len(acts))
	}
	if f := r.found[0]; f.Event != chat.Renamed || f.GroupID != community || f.TopicID != "" || f.Creation.Name != "spam" || f.Creation.Operator != "leckie" || f.Creation.Subject != policy.Topic || f.Policy == nil {
		t.Errorf("the remedy was asked about %+v", f)
	}
	if left := r.left[0]; left <= 0 || left > 1800*time.Millisecond {
		t.Errorf("the remedy has %v", left)
	}
}

// TestRemedyPanics: a bug of a remedy's costs no answer.
func TestRemedyPanics(t *testing.T) {
	g, log := reviewing(t, &remedying{fails: true})
	lines := send(t, g, log, created())
	if got := lines["remedy"]; len(got) != 1 || got[0].Result != "failed" || !strings.Contains(got[0].Error, "a bug") {
		t.Errorf("got %s", log)
	}
}

// TestReviewBesideRelay: the other handler has the callback first, and its answer is the
// answer; acts have what it left of the time.
func TestReviewBesideRelay(t *testing.T) {
	r := &remedying{acts: []gate.Act{{Result: gate.Done}}}
	g, log := reviewing(t, r)
	var relayed []string
	g.Relay = func(_ context.Context, request *gate.Request) (gate.Response, error) {
		if len(r.found) > 0 {
			t.Error("acted before the other handler had the callback")
		}
		relayed = append(relayed, string(request.Body))
		time.Sleep(50 * time.Millisecond)
		return gate.Response{Status: 207, Body: "theirs"}, nil
	}
	now := time.Now()
	s := created()
	call := s.Call(now)
	a := g.Handle(t.Context(), request(call, now))
	if a.Status != 207 || a.Body != "theirs" || len(relayed) != 1 || relayed[0] != call.Body {
		t.Errorf("answered %+v, relayed %q", a, relayed)
	}
	for _, message := range []string{"relay", "review", "remedy"} {
		if lines, err := gatetest.Lines(log.Bytes(), message); err != nil || len(lines) != 1 {
			t.Errorf("%d lines of a %s (%v)", len(lines), message, err)
		}
	}
	if len(r.left) != 1 || r.left[0] > 1750*time.Millisecond {
		t.Errorf("left are %v", r.left)
	}
	// What fails there is reviewed all the same.
	g.Relay = func(context.Context, *gate.Request) (gate.Response, error) {
		return gate.Response{}, errors.New("gone")
	}
	if a := g.Handle(t.Context(), request(call, now)); a.Status != 502 || len(r.found) != 2 {
		t.Errorf("answered %d, %d reviews", a.Status, len(r.found))
	}
}

// TestWithoutReviewNothingCosts: a callback that tells is any other then.
func TestWithoutReviewNothingCosts(t *testing.T) {
	now := time.Now()
	log := new(bytes.Buffer)
	g := gate.New(app.Snapshot(load(t, "TOKENS="+token, "BANNED_WORDS=spam", "LOG_LEVEL=debug")), gate.Settings{Log: gate.NewLog(log, "debug")})
	allocations := func(s gatetest.Scenario) float64 {
		call := s.Call(now)
		body, params := []byte(call.Body), chat.ParseQuery(call.Query)
		return testing.AllocsPerRun(200, func() {
			log.Reset()
			g.Handle(t.Context(), gate.Request{Method: "POST", Params: params, Body: body, RequestID: "r", Received: now})
		})
	}
	other := created()
	other.Command = "Group.CallbackAfterCreateTopix" // as long, and nobody's
	usual := allocations(other)
	for _, s := range []gatetest.Scenario{created(), renamed()} {
		if got := allocations(s); got > usual {
			t.Errorf("%s: %v allocations, and %v of another command", s.Command, got, usual)
		}
		lines := send(t, g, log, s)
		if len(lines) != 1 || len(lines["callback"]) != 1 {
			t.Errorf("%s: got the lines %s", s.Command, log)
		}
	}
}
