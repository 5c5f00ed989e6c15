package cli

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"topicgate/pkg/gate/gatetest"
)

// A servedLine is what the tests look at of a line of serve's.
type servedLine struct {
	Level, Timestamp, Message, Addr, Error string
	MetricsAddr                            string `json:"metrics_addr"`
	Callbacks, Allowed, Refused, Relayed   *int
}

func servedLines(t *testing.T, text string) (lines []servedLine, messages []string) {
	t.Helper()
	for line := range strings.Lines(text) {
		var l servedLine
		if err := json.Unmarshal([]byte(line), &l); err != nil || l.Level == "" || l.Timestamp == "" || l.Message == "" {
			t.Fatalf("not a line of the log: %q (%v)", line, err)
		}
		lines, messages = append(lines, l), append(messages, l.Message)
	}
	return lines, messages
}

// TestServeSpeaksTheLog: from start to end every line of serve is one of the log, on
// standard output; the last one counts.
func TestServeSpeaksTheLog(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	var stdout, stderr gatetest.LockedBuffer
	ended := make(chan int, 1)
	go func() {
		ended <- Run(ctx, []string{"serve"}, []string{
			"TOPICGATE_SDK_APP_IDS=1400000000", "TOPICGATE_ADDR=127.0.0.1:0", "TOPICGATE_METRICS_ADDR=127.0.0.1:0", "TOPICGATE_BANNED_WORDS=spam",
		}, nil, &stdout, &stderr)
	}()
	var listening servedLine
	for deadline := time.Now().Add(30 * time.Second); listening.Addr == ""; time.Sleep(5 * time.Millisecond) {
		lines, messages := servedLines(t, stdout.String())
		if i := slices.Index(messages, "listening"); i >= 0 {
			listening = lines[i]
		} else if time.Now().After(deadline) {
			t.Fatalf("it does not listen: %s%s", &stdout, &stderr)
		}
	}
	for _, address := range []string{listening.Addr, listening.MetricsAddr} {
		if host, port, err := net.SplitHostPort(address); err != nil || host != "127.0.0.1" || port == "0" {
			t.Errorf("listening at %q", address)
		}
	}
	post := func(query, name string) {
		response, err := http.Post("http://"+listening.Addr+"/?SdkAppid=1400000000&CallbackCommand="+query, "", strings.NewReader(`{"Operator_Account":"leckie","Name":"`+name+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
	}
	for range 3 {
		post("Group.CallbackBeforeCreateTopic", "ham")
	}
	post("Group.CallbackBeforeCreateTopic", "spam")
	post("State.StateChange", "x")
	if response, err := http.Get("http://" + listening.MetricsAddr + "/metrics"); err != nil {
		t.Error(err)
	} else {
		_ = response.Body.Close()
	}
	stop()
	if status := <-ended; status != 0 || stderr.String() != "" {
		t.Errorf("it ended with status %d and said %q", status, &stderr)
	}
	lines, messages := servedLines(t, stdout.String())
	if got, want := strings.Join(messages, " "), "start listening decision decision decision decision stopping stopped"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	last := lines[len(lines)-1]
	for what, counted := range map[string][2]*int{"callbacks": {last.Callbacks, ptr(5)}, "allowed": {last.Allowed, ptr(3)}, "refused": {last.Refused, ptr(1)}, "relayed": {last.Relayed, ptr(0)}} {
		if counted[0] == nil || *counted[0] != *counted[1] {
			t.Errorf("%s: %v", what, stdout.String())
		}
	}
}

func ptr(n int) *int { return &n }

// TestServeThatCannot: what is wrong before it serves is a diagnostic.
func TestServeThatCannot(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for _, variable := range []string{"ADDR", "METRICS_ADDR"} {
		var stdout, stderr gatetest.LockedBuffer
		status := Run(t.Context(), []string{"serve"}, []string{
			"TOPICGATE_SDK_APP_IDS=1400000000", "TOPICGATE_ADDR=127.0.0.1:0", "TOPICGATE_" + variable + "=" + taken.Addr().String(),
		}, nil, &stdout, &stderr)
		if status != 1 || stdout.String() != "" || !strings.HasPrefix(stderr.String(), "topicgate: cannot listen: TOPICGATE_"+variable+": ") {
			t.Errorf("status %d, on standard output %q, on standard error %q", status, &stdout, &stderr)
		}
	}
}
