// Package httpserver is the plain HTTP transport: it serves a gate on your own
// machine, where a slow or broken sender must not hold up a verdict.
package httpserver

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"topicgate/pkg/chat"
	"topicgate/pkg/gate"
)

// A Server serves one gate.
type Server struct {
	gate     *gate.Gate
	draining atomic.Bool
	busy     connections
}

// New makes a server for a gate. Bodies that do not arrive within the gate's own
// deadline are taken as unreadable.
func New(g *gate.Gate) *Server {
	return &Server{gate: g}
}

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
	request := gate.Request{Method: r.Method, Params: chat.ParseQuery(r.URL.RawQuery), Received: time.Now()}
	request.RequestID = gate.HeaderID(r.Header.Get("X-Request-Id"), &request.Params)
	if r.Method == http.MethodPost {
		s.readBody(w, r, &request)
		if s.gate.Relays() {
			request.Original.Query = r.URL.RawQuery
			request.Original.ContentType = r.Header.Get("Content-Type")
			request.Original.Relayed = r.Header.Get(gate.RelayHeader) != ""
		}
	}
	answer := s.gate.Handle(r.Context(), request)
	header := w.Header()
	if answer.ContentType != "" {
		header.Set("Content-Type", answer.ContentType)
	} else {
		header["Content-Type"] = nil // none is guessed
	}
	if answer.Allow != "" {
		header.Set("Allow", answer.Allow)
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
	_ = connection.SetReadDeadline(into.Received.Add(s.gate.Snapshot().Timeout)) // net/http's own can
	var err error
	if n := r.ContentLength; 0 <= n && n <= usualBody {
		into.Body = make([]byte, n)
		_, err = io.ReadFull(r.Body, into.Body)
	} else {
		limit := s.gate.BodyLimit(&into.Params)
		into.Body, err = io.ReadAll(io.LimitReader(r.Body, int64(limit)+1))
	}
	if err != nil {
		w.Header().Set("Connection", "close")
		into.Body, into.Original.Incomplete = nil, true
		return
	}
	if s.gate.Relays() { // which may take longer; net/http sets the next deadline itself
		_ = connection.SetReadDeadline(time.Time{})
	}
}

// usualBody is the length up to which room for a body is made before it comes. The
// largest callback that is governed, a group with a hundred members, is half as long.
const usualBody = 8 << 10
