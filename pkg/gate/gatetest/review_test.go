//go:build unix

package gatetest

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"topicgate/pkg/chat"
	"topicgate/pkg/chatapi/chatapitest"
	"topicgate/pkg/quota/quotatest"
)

const newName = "Renamed"

// A guarded app is a played one, and built gates that act on what slips past in it.
type guarded struct {
	*chatapitest.Chat

	community, victim, staff, mine string // ids; the last three are topics
	gates                          []*instance
	redis                          *quotatest.Server
	sent                           int
}

// guardApp starts so many gates of a transport for an app of their own. A variable that is
// given wins over what they have anyway.
func guardApp(t *testing.T, transport string, gates int, variables ...string) *guarded {
	t.Helper()
	g := &guarded{Chat: chatapitest.New(t, chatapitest.Settings{Unlimited: true}), redis: quotatest.StartServer(t)}
	g.community = g.AddGroup("The guild")
	g.victim, g.staff, g.mine = g.AddTopic(g.community, "Welcome"), g.AddTopic(g.community, "No spam here"), g.AddTopic(g.community, "Mine")
	environ := g.environOf("")
	for _, v := range variables {
		name, _, _ := strings.Cut(v, "=")
		environ = slices.DeleteFunc(environ, func(pair string) bool { return strings.HasPrefix(pair, "TOPICGATE_"+name+"=") })
		environ = append(environ, "TOPICGATE_"+v)
	}
	for range gates {
		g.gates = append(g.gates, startInstance(t, transport, environ...))
	}
	return g
}

// call is the callback that tells of a change, signed.
func (g *guarded) call(c chatapitest.Change) Call {
	g.sent++
	at := strconv.FormatInt(time.Now().Unix(), 10)
	return Call{
		Method: "POST", Body: c.Body, RequestID: fmt.Sprint("told-", g.sent),
		Query: "SdkAppid=" + App + "&CallbackCommand=" + c.Command + "&contenttype=json&ClientIP=192.0.2.7&OptPlatform=" + c.Platform + "&RequestTime=" + at + "&Sign=" + chat.Sign(oneToken, at),
	}
}

// tell sends a callback, which must be answered 0, so many times at a time.
func (g *guarded) tell(t *testing.T, c Call, times int) {
	t.Helper()
	var running sync.WaitGroup
	for i := range times {
		running.Go(func() {
			answer, err := g.gates[i%len(g.gates)].send(c)
			if err != nil || answer.Status != 200 || answer.Body != (Want{}).Verdict() {
				t.Errorf("%s: answered %+v (%v)", c.RequestID, answer, err)
			}
		})
	}
	running.Wait()
}

// lines are those that a callback led to, of all gates, without debug's.
func (g *guarded) lines(t *testing.T, id string) (lines []Line) {
	t.Helper()
	for _, gate := range g.gates {
		log, err := gate.Log()
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{chatapitest.SecretKey, oneToken, "usersig=", "Sign=", g.redis.URL()} {
			if bytes.Contains(log, []byte(secret)) {
				t.Errorf("%q is in the log: %s", secret, log)
			}
		}
		for _, message := range []string{"review", "remedy", "remedy_skipped"} {
			found, err := Lines(log, message)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, slices.DeleteFunc(found, func(l Line) bool { return l.RequestID != id })...)
		}
	}
	return lines
}

// briefly says what lines say, sorted.
func briefly(lines []Line) string {
	var all []string
	for _, l := range lines {
		switch l.Message {
		case "review":
			all = append(all, fmt.Sprintf("%s %s %s", l.Event, l.Verdict, l.Reason))
		default:
			all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s", l.Result, l.Reason)))
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// names are what topics are called, by id.
func (g *guarded) names() map[string]string {
	names := map[string]string{}
	for _, t := range g.Topics() {
		names[t.ID] = t.Name
		if t.Muted {
			names[t.ID] += " (muted)"
		}
	}
	return names
}

// TestRemedies: through every transport, a creation and a rename are reviewed; each remedy
// changes the right topic and no other, once, though the callback comes three times to two
// gates at a time.
func TestRemedies(t *testing.T) {
	for _, transport := range transports {
		for _, tt := range []struct{ remedy, created, renamed string }{
			{"report", "spam", "SPAM"},
			{"rename", newName, newName},
			{"mute", "spam (muted)", "SPAM (muted)"},
			{"destroy", "", "SPAM"},
		} {
			t.Run(transport+" "+tt.remedy, func(t *testing.T) {
				g := guardApp(t, transport, 2, "REMEDY="+tt.remedy)
				wants := g.names()
				for _, step := range []struct {
					change chatapitest.Change
					want   string
				}{
					{g.Create("leckie", g.community, "hello"), "hello"},
					{g.Create("leckie", g.community, "spam"), tt.created},
					{g.Rename("leckie", g.mine, "SPAM"), tt.renamed},
				} {
					if wants[step.change.Topic] = step.want; step.want == "" {
						delete(wants, step.change.Topic)
					}
					acts := len(g.Acts())
					var own []chatapitest.Change
					var mu sync.Mutex
					g.OnChange(func(c chatapitest.Change) {
						mu.Lock()
						defer mu.Unlock()
						own = append(own, c)
					})
					call := g.call(step.change)
					g.tell(t, call, 3)
					g.tell(t, call, 1) // and later
					lines := g.lines(t, call.RequestID)
					changed := step.change.Name != step.want
					for _, l := range lines {
						slipped := step.change.Command == string(chat.AfterCreateTopic) && l.Verdict == "refuse"
						if l.Message == "review" && (l.GroupID != g.community || l.Name != step.change.Name || l.Operator != "leckie" || l.Slipped != slipped) {
							t.Errorf("the review %+v", l)
						}
						if l.Result == "done" && (l.Remedy != tt.remedy || l.TopicID != step.change.Topic || l.Before != step.change.Name || l.Operator != "leckie" || l.Rule != "banned-words" || tt.remedy == "rename" && l.After != newName) {
							t.Errorf("the act %+v", l)
						}
					}
					done := strings.Count(briefly(lines), "done")
					if want := map[bool]int{true: 1}[changed]; done != want || len(g.Acts())-acts != want {
						t.Errorf("%s: %d acts done and %d made, want %d: %s", step.change.Name, done, len(g.Acts())-acts, want, briefly(lines))
					}
					if got := strings.Count(briefly(lines), " rule") + strings.Count(briefly(lines), " default"); got != 4 {
						t.Errorf("%d reviews, want 4: %s", got, briefly(lines))
					}
					mu.Lock()
					for _, c := range own { // which Chat tells of too
						call := g.call(c)
						g.tell(t, call, 1)
						if lines := g.lines(t, call.RequestID); len(lines) > 0 {
							t.Errorf("our own act was reviewed: %+v", lines)
						}
					}
					mu.Unlock()
				}
				got := g.names()
				for id, want := range wants {
					if got[id] != want {
						t.Errorf("%s is %q, want %q", id, got[id], want)
					}
				}
				if len(got) != len(wants) {
					t.Errorf("there are %v, want %v", got, wants)
				}
			})
		}
	}
}

// TestRemediesUnderFaults: whatever the API does, the answer is 0 and in time, and a line
// says that nothing, or nothing known, was done.
func TestRemediesUnderFaults(t *testing.T) {
	faults := []string{
		"hangs", "does it, then hangs", "trickles", "breaks off", "resets", "does it, then resets", "sends half JSON", "sends no code", "sends a page", "sends headers without end",
		"says 500", "redirects", "is no web server", "repeats the query", "refuses with 10002", "refuses with 10004", "refuses with 10006", "refuses with 10007", "refuses with 10008",
	}
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			g := guardApp(t, transport, 1, "REMEDY_LIMIT=1000/1h")
			for i, name := range faults {
				command := []string{"get_topic", "modify_topic"}[i%2]
				g.Break(command, chatapitest.FaultNamed(name))
				call := g.call(g.Create("leckie", g.community, "spam "+strconv.Itoa(i)))
				g.tell(t, call, 1)
				lines := g.lines(t, call.RequestID)
				if len(lines) != 2 || lines[1].Level != "warn" || lines[1].Result == "done" || lines[1].Error == "" {
					t.Errorf("%s %s: %+v", command, name, lines)
				}
				for _, l := range lines { // Chat waits two seconds; a busy machine may add to ours
					if took := time.Duration(l.DurationUS) * time.Microsecond; took > 10*time.Second {
						t.Errorf("%s %s: %s after %v", command, name, l.Message, took)
					}
				}
				g.Mend()
			}
			call := g.call(g.Create("leckie", g.community, "spam"))
			if g.tell(t, call, 1); briefly(g.lines(t, call.RequestID)) != "created refuse rule, done" {
				t.Errorf("afterwards: %+v", g.lines(t, call.RequestID))
			}
		})
	}
}

// TestRemediesAbused: nobody makes a gate act on another's topic, nor more than it may. A
// report it is each time.
func TestRemediesAbused(t *testing.T) {
	type change = chatapitest.Change
	create := func(g *guarded) change { return g.Create("leckie", g.community, "spam") }
	tests := []struct {
		name string
		does func(*guarded) change
		as   func(*Call)
		want string
	}{
		{"unsigned", create, func(c *Call) { c.Query, _, _ = strings.Cut(c.Query, "&RequestTime") }, "created allow sign_missing"},
		{"signed by nobody", create, func(c *Call) { c.Query = c.Query[:len(c.Query)-1] + "x" }, "created allow sign_wrong"},
		{"a foreign app", create, func(c *Call) { c.Query = strings.Replace(c.Query, App, "1400000009", 1) }, "created allow sdk_app_id"},
		{"stale", create, func(c *Call) {
			at := strconv.FormatInt(time.Now().Unix()-120, 10)
			c.Query, _, _ = strings.Cut(c.Query, "&RequestTime")
			c.Query += "&RequestTime=" + at + "&Sign=" + chat.Sign(oneToken, at)
		}, "created allow sign_stale"},
		{"a rename to the name of a topic of staff's", func(g *guarded) change { return g.Rename("leckie", g.mine, "No spam here") }, nil, "renamed refuse rule, skipped unsure, skipped unsure"},
		{"and back, so that only that of staff's has it", func(g *guarded) change {
			c := g.Rename("leckie", g.mine, "No spam here")
			g.Rename("leckie", g.mine, "Mine")
			return c
		}, nil, "renamed refuse rule, skipped unsure"},
		{"somebody else's topic back and forth", func(g *guarded) change {
			c := g.Rename("leckie", g.victim, "My spam")
			g.Rename("leckie", g.victim, "Welcome")
			return c
		}, nil, "renamed refuse rule, skipped renamed"},
		{"a callback that names another's topic", create, func(c *Call) { c.Body = strings.Replace(c.Body, `"Name":"spam"`, `"Name":"Welcome to spam"`, 1) }, "created refuse rule, skipped unsure"},
	}
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			g := guardApp(t, transport, 1, "TRUSTED_OPERATORS=mod-*", "REMEDY_LIMIT=2/1h")
			for _, tt := range tests {
				c := tt.does(g)
				before := g.names()
				call := g.call(c)
				if tt.as != nil {
					tt.as(&call)
				}
				g.tell(t, call, 1)
				lines := g.lines(t, call.RequestID)
				if briefly(lines) != tt.want {
					t.Errorf("%s: %s, want %s", tt.name, briefly(lines), tt.want)
				}
				for _, l := range lines {
					if l.Reason == "unsure" && l.Unless != "trusted-operators" {
						t.Errorf("%s: nobody learns who may have: %+v", tt.name, l)
					}
				}
				if strings.Contains(tt.want, "allow") && (lines[0].Operator != "" || lines[0].Name != "" || lines[0].GroupID != "") {
					t.Errorf("%s: the line holds what its sender chose: %+v", tt.name, lines[0])
				}
				if after := g.names(); fmt.Sprint(after) != fmt.Sprint(before) || len(g.Acts()) > 0 {
					t.Errorf("%s: %v became %v by %v", tt.name, before, after, g.Acts())
				}
			}
			for i, want := range []string{"done", "done", "skipped limit", "skipped limit"} {
				call := g.call(g.Create("leckie", g.community, "spam "+strconv.Itoa(i)))
				g.tell(t, call, 1)
				lines := g.lines(t, call.RequestID)
				if briefly(lines) != "created refuse rule, "+want || strings.HasPrefix(want, "skipped") && lines[1].Level != "warn" {
					t.Errorf("act %d: %+v", i, lines)
				}
			}
			if acts := g.Acts(); len(acts) != 2 {
				t.Errorf("%d acts, want 2", len(acts))
			}
		})
	}
}

// TestRemediesWithoutRedis: what cannot be counted is not done.
func TestRemediesWithoutRedis(t *testing.T) {
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			g := guardApp(t, transport, 1, "REDIS_URL=redis://"+nobodys)
			for range 2 {
				call := g.call(g.Create("leckie", g.community, "spam"))
				g.tell(t, call, 1)
				lines := g.lines(t, call.RequestID)
				if briefly(lines) != "created refuse rule, skipped not_counted" || lines[1].Level != "warn" || lines[1].Message != "remedy_skipped" || lines[1].Error == "" {
					t.Errorf("%+v", lines)
				}
			}
			if calls := g.Calls(); len(calls) > 0 {
				t.Errorf("asked Chat, uncounted: %v", calls)
			}
		})
	}
}

// TestRemediesOnTrial: a dry run, of the policy or of the rule, does nothing, and says what
// it would.
func TestRemediesOnTrial(t *testing.T) {
	const trial = "POLICY=rules: [{name: trial, match: {name: {contains: [spam]}}, action: refuse, mode: dry_run}]"
	for _, transport := range transports {
		for _, variables := range [][]string{{"MODE=dry_run"}, {"BANNED_WORDS=", trial}} {
			g := guardApp(t, transport, 1, variables...)
			call := g.call(g.Create("leckie", g.community, "spam"))
			g.tell(t, call, 1)
			lines := g.lines(t, call.RequestID)
			if len(lines) != 1 || lines[0].Verdict != "allow" || lines[0].Slipped || lines[0].WouldRemedy != "rename" || len(lines[0].WouldRefuse) != 1 || len(g.Calls()) > 0 {
				t.Errorf("%s %v: %+v, and %d calls", transport, variables, lines, len(g.Calls()))
			}
		}
	}
}
