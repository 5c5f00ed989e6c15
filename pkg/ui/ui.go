// Package ui is the workbench: a policy and what it does, in a browser, for people who lead
// rules and do not run commands. What is shown is found by the code that serves; nothing
// leaves the machine, and nothing is loaded from elsewhere.
//
// It listens on loopback, where pages of other sites and other users of the machine can
// reach it as well. So a random token is asked for, Host and Origin must be its own, and
// of files it writes the policy and the cases that it was given, and no other.
package ui

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"topicgate/pkg/history"
)

// Options are what is worked on.
type Options struct {
	Environ []string        // as os.Environ gives it: variables write rules, too
	Policy  string          // the file that is edited
	Cases   string          // the file of cases, which need not be there yet
	Memory  *history.Memory // what the logs at hand hold; nil without any
	Logs    []string        // their files
}

// A Server is one workbench.
type Server struct {
	options       Options
	token         string
	listener      net.Listener
	hosts         []string // by which it may be asked for
	policy, cases file
	loads         loads
	effects       chan struct{} // holds a place for the one replay at a time
	reported      reported
}

// New makes a workbench of files that can be read, which will answer on a listener. That
// must be on loopback.
func New(o Options, listener net.Listener) (*Server, error) {
	address := listener.Addr().String()
	_, port, _ := net.SplitHostPort(address) // which is a listener's
	s := &Server{options: o, token: rand.Text(), listener: listener, hosts: []string{address, net.JoinHostPort("localhost", port)}, policy: file{path: o.Policy}, cases: file{path: o.Cases}, effects: make(chan struct{}, 1)}
	s.loads.server = s
	content, err := s.policy.read()
	switch {
	case err != nil:
		return nil, err
	case content.Version == absent:
		return nil, fmt.Errorf("there is no file %s; topicgate policy prints one to start from", o.Policy)
	}
	if _, err := s.cases.read(); err != nil {
		return nil, err
	}
	return s, nil
}

// Serve answers until the context ends.
func (s *Server) Serve(ctx context.Context) error {
	server := &http.Server{
		Handler:           s.guard(s.routes()),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // what strangers send is nobody's concern
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() }) // what is unsaved is in the browser
	defer stop()
	if err := server.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// URL is where the workbench opens, its token included.
func (s *Server) URL() string { return "http://" + s.hosts[0] + "/?token=" + s.token }

// Loopback says what is wrong with an address to listen on, if it is not one of this
// machine alone.
func Loopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("%q is not an address of this machine alone; use one such as 127.0.0.1:9002", address)
	}
	return nil
}
