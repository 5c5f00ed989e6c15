package chatapi

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"topicgate/pkg/chatapi/chatapitest"
	"topicgate/pkg/dial"
)

// TestRefusingProxy: what a proxy says stands in the error, and not what was to be sent through it.
func TestRefusingProxy(t *testing.T) {
	c := &Client{key: "sesame"}
	err := c.explained(t.Context(), "sig", &url.Error{Op: "Post", URL: "https://h/?usersig=sig", Err: dial.ProxyError(403)})
	if want := dial.ProxyError(403); !errors.Is(err, want) || err.Error() != want.Error() {
		t.Errorf("got %v, want %v", err, want)
	}
}

// TestShown: what a server repeats of a call is not shown, plain or encoded, in pieces or between others.
func TestShown(t *testing.T) {
	c := &Client{key: "se*same"}
	for text, want := range map[string]string{
		"":                             "",
		"no such group":                "no such group",
		"key se*same.":                 "key ….",
		"key se%2Asame.":               "key ….",
		"sig a*-b_ and a%2A-b_":        "sig … and …",
		"se\x00*sa\nme":                "…",
		"x Usersig=1":                  "it repeats the query, which is not shown",
		"/v4/a?sdkappid=1&c=d":         "it repeats the query, which is not shown",
		strings.Repeat("长", 101):       strings.Repeat("长", 100),
		strings.Repeat("a", 299) + "长": strings.Repeat("a", 299),
	} {
		if got := c.shown("a*-b_", text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

// TestRefusedSignature: a UserSig that Chat does not take is not sent again.
func TestRefusedSignature(t *testing.T) {
	chat := chatapitest.New(t, chatapitest.Settings{})
	c, err := New(Options{BaseURL: chat.URL(), App: chatapitest.App, SecretKey: chatapitest.SecretKey})
	if err != nil {
		t.Fatal(err)
	}
	made, sign := 0, c.sig.sign
	c.sig.sign = func() (string, error) { made++; return sign() }
	chat.BreakTimes("", chatapitest.Refusal(70001), 1)
	group := chat.AddGroup("Players")
	for i, want := range []int{1, 2, 2} {
		if err := c.MuteGroup(t.Context(), group, true); (err == nil) != (i > 0) || made != want {
			t.Errorf("call %d: %v, %d were made", i, err, made)
		}
	}
}
