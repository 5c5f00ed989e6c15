package httpserver

import (
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
)

// An exhausted listener has no file descriptor for a while, and then connections.
type exhausted struct {
	net.Listener
	errors []error
}

func (e *exhausted) Accept() (net.Conn, error) {
	if len(e.errors) == 0 {
		_, server := net.Pipe()
		return server, nil
	}
	err := e.errors[0]
	e.errors = e.errors[1:]
	return nil, err
}

// TestOutOfDescriptors: whoever waits gives way for want of a file descriptor too, and
// where nobody can, net/http is told, who tries again.
func TestOutOfDescriptors(t *testing.T) {
	none := &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	open := newConnections()
	open.bound = 10
	client, server := net.Pipe()
	open.welcome(server)
	conn, err := door{&exhausted{errors: []error{none}}, open}.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Read(make([]byte, 1)); err == nil {
		t.Error("nobody gave way")
	}
	conn.(*connection).becomes(deciding)
	if _, err := (door{&exhausted{errors: []error{none}}, open}).Accept(); !errors.Is(err, syscall.EMFILE) {
		t.Errorf("got %v, want what the system says", err)
	}
}

// TestAcceptedAtTheEnd: a connection that is accepted while the door closes is served
// like any other, and one for which there is no room does not wait for it for ever.
func TestAcceptedAtTheEnd(t *testing.T) {
	open := newConnections()
	open.bound = 1
	open.end()
	entrance := door{&exhausted{}, open}
	conn, err := entrance.Accept()
	if err != nil {
		t.Fatal("turned away:", err)
	}
	conn.(*connection).becomes(deciding)
	if _, err := entrance.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v for one too many, want that the door is closed", err)
	}
}
