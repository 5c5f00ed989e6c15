// Package httpserver is the plain HTTP transport: it serves a gate on your own
// machine, where a slow or broken sender must not hold up a verdict.
package httpserver

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"topicgate/pkg/callback"
	"topicgate/pkg/gate"
)

// A Server serves one gate.
type Server struct {
	gate     *gate.Gate
	timeout  time.Duration // to read a body
	draining atomic.Bool
	busy     connections
}

// New makes a server for a gate. Bodies that do not arrive within the gate's own
// deadline are taken as unreadable.
func New(g *gate.Gate) *Server { return &Server{gate: g, timeout: g.Config.Timeout} }

const (
	headerTimeout = 5 * time.Second  // to send the header
	idleTimeout   = 75 * time.Second // above the 60 s of common proxies, so that they close first
	maxHeader     = 64 << 10

	// drainTime is how long a stopping server goes on answering, telling each client
	// to close its connection: one that is closed under a request loses it, and Chat
	// does not retry.
	drainTime = time.Second
	// stopTime is how long requests under way may take after that.
	stopTime = 5 * time.Second
)

// Serve answers on a listener until the context ends, and then until every accepted
// request is answered. It returns nil after such an end.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ConnState:         s.busy.note,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.draining.Store(true)
	time.Sleep(drainTime)
	// The listener goes first, alone: Shutdown hangs up on a request that it reads the
	// header of, though the connection was accepted before.
	err := listener.Close()
	if served := <-failed; !errors.Is(served, net.ErrClosed) { // every accepted connection is noted now
		err = errors.Join(err, served)
	}
	stop, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	s.busy.wait(stop)
	return errors.Join(err, server.Shutdown(stop))
}

// connections are those that have sent a request which is not answered yet, or may
// have.
type connections struct {
	mu   sync.Mutex
	open map[net.Conn]bool
}

// note is an http.Server's ConnState.
func (c *connections) note(connection net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if state != http.StateNew && state != http.StateActive {
		delete(c.open, connection)
		return
	}
	if c.open == nil {
		c.open = map[net.Conn]bool{}
	}
	c.open[connection] = true
}

func (c *connections) none() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.open) == 0
}

// wait returns when there are none, or the context ends.
func (c *connections) wait(ctx context.Context) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !c.none() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// ServeHTTP answers one request: GET /healthz, for whoever restarts or routes, and
// callbacks on any path.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	draining := s.draining.Load()
	if draining {
		w.Header().Set("Connection", "close")
	}
	if r.URL.Path == "/healthz" && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		answerHealth(w, draining)
		return
	}
	request := gate.Request{
		Method:    r.Method,
		Params:    callback.ParseQuery(r.URL.RawQuery),
		RequestID: r.Header.Get("X-Request-Id"),
		Received:  time.Now(),
	}
	if request.RequestID == "" {
		request.RequestID = rand.Text()
	}
	if r.Method == http.MethodPost {
		s.readBody(w, r, &request)
		request.Original.Query = r.URL.RawQuery
		request.Original.ContentType = r.Header.Get("Content-Type")
		request.Original.Relayed = r.Header.Get(gate.RelayHeader) != ""
	}
	answer := s.gate.Handle(r.Context(), request)
	w.Header()["Content-Type"] = nil // none is guessed
	if answer.ContentType != "" {
		w.Header().Set("Content-Type", answer.ContentType)
	}
	if answer.Allow != "" {
		w.Header().Set("Allow", answer.Allow)
	}
	w.WriteHeader(answer.Status)
	_, _ = io.WriteString(w, answer.Body) // a client that has gone needs no answer
}

func answerHealth(w http.ResponseWriter, draining bool) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if draining {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "draining\n")
		return
	}
	_, _ = io.WriteString(w, "ok\n")
}

// readBody reads up to one byte more than the gate takes, so that it sees what is too
// long. A body that is broken off or does not arrive in time is none at all; the
// connection cannot be used again then, and net/http closes it.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request, into *gate.Request) {
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(into.Received.Add(s.timeout)) // net/http's own can
	limit := s.gate.BodyLimit(&into.Params)
	body, err := io.ReadAll(io.LimitReader(r.Body, int64(limit)+1))
	if err != nil {
		w.Header().Set("Connection", "close")
		into.Original.Incomplete = true
		return
	}
	_ = connection.SetReadDeadline(time.Time{})
	into.Body = body
}
