package gatetest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestMemory: whatever strangers leave unfinished has a part of the memory and no more,
// and what they ask for is not taken from Chat.
func TestMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the peak of memory is read from /proc, which " + runtime.GOOS + " has not")
	}
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
	}))
	defer upstream.Close()
	other := "POST /?" + unsigned + "C2C.CallbackBeforeSendMsg HTTP/1.1\r\nHost: gate\r\n"
	whole := fmt.Sprintf(other+"Content-Length: %d\r\n\r\n%s", 2, "{}")
	for name, test := range map[string]struct {
		upstream string
		n        int
		sent     string
		refused  bool // some, for want of room
	}{
		"bodies to relay":            {blackHole(t), 100, other + "Content-Length: 6000000\r\n\r\n" + strings.Repeat("x", 5<<20), true},
		"bodies":                     {"", 800, other + "Content-Length: 250000\r\n\r\n" + strings.Repeat("x", 240_000), true},
		"bodies in chunks":           {"", 800, other + "Transfer-Encoding: chunked\r\n\r\n40000\r\n" + strings.Repeat("x", 240_000), true},
		"small bodies":               {"", 1000, other + "Content-Length: 8000\r\n\r\n" + strings.Repeat("x", 7_900), false},
		"headers":                    {"", 1000, other + "A: " + strings.Repeat("x", 15<<10), false},
		"headers in many lines":      {"", 1000, other + strings.Repeat("Abc: d\r\n", 1900), false},
		"headers of many fields":     {"", 1000, other + fields(15<<10), false},
		"answers that nobody reads":  {upstream.URL, 400, whole, false},
		"requests that nobody reads": {upstream.URL, 100, strings.Repeat(whole, 1000), false},
	} {
		t.Run(name, func(t *testing.T) {
			b := besiege(t, 0, env{"TOKENS": oneToken, "TIMEOUT": "1800ms", "UPSTREAM_URL": test.upstream})
			var senders sync.WaitGroup
			for range test.n {
				c := b.dial(t)
				senders.Go(func() { _, _ = io.WriteString(c, test.sent) })
			}
			for range 10 {
				b.allows(t, "beside them")
			}
			senders.Wait()
			b.allows(t, "after them")
			refused, peak := b.count(t, "topicgate_bodies_refused_total"), b.peak(t)
			t.Logf("a peak of %.1f MiB, and %v bodies or answers refused", peak, refused)
			if test.refused && refused == 0 {
				t.Error("none was refused")
			}
			if peak >= 128 {
				t.Errorf("a peak of %.1f MiB, want under 128", peak)
			}
			b.ends(t)
		})
	}
}

// fields are so many bytes of a header, in as many fields as they can be.
func fields(size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "%s:\r\n", strconv.FormatInt(int64(i), 36))
	}
	return b.String()[:size]
}

// TestBodyIsNotWaitedFor: what the query refuses alone is answered without its body. A
// client that expects to be told when to send it never is, and one that sends it all
// before it reads gets its answer.
func TestBodyIsNotWaitedFor(t *testing.T) {
	b := besiege(t, 0, env{"TOKENS": oneToken, "UPSTREAM_URL": blackHole(t)})
	governed := unsigned + "Group.CallbackBeforeCreateTopic"
	for name, query := range map[string]string{
		"repeated":       governed + "&sdkappid=" + App,
		"foreign app":    "SdkAppid=1&CallbackCommand=Group.CallbackBeforeCreateTopic",
		"not signed":     governed,
		"signed wrongly": governed + "&RequestTime=" + strconv.FormatInt(time.Now().Unix(), 10) + "&Sign=0",
		"stale":          (&Scenario{Token: oneToken, Off: -time.Hour}).Call(time.Now()).Query,
		"yet to come":    (&Scenario{Token: oneToken, Off: time.Hour}).Call(time.Now()).Query,
	} {
		t.Run(name, func(t *testing.T) {
			for _, header := range []string{
				"Expect: 100-continue\r\nContent-Length: 200000\r\n",
				"Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n",
				"Content-Length: 200000\r\n",
				"Content-Length: 5000000\r\n",
			} {
				c := b.dial(t)
				if _, err := io.WriteString(c, "POST /?"+query+" HTTP/1.1\r\nHost: gate\r\n"+header+"\r\n"); err != nil {
					t.Fatal(err)
				}
				if header == "Content-Length: 5000000\r\n" {
					_, _ = io.WriteString(c, strings.Repeat("x", 5000000)) // what counts is the answer
				}
				response, err := http.ReadResponse(bufio.NewReader(c), nil)
				if err != nil {
					t.Fatalf("%q: %v", header, err)
				}
				body, err := io.ReadAll(response.Body)
				_ = response.Body.Close()
				if err != nil || response.StatusCode != http.StatusOK || string(body) != (Want{Code: 1}).Verdict() || !response.Close {
					t.Errorf("%q: answered %s %q (%v), Connection: close is %v", header, response.Status, body, err, response.Close)
				}
				if n, err := io.Copy(io.Discard, c); n > 0 {
					t.Errorf("%q: %d bytes after the answer (%v)", header, n, err)
				}
			}
		})
	}
}

// TestStalledLog: nobody reads the log, and every callback has its verdict. Who then
// reads it is told of every line that is not there.
func TestStalledLog(t *testing.T) {
	b := besiege(t, 0, env{"TOKENS": oneToken})
	const clients, each = 8, 3000
	var sending sync.WaitGroup
	var answered atomic.Int64
	for range clients {
		sending.Go(func() {
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			for range each {
				call := (&Scenario{Token: oneToken}).Call(time.Now())
				request, err := http.NewRequest(call.Method, b.URL+"/?"+call.Query, strings.NewReader(call.Body))
				if err != nil {
					t.Error(err)
					return
				}
				response, err := (&http.Client{Transport: transport, Timeout: patience}).Do(request)
				if err != nil {
					t.Errorf("after %d answers: %v", answered.Load(), err)
					return
				}
				body, err := io.ReadAll(response.Body)
				if err := errors.Join(err, response.Body.Close()); err != nil || string(body) != (Want{}).Verdict() {
					t.Errorf("answered %s (%v)", body, err)
					return
				}
				answered.Add(1)
			}
		})
	}
	sending.Wait()
	counted := b.count(t, "topicgate_log_dropped_total")
	var log strings.Builder
	read := make(chan error)
	go func() {
		_, err := io.Copy(&log, b.reader)
		read <- err
	}()
	b.ends(t)
	if err := <-read; err != nil {
		t.Fatal(err)
	}
	decisions, err := Lines([]byte(log.String()), "decision")
	if err != nil {
		t.Fatal(err)
	}
	dropped, err := Lines([]byte(log.String()), "dropped")
	if err != nil {
		t.Fatal(err)
	}
	// Its last line comes while there may be no room yet, for the reader has just begun.
	stopping, err := Lines([]byte(log.String()), "stopping")
	if err != nil {
		t.Fatal(err)
	}
	untold := 1 - len(stopping)
	told := 0
	for _, line := range dropped {
		if line.Level != "warn" || line.Timestamp == "" || line.Count < 1 {
			t.Errorf("got the line %+v", line)
		}
		told += line.Count
	}
	if told == 0 || float64(told-untold) != counted || len(decisions)+told-untold != clients*each {
		t.Errorf("%d decisions and %d stopping, %d told to be dropped and %v counted, of %d callbacks", len(decisions), len(stopping), told, counted, clients*each)
	}
	t.Logf("%d lines, %d dropped", len(decisions), told)
}

// TestReaderGone: the log's reader goes away, and the terminal too. The server goes on,
// and ends when it is told to.
func TestReaderGone(t *testing.T) {
	b := besiege(t, 0, env{"TOKENS": oneToken})
	if err := b.reader.Close(); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		b.allows(t, "without a reader")
	}
	if err := syscall.Kill(b.PID(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for b.count(t, "topicgate_log_dropped_total") < 11 { // the start line among them
		b.allows(t, "after a hangup")
	}
	b.ends(t)
}
