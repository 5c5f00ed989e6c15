//go:build unix

package quotatest

import (
	"net"
	"sync"
	"testing"
)

// StartPeer starts a server on a free loopback port that gives every piece it reads the same answer, and none at all
// when answer is empty: a black hole. It returns its address.
func StartPeer(t testing.TB, answer string) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var (
		open     []net.Conn // accept's alone until it has ended
		running  sync.WaitGroup
		accepted = make(chan struct{})
	)
	go func() {
		defer close(accepted)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			open = append(open, c)
			running.Go(func() { repeat(c, []byte(answer)) })
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-accepted
		for _, c := range open {
			_ = c.Close()
		}
		running.Wait()
	})
	return l.Addr().String()
}

// repeat gives the same answer to every piece that it reads.
func repeat(c net.Conn, answer []byte) {
	buffer := make([]byte, 32<<10)
	for {
		if _, err := c.Read(buffer); err != nil {
			return
		}
		if _, err := c.Write(answer); err != nil {
			return
		}
	}
}
