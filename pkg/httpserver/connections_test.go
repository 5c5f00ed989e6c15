package httpserver

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"topicgate/pkg/app"
	"topicgate/pkg/chat"
	"topicgate/pkg/config"
	"topicgate/pkg/gate"
)

const token = "xxxxyyyy"

// serve serves a gate with so many connections, and ends with the test. What is relayed
// is answered when the channel says so.
func serve(t *testing.T, most int) (s *Server, address string, relayed chan struct{}) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := config.Load([]string{"TOPICGATE_SDK_APP_IDS=1", "TOPICGATE_TOKENS=" + token}, config.Options{})
	relayed = make(chan struct{})
	s = New(gate.New(app.Snapshot(c), gate.Settings{
		Log: gate.NewLog(io.Discard, "info"),
		Relay: func(context.Context, *gate.Request) (gate.Response, error) {
			<-relayed
			return gate.Response{Status: 200, Body: "relayed"}, nil
		},
	}))
	s.MaxConnections = most
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return s, l.Addr().String(), relayed
}

type client struct {
	net.Conn
	answers *bufio.Reader
}

func dial(t *testing.T, address string) *client {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	return &client{c, bufio.NewReader(c)}
}

// send sends a callback, of whose body so much is missing.
func (c *client) send(t *testing.T, query string, missing int) {
	t.Helper()
	body := `{"CallbackCommand":"Group.CallbackBeforeCreateTopic","Operator_Account":"leckie","Name":"a"}`
	if !strings.Contains(query, "BeforeCreateTopic") {
		body = "{}"
	}
	if _, err := fmt.Fprintf(c, "POST /?%s HTTP/1.1\r\nHost: gate\r\nContent-Length: %d\r\n\r\n%s", query, len(body)+missing, body); err != nil {
		t.Error(err)
	}
}

// answer is what comes back; "" when the server hangs up.
func (c *client) answer(t *testing.T) string {
	t.Helper()
	response, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		return ""
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		t.Error(err)
	}
	return string(body)
}

func signed() string {
	at := fmt.Sprint(time.Now().Unix())
	return "SdkAppid=1&CallbackCommand=Group.CallbackBeforeCreateTopic&RequestTime=" + at + "&Sign=" + chat.Sign(token, at)
}

const (
	other   = "SdkAppid=1&CallbackCommand=State.StateChange"
	allowed = `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`
)

// TestGivingWay: where there is room for four, strangers give way to whoever comes, in
// the order in which they came; what is being decided does not, and neither does the
// connection over which Chat asked while there are others.
func TestGivingWay(t *testing.T) {
	s, address, relayed := serve(t, 4)
	chats := dial(t, address)
	chats.send(t, signed(), 0)
	if got := chats.answer(t); got != allowed {
		t.Fatalf("answered %q", got)
	}
	busy := dial(t, address)
	busy.send(t, other, 0)
	relayed <- struct{}{} // it is being relayed
	if got := busy.answer(t); got != "relayed" {
		t.Fatalf("answered %q", got)
	}
	busy.send(t, other, 0)
	waiting := dial(t, address)
	waiting.send(t, other, 100)
	silent := dial(t, address)

	// Let the server hear of all of them, in this order, before the next comes.
	open := s.open
	await(t, func() bool { return has(open, reading) == 1 && has(open, deciding) == 1 && has(open, fresh) == 1 })

	newcomer := dial(t, address)
	newcomer.send(t, signed(), 0)
	if got := newcomer.answer(t); got != allowed {
		t.Errorf("the newcomer was answered %q", got)
	}
	if got := waiting.answer(t); got != chat.NoAnswerJSON() {
		t.Errorf("who kept it waiting was answered %q", got)
	}
	second := dial(t, address)
	second.send(t, signed(), 0)
	if got := second.answer(t); got != allowed {
		t.Errorf("the second newcomer was answered %q", got)
	}
	chats.send(t, signed(), 0)
	if got := chats.answer(t); got != allowed {
		t.Errorf("Chat's connection was answered %q", got)
	}
	relayed <- struct{}{}
	if got := busy.answer(t); got != "relayed" {
		t.Errorf("what was being decided was answered %q", got)
	}
	if got := silent.answer(t); got != "" {
		t.Errorf("who said nothing was answered %q", got)
	}
	if s.GaveWay() == 0 {
		t.Error("none gave way")
	}
}

func await(t *testing.T, what func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !what(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not come to pass")
		}
	}
}

// has is how many connections are in a state.
func has(c *connections, s state) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k := range c.open {
		if k.state == s {
			n++
		}
	}
	return n
}

// TestCrowd: far more clients than there is room for come and go at once, and each one
// that asks and waits is answered or hung up on; none is forgotten.
func TestCrowd(t *testing.T) {
	s, address, relayed := serve(t, 8)
	close(relayed)
	var crowd sync.WaitGroup
	for i := range 64 {
		crowd.Go(func() {
			for n := range 20 {
				c := dial(t, address)
				switch (i + n) % 4 {
				case 0:
					c.send(t, signed(), 0)
				case 1:
					c.send(t, other, 0)
				case 2:
					c.send(t, other, 10)
				}
				c.answer(t)
				_ = c.Close()
			}
		})
	}
	crowd.Wait()
	open := s.open
	await(t, func() bool {
		open.mu.Lock()
		defer open.mu.Unlock()
		return len(open.open) == 0 && open.strangers.Len() == 0 && open.chats.Len() == 0 && open.hurried == 0
	})
}
