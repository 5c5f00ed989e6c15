package httpserver

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// connections are all that are open, up to a bound. When one more comes, the one that
// has waited longest gives way to it, of those on which nothing is being decided: who
// holds many keeps nobody out who has something to ask.
type connections struct {
	bound   int
	gaveWay atomic.Int64 // ever

	mu     sync.Mutex
	change *sync.Cond // of any of them
	open   map[*connection]struct{}
	ended  bool // nobody waits for room any more
	// Those that can give way, in this order, the one that waits longest first. What is
	// closed under a request is lost, so Chat's come after all strangers'.
	strangers, chats *list.List
	hurried          int // that were told to finish, and have not
}

// A connection is one of them. A nil one is not counted, and nothing comes of telling it.
type connection struct {
	net.Conn
	all      *connections
	welcomed time.Time
	state    state
	chats    bool // a token signed a request that came over it
	header   header

	place *list.Element // nil where it is in no list
	list  *list.List    // that place is in
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
	lingering              // it has been sent its answer
)

func newConnections() *connections {
	c := &connections{open: map[*connection]struct{}{}, strangers: list.New(), chats: list.New()}
	c.change = sync.NewCond(&c.mu)
	return c
}

// welcome returns a connection when there is room for it, and nil when there will be none.
// A connection that was accepted is served though the end has come meanwhile: its request
// may be on its way.
func (c *connections) welcome(conn net.Conn) *connection {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.open) >= c.bound {
		if c.hurried == 0 && c.giveWay() {
			continue
		}
		if c.ended {
			return nil
		}
		c.change.Wait()
	}
	k := &connection{Conn: conn, all: c, welcomed: time.Now()}
	c.open[k] = struct{}{}
	k.enter(fresh)
	return k
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
	c.gaveWay.Add(1)
	k := first.Value.(*connection)
	if k.state == reading {
		k.enter(hurried)
		_ = k.SetReadDeadline(time.Unix(1, 0))
	} else {
		k.leave()
		_ = k.Close() // it is gone, one way or another
	}
	return true
}

// freeDescriptor makes a connection give way to whatever needs its file descriptor.
func (c *connections) freeDescriptor() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hurried == 0 && c.giveWay()
}

// end lets nobody wait for room any more.
func (c *connections) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	c.change.Broadcast()
}

// wait returns when no request is under way, nor may be, or the context ends.
func (c *connections) wait(ctx context.Context) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for c.underWay() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// underWay reports whether there is a request to answer. On a connection that has been
// silent since before the drain began none is on its way.
func (c *connections) underWay() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	silent := time.Now().Add(-drainTime)
	for k := range c.open {
		switch k.state {
		case idle, lingering:
		case fresh:
			if k.welcomed.After(silent) {
				return true
			}
		default:
			return true
		}
	}
	return false
}

type connectionKey struct{}

// keep is an http.Server's ConnContext: a request knows its connection by it.
func keep(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, conn)
}

func connectionOf(r *http.Request) *connection {
	k, _ := r.Context().Value(connectionKey{}).(*connection)
	return k
}

// note is an http.Server's ConnState.
func note(conn net.Conn, to http.ConnState) {
	k := conn.(*connection)
	switch to {
	case http.StateNew: // it was welcomed
	case http.StateActive:
		k.becomes(deciding)
	case http.StateIdle:
		k.becomes(idle)
	default:
		k.all.mu.Lock()
		defer k.all.mu.Unlock()
		k.leave()
	}
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

// enter is becomes, with the lock held.
func (k *connection) enter(s state) {
	if _, open := k.all.open[k]; !open || k.state == hurried && s == deciding {
		return // it has given way, or is about to
	}
	k.unlist()
	k.state, k.header = s, header{}
	switch {
	case s == hurried:
		k.all.hurried++
	case s != deciding:
		k.list = k.all.strangers
		if k.chats {
			k.list = k.all.chats
		}
		k.place = k.list.PushBack(k)
	}
	k.all.change.Broadcast()
}

func (k *connection) unlist() {
	if k.state == hurried {
		k.all.hurried--
	}
	if k.place != nil {
		k.list.Remove(k.place)
		k.place = nil
	}
}

// leave strikes a connection off, with the lock held.
func (k *connection) leave() {
	if _, open := k.all.open[k]; !open {
		return
	}
	k.unlist()
	delete(k.all.open, k)
	k.all.change.Broadcast()
}

// CloseWrite ends what the client reads, and lets it go on sending.
func (k *connection) CloseWrite() error {
	if half, ok := k.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
