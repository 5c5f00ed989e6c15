//go:build unix

package quotatest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Server is a redis-server process that ends with the test.
type Server struct {
	t       testing.TB
	binary  string
	dir     string
	port    string
	process *exec.Cmd
	output  bytes.Buffer

	sentinel string // its configuration file, if it is one
}

// StartServer starts a redis-server on a free loopback port, with no persistence, and waits until it answers. The
// arguments are options of the server, such as "--maxmemory", "1". Where there is no redis-server the test is skipped;
// with QUOTATEST_REDIS=required, for continuous integration to set, it fails. The names of skipped tests are appended to
// the file that QUOTATEST_SKIPPED names, as go test tells them only with -v. (Not names with TOPICGATE_: a binary that
// inherits the test's environment would refuse them as settings that it does not know.)
func StartServer(t testing.TB, arguments ...string) *Server {
	t.Helper()
	s := newServer(t)
	s.Start(arguments...)
	t.Cleanup(s.Kill)
	return s
}

// StartSentinel starts a sentinel that watches the Redis at an address, with what else its configuration is to hold.
func StartSentinel(t testing.TB, master, address string, more ...string) *Server {
	t.Helper()
	s := newServer(t)
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	lines := append([]string{
		"port " + s.port, "bind 127.0.0.1", "dir " + s.dir, fmt.Sprintf("sentinel monitor %s %s %s 1", master, host, port),
	}, more...)
	s.sentinel = filepath.Join(s.dir, "sentinel.conf") // which it writes to
	if err := os.WriteFile(s.sentinel, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(s.Kill)
	return s
}

func newServer(t testing.TB) *Server {
	t.Helper()
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		const missing = "needs redis-server on the PATH (Debian: apt-get install redis-server)"
		if os.Getenv("QUOTATEST_REDIS") == "required" {
			t.Fatalf("%s: %s", t.Name(), missing)
		}
		note(t)
		t.Skipf("%s: skipped: %s", t.Name(), missing)
	}
	return &Server{t: t, binary: binary, dir: t.TempDir(), port: freePort(t)}
}

// note appends the test's name to the list of those that were skipped, in one write, as packages are tested at once.
func note(t testing.TB) {
	t.Helper()
	path := os.Getenv("QUOTATEST_SKIPPED")
	if path == "" {
		return
	}
	list, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintln(list, t.Name())
	if err = errors.Join(err, list.Close()); err != nil {
		t.Fatal(err)
	}
}

// Address returns the server's host:port. It is the same after a restart.
func (s *Server) Address() string { return net.JoinHostPort("127.0.0.1", s.port) }

// URL returns the server's redis:// URL.
func (s *Server) URL() string { return "redis://" + s.Address() }

// Start starts a server that was killed, on the same port and in the same directory, and waits until it answers.
func (s *Server) Start(arguments ...string) {
	s.t.Helper()
	options := []string{
		"--port", s.port, "--bind", "127.0.0.1", "--dir", s.dir,
		"--save", "", "--appendonly", "no", "--daemonize", "no",
	}
	if s.sentinel != "" {
		options = []string{s.sentinel, "--sentinel"}
	}
	s.output.Reset()
	s.process = exec.Command(s.binary, append(options, arguments...)...)
	s.process.Stdout, s.process.Stderr = &s.output, &s.output
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	for range 500 {
		// While it loads it answers too, with an error.
		if reply, err := s.do([]string{"PING"}); err == nil && reply != "" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.Kill()
	s.t.Fatalf("redis-server does not answer at %s:\n%s", s.Address(), s.output.String())
}

// Kill kills the server as kill -9 does. It may be stopped, or killed already.
func (s *Server) Kill() {
	if s.process == nil {
		return
	}
	_ = s.process.Process.Kill()
	_ = s.process.Wait()
	s.process = nil
}

// Stop freezes the server in the midst of whatever it does (SIGSTOP); its kernel goes on accepting connections.
func (s *Server) Stop() { s.signal(syscall.SIGSTOP) }

// Continue thaws a server that was stopped.
func (s *Server) Continue() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(signal syscall.Signal) {
	s.t.Helper()
	if err := s.process.Process.Signal(signal); err != nil {
		s.t.Fatal(err)
	}
}

// Do runs one command, on a connection of its own, and returns its reply as redis-cli shows it: a text, a number, an
// error with its code, "" for none, elements a line. It speaks the protocol by itself, so that a client under test is
// not checked by means of itself.
func (s *Server) Do(arguments ...string) string {
	s.t.Helper()
	reply, err := s.do(arguments)
	if err != nil {
		s.t.Fatalf("%s: %v", arguments[0], err)
	}
	return reply
}

// Number is Do for commands that answer with a number.
func (s *Server) Number(arguments ...string) int {
	s.t.Helper()
	reply := s.Do(arguments...)
	n, err := strconv.Atoi(reply)
	if err != nil {
		s.t.Fatalf("%s answered %q, not a number", arguments[0], reply)
	}
	return n
}

// UsedMemory is what the server's data and connections take, in bytes.
func (s *Server) UsedMemory() int {
	s.t.Helper()
	for line := range strings.Lines(s.Do("INFO", "memory")) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "used_memory:"); ok {
			n, err := strconv.Atoi(value)
			if err != nil {
				s.t.Fatal(err)
			}
			return n
		}
	}
	s.t.Fatal("INFO memory has no used_memory")
	return 0
}

func (s *Server) do(arguments []string) (string, error) {
	c, err := net.Dial("tcp", s.Address())
	if err != nil {
		return "", err
	}
	defer func() { _ = c.Close() }()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return "", err
	}
	var command bytes.Buffer
	fmt.Fprintf(&command, "*%d\r\n", len(arguments))
	for _, argument := range arguments {
		fmt.Fprintf(&command, "$%d\r\n%s\r\n", len(argument), argument)
	}
	if _, err := c.Write(command.Bytes()); err != nil {
		return "", err
	}
	return readReply(bufio.NewReader(c))
}

func readReply(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return "", err
	}
	kind, rest := line[0], strings.TrimSuffix(line[1:], "\r\n")
	switch kind {
	case '$', '*':
	default:
		return rest, nil
	}
	n, err := strconv.Atoi(rest)
	if err != nil || n < 0 {
		return "", err
	}
	if kind == '$' {
		text := make([]byte, n+len("\r\n"))
		_, err := io.ReadFull(r, text)
		return string(text[:n]), err
	}
	elements := make([]string, n)
	for i := range elements {
		if elements[i], err = readReply(r); err != nil {
			return "", err
		}
	}
	return strings.Join(elements, "\n"), nil
}

// RefusingAddress returns a loopback address at which nobody listens.
func RefusingAddress(t testing.TB) string {
	t.Helper()
	return net.JoinHostPort("127.0.0.1", freePort(t))
}

// freePort returns a port that nobody listens at, from below those that systems give to outgoing connections: dialing
// one of the latter while nobody listens may connect a socket with itself.
func freePort(t testing.TB) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(10_000 + rand.IntN(20_000))
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
		if err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return ""
}
