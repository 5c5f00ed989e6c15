package httpserver

import (
	"container/list"
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// connections are all that are open, up to a bound. When one more comes, the one that
// has waited longest gives way to it, of those on which nothing is being decided: who
// holds many keeps nobody out who has something to ask.
type connections struct {
	bound int

	mu     sync.Mutex
	change *sync.Cond // of any of them
	open   map[net.Conn]*connection
	ended  bool // nobody is let in any more
	// Those that can give way, in this order. What is closed under a request is lost,
	// so Chat's come after all strangers'.
	strangers, chats *list.List
	hurried          int   // that were told to finish, and have not
	gaveWay          int64 // ever
}

// A connection is one of them. A nil one is not counted, and nothing comes of telling it.
type connection struct {
	all   *connections
	conn  net.Conn
	state state
	chats bool // a token signed a request that came over it

	in    *list.List // nil while it cannot give way
	place *list.Element
}

// A state is what a connection does, beyond what net/http says of it.
type state int

const (
	fresh     state = iota // nothing was asked yet; it may be on its way
	idle                   // all that was asked is answered
	reading                // a stranger's body is waited for
	hurried                // it is not waited for any more
	deciding               // a request is there: it will be answered
	answering              // the client need only take its answer
)

func newConnections(bound int) *connections {
	c := &connections{bound: bound, open: map[net.Conn]*connection{}, strangers: list.New(), chats: list.New()}
	c.change = sync.NewCond(&c.mu)
	return c
}

type connectionKey struct{}

// welcome is an http.Server's ConnContext, the first that is heard of a connection; its
// requests know it by the context.
func (c *connections) welcome(ctx context.Context, conn net.Conn) context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := &connection{all: c, conn: conn}
	c.open[conn] = k
	k.enter(fresh)
	return context.WithValue(ctx, connectionKey{}, k)
}

// note is an http.Server's ConnState.
func (c *connections) note(conn net.Conn, to http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.open[conn]
	switch {
	case !ok || to == http.StateNew: // it has given way, or was welcomed
	case to == http.StateActive:
		k.enter(deciding)
	case to == http.StateIdle:
		k.enter(idle)
	default:
		k.leave()
	}
}

func connectionOf(r *http.Request) *connection {
	k, _ := r.Context().Value(connectionKey{}).(*connection)
	return k
}

// becomes puts a connection into a state, and returns the one that it was in.
func (k *connection) becomes(s state) (was state) {
	if k == nil {
		return s
	}
	k.all.mu.Lock()
	defer k.all.mu.Unlock()
	was = k.state
	k.enter(s)
	return was
}

// isChats notes that Chat asked over a connection.
func (k *connection) isChats() {
	if k == nil {
		return
	}
	k.all.mu.Lock()
	defer k.all.mu.Unlock()
	k.chats = true
}

// enter is becomes, of a connection that is there, with the lock held.
func (k *connection) enter(s state) {
	if k.all.open[k.conn] != k || k.state == hurried && s == deciding {
		return
	}
	k.unlist()
	k.state = s
	switch {
	case s == hurried:
		k.all.hurried++
	case s != deciding:
		k.in = k.all.strangers
		if k.chats {
			k.in = k.all.chats
		}
		k.place = k.in.PushBack(k)
	}
	k.all.change.Broadcast()
}

// leave strikes a connection off, with the lock held.
func (k *connection) leave() {
	k.unlist()
	delete(k.all.open, k.conn)
	k.all.change.Broadcast()
}

func (k *connection) unlist() {
	if k.state == hurried {
		k.all.hurried--
	}
	if k.in != nil {
		k.in.Remove(k.place)
		k.in = nil
	}
}

// giveWay makes the connection that has waited longest give way, if any can. One that
// reads is answered, as when its body comes too late; others are closed.
func (c *connections) giveWay() bool {
	first := c.strangers.Front()
	if first == nil {
		first = c.chats.Front()
	}
	if first == nil {
		return false
	}
	c.gaveWay++
	k := first.Value.(*connection)
	if k.state == reading {
		k.enter(hurried)
		_ = k.conn.SetReadDeadline(time.Unix(1, 0))
		return true
	}
	k.leave()
	_ = k.conn.Close() // it is gone, one way or another
	return true
}

// makeRoom returns when there is room for one more; it is false when nobody is let in.
func (c *connections) makeRoom() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for !c.ended && len(c.open) >= c.bound {
		if c.hurried > 0 || !c.giveWay() {
			c.change.Wait()
		}
	}
	return !c.ended
}

// freeDescriptor makes a connection give way to whatever needs its file descriptor.
func (c *connections) freeDescriptor() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hurried == 0 && c.giveWay()
}

func (c *connections) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	c.change.Broadcast()
}

func (c *connections) totalGaveWay() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gaveWay
}

// wait returns when no request is under way, nor may be, or the context ends.
func (c *connections) wait(ctx context.Context) {
	defer context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.change.Broadcast()
	})()
	c.mu.Lock()
	defer c.mu.Unlock()
	for ctx.Err() == nil && c.underWay() {
		c.change.Wait()
	}
}

func (c *connections) underWay() bool {
	for _, k := range c.open {
		if k.state != idle {
			return true
		}
	}
	return false
}

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
		switch {
		case err == nil && d.connections.makeRoom():
			return conn, nil
		case err == nil:
			_ = conn.Close()
			return nil, net.ErrClosed
		case !outOfDescriptors(err) || !d.connections.freeDescriptor():
			return nil, err
		}
		time.Sleep(time.Millisecond) // it takes a moment to close
	}
}

func outOfDescriptors(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// Close lets nobody in any more.
func (d door) Close() error {
	d.connections.end()
	return d.Listener.Close()
}
