package chatapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"topicgate/pkg/chatapi"
	"topicgate/pkg/chatapi/chatapitest"
)

// keepsSecrets holds an error, printed in each way, to showing neither the key nor what signed a call or any other part
// of a query.
func keepsSecrets(t *testing.T, err error) {
	t.Helper()
	for ; err != nil; err = errors.Unwrap(err) {
		text := err.Error() + fmt.Sprintf("%v %+v %#v %q", err, err, err, err)
		for _, secret := range []string{chatapitest.SecretKey, url.QueryEscape(chatapitest.SecretKey), "usersig=", "identifier=", "random=", "contenttype", "sdkappid", "eAE" /* that every UserSig begins with */} {
			if strings.Contains(text, secret) {
				t.Errorf("%q is in %s", secret, text)
			}
		}
	}
}

// TestFaults: however Chat fails, each call says what happened within its time, and shows no secret.
func TestFaults(t *testing.T) {
	calls := map[string]func(context.Context, *chatapi.Client) error{
		"get_topic":              func(ctx context.Context, c *chatapi.Client) error { _, err := c.Topics(ctx, "g"); return err },
		"modify_topic":           func(ctx context.Context, c *chatapi.Client) error { return c.RenameTopic(ctx, "g", "t", "n") },
		"destroy_topic":          func(ctx context.Context, c *chatapi.Client) error { return c.DestroyTopic(ctx, "g", "t") },
		"get_appid_group_list":   func(ctx context.Context, c *chatapi.Client) error { return c.Communities(ctx, nil) },
		"modify_group_base_info": func(ctx context.Context, c *chatapi.Client) error { return c.MuteGroup(ctx, "g", true) },
	}
	for _, fault := range chatapitest.Faults() {
		t.Run(fault.Name, func(t *testing.T) {
			t.Parallel()
			chat := chatapitest.New(t, chatapitest.Settings{Unlimited: true})
			chat.Break("", fault)
			c := client(t, chat, &chatapitest.Clock{}, func(o *chatapi.Options) {
				if fault.Slow {
					o.Timeout = 200 * time.Millisecond
				}
			})
			for name, call := range calls {
				err := call(t.Context(), c)
				keepsSecrets(t, err)
				gone := fault.Says == "code 110003" || fault.Says == "code 10015"
				switch {
				case name == "destroy_topic" && gone:
					if err != nil {
						t.Errorf("%s: got %v", name, err)
					}
				case err == nil || !strings.HasPrefix(err.Error(), name+": ") || !strings.Contains(err.Error(), fault.Says):
					t.Errorf("%s: got %v, want %s", name, err, fault.Says)
				case fault.Slow && !errors.Is(err, context.DeadlineExceeded):
					t.Errorf("%s: %v is no end of time", name, err)
				}
			}
		})
	}
}

// TestNobodyThere: a name that has no address and a port that nobody listens at are told apart from Chat's refusals.
func TestNobodyThere(t *testing.T) {
	chat := chatapitest.New(t, chatapitest.Settings{})
	for _, base := range []string{"http://127.0.0.1:1", "http://localhost:1", "https://nowhere.invalid"} {
		c := client(t, chat, &chatapitest.Clock{}, func(o *chatapi.Options) { o.BaseURL = base })
		_, err := c.Topics(t.Context(), "g")
		var refusal *chatapi.Error
		if err == nil || errors.As(err, &refusal) || !strings.HasPrefix(err.Error(), "get_topic: not to be reached: ") {
			t.Errorf("%s: got %v", base, err)
		}
		keepsSecrets(t, err)
	}
}

// TestCancelled: whoever gives up is told so.
func TestCancelled(t *testing.T) {
	chat := chatapitest.New(t, chatapitest.Settings{})
	chat.Break("", chatapitest.FaultNamed("hangs"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := client(t, chat, &chatapitest.Clock{}).Topics(ctx, "g")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	keepsSecrets(t, err)
}

// TestAgain: a call is made again where Chat's pages say so, after a while and not for ever.
func TestAgain(t *testing.T) {
	const always = 99
	for _, test := range []struct {
		code, times int
		calls       int
		well        bool
		waits       []time.Duration
	}{
		{10002, 1, 2, true, []time.Duration{200 * time.Millisecond}},
		{10002, 2, 3, true, []time.Duration{200 * time.Millisecond, 400 * time.Millisecond}},
		{10002, always, 3, false, []time.Duration{200 * time.Millisecond, 400 * time.Millisecond}},
		{10006, 1, 2, true, []time.Duration{time.Second}},
		{10006, 4, 5, true, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}},
		{10006, always, 5, false, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}},
		{10004, 1, 1, false, nil},
		{10007, 1, 1, false, nil},
		{10008, 1, 1, false, nil},
		{10015, 1, 1, false, nil},
		{11000, 1, 1, false, nil},
		{60008, 1, 1, false, nil},
		{70001, 1, 1, false, nil},
		{99999, 1, 1, false, nil},
	} {
		chat, _, clock := played(t, chatapitest.Settings{})
		group := chat.AddGroup("Players")
		topic := chat.AddTopic(group, "casino")
		var waits []time.Duration
		c := client(t, chat, clock, func(o *chatapi.Options) {
			o.Sleep = func(ctx context.Context, d time.Duration) error { waits = append(waits, d); return clock.Sleep(ctx, d) }
		})
		chat.BreakTimes("modify_topic", chatapitest.Refusal(test.code), test.times)
		err := c.RenameTopic(t.Context(), group, topic, "renamed")
		if calls := len(chat.Calls()); (err == nil) != test.well || calls != test.calls || !slices.Equal(waits, test.waits) {
			t.Errorf("%d, %d times: got %v after %d calls and %v", test.code, test.times, err, calls, waits)
		}
		if now, _ := chat.Topic(topic); (now.Name == "renamed") != test.well {
			t.Errorf("%d, %d times: the name is %s", test.code, test.times, now.Name)
		}
	}
}

// TestAgainInTime: nobody waits for a further try that would come too late.
func TestAgainInTime(t *testing.T) {
	chat := chatapitest.New(t, chatapitest.Settings{Unlimited: true})
	chat.Break("", chatapitest.Refusal(10006))
	slept := false
	c := client(t, chat, &chatapitest.Clock{}, func(o *chatapi.Options) {
		begin := time.Now()
		o.Now = func() time.Time { return begin }
		o.Sleep = func(context.Context, time.Duration) error { slept = true; return nil }
	})
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(999*time.Millisecond))
	defer cancel()
	var refusal *chatapi.Error
	err := c.MuteGroup(ctx, "g", true)
	// Where the machine is so slow that the time is over before the first answer, that is what is said.
	if !errors.As(err, &refusal) && !errors.Is(err, context.DeadlineExceeded) || slept || len(chat.Calls()) > 1 {
		t.Errorf("got %v, slept: %v, %d calls", err, slept, len(chat.Calls()))
	}
}

// TestListsOfNothing: an answer that lists nothing is an app without communities only if it does not count any.
func TestListsOfNothing(t *testing.T) {
	chat, c, _ := played(t, chatapitest.Settings{})
	if err := c.Communities(t.Context(), func(string) error { return errors.New("visited") }); err != nil {
		t.Errorf("got %v of an app without communities", err)
	}
	chat.Break("", chatapitest.ListsNothing())
	if err := c.Communities(t.Context(), nil); err != nil {
		t.Errorf("got %v of an answer without a list", err)
	}
	if topics, err := c.Topics(t.Context(), "g"); err != nil || len(topics) != 0 {
		t.Errorf("got %v (%v)", topics, err)
	}
}
