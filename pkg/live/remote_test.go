//go:build unix

package live

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"topicgate/pkg/dial"
	"topicgate/pkg/live/livetest"
	"topicgate/pkg/quota/quotatest"
)

const (
	first  = "version: 1\nfreeze: false\n"
	second = "version: 1\nfreeze: true\n"
	// patience is how long a look may last in tests where it should be over long before.
	patience = 10 * time.Second
)

func remote(t *testing.T, url string, environ ...string) *Remote {
	t.Helper()
	u, err := ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	return NewRemote(u, func(name string) string {
		for _, e := range environ {
			if value, found := strings.CutPrefix(e, name+"="); found {
				return value
			}
		}
		return ""
	})
}

// looks expects one good look.
func looks(t *testing.T, r *Remote, text string, changed bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	got, gotChanged, err := r.Look(ctx)
	if got != text || gotChanged != changed || err != nil {
		t.Fatalf("Look = %q, %v, %v; want %q, %v", got, gotChanged, err, text, changed)
	}
}

// fails expects one look that fails, and returns what it says.
func fails(t *testing.T, r *Remote, says ...string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	text, changed, err := r.Look(ctx)
	if err == nil || text != "" || changed {
		t.Fatalf("Look = %q, %v, %v; want an error", text, changed, err)
	}
	for _, word := range append(says, r.String()+": ") {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the error does not say %q: %v", word, err)
		}
	}
	return err
}

func TestLook(t *testing.T) {
	s := livetest.NewServer(t)
	s.Set(first)
	r := remote(t, s.URL()+"?sig=a%2Fb&x=;")
	looks(t, r, first, true)
	looks(t, r, "", false)
	s.Set(second)
	looks(t, r, second, true)
	s.Set(first) // an old one is another one
	looks(t, r, first, true)
	s.IgnoreETags()
	looks(t, r, "", false)
	s.Set(second)
	looks(t, r, second, true)

	var conditions []string
	for _, look := range s.Looks() {
		conditions = append(conditions, look.Header.Get("If-None-Match"))
		if look.RequestURI != "/policy.yaml?sig=a%2Fb&x=;" {
			t.Errorf("asked for %s", look.RequestURI)
		}
		if look.Header.Get("User-Agent") != "topicgate" || look.Header.Get("Accept-Encoding") != "identity" || look.Header.Get("Cookie") != "" || look.Header.Get("Authorization") != "" {
			t.Errorf("asked with %v", look.Header)
		}
		if look.Connection != s.Looks()[0].Connection {
			t.Error("a connection was not kept")
		}
	}
	if conditions[0] != "" || conditions[1] == "" || conditions[2] != conditions[1] || conditions[3] == conditions[1] || conditions[4] != conditions[1] {
		t.Errorf("asked with the ETags %q", conditions)
	}
}

// What fails is not what was seen last.
func TestLookAfterFailure(t *testing.T) {
	s := livetest.NewServer(t)
	s.Set(first)
	r := remote(t, s.URL())
	looks(t, r, first, true)
	for _, name := range []string{"sends a page", "sends 2 MiB", "breaks off", "says 404", "sends GBK"} {
		s.Break(livetest.FaultNamed(name))
		_ = fails(t, r)
		s.Mend()
		looks(t, r, "", false)
	}
	s.Set(second)
	looks(t, r, second, true)
}

// Nobody answers "not modified" about what they never sent, and what could not be sent back as an ETag is none.
func TestLookStrangeETags(t *testing.T) {
	for _, test := range []struct{ answers, says string }{
		{"HTTP/1.1 304 Not Modified\r\n\r\n", "the answer is 304"},
		{"HTTP/1.1 200 OK\r\nETag: \"\x01\"\r\nContent-Length: 3\r\n\r\na: ", "no proper HTTP"},
		{"HTTP/1.1 200 OK\r\nETag: \"\x7f\"\r\nContent-Length: 3\r\n\r\na: ", "no proper HTTP"},
		{"HTTP/1.1 200 OK\r\nETag: \"" + strings.Repeat("x", 2000) + "\"\r\nContent-Length: 3\r\n\r\na: ", ""},
		{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na: ", ""},
	} {
		address, received := answering(t, test.answers)
		r := remote(t, "http://"+address+"/p")
		if test.says != "" {
			_ = fails(t, r, test.says)
			continue
		}
		looks(t, r, "a: ", true)
		looks(t, r, "", false)
		<-received
		if request := <-received; strings.Contains(request, "If-None-Match") {
			t.Errorf("after %q: %q", test.answers, request)
		}
	}
}

// answering answers each request on its own connection with the same bytes.
func answering(t *testing.T, answer string) (address string, received <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	requests := make(chan string, 10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			var request [8 << 10]byte
			n, _ := c.Read(request[:])
			requests <- string(request[:n])
			_, _ = c.Write([]byte(answer))
			_ = c.Close()
		}
	}()
	return l.Addr().String(), requests
}

// A function that thaws has a connection that died meanwhile: how, nobody tells it.
func TestLookOnDeadConnection(t *testing.T) {
	t.Run("closed while unused", func(t *testing.T) {
		s := livetest.NewServer(t)
		s.Set(first)
		r := remote(t, s.URL())
		looks(t, r, first, true)
		s.CloseConnections()
		looks(t, r, "", false)
	})
	for _, name := range []string{"closes", "resets"} {
		t.Run(name+" when asked", func(t *testing.T) {
			s := livetest.NewServer(t)
			s.Set(first)
			r := remote(t, s.URL())
			looks(t, r, first, true)
			s.BreakOnce(livetest.FaultNamed(name)) // the kept connection meets it, a fresh one does not
			looks(t, r, "", false)
			if all := s.Looks(); len(all) != 3 || all[0].Connection != all[1].Connection || all[1].Connection == all[2].Connection {
				t.Errorf("%d looks arrived, want two on one connection and the second again on another", len(all))
			}
		})
	}
	t.Run("forgotten", func(t *testing.T) {
		s := livetest.NewServer(t)
		s.Set(first)
		r := remote(t, s.URL())
		looks(t, r, first, true)
		for _, jump := range []time.Duration{time.Hour, -4 * time.Hour} { // thawed after an hour; the clock set back
			r.transport.Clock = func() time.Time { return time.Now().Add(jump) }
			looks(t, r, "", false)
		}
		all := s.Looks()
		if all[0].Connection == all[1].Connection || all[1].Connection == all[2].Connection {
			t.Error("a connection was used of which nobody knows whether the other end still has it")
		}
	})
	t.Run("a fresh one", func(t *testing.T) {
		s := livetest.NewServer(t)
		s.Break(livetest.FaultNamed("closes"))
		_ = fails(t, remote(t, s.URL()), "closed before")
		if n := len(s.Looks()); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
}

func TestLookNowhere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	_ = fails(t, remote(t, "http://"+l.Addr().String()+"/p?sig=hunter2"), "not to be reached", "refused")

	r := remote(t, "https://policies.example/p")
	r.transport.Lookup = func(context.Context, string, string) ([]netip.Addr, error) {
		return nil, &net.DNSError{Err: "no such host", Name: "policies.example", IsNotFound: true}
	}
	_ = fails(t, r, "not to be reached", "no such host")
}

// Whoever answers for names has no say in where localhost is.
func TestLookLocalhost(t *testing.T) {
	s := livetest.NewAppConfig(t, "chat/app", "prod", "topicgate")
	s.Set(first)
	_, port, _ := net.SplitHostPort(s.Address())
	r := remote(t, "http://localhost:"+port+"/applications/chat%2Fapp/environments/prod/configurations/topicgate")
	r.transport.Lookup = func(context.Context, string, string) ([]netip.Addr, error) {
		t.Error("somebody was asked where localhost is")
		return nil, errors.New("asked")
	}
	looks(t, r, first, true)
	looks(t, r, "", false) // it has no ETags
	s.Set(second)
	looks(t, r, second, true)
	r = remote(t, "http://localhost:"+port+"/applications/other/environments/prod/configurations/topicgate")
	_ = fails(t, r, "the answer is 404")
}

// trusting makes r trust an authority of a test.
func trusting(r *Remote, authority *quotatest.Authority) {
	r.transport.TLSClientConfig.RootCAs = x509.NewCertPool()
	r.transport.TLSClientConfig.RootCAs.AppendCertsFromPEM(authority.PEM())
}

func TestLookTLS(t *testing.T) {
	authority := quotatest.NewAuthority(t)
	s := livetest.NewServer(t, authority.Issue("127.0.0.1"))
	s.Set(first)
	r := remote(t, s.URL()+"?sig=hunter2")
	_ = fails(t, r, "not to be reached", "unknown authority")
	trusting(r, authority)
	looks(t, r, first, true)

	other := livetest.NewServer(t, authority.Issue("other.example"))
	r = remote(t, other.URL())
	trusting(r, authority)
	_ = fails(t, r, "not to be reached", "x509")

	plain := livetest.NewServer(t)
	_ = fails(t, remote(t, strings.Replace(plain.URL(), "http:", "https:", 1)), "speaks no TLS")

	// A server that begins TLS with a message which is none of its.
	address, _ := answering(t, "\x16\x03\x03\x00\x04\x00\x00\x00\x00")
	_ = fails(t, remote(t, "https://"+address+"/p"), "not to be reached: tls: ")

	r = remote(t, "https://"+authority.OldTLS()+"/p")
	trusting(r, authority)
	_ = fails(t, r, "not to be reached", "version")
}

func TestLookIsCancelled(t *testing.T) {
	s := livetest.NewServer(t)
	s.Break(livetest.FaultNamed("stalls"))
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, _, err := remote(t, s.URL()).Look(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Look: %v", err)
	}
}

// Every fault has an error that says what it is and nothing of the query, within the time of a look in a function; and
// is over when the server is mended.
func TestFaults(t *testing.T) {
	const budget, late = 300 * time.Millisecond, time.Second
	if n := len(livetest.Faults()); n < 30 {
		t.Fatalf("%d faults", n)
	}
	for _, fault := range livetest.Faults() {
		t.Run(fault.Name, func(t *testing.T) {
			t.Parallel()
			s := livetest.NewServer(t)
			s.Set(strings.Repeat("# a policy\n", 100))
			r := remote(t, s.URL()+"?sig=hunter2")
			for round := range 2 { // on a new connection, and on a kept one
				s.Break(fault)
				start := time.Now()
				limit := budget
				if !fault.Slow {
					limit = patience // the machine is shared
				}
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				text, changed, err := r.Look(ctx)
				cancel()
				lasted := time.Since(start)
				if fault.Slow && (lasted < budget || lasted > budget+late || !errors.Is(err, context.DeadlineExceeded)) {
					t.Errorf("after %v: %v", lasted, err)
				}
				switch {
				case fault.Says == "":
					if text != livetest.Broken || !changed || err != nil {
						t.Errorf("Look = %q, %v, %v", text, changed, err)
					}
				case err == nil || text != "" || changed:
					t.Fatalf("Look = %.100q, %v, %v", text, changed, err)
				case !strings.Contains(err.Error(), fault.Says) || !strings.HasPrefix(err.Error(), s.URL()+": "):
					t.Errorf("the error is: %v", err)
				case strings.ContainsAny(err.Error(), "?\n") || strings.Contains(err.Error(), "hunter2"):
					t.Errorf("the error has the query: %v", err)
				}
				if round == 0 {
					t.Log(err)
				}
				s.Mend()
				if text, _, err := r.Look(t.Context()); err != nil || round == 0 && !strings.HasPrefix(text, "# a policy") {
					t.Fatalf("mended: %.100q, %v", text, err)
				}
			}
			if slices.ContainsFunc(s.Looks(), func(l livetest.Look) bool { return !strings.HasPrefix(l.RequestURI, "/policy.yaml?") }) {
				t.Error("a redirect was followed")
			}
		})
	}
}

// However large what is sent is, little more than a policy is read.
func TestLookReadsNoMore(t *testing.T) {
	for _, name := range []string{"sends 2 MiB", "sends chunks without end", "sends headers without end", "sends a gzip bomb"} {
		s := livetest.NewServer(t)
		s.Break(livetest.FaultNamed(name))
		r := remote(t, s.URL())
		var read int
		r.transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := (&net.Dialer{}).DialContext(ctx, network, address)
			return &counting{c, &read}, err
		}
		_ = fails(t, r)
		if most := maxObject + dial.MaxHeader + 16<<10; read > most {
			t.Errorf("%s: %d bytes were read", name, read)
		}
	}
	// A policy of just the most that is taken.
	s := livetest.NewServer(t)
	r := remote(t, s.URL())
	largest := strings.Repeat("#", maxObject)
	s.Set(largest + "#")
	_ = fails(t, r, "over 1 MiB")
	s.Set(largest)
	looks(t, r, largest, true)
}

type counting struct {
	net.Conn
	read *int
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	*c.read += n
	return n, err
}

// What a certificate says does not write on a terminal, nor fill a log.
func TestPlain(t *testing.T) {
	if got, want := plain("tls: \x1b[31ma\r\nb \u202e公"), "tls: [31mab 公"; got != want {
		t.Errorf("plain = %q, want %q", got, want)
	}
	if got := plain(strings.Repeat("公", 1000)); got != strings.Repeat("公", 100) {
		t.Errorf("plain left %d bytes", len(got))
	}
	if got := plain("x" + strings.Repeat("公", 1000)); got != "x"+strings.Repeat("公", 99) {
		t.Errorf("plain left %q", got)
	}
}
