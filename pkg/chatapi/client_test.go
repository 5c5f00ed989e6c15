package chatapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"topicgate/pkg/chatapi"
	"topicgate/pkg/chatapi/chatapitest"
)

// client is one of a played Chat, whose time passes only when it sleeps. What is not about
// a time-out has all the time that a machine takes which is shared.
func client(t testing.TB, chat *chatapitest.Chat, clock *chatapitest.Clock, change ...func(*chatapi.Options)) *chatapi.Client {
	t.Helper()
	o := chatapi.Options{BaseURL: chat.URL(), App: chatapitest.App, SecretKey: chatapitest.SecretKey, Now: clock.Now, Sleep: clock.Sleep, Timeout: time.Hour}
	for _, f := range change {
		f(&o)
	}
	c, err := chatapi.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// played is a Chat with two communities, and a client of it.
func played(t testing.TB, s chatapitest.Settings) (chat *chatapitest.Chat, c *chatapi.Client, clock *chatapitest.Clock) {
	t.Helper()
	clock = &chatapitest.Clock{}
	s.Now = clock.Now
	chat = chatapitest.New(t, s)
	return chat, client(t, chat, clock), clock
}

func TestTopics(t *testing.T) {
	chat, c, _ := played(t, chatapitest.Settings{AccountOptional: true})
	group := chat.AddGroup("Players")
	first, second := chat.AddTopic(group, "general"), chat.AddTopic(group, `<"赌场"> & more`)
	other := chat.AddTopic(chat.AddGroup("Others"), "elsewhere")

	topics, err := c.Topics(t.Context(), group)
	if err != nil || len(topics) != 2 {
		t.Fatalf("got %+v (%v)", topics, err)
	}
	for i, id := range []string{first, second} {
		stored, _ := chat.Topic(id)
		got := topics[i]
		if want := (chatapi.Topic{ID: id, Group: group, Name: stored.Name, Made: got.Made}); got != want || !got.Made.Equal(stored.Made) {
			t.Errorf("got %+v, want %+v", got, stored)
		}
	}
	topics, err = c.Topics(t.Context(), group, second, other)
	if err != nil || len(topics) != 2 || topics[0].ID != second || topics[0].Err != nil {
		t.Fatalf("got %+v (%v)", topics, err)
	}
	var refusal *chatapi.Error
	if !errors.As(topics[1].Err, &refusal) || refusal.Kind() != chatapi.Gone || topics[1].ID != other {
		t.Errorf("got %+v of a topic of another community", topics[1])
	}
	chat.FailTopic(first, 10007)
	if topics, err = c.Topics(t.Context(), group); err != nil || len(topics) != 2 || topics[1].Err != nil {
		t.Fatalf("got %+v (%v)", topics, err)
	}
	if !errors.As(topics[0].Err, &refusal) || refusal.Kind() != chatapi.NotPermitted || refusal.Command != "get_topic" {
		t.Errorf("got %v of a topic that is refused", topics[0].Err)
	}
	if _, err = c.Topics(t.Context(), "@TGS#none"); !errors.As(err, &refusal) || refusal.Kind() != chatapi.Gone {
		t.Errorf("got %v of a community that is not there", err)
	}
}

// TestAccountIsNamedWhenNeeded: From_Account is sent from when Chat is found to want it.
func TestAccountIsNamedWhenNeeded(t *testing.T) {
	for _, optional := range []bool{true, false} {
		chat, c, _ := played(t, chatapitest.Settings{AccountOptional: optional})
		group := chat.AddGroup("Players")
		chat.AddTopic(group, "general")
		for range 3 {
			if topics, err := c.Topics(t.Context(), group); err != nil || len(topics) != 1 {
				t.Fatalf("got %+v (%v)", topics, err)
			}
		}
		var accounts []string
		for _, call := range chat.Calls("get_topic") {
			accounts = append(accounts, call.Value("From_Account"))
		}
		want := []string{"", "", ""}
		if !optional {
			want = []string{"", "administrator", "administrator", "administrator"}
		}
		if !slices.Equal(accounts, want) {
			t.Errorf("optional %v: got %q, want %q", optional, accounts, want)
		}
	}
}

// TestActs: each act changes what it names and nothing else, by one call of the documented form.
func TestActs(t *testing.T) {
	chat, c, _ := played(t, chatapitest.Settings{})
	group := chat.AddGroup("Players")
	topic, kept := chat.AddTopic(group, "casino"), chat.AddTopic(group, "general")
	before, _ := chat.Topic(kept)
	var changes []string
	var mu sync.Mutex
	chat.OnChange(func(change chatapitest.Change) {
		mu.Lock()
		defer mu.Unlock()
		changes = append(changes, fmt.Sprint(change.Command, " ", change.Platform, " ", change.Operator, " ", change.Body))
	})
	for _, act := range []struct {
		name string
		do   func() error
		call string
		is   func() bool
	}{
		{"rename", func() error { return c.RenameTopic(t.Context(), group, topic, "renamed") }, fmt.Sprintf(`modify_topic {"GroupId":%q,"TopicId":%q,"TopicName":"renamed"}`, group, topic),
			func() bool { now, _ := chat.Topic(topic); return now.Name == "renamed" && !now.Muted }},
		{"mute", func() error { return c.MuteTopic(t.Context(), group, topic, true) }, fmt.Sprintf(`modify_topic {"GroupId":%q,"TopicId":%q,"MuteAllMember":"On"}`, group, topic),
			func() bool { now, _ := chat.Topic(topic); return now.Muted }},
		{"unmute", func() error { return c.MuteTopic(t.Context(), group, topic, false) }, fmt.Sprintf(`modify_topic {"GroupId":%q,"TopicId":%q,"MuteAllMember":"Off"}`, group, topic),
			func() bool { now, _ := chat.Topic(topic); return !now.Muted }},
		{"destroy", func() error { return c.DestroyTopic(t.Context(), group, topic) }, fmt.Sprintf(`destroy_topic {"GroupId":%q,"TopicIdList":[%q]}`, group, topic),
			func() bool { _, found := chat.Topic(topic); return !found }},
		{"destroy again", func() error { return c.DestroyTopic(t.Context(), group, topic) }, fmt.Sprintf(`destroy_topic {"GroupId":%q,"TopicIdList":[%q]}`, group, topic),
			func() bool { _, found := chat.Topic(topic); return !found }},
		{"rename the group", func() error { return c.RenameGroup(t.Context(), group, "Members") }, fmt.Sprintf(`modify_group_base_info {"GroupId":%q,"Name":"Members"}`, group),
			func() bool { now, _ := chat.Group(group); return now.Name == "Members" && !now.Muted }},
		{"mute the group", func() error { return c.MuteGroup(t.Context(), group, true) }, fmt.Sprintf(`modify_group_base_info {"GroupId":%q,"MuteAllMember":"On"}`, group),
			func() bool { now, _ := chat.Group(group); return now.Muted }},
		{"unmute the group", func() error { return c.MuteGroup(t.Context(), group, false) }, fmt.Sprintf(`modify_group_base_info {"GroupId":%q,"MuteAllMember":"Off"}`, group),
			func() bool { now, _ := chat.Group(group); return !now.Muted && now.Name == "Members" }},
	} {
		chat.ForgetCalls()
		if err := act.do(); err != nil || !act.is() {
			t.Errorf("%s: %v, done: %v", act.name, err, act.is())
		}
		calls := chat.Calls()
		if len(calls) != 1 || calls[0].Command+" "+calls[0].Body != act.call || calls[0].Account != "administrator" {
			t.Errorf("%s: got the calls %+v, want %s", act.name, calls, act.call)
		}
	}
	if now, _ := chat.Topic(kept); now != before {
		t.Errorf("another topic became %+v", now)
	}
	// Destroying is told of once, as it is done once. The last of them may still be on its way.
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		mu.Lock()
		n := len(changes)
		mu.Unlock()
		if n == 7 || time.Now().After(deadline) {
			break
		}
	}
	mu.Lock()
	defer mu.Unlock()
	want := "Group.CallbackAfterTopicInfoChanged RESTAPI administrator " + fmt.Sprintf(`{"CallbackCommand":"Group.CallbackAfterTopicInfoChanged","GroupId":%q,"Name":"renamed","Operator_Account":"administrator","Type":"Community"}`, group)
	if len(changes) != 7 || !slices.Contains(changes, want) {
		t.Errorf("Chat told of\n%s\nwant 7, and\n%s", strings.Join(changes, "\n"), want)
	}
}

// TestDestroyOfWhatIsGone: a topic that is not there, or whose community is not, is well; all else is not.
func TestDestroyOfWhatIsGone(t *testing.T) {
	chat, c, _ := played(t, chatapitest.Settings{})
	group := chat.AddGroup("Players")
	topic := chat.AddTopic(group, "casino")
	for code, well := range map[int]bool{110003: true, 10015: true, 10010: true, 10007: false, 10004: false, 70003: false} {
		chat.FailTopic(topic, code)
		if err := c.DestroyTopic(t.Context(), group, topic); (err == nil) != well {
			t.Errorf("item with %d: got %v", code, err)
		}
		chat.Mend()
		chat.Break("destroy_topic", chatapitest.Refusal(code))
		if err := c.DestroyTopic(t.Context(), group, topic); (err == nil) != well {
			t.Errorf("call with %d: got %v", code, err)
		}
		chat.Mend()
	}
	for _, silent := range []chatapitest.Fault{chatapitest.ListsNothing(), chatapitest.Answers(`{"ErrorCode":0,"DestroyResultItem":[{"TopicId":"another","ErrorCode":0}]}`)} {
		chat.Break("destroy_topic", silent)
		if err := c.DestroyTopic(t.Context(), group, topic); err == nil || !strings.Contains(err.Error(), "what became of the topic") {
			t.Errorf("got %v of an answer that does not say", err)
		}
	}
	chat.Mend()
	if _, found := chat.Topic(topic); !found {
		t.Error("the topic is gone, although every call was refused")
	}
}

// TestNothingIsNamed: an id or a name that is empty is not sent.
func TestNothingIsNamed(t *testing.T) {
	chat, c, _ := played(t, chatapitest.Settings{})
	ctx := t.Context()
	_, noGroup := c.Topics(ctx, "")
	_, noTopic := c.Topics(ctx, "g", "")
	for i, err := range []error{
		noGroup, noTopic, c.RenameTopic(ctx, "", "t", "n"), c.RenameTopic(ctx, "g", "", "n"), c.RenameTopic(ctx, "g", "t", ""), c.MuteTopic(ctx, "g", "", true),
		c.DestroyTopic(ctx, "g", ""), c.DestroyTopic(ctx, "", "t"), c.RenameGroup(ctx, "g", ""), c.RenameGroup(ctx, "", "n"), c.MuteGroup(ctx, "", true),
	} {
		if err == nil || !strings.Contains(err.Error(), "is empty") {
			t.Errorf("%d: got %v", i, err)
		}
	}
	if calls := chat.Calls(); len(calls) > 0 {
		t.Errorf("got %+v", calls)
	}
}

func TestCommunities(t *testing.T) {
	chat, c, clock := played(t, chatapitest.Settings{})
	var want []string
	for range 25000 {
		want = append(want, chat.AddGroup("Players"))
	}
	chat.Disband(want[7])
	want = slices.Delete(want, 7, 8)
	var got []string
	if err := c.Communities(t.Context(), func(group string) error { got = append(got, group); return nil }); err != nil || !slices.Equal(got, want) {
		t.Fatalf("got %d communities (%v), want %d", len(got), err, len(want))
	}
	if calls := chat.Calls(); len(calls) != 3 || calls[2].Code != 0 || clock.Passed() < 2*time.Second {
		t.Errorf("got %d calls within %s", len(calls), clock.Passed())
	}

	stop := errors.New("enough")
	visited := 0
	if err := c.Communities(t.Context(), func(string) error { visited++; return stop }); !errors.Is(err, stop) || visited != 1 {
		t.Errorf("got %v after %d", err, visited)
	}
	page, err := c.CommunitiesFrom(t.Context(), 0)
	if err != nil || len(page.Groups) != 10000 || page.Total != len(want) || page.Next == 0 {
		t.Errorf("got %d of %d, then %d (%v)", len(page.Groups), page.Total, page.Next, err)
	}
	if rest, err := c.CommunitiesFrom(t.Context(), page.Next); err != nil || rest.Groups[0] != want[10000] {
		t.Errorf("the second page begins with %v (%v)", rest.Groups, err)
	}
}

// TestConcurrentCalls: many at once are all answered, at the pace that one alone would have.
func TestConcurrentCalls(t *testing.T) {
	chat, c, clock := played(t, chatapitest.Settings{AccountOptional: true})
	group := chat.AddGroup("Players")
	chat.AddTopic(group, "general")
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 50 {
				if topics, err := c.Topics(t.Context(), group); err != nil || len(topics) != 1 {
					t.Errorf("got %+v (%v)", topics, err)
				}
			}
		})
	}
	wait.Wait()
	if passed := clock.Passed(); passed < 399*5*time.Millisecond {
		t.Errorf("400 calls took %s", passed)
	}
}

// TestKeptConnection: one that Chat closed meanwhile is replaced.
func TestKeptConnection(t *testing.T) {
	chat, c, _ := played(t, chatapitest.Settings{})
	group := chat.AddGroup("Players")
	topic := chat.AddTopic(group, "general")
	for range 3 {
		if err := c.RenameTopic(t.Context(), group, topic, "renamed"); err != nil {
			t.Fatal(err)
		}
		chat.CloseConnections()
	}
}

// TestUnusedConnection: one that nobody used for a while may be dead without a sign, and is not used again.
func TestUnusedConnection(t *testing.T) {
	chat, c, clock := played(t, chatapitest.Settings{})
	group := chat.AddGroup("Players")
	for _, pass := range []time.Duration{0, 10 * time.Second, 11 * time.Second} {
		clock.Pass(pass)
		if err := c.MuteGroup(t.Context(), group, true); err != nil {
			t.Fatal(err)
		}
	}
	calls := chat.Calls()
	if calls[0].Connection != calls[1].Connection || calls[1].Connection == calls[2].Connection {
		t.Errorf("got the connections %s, %s and %s", calls[0].Connection, calls[1].Connection, calls[2].Connection)
	}
}

// TestTLS: over HTTPS the certificate counts, and a redirect is not followed whatever the given client would do.
func TestTLS(t *testing.T) {
	chat := chatapitest.New(t, chatapitest.Settings{TLS: true})
	clock := &chatapitest.Clock{}
	group := chat.AddGroup("Players")
	if _, err := client(t, chat, clock).Topics(t.Context(), group); err == nil || !strings.Contains(err.Error(), "not to be reached: tls: ") || len(chat.Calls()) > 0 {
		t.Errorf("got %v from a server that nobody knows", err)
	}
	c := client(t, chat, clock, func(o *chatapi.Options) { o.HTTP = chat.Client() })
	if _, err := c.Topics(t.Context(), group); err != nil {
		t.Error(err)
	}
	chat.ForgetCalls()
	chat.Break("", chatapitest.FaultNamed("redirects for good"))
	if _, err := c.Topics(t.Context(), group); err == nil || !strings.Contains(err.Error(), "redirect") || len(chat.Calls()) != 1 {
		t.Errorf("got %v after %d calls", err, len(chat.Calls()))
	}
	plain := client(t, chatapitest.New(t, chatapitest.Settings{}), clock, func(o *chatapi.Options) {
		o.BaseURL = strings.Replace(o.BaseURL, "http:", "https:", 1)
	})
	if _, err := plain.Topics(t.Context(), group); err == nil || !strings.Contains(err.Error(), "speaks no TLS") {
		t.Errorf("got %v from a server without TLS", err)
	}
}

// TestOptions: what is given is left as it was.
func TestOptions(t *testing.T) {
	given := &http.Client{}
	chat := chatapitest.New(t, chatapitest.Settings{Admins: []string{"ops", "robot"}})
	c := client(t, chat, &chatapitest.Clock{}, func(o *chatapi.Options) { o.HTTP, o.Admin = given, "robot" })
	if _, err := c.CommunitiesFrom(t.Context(), 0); err != nil || chat.Calls()[0].Account != "robot" {
		t.Errorf("got %v, %+v", err, chat.Calls())
	}
	if given.CheckRedirect != nil {
		t.Error("the given client was changed")
	}
}

// TestDeadline: whoever has no time for a turn is told so at once, and does not take it from others.
func TestDeadline(t *testing.T) {
	chat := chatapitest.New(t, chatapitest.Settings{Unlimited: true})
	c := client(t, chat, &chatapitest.Clock{}, func(o *chatapi.Options) { o.Now, o.Sleep, o.Rate = nil, nil, 0.0001 })
	group := chat.AddGroup("Players")
	chat.Break("", chatapitest.FaultNamed("sends nothing"))
	_, _ = c.Topics(t.Context(), group) // the only turn there is for hours
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	for range 2 {
		_, err := c.Topics(ctx, group)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "its turn comes in 2h46m") {
			t.Errorf("got %v", err)
		}
	}
}
