package chatapi

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"topicgate/pkg/chatapi/chatapitest"
)

// TestTransport: calls go through the proxy of the environment, but for this machine's own, and over no old TLS.
func TestTransport(t *testing.T) {
	far := newTransport(&url.URL{Scheme: "https", Host: "console.tim.qq.com"})
	if far.Proxy == nil || far.TLSClientConfig.MinVersion < tls.VersionTLS12 || far.TLSClientConfig.InsecureSkipVerify {
		t.Errorf("got %+v", far)
	}
	if newTransport(&url.URL{Scheme: "http", Host: "127.0.0.1"}).Proxy != nil {
		t.Error("this machine is asked through a proxy")
	}
	if err := far.OnProxyConnectResponse(t.Context(), nil, nil, &http.Response{StatusCode: http.StatusOK}); err != nil {
		t.Error(err)
	}
	err := far.OnProxyConnectResponse(t.Context(), nil, nil, &http.Response{StatusCode: http.StatusForbidden})
	c := &Client{key: "sesame"}
	if got := c.explained(t.Context(), "sig", &url.Error{Op: "Post", URL: "https://h/?usersig=sig", Err: err}); !strings.Contains(got.Error(), "HTTPS_PROXY names answered 403") {
		t.Errorf("got %v", got)
	}
}

// TestLocalhost: no server of names is asked who this machine is.
func TestLocalhost(t *testing.T) {
	addrs, err := resolve(t.Context(), "ip", "LocalHost")
	if err != nil || len(addrs) != 2 || !addrs[0].IsLoopback() || !addrs[1].IsLoopback() {
		t.Errorf("got %v (%v)", addrs, err)
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
