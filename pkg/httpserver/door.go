package httpserver

import (
	"errors"
	"net"
	"syscall"
	"time"
)

// A door is a listener that lets in as many as there is room for.
type door struct {
	net.Listener
	connections *connections
}

// Accept waits for a connection, and for room. Without a file descriptor for it another
// one gives way; where none can, net/http tries again a little later.
func (d door) Accept() (net.Conn, error) {
	for {
		conn, err := d.Listener.Accept()
		if err == nil {
			if k := d.connections.welcome(conn); k != nil {
				return k, nil
			}
			_ = conn.Close()
			return nil, net.ErrClosed
		}
		exhausted := errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
		if !exhausted || !d.connections.freeDescriptor() {
			return nil, err
		}
		time.Sleep(time.Millisecond) // it takes a moment to close
	}
}

// Close accepts nobody any more.
func (d door) Close() error {
	err := d.Listener.Close()
	d.connections.end()
	return err
}
