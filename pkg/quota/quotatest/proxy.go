//go:build unix

package quotatest

import (
	"crypto/tls"
	"net"
	"sync"
	"testing"
	"time"
)

// Proxy forwards TCP connections to one address, unless told otherwise. Whatever it is told holds from then on for the
// connections that it has and those to come, but for Forget.
type Proxy struct {
	t        testing.TB
	listener net.Listener
	target   string
	running  sync.WaitGroup

	mu          sync.Mutex
	links       map[*link]bool
	connections int
	trips       int
	delay       time.Duration
	stalled     bool
	swallowing  bool
	closed      bool
}

// link is one connection of a client and the proxy's own to the target.
type link struct {
	client, target net.Conn
	asking         bool // the last bytes were the client's
	forgotten      bool
}

// StartProxy starts a proxy on a free loopback port that ends with the test.
func StartProxy(t testing.TB, target string) *Proxy { return startProxy(t, target, nil) }

// StartTLSProxy starts a proxy that speaks TLS to its clients and forwards what is inside to the target.
func StartTLSProxy(t testing.TB, target string, certificate tls.Certificate) *Proxy {
	return startProxy(t, target, &tls.Config{Certificates: []tls.Certificate{certificate}})
}

func startProxy(t testing.TB, target string, config *tls.Config) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if config != nil {
		l = tls.NewListener(l, config)
	}
	p := &Proxy{t: t, listener: l, target: target, links: make(map[*link]bool)}
	p.running.Go(p.accept)
	t.Cleanup(func() {
		_ = l.Close()
		p.mu.Lock()
		p.closed = true
		for k := range p.links {
			k.close()
		}
		p.mu.Unlock()
		p.running.Wait()
	})
	return p
}

// Address returns the proxy's host:port.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// URL returns the proxy's redis:// URL.
func (p *Proxy) URL() string { return "redis://" + p.Address() }

// Delay holds every answer back for d.
func (p *Proxy) Delay(d time.Duration) { p.set(func() { p.delay = d }) }

// Stall makes the proxy a black hole: it accepts, and forwards nothing. What it was sent is lost.
func (p *Proxy) Stall(on bool) { p.set(func() { p.stalled = on }) }

// Swallow makes the proxy forward what clients ask and drop what they are answered.
func (p *Proxy) Swallow(on bool) { p.set(func() { p.swallowing = on }) }

// Forget makes the proxy behave as a router that has forgotten the connections of this moment: what clients send on
// them goes nowhere, and nobody tells them. New connections work.
func (p *Proxy) Forget() {
	p.set(func() {
		for k := range p.links {
			k.forgotten = true
		}
	})
}

// Cut closes the connections of this moment.
func (p *Proxy) Cut() {
	p.set(func() {
		for k := range p.links {
			k.close()
		}
	})
}

func (p *Proxy) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// Counts returns the connections that were opened and, apart from those, the round trips made: a client's bytes count
// as one until it has been answered, however many commands they hold. Both start again from 0.
func (p *Proxy) Counts() (connections, trips int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	connections, trips = p.connections, p.trips
	p.connections, p.trips = 0, 0
	return connections, trips
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		k := &link{client: client}
		p.mu.Lock()
		p.connections++
		if p.closed {
			_ = client.Close()
		} else {
			p.links[k] = true
			p.running.Go(func() { p.serve(k) })
		}
		p.mu.Unlock()
	}
}

func (p *Proxy) serve(k *link) {
	defer p.set(func() {
		delete(p.links, k)
		k.close()
	})
	target, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	closed := false
	p.set(func() {
		k.target = target
		closed = p.closed
	})
	if closed {
		return
	}
	answers := make(chan struct{})
	go func() {
		defer close(answers)
		p.copy(k, target, k.client, p.answer)
	}()
	p.copy(k, k.client, target, p.ask)
	p.set(k.close)
	<-answers
}

// copy forwards what pass lets through, until either side is closed.
func (p *Proxy) copy(k *link, from, to net.Conn, pass func(*link) bool) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && pass(k) {
			if _, err := to.Write(buffer[:n]); err != nil {
				break
			}
		}
		if err != nil {
			break
		}
	}
	p.set(func() {
		// A router that has forgotten a connection passes on its end no more than its bytes.
		if !k.forgotten {
			k.close()
		}
	})
}

func (p *Proxy) ask(k *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !k.asking {
		k.asking = true
		p.trips++
	}
	return !p.stalled && !k.forgotten
}

func (p *Proxy) answer(k *link) bool {
	p.mu.Lock()
	delay := p.delay
	p.mu.Unlock()
	time.Sleep(delay)
	p.mu.Lock()
	defer p.mu.Unlock()
	k.asking = false
	return !p.stalled && !p.swallowing && !k.forgotten
}

func (k *link) close() {
	_ = k.client.Close()
	if k.target != nil {
		_ = k.target.Close()
	}
}
