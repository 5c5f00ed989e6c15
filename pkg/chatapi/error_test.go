package chatapi_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode"

	"topicgate/pkg/chatapi"
	"topicgate/pkg/chatapi/chatapitest"
)

func TestKinds(t *testing.T) {
	for code, want := range map[int]chatapi.Kind{
		10002: chatapi.Again, 10004: chatapi.Parameter, 10006: chatapi.TooOften, 10007: chatapi.NotPermitted, 10008: chatapi.Signature,
		10010: chatapi.Gone, 10015: chatapi.Gone, 110003: chatapi.Gone, 11000: chatapi.NoTopics,
		60000: chatapi.Common, 70000: chatapi.Common, 70021: chatapi.Common, 79999: chatapi.Common, 60008: chatapi.Common,
		70001: chatapi.Signature, 70013: chatapi.Signature, 70020: chatapi.Signature,
		10001: chatapi.Other, 10003: chatapi.Other, 59999: chatapi.Other, 80000: chatapi.Other, -1: chatapi.Other, 1: chatapi.Other,
		math.MaxInt: chatapi.Other,
	} {
		err := &chatapi.Error{Command: "get_topic", Code: code, Info: "said"}
		if got := err.Kind(); got != want {
			t.Errorf("%d is %d, want %d", code, got, want)
		}
		what, how, found := strings.Cut(err.Error(), "; ")
		if !found || how == "" || !strings.HasPrefix(what, fmt.Sprintf(`get_topic: code %d ("said"): `, code)) {
			t.Errorf("%d reads %s", code, err)
		}
	}
}

// TestInfo: what Chat says reaches no terminal as it is, nor at any length.
func TestInfo(t *testing.T) {
	chat, c, _ := played(t, chatapitest.Settings{})
	chat.Break("", chatapitest.Says(10007, "a\x1b[31m\u202eb\n"+strings.Repeat("长", 4000)))
	err := c.MuteGroup(t.Context(), "g", true)
	if err == nil || len(err.Error()) > 1000 || strings.ContainsFunc(err.Error(), func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) ||
		!strings.Contains(err.Error(), "a[31mb长") {
		t.Errorf("got %v", err)
	}
}

func TestNew(t *testing.T) {
	good := chatapi.Options{BaseURL: "https://console.tim.qq.com", App: "1400000000", SecretKey: "sesame"}
	if c, err := chatapi.New(good); err != nil || fmt.Sprint(c) != "https://console.tim.qq.com as administrator of 1400000000" {
		t.Errorf("got %v (%v)", c, err)
	} else if text := fmt.Sprintf("%v %+v %#v %s", c, c, c, c); strings.Contains(text, "sesame") {
		t.Errorf("the key is in %s", text)
	}
	for name, test := range map[string]struct {
		change func(*chatapi.Options)
		want   string
	}{
		"no URL":                {func(o *chatapi.Options) { o.BaseURL = "" }, "URL: does not begin with https://; write that of the app's region: https://console.tim.qq.com (China), "},
		"no app":                {func(o *chatapi.Options) { o.App = "" }, "SDKAppID"},
		"an app that is 0":      {func(o *chatapi.Options) { o.App = "0" }, "SDKAppID"},
		"an app with sign":      {func(o *chatapi.Options) { o.App = "+1400000000" }, "SDKAppID"},
		"an app of letters":     {func(o *chatapi.Options) { o.App = "mine" }, "SDKAppID"},
		"a large app":           {func(o *chatapi.Options) { o.App = "4294967296" }, "SDKAppID"},
		"a long admin":          {func(o *chatapi.Options) { o.Admin = strings.Repeat("a", 33) }, "account"},
		"an odd admin":          {func(o *chatapi.Options) { o.Admin = "管理员" }, "account"},
		"no key":                {func(o *chatapi.Options) { o.SecretKey = "" }, "secret key: missing"},
		"a key with a line end": {func(o *chatapi.Options) { o.SecretKey = "sesame\n" }, "secret key: holds white space"},
		"a rate below 0":        {func(o *chatapi.Options) { o.Rate = -1 }, "calls a second"},
		"no rate":               {func(o *chatapi.Options) { o.Rate = math.NaN() }, "calls a second"},
	} {
		o := good
		test.change(&o)
		c, err := chatapi.New(o)
		if c != nil || err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "sesame") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := chatapi.New(chatapi.Options{}); err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("of nothing: got %v, want all three", err)
	}
}

func TestParseURL(t *testing.T) {
	for text, want := range map[string]string{
		"https://console.tim.qq.com":        "https://console.tim.qq.com",
		"https://console.tim.qq.com/":       "https://console.tim.qq.com",
		"HTTPS://adminapisgp.im.qcloud.com": "https://adminapisgp.im.qcloud.com",
		"https://gateway.example.com:8443":  "https://gateway.example.com:8443",
		"http://127.0.0.1:9010":             "http://127.0.0.1:9010",
		"http://localhost":                  "http://localhost",
		"http://[::1]:1":                    "http://[::1]:1",
		"http://[::ffff:127.0.0.1]":         "http://[::ffff:127.0.0.1]",
	} {
		if u, err := chatapi.ParseURL(text); err != nil || u.String() != want {
			t.Errorf("%s: got %v (%v)", text, u, err)
		}
	}
	for text, want := range map[string]string{
		"":                               "does not begin with https://",
		"console.tim.qq.com":             "write https://console.tim.qq.com",
		"adminapikr.im.qcloud.com/":      "write https://adminapikr.im.qcloud.com",
		"singapore":                      "write https://adminapisgp.im.qcloud.com",
		"Silicon Valley":                 "write https://adminapiusa.im.qcloud.com",
		"ftp://sesame":                   "does not begin with https://",
		"http://console.tim.qq.com":      "use https://",
		"http://127.0.0.1.sesame.com":    "use https://",
		"http://0.0.0.0":                 "use https://",
		"https://":                       "names no host",
		"https://sesame host":            "names no host",
		"https://sesame\x00":             "names no host",
		"https://sesame%00":              "names no host",
		"https://[fe80::1%25sesame]":     "names no host",
		"https://host:sesame":            "names no host",
		"https://host:":                  "names no host",
		"https://host:0":                 "names no host",
		"https://host:99999":             "names no host",
		"https://[::1":                   "names no host",
		"https://me:sesame@host":         "scheme and the host alone",
		"https://host/v4?usersig=sesame": "scheme and the host alone",
		"https://host?usersig=sesame":    "scheme and the host alone",
		"https://host#sesame":            "scheme and the host alone",
		"https://host//":                 "scheme and the host alone",
		"https://host\\sesame":           "scheme and the host alone",
	} {
		if u, err := chatapi.ParseURL(text); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%q: got %v (%v)", text, u, err)
		}
	}
	for _, r := range chatapi.Regions {
		if u, err := chatapi.ParseURL(r.URL()); err != nil || u.Host != r.Host {
			t.Errorf("%s: %v", r.Name, err)
		}
	}
}
