// Package httpserver is the plain HTTP transport: it serves a gate on your own
// machine, where a slow or broken sender must not hold up a verdict.
package httpserver

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"topicgate/pkg/buffer"
	"topicgate/pkg/chat"
	"topicgate/pkg/gate"
)

// A Server serves one gate.
type Server struct {
	// MaxConnections is how many there may be at once; it is set before Serve.
	MaxConnections int

	gate     *gate.Gate
	draining atomic.Bool

	// Bodies of strangers, and answers to them, share an amount of memory; what Chat
	// signed has another, which strangers cannot fill.
	strangers, chats *buffer.Pool
	open             *connections
}

// New makes a server for a gate. Bodies that do not arrive within the gate's own
// deadline are taken as unreadable.
func New(g *gate.Gate) *Server {
	return &Server{
		MaxConnections: 1024,
		gate:           g,
		strangers:      buffer.NewPool(bodyMemory),
		chats:          buffer.NewPool(bodyMemory),
		open:           newConnections(),
	}
}

const (
	headerTimeout = 5 * time.Second  // to send the header
	readTimeout   = 5 * time.Second  // to send anything else; bodies have less
	writeTimeout  = 5 * time.Second  // to take the answer: Chat waits two seconds for all of it
	idleTimeout   = 75 * time.Second // above the 60 s of common proxies, so that they close first
	maxHeader     = 12 << 10         // and net/http adds 4; Chat's is under one

	// These bound what is still taken of a body after the answer: for how long, how much,
	// and for how long each part of it.
	lingerTime  = 2 * time.Second
	maxLinger   = 8 << 20
	lingerPause = 500 * time.Millisecond
	lingerPart  = 256 << 10

	// bodyMemory is for the bodies that are larger than buffer.Free, all together: one of
	// the largest that are relayed has room.
	bodyMemory = 8 << 20

	// drainTime is how long a stopping server goes on answering, telling each client
	// to close its connection: one that is closed under a request loses it, and Chat
	// does not retry.
	drainTime = time.Second
	// stopTime is how long requests under way may take after that. A verdict or a relayed
	// answer takes less; what is left then is nobody who waits for one.
	stopTime = 2 * time.Second
)

// GaveWay is how many connections gave way to others, since there was no room for both.
func (s *Server) GaveWay() int64 { return s.open.gaveWay.Load() }

// Refused is how many bodies and relayed answers found no memory.
func (s *Server) Refused() int64 { return s.strangers.Refused() + s.chats.Refused() }

// Serve answers on a listener until the context ends, and then until every accepted
// request is answered. It returns nil after such an end. A server serves once.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	s.open.bound = s.MaxConnections
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ConnContext:       keep,
		ConnState:         note,

		DisableGeneralOptionsHandler: true, // OPTIONS * is no callback either
	}
	entrance := door{listener, s.open}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(entrance) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.draining.Store(true)
	time.Sleep(drainTime)
	// The listener goes first, alone: Shutdown hangs up on a request that it reads the
	// header of, though the connection was accepted before.
	err := entrance.Close()
	if served := <-failed; !errors.Is(served, net.ErrClosed) { // every accepted connection is noted now
		err = errors.Join(err, served)
	}
	stop, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	s.open.wait(stop)
	return errors.Join(err, server.Close())
}

// ServeHTTP answers one request: GET /healthz, for whoever restarts or routes, and
// callbacks on any path.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e := exchange{Server: s, w: w, r: r, connection: connectionOf(r), all: r.ContentLength == 0, memory: s.strangers}
	defer func() { e.memory.Give(e.taken) }()
	draining := s.draining.Load()
	if draining {
		w.Header().Set("Connection", "close")
	}
	if r.URL.Path == "/healthz" && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		e.answerHealth(draining)
		return
	}
	request := gate.Request{Method: r.Method, Params: chat.ParseQuery(r.URL.RawQuery), Received: time.Now()}
	request.RequestID = gate.HeaderID(r.Header.Get("X-Request-Id"), &request.Params)
	if r.Method == http.MethodPost {
		if s.gate.Relays() {
			request.Original.Query = r.URL.RawQuery
			request.Original.ContentType = r.Header.Get("Content-Type")
			request.Original.Relayed = r.Header.Get(gate.RelayHeader) != ""
		}
		r.Header = nil // it is not kept while the body comes
		e.readBody(&request)
	}
	e.answer(s.gate.Handle(r.Context(), request))
}
