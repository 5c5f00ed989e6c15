package gatetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// A sent request is what a client saw of one of its requests.
type sent struct {
	id     string
	reused bool // it went over a connection that had carried another before
	err    error
	answer Answer
}

// TestStopUnderLoad: a server that is told to stop under load answers every request
// that it has accepted, which is every one that it has logged, and takes no
// connection away from under a client that keeps sending.
func TestStopUnderLoad(t *testing.T) {
	const clients, before = 16, 500 // requests answered before the signal
	server, err := StartServer(binaries.topicgate, t.TempDir(), (&Scenario{}).Environ())
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()

	var answered atomic.Int64
	enough := make(chan struct{})
	records := make([][]sent, clients)
	var running sync.WaitGroup
	for client := range clients {
		running.Go(func() {
			transport := &http.Transport{} // each client has one connection of its own
			defer transport.CloseIdleConnections()
			for n := 0; ; n++ {
				s := sendOne(t, transport, server.URL, fmt.Sprintf("client-%d-request-%d", client, n))
				records[client] = append(records[client], s)
				if s.err != nil {
					return
				}
				if answered.Add(1) == before {
					close(enough)
				}
			}
		})
	}
	ended := make(chan struct{})
	go func() {
		running.Wait()
		close(ended)
	}()
	select {
	case <-enough:
	case <-ended:
		t.Fatalf("all clients failed before the signal: %+v", records)
	}
	first := answered.Load()
	if err := server.Stop(); err != nil {
		t.Errorf("the server ended badly: %v", err)
	}
	<-ended

	accepted := map[string]bool{}
	log, err := server.Log()
	if err != nil {
		t.Fatal(err)
	}
	lines, err := Lines(log, "decision")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		accepted[line.RequestID] = true
	}
	want := Answer{Status: 200, ContentType: "application/json", Body: Want{}.Verdict()}
	for _, requests := range records {
		for _, s := range requests {
			switch {
			case s.err == nil && s.answer != want:
				t.Errorf("%s: answered %+v, want %+v", s.id, s.answer, want)
			case s.err == nil && !accepted[s.id]:
				t.Errorf("%s: answered, and not logged", s.id)
			case s.err != nil && accepted[s.id]:
				t.Errorf("%s: accepted, and not answered: %v", s.id, s.err)
			case s.err != nil && s.reused:
				t.Errorf("%s: lost its connection: %v", s.id, s.err)
			// A connection that waits to be accepted when the listener closes is reset.
			case s.err != nil && !errors.Is(s.err, syscall.ECONNREFUSED) && !errors.Is(s.err, syscall.ECONNRESET):
				t.Errorf("%s: failed otherwise than by a closed listener: %v", s.id, s.err)
			}
		}
	}
	total := answered.Load()
	if total == first {
		t.Error("no request was answered after the signal: there was no load")
	}
	t.Logf("%d requests answered, %d of them after the signal", total, total-first)
}

// sendOne sends one callback, and never a second time: a client of Chat's does not.
func sendOne(t *testing.T, transport *http.Transport, url, id string) sent {
	s := sent{id: id}
	call := (&Scenario{}).Call(time.Now())
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { s.reused = info.Reused }}
	ctx := httptrace.WithClientTrace(t.Context(), trace)
	request, err := http.NewRequestWithContext(ctx, call.Method, url+"/?"+call.Query, strings.NewReader(call.Body))
	if err != nil {
		s.err = err
		return s
	}
	request.GetBody = nil // without it the transport cannot send again
	request.Header.Set("X-Request-Id", id)
	response, err := (&http.Client{Transport: transport, Timeout: patience}).Do(request)
	if err != nil {
		s.err = err
		return s
	}
	body, err := io.ReadAll(response.Body)
	s.err = errors.Join(err, response.Body.Close())
	s.answer = Answer{Status: response.StatusCode, ContentType: response.Header.Get("Content-Type"), Body: string(body)}
	return s
}

// TestResidentMemory: a process that has answered 10,000 callbacks holds hardly more
// memory than it did after 2,000.
func TestResidentMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("resident memory is read from /proc, which " + runtime.GOOS + " has not")
	}
	environ := (&Scenario{Env: env{"BANNED_WORDS": "spam,scam", "RESERVED_NAMES": "admin", "NAME_PATTERN": ".*", "NAME_MAX_CHARS": "60"}}).Environ()
	scenario := func(n int) *Scenario { // none is like another: what were kept of each would show
		return &Scenario{Name: strconv.Itoa(n), Operator: fmt.Sprintf("operator-%d", n), Topic: fmt.Sprintf("тема %d of many 话题", n)}
	}
	t.Run("lambda", func(t *testing.T) {
		function, err := StartLambda(binaries.lambda, t.TempDir(), environ)
		if err != nil {
			t.Fatal(err)
		}
		defer function.Close()
		checkMemory(t, function.Process, func(n int) (Answer, error) {
			call := scenario(n).Call(time.Now())
			return invokeAs(AWSForms[2], call, function.Invoke)
		})
	})
	t.Run("scf", func(t *testing.T) {
		function, err := StartSCF(binaries.scf, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer function.Close()
		checkMemory(t, function.Process, func(n int) (Answer, error) {
			call := scenario(n).Call(time.Now())
			return invokeAs(SCFForms[0], call, func(id string, payload []byte) ([]byte, error) {
				return function.Invoke(id, environ, payload)
			})
		})
	})
	t.Run("server", func(t *testing.T) {
		server, err := StartServer(binaries.topicgate, t.TempDir(), environ)
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		checkMemory(t, server.Process, func(n int) (Answer, error) {
			return server.Do(t.Context(), scenario(n).Call(time.Now()))
		})
	})
}

func invokeAs(form Form, call Call, invoke func(string, []byte) ([]byte, error)) (Answer, error) {
	payload, err := json.Marshal(form.Encode(call))
	if err != nil {
		return Answer{}, err
	}
	response, err := invoke(call.RequestID, payload)
	if err != nil {
		return Answer{}, err
	}
	return form.Decode(response)
}

func checkMemory(t *testing.T, p *Process, answer func(n int) (Answer, error)) {
	t.Helper()
	const early, late = 2_000, 10_000
	var first int
	for n := range late {
		if n == early {
			first = resident(t, p)
		}
		a, err := answer(n)
		if err != nil {
			t.Fatalf("callback %d: %v", n, err)
		}
		if a.Body != (Want{}).Verdict() {
			t.Fatalf("callback %d: answered %+v", n, a)
		}
	}
	last := resident(t, p)
	if last*10 > first*11 {
		t.Errorf("%d kB after %d callbacks, %d kB after %d: more than a tenth above", last, late, first, early)
	}
	t.Logf("%d kB after %d callbacks, %d kB after %d", first, early, last, late)
}

// resident is the memory of a process in kB.
func resident(t *testing.T, p *Process) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "\nVmRSS:")
	line, _, _ := strings.Cut(rest, "\n")
	kilobytes, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(line, "kB")))
	if err != nil {
		t.Fatalf("no VmRSS in %q", status)
	}
	return kilobytes
}
