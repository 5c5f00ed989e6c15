package cli

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"topicgate/pkg/config"
	"topicgate/pkg/policy"
)

func TestProbeJSON(t *testing.T) {
	target := deployed(t, "BANNED_WORDS=spam", "REFUSE_CODE=10150")
	status, stdout, stderr := probed(nil, target, "-app", probedApp, "-token", probedToken, "-name", "spam", "-json")
	var got report
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatalf("%v in %s", err, stdout)
	}
	if status != 0 || stderr != "" || !got.OK || len(got.Cases) != 7 || got.App != probedApp || got.Warnings == nil || got.Hints == nil {
		t.Errorf("status %d, on standard error %q, got %+v", status, stderr, got)
	}
	signed := got.Cases[0]
	if signed.Name != "signed" || signed.Code == nil || *signed.Code != 10150 || !strings.HasPrefix(signed.Message, "This name contains a word that is not allowed. Ref ") || signed.Status != 200 {
		t.Errorf("signed: got %+v", signed)
	}
	for _, secret := range []string{probedToken, "Sign", "RequestTime"} {
		if strings.Contains(stdout, secret) {
			t.Errorf("the report holds %q: %s", secret, stdout)
		}
	}
}

// TestProbeRequests: what is sent is what each case says, and nothing that was not
// asked for.
func TestProbeRequests(t *testing.T) {
	type seen struct{ app, command, age, body string }
	var got []seen
	target := answering(t, func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		query := r.URL.Query()
		age := "unsigned"
		if at := query.Get("RequestTime"); at != "" {
			age = "now"
			if seconds, _ := time.ParseDuration(at + "s"); time.Now().Unix()-int64(seconds/time.Second) > 60 {
				age = "stale"
			}
		}
		if query.Get("room") != "7" || query.Get("ClientIP") != "192.0.2.1" {
			t.Errorf("the URL's own query or the address is gone: %s", r.URL)
		}
		got = append(got, seen{query.Get("SdkAppid"), query.Get("CallbackCommand"), age, string(body)})
	})
	probed(nil, target+"?room=7", "-app", "7", "-token", "t", "-command", "group", "-operator", "o", "-name", "n", "-client-ip", "192.0.2.1")
	const command = "Group.CallbackBeforeCreateGroup"
	const body = `{"CallbackCommand":"Group.CallbackBeforeCreateGroup","Operator_Account":"o","Type":"Community","Name":"n"}`
	want := []seen{
		{"7", command, "now", body},
		{"7", command, "unsigned", body},
		{"7", command, "stale", body},
		{"97", command, "now", body},
		{"7", command, "now", `{"CallbackCommand":`},
		{"7", "State.StateChange", "now", `{}`},
		{"7", command, "now", ""},
	}
	if len(got) != len(want) {
		t.Fatalf("got %d requests: %+v", len(got), got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %+v, want %+v", got[i], want[i])
		}
	}
}

// TestProbeWarnings: what does not show in a verdict.
func TestProbeWarnings(t *testing.T) {
	warned := func(r *report, what string) bool { return strings.Contains(strings.Join(r.Warnings, "\n"), what) }
	for target, want := range map[string]bool{
		"http://gate.example.com/": true, "http://203.0.113.7/": true, "https://gate.example.com/": false,
		"http://localhost:9000/": false, "http://127.0.0.7/": false, "http://[::1]:9000/": false,
	} {
		cb := callback{token: "t", Creation: policy.Creation{Subject: policy.Topic, App: "1"}}
		if err := cb.complete(target, &config.Config{}); err != nil {
			t.Fatal(err)
		}
		r := &report{Cases: make([]exchange, 1)}
		if r.warn(&cb, false); warned(r, "travel in the clear") != want {
			t.Errorf("%s: warned %t, want %t", target, !want, want)
		}
	}
	for off, want := range map[time.Duration]bool{0: false, 3 * time.Second: false, time.Minute: true, -time.Minute: true} {
		r := &report{Cases: make([]exchange, 1)}
		r.compareClocks(http.Header{"Date": {time.Now().Add(off).UTC().Format(http.TimeFormat)}})
		if warned(r, "clock") != want {
			t.Errorf("%v off: warned %t, want %t", off, !want, want)
		}
	}
}

func TestVerdictIn(t *testing.T) {
	for body, want := range map[string]bool{
		`{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`:              true,
		`{"ActionStatus":"OK","ErrorInfo":"no","ErrorCode":10200}` + "\n": true,
		`{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":10201}`:          false,
		`{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":"0"}`:            false,
		`{"ActionStatus":"FAIL","ErrorInfo":"","ErrorCode":1}`:            false,
		`{"ActionStatus":"OK","ErrorCode":0}`:                             false,
		`{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0} and more`:     false,
		``: false, `null`: false, `[]`: false,
	} {
		if _, _, got := verdictIn([]byte(body)); got != want {
			t.Errorf("%s: got %t, want %t", body, got, want)
		}
	}
}

// TestProbeHoldsNoSecret: an error of net/http quotes the URL.
func TestProbeHoldsNoSecret(t *testing.T) {
	target := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = connection.Close()
	})
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("user", "hidden")
	status, stdout, stderr := probed(nil, u.String(), "-app", "1", "-token", "t")
	if all := stdout + stderr; status != 1 || strings.Contains(all, "Sign") || strings.Contains(all, "hidden") {
		t.Errorf("status %d:\n%s", status, all)
	}
}
