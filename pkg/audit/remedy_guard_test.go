package audit_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"topicgate/pkg/audit"
	"topicgate/pkg/chat"
	"topicgate/pkg/chatapi"
	"topicgate/pkg/chatapi/chatapitest"
	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/policy"
	"topicgate/pkg/quota"
)

const guardName = "Renamed"

// guardRules are the policy that most tests go by: nobody may say spam but staff.
const guardRules = `rules:
- {name: staff, match: {operator: {in: ["mod-*"]}}, action: allow}
- {name: banned, match: {name: {contains: [spam]}}, action: refuse}
- {name: trolls, match: {operator: {in: [troll]}}, action: refuse}
- {name: either, match: {any: [{operator: {in: [vandal]}}, {name: {contains: [scam]}}]}, action: refuse}
- {name: nightly, match: {all: [{name: {contains: [party]}}, {time: {between: "00:00-24:00"}}]}, action: refuse}
default: refuse`

// guardStrict are those without staff: a name that they refuse they refuse whoever gave it.
var guardStrict = strings.Replace(guardRules, "- {name: staff, match: {operator: {in: [\"mod-*\"]}}, action: allow}\n", "", 1)

func policyOf(t *testing.T, text string) *policy.Policy {
	t.Helper()
	c := config.Load([]string{"TOPICGATE_POLICY=" + text}, config.Options{Offline: true})
	if c.Broken() {
		t.Fatal(c.Problems)
	}
	return c.Policy
}

// A guardedApp app with a community of three topics.
type guardedApp struct {
	*chatapitest.Chat

	community           string
	victim, staff, mine string // topics
}

func playGuarded(t *testing.T, s chatapitest.Settings) *guardedApp {
	p := &guardedApp{Chat: chatapitest.New(t, s)}
	p.community = p.AddGroup("The guild")
	p.victim, p.staff, p.mine = p.AddTopic(p.community, "Welcome"), p.AddTopic(p.community, "No spam here"), p.AddTopic(p.community, "Mine")
	return p
}

// guard is one of a guardedApp app, and how its time may be counted.
func (p *guardedApp) guard(t *testing.T, remedy string) *audit.Guard {
	t.Helper()
	client, err := chatapi.New(chatapi.Options{BaseURL: p.URL(), App: chatapitest.App, SecretKey: chatapitest.SecretKey})
	if err != nil {
		t.Fatal(err)
	}
	return &audit.Guard{Chat: client, Counter: quota.NewMemory(), Remedy: audit.Act(remedy), Name: guardName, Limit: 20, Window: time.Hour}
}

// foundBy is what a callback leads a gate to look for.
func foundBy(t *testing.T, guardRules string, c chatapitest.Change) gate.Found {
	t.Helper()
	event, subject := chat.Command(c.Command).Tells()
	f := gate.Found{Event: event, GroupID: c.Group, Policy: policyOf(t, guardRules), Creation: policy.Creation{
		Subject: policy.Subject(subject), App: chatapitest.App, Operator: c.Operator, Type: "Community", Platform: c.Platform, Name: c.Name, At: time.Now(),
	}}
	if event == chat.Created {
		f.TopicID = c.Topic
	}
	return f
}

// state is what there is, by id: the names, and what is muted.
func (p *guardedApp) state() map[string]string {
	state := map[string]string{}
	for _, t := range p.Topics() {
		state[t.ID] = t.Name
		if t.Muted {
			state[t.ID] += " (muted)"
		}
	}
	return state
}

// said is what a guard says that it did, on one line.
func said(acts []gate.Act) string {
	var all []string
	for _, a := range acts {
		all = append(all, strings.TrimSpace(string(a.Result)+" "+a.Reason))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// TestGuard: what each remedy does about what members did, and that nothing else changes.
func TestGuard(t *testing.T) {
	type change = chatapitest.Change
	create := func(operator, name string) func(*guardedApp) change {
		return func(p *guardedApp) change { return p.Create(operator, p.community, name) }
	}
	rename := func(operator, name string) func(*guardedApp) change {
		return func(p *guardedApp) change { return p.Rename(operator, p.mine, name) }
	}
	// then has somebody do something before the callback is looked at.
	then := func(first func(*guardedApp) change, next func(*guardedApp, change)) func(*guardedApp) change {
		return func(p *guardedApp) change {
			c := first(p)
			next(p, c)
			return c
		}
	}
	tests := []struct {
		name   string
		policy string
		remedy string
		does   func(*guardedApp) change
		said   string
		// changed is what the topic of the callback is like then; "" as it was. Others stay.
		changed string
	}{
		{"a creation is renamed", guardRules, "rename", create("leckie", "spam"), "done", "Renamed"},
		{"a creation is muted", guardRules, "mute", create("leckie", "spam"), "done", "spam (muted)"},
		{"a creation is destroyed", guardRules, "destroy", create("leckie", "spam"), "done", "gone"},
		{"a rename is renamed", guardStrict, "rename", rename("leckie", "spam"), "done", "Renamed"},
		{"a rename is muted", guardStrict, "mute", rename("leckie", "spam"), "done", "spam (muted)"},
		{"a rename is not destroyed", guardStrict, "destroy", rename("leckie", "spam"), "skipped not_created", ""},

		// What staff may call a topic, they may have called it so.
		{"a rename that hangs on who made it", guardRules, "rename", rename("leckie", "spam"), "skipped unsure", ""},
		{"a rename to the name of a topic of staff's", guardRules, "rename", rename("leckie", "No spam here"), "skipped unsure, skipped unsure", ""},
		{"a rename to the name of a topic of staff's, and back", guardRules, "rename", then(rename("leckie", "No spam here"), func(p *guardedApp, _ change) { p.Rename("leckie", p.mine, "Mine") }), "skipped unsure", ""},
		{"somebody else's topic, and back", guardStrict, "rename", then(func(p *guardedApp) change { return p.Rename("leckie", p.victim, "spam") }, func(p *guardedApp, _ change) { p.Rename("leckie", p.victim, "Welcome") }), "skipped renamed", ""},
		{"a creation that staff renamed since", guardRules, "rename", then(create("leckie", "spam"), func(p *guardedApp, c change) { p.Rename("mod-ann", c.Topic, "Spam reports") }), "skipped unsure", ""},
		{"a creation that was renamed since is not destroyed", guardStrict, "destroy", then(create("leckie", "spam"), func(p *guardedApp, c change) { p.Rename("leckie", c.Topic, "spam!") }), "skipped not_created", ""},
		{"a creation that was renamed since is renamed", guardStrict, "rename", then(create("leckie", "spam"), func(p *guardedApp, c change) { p.Rename("leckie", c.Topic, "spam!") }), "done", "Renamed"},
		{"a creation that got another name since", guardStrict, "rename", then(create("leckie", "spam"), func(p *guardedApp, c change) { p.Rename("leckie", c.Topic, "Renamed") }), "skipped remedied", ""},
		{"a creation that was muted since", guardStrict, "mute", then(create("leckie", "spam"), func(p *guardedApp, c change) { mute(t, p, c.Topic) }), "skipped remedied", ""},
		{"a creation that is gone", guardRules, "rename", then(create("leckie", "spam"), func(p *guardedApp, c change) { p.Destroy(c.Topic) }), "skipped gone", ""},
		{"a community that is gone", guardRules, "rename", then(create("leckie", "spam"), func(p *guardedApp, c change) { p.Disband(c.Group) }), "skipped gone", ""},

		// What is not refused for its name is nobody's to change.
		{"a creation by staff", guardRules, "rename", create("mod-ann", "spam"), "skipped passes", ""},
		{"a creation by somebody who is refused", guardRules, "destroy", create("troll", "Hello"), "skipped not_by_name", ""},
		{"a creation that is refused for either", guardRules, "destroy", create("vandal", "Hello"), "skipped not_by_name", ""},
		{"a creation that is refused for both", guardRules, "rename", create("vandal", "scam"), "skipped not_by_name", ""},
		{"a creation that the default refuses", guardRules, "rename", create("leckie", "Hello"), "skipped not_by_name", ""},
		{"a creation at a bad time", guardRules, "rename", create("leckie", "party"), "done", "Renamed"},
		{"a rename at a bad time: others may have it from another", guardStrict, "rename", rename("leckie", "party"), "skipped unsure", ""},
		{"a group", guardRules, "rename", func(p *guardedApp) change { return p.RenameGroup("leckie", p.community, "spam") }, "skipped no_topic", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := playGuarded(t, chatapitest.Settings{})
			g := p.guard(t, tt.remedy)
			before := map[string]string{}
			p.OnChange(func(chatapitest.Change) {})
			c := tt.does(p)
			for id, name := range p.state() {
				before[id] = name
			}
			p.ForgetCalls()
			f := foundBy(t, tt.policy, c)
			acts := g.Act(t.Context(), f)
			// Had nobody done anything since, what was said before is what is done.
			unmoved := []string{"done", "skipped unsure", "skipped not_created", "skipped passes", "skipped not_by_name", "skipped no_topic"}
			if slices.Contains(unmoved, tt.said) && !strings.Contains(tt.name, " since") && !strings.Contains(tt.name, " and back") {
				if would := g.Would(f); would != (tt.said == "done") {
					t.Errorf("would act: %v", would)
				}
			}
			if got := said(acts); got != tt.said {
				t.Errorf("told %q, want %q: %+v", got, tt.said, acts)
			}
			for _, a := range acts {
				if a.GroupID != c.Group || a.Before == "" {
					t.Errorf("nobody knows what %+v is about", a)
				}
			}
			switch tt.changed {
			case "":
			case "gone":
				delete(before, c.Topic)
			default:
				before[c.Topic] = tt.changed
			}
			after := p.state()
			for id, name := range before {
				if after[id] != name {
					t.Errorf("%s is %q, want %q", id, after[id], name)
				}
			}
			if len(after) != len(before) {
				t.Errorf("there are %v, want %v", after, before)
			}
			made := 0
			if tt.changed != "" {
				made = 1
			}
			if got := p.Acts(); len(got) != made {
				t.Errorf("the acts %+v, want %d", got, made)
			}
			// And once more, as a callback that comes again.
			if acts := g.Act(t.Context(), f); strings.Contains(said(acts), "done") || len(p.Acts()) != made {
				t.Errorf("the second time: %+v", acts)
			}
		})
	}
}

func mute(t *testing.T, p *guardedApp, topic string) {
	t.Helper()
	client, err := chatapi.New(chatapi.Options{BaseURL: p.URL(), App: chatapitest.App, SecretKey: chatapitest.SecretKey})
	if err == nil {
		err = client.MuteTopic(t.Context(), p.community, topic, true)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestGuardDestroysNothingOld: whatever a callback says of it.
func TestGuardDestroysNothingOld(t *testing.T) {
	clock := time.Now().Add(-11 * time.Minute)
	p := playGuarded(t, chatapitest.Settings{Now: func() time.Time { return clock }})
	c := p.Create("leckie", p.community, "spam")
	f := foundBy(t, guardRules, c)
	if acts := p.guard(t, "destroy").Act(t.Context(), f); said(acts) != "skipped not_created" {
		t.Errorf("an old topic: %+v", acts)
	}
	// Who made it is not believed either: of a creation that is said again staff may have
	// the topic now.
	if acts := p.guard(t, "rename").Act(t.Context(), f); said(acts) != "skipped unsure" {
		t.Errorf("an old topic: %+v", acts)
	}
	if acts := p.guard(t, "rename").Act(t.Context(), foundBy(t, guardStrict, c)); said(acts) != "done" {
		t.Errorf("an old topic that is refused whoever made it: %+v", acts)
	}
}

// TestGuardActsOnce: callbacks come more than once, and at a time; guards share a count.
func TestGuardActsOnce(t *testing.T) {
	for _, remedy := range []string{"rename", "mute", "destroy"} {
		p := playGuarded(t, chatapitest.Settings{})
		counter := quota.NewMemory()
		c := p.Create("leckie", p.community, "spam")
		f := foundBy(t, guardRules, c)
		var running sync.WaitGroup
		for range 8 {
			g := p.guard(t, remedy)
			g.Counter = counter
			running.Go(func() { g.Act(t.Context(), f) })
		}
		running.Wait()
		if acts := p.Acts(); len(acts) != 1 {
			t.Errorf("%s: %d acts", remedy, len(acts))
		}
	}
}

// TestGuardActsOnAllThatBearTheName: the callback of a rename does not say which it was.
func TestGuardActsOnAllThatBearTheName(t *testing.T) {
	p := playGuarded(t, chatapitest.Settings{})
	other := p.AddTopic(p.AddGroup("Another guild"), "spam")
	twin := p.AddTopic(p.community, "spam")
	acts := p.guard(t, "rename").Act(t.Context(), foundBy(t, guardStrict, p.Rename("leckie", p.mine, "spam")))
	state := p.state()
	if said(acts) != "done, done" || state[twin] != guardName || state[p.mine] != guardName || state[other] != "spam" || state[p.victim] != "Welcome" {
		t.Errorf("%+v: %v", acts, state)
	}
}

// TestGuardLimits: no more acts than the limit, on a topic than three, nor fetches than two
// hundred; the counts are of an app.
func TestGuardLimits(t *testing.T) {
	p := playGuarded(t, chatapitest.Settings{Unlimited: true})
	g := p.guard(t, "rename")
	g.Limit = 5
	results := map[string]int{}
	for i := range 8 {
		results[said(g.Act(t.Context(), foundBy(t, guardRules, p.Create("leckie", p.community, "spam "+string(rune('a'+i))))))]++
	}
	if results["done"] != 5 || results["skipped limit"] != 3 {
		t.Errorf("acts: %v", results)
	}
	back := p.guard(t, "rename")
	clear(results)
	for i := range 6 {
		results[said(back.Act(t.Context(), foundBy(t, guardStrict, p.Rename("leckie", p.victim, "my spam "+string(rune('a'+i))))))]++
	}
	if results["done"] != 3 || results["skipped back_and_forth"] != 3 {
		t.Errorf("on one topic: %v", results)
	}
	fetching := p.guard(t, "rename")
	p.ForgetCalls()
	clear(results)
	f := foundBy(t, guardStrict, p.Rename("leckie", p.mine, "spam"))
	p.Rename("leckie", p.mine, "Mine")
	for range 205 {
		results[said(fetching.Act(t.Context(), f))]++
	}
	if results["skipped renamed"] != 200 || results["skipped fetch_limit"] != 5 {
		t.Errorf("fetches: %v", results)
	}
	f.Creation.App = "1400000001"
	if got := said(fetching.Act(t.Context(), f)); got != "skipped renamed" {
		t.Errorf("another app: %s", got)
	}
}

// failingCounter fails from a unit on.
type failingCounter struct {
	policy.Counter
	left int
}

var errStoreAway = errors.New("the store is away")

func (c *failingCounter) Take(ctx context.Context, key string, limit int, window time.Duration) (bool, error) {
	if c.left--; c.left < 0 {
		return false, errStoreAway
	}
	return c.Counter.Take(ctx, key, limit, window)
}

// TestGuardCounts: what cannot be counted is not done, whichever unit it is.
func TestGuardCounts(t *testing.T) {
	for left := range 5 {
		p := playGuarded(t, chatapitest.Settings{})
		g := p.guard(t, "rename")
		g.Counter = &failingCounter{quota.NewMemory(), left}
		f := foundBy(t, guardRules, p.Create("leckie", p.community, "spam"))
		acts := g.Act(t.Context(), f)
		want, made := "skipped not_counted", 0
		if left == 4 {
			want, made = "done", 1
		}
		if said(acts) != want || len(p.Acts()) != made || left < 4 && (acts[0].Quiet || !errors.Is(acts[0].Err, errStoreAway)) {
			t.Errorf("after %d units: %+v, %d acts", left, acts, len(p.Acts()))
		}
		if left == 0 && len(p.Calls()) > 0 {
			t.Errorf("asked Chat what it could not count: %v", p.Calls())
		}
	}
}

// TestGuardUnderFaults: whatever the API does, it is said, in time, and never done twice.
func TestGuardUnderFaults(t *testing.T) {
	for _, fault := range chatapitest.Faults() {
		for _, command := range []string{"get_topic", "modify_topic"} {
			t.Run(command+" "+fault.Name, func(t *testing.T) {
				t.Parallel()
				p := playGuarded(t, chatapitest.Settings{})
				g := p.guard(t, "rename")
				f := foundBy(t, guardRules, p.Create("leckie", p.community, "spam"))
				p.Break(command, fault)
				limit := time.Minute // the machine is shared
				if fault.Slow {
					limit = 2 * time.Second
				}
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				defer cancel()
				acts := g.Act(ctx, f)
				if len(acts) != 1 {
					t.Fatalf("told %+v", acts)
				}
				a := acts[0]
				if a.Err == nil && a.Reason != "gone" || a.Quiet && a.Reason != "gone" {
					t.Errorf("nobody learns of it: %+v", a)
				}
				skips := command == "get_topic" || slices.Contains([]string{"refuses with 10015", "refuses with 110003"}, fault.Name) // it went meanwhile
				if skips != (a.Result == gate.Skipped) || !skips && a.Result != gate.Failed || command == "get_topic" && len(p.Acts()) > 0 || skips && a.After != "" {
					t.Errorf("told %+v", a)
				}
				if a.Err != nil && (strings.Contains(a.Err.Error(), chatapitest.SecretKey) || strings.Contains(a.Err.Error(), "usersig=")) {
					t.Errorf("it tells a secret: %v", a.Err)
				}
			})
		}
	}
}

// TestGuardIsNotTold: of a topic that Chat does not tell of, nobody says that it is gone.
func TestGuardIsNotTold(t *testing.T) {
	p := playGuarded(t, chatapitest.Settings{})
	c := p.Create("leckie", p.community, "spam")
	p.FailTopic(c.Topic, 10002)
	for what, acts := range map[string][]gate.Act{
		"created": p.guard(t, "rename").Act(t.Context(), foundBy(t, guardRules, c)),
		"renamed": p.guard(t, "rename").Act(t.Context(), foundBy(t, guardStrict, chatapitest.Change{Command: string(chat.AfterTopicInfoChanged), Group: c.Group, Name: "spam", Operator: "leckie"})),
	} {
		if said(acts) != "skipped fetch_failed" || acts[0].Quiet || acts[0].Err == nil {
			t.Errorf("%s: %+v", what, acts)
		}
	}
}

// TestGuardBeginsNothingLate: an act that could not be finished is not begun.
func TestGuardBeginsNothingLate(t *testing.T) {
	p := playGuarded(t, chatapitest.Settings{})
	f := foundBy(t, guardRules, p.Create("leckie", p.community, "spam"))
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Millisecond) // enough for a look, on a machine that is not busy
	defer cancel()
	acts := p.guard(t, "rename").Act(ctx, f)
	if len(acts) != 1 || acts[0].Result != gate.Skipped || acts[0].Quiet || len(p.Acts()) > 0 {
		t.Errorf("%+v, and the acts %v", acts, p.Acts())
	}
	if got := said(acts); got != "skipped deadline" && got != "skipped fetch_failed" {
		t.Errorf("said %s", got)
	}
}
