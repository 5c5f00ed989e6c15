package relay_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"topicgate/pkg/app"
	"topicgate/pkg/chat"
	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/gate/gatetest"
	"topicgate/pkg/httpserver"
	"topicgate/pkg/relay"
)

// listen is a loopback listener that ends with the test.
func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// peer is an upstream that does to each connection what a test says.
func peer(t *testing.T, f func(net.Conn)) string {
	t.Helper()
	l := listen(t)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				f(c)
			}()
		}
	}()
	return "http://" + l.Addr().String() + "/"
}

// readRequest reads until the request's body, "{}", has come.
func readRequest(c net.Conn) {
	var got []byte
	buf := make([]byte, 1024)
	for !bytes.HasSuffix(got, []byte("{}")) {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		got = append(got, buf[:n]...)
	}
}

func start(t *testing.T, upstream string, log io.Writer) *httptest.Server {
	t.Helper()
	c := config.Load([]string{"TOPICGATE_SDK_APP_IDS=" + gatetest.App, "TOPICGATE_UPSTREAM_URL=" + upstream, "TOPICGATE_LOG_LEVEL=debug"}, config.Options{})
	if c.Broken() {
		t.Fatal(c.Problems)
	}
	g := gate.New(app.Snapshot(c), gate.Settings{Log: gate.NewLog(log, "debug"), Relay: relay.New(c.Upstream).Relay})
	server := httptest.NewServer(httpserver.New(g))
	t.Cleanup(server.Close)
	return server
}

func post(t *testing.T, target, query, body string) (status int, answer string) {
	t.Helper()
	response, err := http.Post(target+"/?"+query, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode, string(text)
}

const another = "SdkAppid=" + gatetest.App + "&CallbackCommand=C2C.CallbackBeforeSendMsg&secret=query"

// TestFaults: each way in which an upstream can fail has its answer within Chat's
// patience, and governed callbacks do not wait for it.
func TestFaults(t *testing.T) {
	forever := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	closed := listen(t)
	_ = closed.Close()
	otherName := httptest.NewUnstartedServer(http.NotFoundHandler())
	otherName.Config.ErrorLog = nil
	otherName.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	otherName.StartTLS()       // for example.com, by an authority that nobody trusts
	t.Cleanup(otherName.Close) // the subtests outlive this function

	answer := func(text string) func(net.Conn) {
		return func(c net.Conn) { readRequest(c); _, _ = io.WriteString(c, text) }
	}
	tests := []struct {
		name, upstream string
		status         int
		body, err      string
	}{
		{"refused", "http://" + closed.Addr().String(), 502, "", "refused"},
		{"black hole", peer(t, forever), 502, "", "no answer in time"},
		{"slow header", peer(t, func(c net.Conn) {
			readRequest(c)
			dribble(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
		}), 502, "", "no answer in time"},
		{"slow body", peer(t, func(c net.Conn) {
			readRequest(c)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n")
			dribble(c, strings.Repeat("x", 50))
		}), 502, "", "no answer in time"},
		{"closed mid-answer", peer(t, answer("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}")), 502, "", "broke off"},
		{"closed unanswered", peer(t, readRequest), 502, "", "EOF"},
		{"5xx", peer(t, answer("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy")), 503, "busy", ""},
		{"301", peer(t, answer("HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")), 301, "", ""},
		{"2 MiB", peer(t, answer("HTTP/1.1 200 OK\r\nContent-Length: 2097152\r\n\r\n"+strings.Repeat("x", 2<<20))), 502, "", "over 1048576 bytes"},
		{"garbage", peer(t, answer("what?\r\n\r\n")), 502, "", "not HTTP"},
		{"101", peer(t, func(c net.Conn) {
			readRequest(c)
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
			forever(c)
		}), 502, "", "status 101"},
		{"only 100", peer(t, func(c net.Conn) {
			readRequest(c)
			_, _ = io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n")
			forever(c)
		}), 502, "", "no answer in time"},
		{"000", peer(t, answer("HTTP/1.1 000 None\r\nContent-Length: 0\r\n\r\n")), 502, "", "status 000"},
		{"060", peer(t, answer("HTTP/1.1 060 Low\r\nContent-Length: 0\r\n\r\n")), 502, "", "status 060"},
		{"099", peer(t, answer("HTTP/1.1 099 Low\r\n\r\n")), 502, "", "status 099"},
		{"600", peer(t, answer("HTTP/1.1 600 High\r\nContent-Length: 2\r\n\r\n{}")), 502, "", "status 600"},
		{"999", peer(t, answer("HTTP/1.1 999 High\r\nContent-Length: 2\r\n\r\n{}")), 502, "", "status 999"},
		{"a header without an end", peer(t, func(c net.Conn) {
			readRequest(c)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n"+strings.Repeat("A: b\r\n", 100_000))
		}), 502, "", ""},
		{"TLS for another name", otherName.URL, 502, "", "certificate"},
		{"TLS to a plain port", "https" + strings.TrimPrefix(peer(t, answer("HTTP/1.1 200 OK\r\n\r\n")), "http"), 502, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			log := &gatetest.LockedBuffer{}
			server := start(t, test.upstream, log)
			type got struct {
				status int
				body   string
				took   time.Duration
			}
			relayed := make(chan got, 1)
			go func() {
				began := time.Now()
				status, body := post(t, server.URL, another, "{}")
				relayed <- got{status, body, time.Since(began)}
			}()
			s := gatetest.Scenario{}
			call := s.Call(time.Now())
			if status, body := post(t, server.URL, call.Query, call.Body); status != 200 || body != (gatetest.Want{}).Verdict() {
				t.Errorf("a governed callback got %d %s", status, body)
			}
			if strings.Contains(test.err, "in time") && len(relayed) > 0 {
				t.Error("the governed callback waited for the upstream")
			}
			g := <-relayed
			want := test.body
			if test.status == 502 {
				want = chat.NoAnswerJSON()
			}
			if g.status != test.status || g.body != want {
				t.Errorf("got %d %q, want %d %q", g.status, g.body, test.status, want)
			}
			// The bound is what the product promises; Chat waits 2 s.
			if g.took > 1800*time.Millisecond {
				t.Errorf("the answer took %v", g.took)
			}
			lines, err := gatetest.Lines([]byte(log.String()), "relay")
			if err != nil || len(lines) != 1 {
				t.Fatalf("got the lines %+v (%v), want one", lines, err)
			}
			level := "warn"
			if test.status == 301 {
				level = "debug"
			}
			if line := lines[0]; line.Level != level || !strings.Contains(line.Error, test.err) || strings.Contains(line.Error, "secret") {
				t.Errorf("got %+v, want level %s and error %q", line, level, test.err)
			}
		})
	}
}

func dribble(c net.Conn, text string) {
	for i := range text {
		if _, err := io.WriteString(c, text[i:i+1]); err != nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// TestDeadConnectionIsReplaced: an upstream that closed a kept connection, as it does
// with those of a frozen function, costs no callback.
func TestDeadConnectionIsReplaced(t *testing.T) {
	var connections atomic.Int32
	upstream := peer(t, func(c net.Conn) {
		connections.Add(1)
		readRequest(c)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		_ = c.(*net.TCPConn).SetLinger(0) // the close is a reset, as of a peer that restarted
	})
	server := start(t, upstream, io.Discard)
	for i := range 20 {
		if status, body := post(t, server.URL, another, "{}"); status != 200 || body != "ok" {
			t.Fatalf("callback %d: got %d %q", i, status, body)
		}
	}
	if n := connections.Load(); n < 20 {
		t.Errorf("%d connections, want one for each callback", n)
	}
}

// TestConnectionsAreKept: without a fault, one connection serves.
func TestConnectionsAreKept(t *testing.T) {
	var connections atomic.Int32
	upstream := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
	upstream.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	upstream.Start()
	defer upstream.Close()
	server := start(t, upstream.URL, io.Discard)
	for range 20 {
		if status, _ := post(t, server.URL, another, "{}"); status != 200 {
			t.Fatal(status)
		}
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

// TestLoop: a gate that is its own upstream notices at the second pass.
func TestLoop(t *testing.T) {
	l := listen(t)
	log := &gatetest.LockedBuffer{}
	c := config.Load([]string{"TOPICGATE_SDK_APP_IDS=1", "TOPICGATE_ADDR=" + l.Addr().String(), "TOPICGATE_UPSTREAM_URL=http://" + l.Addr().String(), "TOPICGATE_LOG_LEVEL=debug"}, config.Options{})
	if len(c.Warnings) != 2 || !strings.Contains(c.Warnings[1].String(), "own address") {
		t.Errorf("got the warnings %q", c.Warnings)
	}
	g := gate.New(app.Snapshot(c), gate.Settings{Log: gate.NewLog(log, "debug"), Relay: relay.New(c.Upstream).Relay})
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- httpserver.New(g).Serve(ctx, l) }()
	if status, _ := post(t, "http://"+l.Addr().String(), another, "{}"); status != 502 {
		t.Errorf("got %d, want 502", status)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if n := strings.Count(log.String(), `"message":"relay"`); n != 2 {
		t.Errorf("%d relay lines, want 2", n)
	}
}

// TestIncompleteBodies: what did not arrive whole is not passed on.
func TestIncompleteBodies(t *testing.T) {
	var asked atomic.Int32
	c := config.Load([]string{"TOPICGATE_SDK_APP_IDS=1"}, config.Options{})
	g := gate.New(app.Snapshot(c), gate.Settings{
		Log: gate.NewLog(io.Discard, "info"),
		Relay: func(context.Context, *gate.Request) (gate.Response, error) {
			asked.Add(1)
			return gate.Response{Status: 200}, errors.New("not reached")
		},
	})
	for _, r := range []gate.Request{
		{Method: "POST", Original: gate.Original{Incomplete: true}},
		{Method: "POST", Body: make([]byte, gate.MaxRelayed+1)},
	} {
		r.Received = time.Now()
		if got := g.Handle(t.Context(), r); got.Status != 502 {
			t.Errorf("got %d, want 502", got.Status)
		}
	}
	if asked.Load() != 0 {
		t.Error("the upstream was asked")
	}
}

// BenchmarkRelay compares a relayed callback with one that goes to the upstream.
func BenchmarkRelay(b *testing.B) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`)
	}))
	defer upstream.Close()
	u, err := url.Parse(upstream.URL)
	if err != nil {
		b.Fatal(err)
	}
	c := config.Load([]string{"TOPICGATE_SDK_APP_IDS=1"}, config.Options{})
	gated := httptest.NewServer(httpserver.New(gate.New(app.Snapshot(c), gate.Settings{Log: gate.NewLog(io.Discard, "info"), Relay: relay.New(u).Relay})))
	defer gated.Close()
	for name, target := range map[string]string{"direct": upstream.URL, "relayed": gated.URL} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				response, err := http.Post(target+"/?"+another, "application/json", strings.NewReader(`{"MsgBody":[]}`))
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
			}
		})
	}
}
