// Package livetest is what tests of live policies run against: a web server with an object that fails in every way in
// which one may, an S3 that checks signatures as strictly as AWS does, AWS AppConfig's agent, and an HTTP proxy. It is
// for tests alone, those of [topicgate/pkg/live] and those of built binaries, which need no more of it than a URL.
package livetest

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Server is a played web server on this machine. It has one object, and an ETag for each text of it.
type Server struct {
	server *httptest.Server
	path   string
	find   func(r *http.Request) answer
	etags  bool

	mu      sync.Mutex
	object  string
	fault   *Fault
	once    bool
	ignores bool
	looks   []Look
}

// Look is a request as it came.
type Look struct {
	Header     http.Header
	Host       string
	RequestURI string
	Connection string // the other end's address: of a kept connection the same
}

// answer is what an object's finder says: an object, or a refusal.
type answer struct {
	status int // 0 for the object
	body   string
	header http.Header
}

// NewServer starts a server whose object is at /policy.yaml; over TLS where it gets a certificate.
func NewServer(t testing.TB, certificates ...tls.Certificate) *Server {
	t.Helper()
	s := &Server{path: "/policy.yaml", etags: true}
	s.find = func(r *http.Request) answer {
		if r.URL.Path != s.path && r.URL.Path != elsewhere {
			return answer{status: http.StatusNotFound, body: "404 page not found\n"}
		}
		return answer{header: http.Header{"Content-Type": {"text/yaml; charset=utf-8"}}}
	}
	s.start(t, certificates)
	return s
}

// NewAppConfig starts what AWS AppConfig's agent is to a function: it serves the configuration of an application and
// an environment, with its version and type in headers, of which no ETag is documented
// (https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-integration-lambda-extensions.html).
func NewAppConfig(t testing.TB, application, environment, configuration string) *Server {
	t.Helper()
	s := &Server{path: "/applications/" + application + "/environments/" + environment + "/configurations/" + configuration}
	s.find = func(r *http.Request) answer {
		if r.URL.Path != s.path {
			return answer{status: http.StatusNotFound, body: `{"Message":"The configuration could not be found","ResourceType":"Configuration"}`}
		}
		version := hex.EncodeToString([]byte(tag(s.object))[:2])
		return answer{header: http.Header{"Content-Type": {"application/x-yaml"}, "Configuration-Version": {version}}}
	}
	s.start(t, nil)
	return s
}

func (s *Server) start(t testing.TB, certificates []tls.Certificate) {
	s.server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.server.Config.ErrorLog = log.New(io.Discard, "", 0) // what a client does not like of us is the test's to say
	if len(certificates) > 0 {
		s.server.TLS = &tls.Config{Certificates: certificates}
		s.server.StartTLS()
	} else {
		s.server.Start()
	}
	t.Cleanup(func() {
		s.server.CloseClientConnections()
		s.server.Close()
	})
}

// Address is the server's host:port.
func (s *Server) Address() string { return s.server.Listener.Addr().String() }

// URL is where the object is.
func (s *Server) URL() string { return s.server.URL + s.path }

// Set replaces the object. An older one has the ETag that it had.
func (s *Server) Set(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.object = text
}

// Break makes the server fail from now on, until it is mended.
func (s *Server) Break(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault, s.once = &f, false
}

// BreakOnce makes the server fail at the next request.
func (s *Server) BreakOnce(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault, s.once = &f, true
}

// Mend ends what Break and IgnoreETags began.
func (s *Server) Mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault, s.ignores = nil, false
}

// IgnoreETags makes the server send the object however it is asked, as simple ones do.
func (s *Server) IgnoreETags() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ignores = true
}

// CloseConnections closes those that are kept.
func (s *Server) CloseConnections() { s.server.CloseClientConnections() }

// Looks returns the requests so far, in order.
func (s *Server) Looks() []Look {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Look(nil), s.looks...)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.looks = append(s.looks, Look{r.Header.Clone(), r.Host, r.RequestURI, r.RemoteAddr})
	found, object, fault, ignores := s.find(r), s.object, s.fault, s.ignores
	if s.once {
		s.fault = nil
	}
	s.mu.Unlock()
	if fault != nil && r.URL.Path != elsewhere {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		fault.play(c, object)
		return
	}
	for name, values := range found.header {
		w.Header()[name] = values
	}
	if found.status != 0 {
		w.WriteHeader(found.status)
		_, _ = io.WriteString(w, found.body)
		return
	}
	if s.etags {
		w.Header().Set("ETag", tag(object))
		if !ignores && strings.Contains(r.Header.Get("If-None-Match"), tag(object)) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(object)))
	_, _ = io.WriteString(w, object)
}

func tag(object string) string {
	sum := sha256.Sum256([]byte(object))
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}

// reset makes c end with RST.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
}
