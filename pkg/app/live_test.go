package app

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"topicgate/pkg/chat"
	"topicgate/pkg/gate"
	"topicgate/pkg/gate/gatetest"
)

// A place is what serves a policy in tests.
type place struct {
	*httptest.Server
	mu     sync.Mutex
	text   string
	status int
	stall  time.Duration
	asked  int
}

func newPlace(t *testing.T, text string) *place {
	p := &place{text: text, status: http.StatusOK}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		text, status, stall := p.text, p.status, p.stall
		p.asked++
		p.mu.Unlock()
		select {
		case <-time.After(stall):
		case <-r.Context().Done():
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *place) set(f func(*place)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(p)
}

const refuses = "version: 1\nrules: [{name: %s, action: refuse, code: 10100, message: no}]\n"

// A function is a Live as a function has it, on a clock of the test's.
type function struct {
	*Live
	log *gatetest.LockedBuffer // looks write to it beside decisions
}

func newFunction(t *testing.T, environ ...string) *function {
	t.Helper()
	environ = append(environ, "TOPICGATE_SDK_APP_IDS=1400000000")
	f := &function{newLive(load(environ), environ, asFunction), new(gatetest.LockedBuffer)}
	f.start(f.log, gate.Observer{}, nil)
	return f
}

// decides sends a callback, and returns the code and the last line of the log.
func (f *function) decides(t *testing.T) (int, map[string]any) {
	t.Helper()
	response := f.gate.Handle(t.Context(), gate.Request{
		Method: http.MethodPost, Params: chat.ParseQuery("SdkAppid=1400000000&CallbackCommand=" + string(chat.BeforeCreateTopic)),
		Body: []byte(`{"Operator_Account":"a","Name":"b"}`), Received: time.Now(),
	})
	var verdict struct{ ErrorCode int }
	if err := json.Unmarshal([]byte(response.Body), &verdict); err != nil {
		t.Fatal(err)
	}
	return verdict.ErrorCode, f.last(t, "decision")
}

// last is the last line of the log with a message.
func (f *function) last(t *testing.T, message string) map[string]any {
	t.Helper()
	var last map[string]any
	for line := range strings.Lines(f.log.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatal(err)
		}
		if fields["message"] == message {
			last = fields
		}
	}
	return last
}

// again makes the next look due, as when REFRESH has passed.
func (f *function) again() { f.schedule.Looked(time.Now().Add(-time.Hour), true) }

// TestLooksFirst: an instance's first decision goes by what is found, and so does the
// first after a pause, however long; in between nobody is asked.
func TestLooksFirst(t *testing.T) {
	p := newPlace(t, fmt.Sprintf(refuses, "one"))
	f := newFunction(t, "TOPICGATE_POLICY_URL="+p.URL+"/policy.yaml")
	if errors := f.last(t, "start")["errors"].([]any); len(errors) != 1 || !strings.Contains(errors[0].(string), "no policy was found there yet") {
		t.Errorf("start says %q", errors)
	}
	for range 3 {
		if code, line := f.decides(t); code != 10100 || line["rule"] != "one" {
			t.Fatalf("%d, %v", code, line)
		}
	}
	if p.asked != 1 {
		t.Errorf("asked %d times within REFRESH", p.asked)
	}
	p.set(func(p *place) { p.text = fmt.Sprintf(refuses, "two") })
	if _, line := f.decides(t); line["rule"] != "one" {
		t.Errorf("looked before it was due: %v", line)
	}
	f.again()
	if _, line := f.decides(t); line["rule"] != "two" {
		t.Errorf("not looked when due: %v", line)
	}
	reload := f.last(t, "reload")
	if reload["source"] != "url" || reload["before"] == reload["policy"] || reload["level"] != "info" {
		t.Errorf("reload says %v", reload)
	}
}

// TestLastGoodServes: whatever is found that is no good policy, the last good one serves,
// which is said once, and stale it is once that has gone on for long.
func TestLastGoodServes(t *testing.T) {
	p := newPlace(t, fmt.Sprintf(refuses, "good"))
	f := newFunction(t, "TOPICGATE_POLICY_URL="+p.URL+"/policy.yaml?key=s3cr3t", "TOPICGATE_REFRESH=5s")
	f.decides(t)
	for name, trouble := range map[string]func(*place){
		"broken": func(p *place) { p.text = "rules: [" },
		"a file": func(p *place) {
			p.text = "lists: {a: {file: /etc/passwd}}\nversion: 1\nrules: [{name: r, match: {operator: {in: a}}, action: refuse}]"
		},
		"empty":    func(p *place) { p.text = "" },
		"503":      func(p *place) { p.status = 503 },
		"redirect": func(p *place) { p.status = 302 },
	} {
		t.Run(name, func(t *testing.T) {
			p.set(func(p *place) { p.text, p.status = fmt.Sprintf(refuses, "good"), 200; trouble(p) })
			before := strings.Count(f.log.String(), `"message":"reload"`)
			for range 3 {
				f.again()
				if code, line := f.decides(t); code != 10100 || line["rule"] != "good" || line["stale_s"] != nil {
					t.Fatalf("%d, %v", code, line)
				}
			}
			if said := strings.Count(f.log.String(), `"message":"reload"`) - before; said != 1 {
				t.Errorf("said %d times", said)
			}
			if reload := f.last(t, "reload"); reload["level"] != "error" || len(reload["errors"].([]any)) == 0 || reload["source"] != "url" {
				t.Errorf("reload says %v", reload)
			}
		})
	}
	f.lastGood.Store(time.Now().Add(-51 * time.Second).UnixNano())
	f.again()
	if _, line := f.decides(t); line["stale_s"] != 51.0 || line["level"] != "warn" {
		t.Errorf("a stale policy is not said to be: %v", line)
	}
	p.set(func(p *place) { p.text, p.status = fmt.Sprintf(refuses, "good"), 200 })
	f.again()
	if _, line := f.decides(t); line["stale_s"] != nil || line["level"] != "info" {
		t.Errorf("after a good look: %v", line)
	}
	if strings.Contains(f.log.String(), "s3cr3t") {
		t.Error("the log tells the URL's query")
	}
}

// TestLooksInVain: a look that comes to nothing delays a decision by its part at most, and
// without anything to go by the answer is on_error, whatever the variables' rules say.
func TestLooksInVain(t *testing.T) {
	p := newPlace(t, fmt.Sprintf(refuses, "late"))
	p.stall = time.Minute
	for name, tt := range map[string]struct {
		environ []string
		code    int
		rule    any
	}{
		"nothing else":     {[]string{"TOPICGATE_BANNED_WORDS=spam"}, 1, nil},
		"on_error":         {[]string{"TOPICGATE_ON_ERROR=allow"}, 0, nil},
		"a bundled policy": {[]string{"TOPICGATE_POLICY=" + fmt.Sprintf(refuses, "bundled")}, 10100, "bundled"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFunction(t, append(tt.environ, "TOPICGATE_POLICY_URL="+p.URL, "TOPICGATE_TIMEOUT=1800ms")...)
			began := time.Now()
			code, line := f.decides(t)
			if code != tt.code || line["rule"] != tt.rule {
				t.Errorf("%d, %v", code, line)
			}
			// That it ended in time is seen from the answer, which would be another's.
			if took := time.Since(began); took < 800*time.Millisecond {
				t.Errorf("a first look took %v of 900 ms", took)
			}
			if tt.rule == nil && line["reason"] != "config" {
				t.Errorf("reason %v", line["reason"])
			}
		})
	}
}

// TestStrangersDoNotLook: nobody but Chat makes an instance look.
func TestStrangersDoNotLook(t *testing.T) {
	p := newPlace(t, fmt.Sprintf(refuses, "one"))
	f := newFunction(t, "TOPICGATE_POLICY_URL="+p.URL, "TOPICGATE_TOKENS=secret")
	if code, _ := f.decides(t); code != 1 || p.asked != 0 {
		t.Errorf("%d, asked %d times", code, p.asked)
	}
}

// TestLate: variables that change are read again; those that are broken leave the last
// good ones in place, and say so; what was counted stays counted.
func TestLate(t *testing.T) {
	var log gatetest.LockedBuffer
	l := NewLate(nil, &log)
	base := map[string]string{"TOPICGATE_SDK_APP_IDS": "1400000000"}
	with := func(name, value string) map[string]string {
		return map[string]string{"TOPICGATE_SDK_APP_IDS": "1400000000", name: value}
	}
	f := &function{log: &log}
	decide := func(variables map[string]string) int {
		f.Live = &Live{gate: l.Gate(variables)}
		code, _ := f.decides(t)
		return code
	}
	if code := decide(base); code != 0 {
		t.Fatal(code)
	}
	if code := decide(with("TOPICGATE_DEFAULT", "refuse")); code != 1 {
		t.Errorf("a change is not read: %d", code)
	}
	if reload := f.last(t, "reload"); reload["source"] != "variables" || reload["before"] == reload["policy"] {
		t.Errorf("reload says %v", reload)
	}
	if code := decide(with("TOPICGATE_DEFAULT", "refuze")); code != 1 {
		t.Errorf("a broken change is taken: %d", code)
	}
	if reload := f.last(t, "reload"); reload["level"] != "error" || len(reload["errors"].([]any)) != 1 {
		t.Errorf("reload says %v", reload)
	}
	before := strings.Count(log.String(), `"message":"reload"`)
	decide(with("TOPICGATE_DEFAULT", "refuze"))
	if strings.Count(log.String(), `"message":"reload"`) != before {
		t.Error("the same variables are read again")
	}
	if code := decide(with("TOPICGATE_QUOTA", "2/1h")); code != 0 {
		t.Fatal(code)
	}
	more := with("TOPICGATE_QUOTA", "2/1h")
	more["TOPICGATE_LOG_PERSONAL"] = "off"
	if first, second := decide(more), decide(more); first != 0 || second != 1 {
		t.Errorf("the count is lost: %d, %d", first, second)
	}
}

// TestPanicAside: what goes wrong in a look is no decision's end.
func TestPanicAside(t *testing.T) {
	f := newFunction(t, "TOPICGATE_POLICY_URL=http://127.0.0.1:1/")
	f.remote = nil // which it cannot do without
	if code, _ := f.decides(t); code != 1 {
		t.Error(code)
	}
	if reload := f.last(t, "reload"); !strings.Contains(fmt.Sprint(reload["errors"]), "panic") {
		t.Errorf("reload says %v", reload)
	}
}
