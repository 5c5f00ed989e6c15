package gatetest

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"topicgate/pkg/quota/quotatest"
)

// A besieged server is one with a standard output of the test's own, and limits.
type besieged struct {
	*Server

	address string // where it listens
	metrics string // where it may be scraped
	reader  *os.File
}

// besiege runs serve. Its log is a pipe that nobody reads unless the test does; files is
// how many it may have open, 0 for as many as the test.
func besiege(t *testing.T, files int, e env) *besieged {
	t.Helper()
	var ports [2]string
	for i := range ports {
		var err error
		if ports[i], err = FreePort(); err != nil {
			t.Fatal(err)
		}
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	b := &besieged{address: "127.0.0.1:" + ports[0], metrics: "127.0.0.1:" + ports[1], reader: reader}
	e["ADDR"], e["METRICS_ADDR"] = b.address, b.metrics
	command := exec.Command(binaries.topicgate, "serve")
	if files > 0 {
		command = exec.Command("/bin/sh", "-c", `ulimit -n "$1" && exec "$0" serve`, binaries.topicgate, strconv.Itoa(files))
	}
	// What a container of 128 MiB makes known; see memlimit in package cli.
	command.Env = append((&Scenario{Env: e}).Environ(), "GOMEMLIMIT=115MiB")
	command.Stdout = writer
	var stderr LockedBuffer
	command.Stderr = &stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	_ = writer.Close()
	p := &Process{command: command, began: time.Now(), exited: make(chan struct{})}
	go func() {
		p.err = command.Wait()
		close(p.exited)
	}()
	b.Server = &Server{Process: p, URL: "http://" + b.address, client: &http.Client{Timeout: patience, Transport: &http.Transport{}}}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		<-p.exited
		_ = reader.Close()
		b.client.CloseIdleConnections()
	})
	if err := p.await(func() error {
		response, err := b.client.Get(b.URL + "/healthz")
		if err != nil {
			return err
		}
		return response.Body.Close()
	}); err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	return b
}

// dial connects, and hangs up with the test.
func (b *besieged) dial(t *testing.T) net.Conn {
	t.Helper()
	c, err := net.DialTimeout("tcp", b.address, patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// allows sends a signed callback that must be allowed.
func (b *besieged) allows(t *testing.T, what string) {
	t.Helper()
	answer, err := b.Do(t.Context(), (&Scenario{Token: oneToken}).Call(time.Now()))
	if err != nil || answer.Body != (Want{}).Verdict() {
		t.Fatalf("%s: answered %+v (%v)", what, answer, err)
	}
}

// ends asks the server to end, and holds it to how it must, in time.
func (b *besieged) ends(t *testing.T) {
	t.Helper()
	began := time.Now()
	if err := b.Stop(); err != nil {
		t.Errorf("it ended badly: %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it ended after %v", took)
	} else {
		t.Logf("ended after %v", took.Round(time.Millisecond))
	}
}

// peak is the most memory that the server ever held, in MiB.
func (b *besieged) peak(t *testing.T) float64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", b.PID()))
	if err != nil {
		t.Fatal(err)
	}
	kilobytes, err := strconv.Atoi(strings.TrimSpace(between(string(status), "\nVmHWM:", "kB")))
	if err != nil {
		t.Fatalf("no VmHWM in %q", status)
	}
	return float64(kilobytes) / 1024
}

func (b *besieged) count(t *testing.T, name string) float64 {
	t.Helper()
	return counts(scrape(t, b.metrics)[name])[""]
}

const unsigned = "SdkAppid=" + App + "&CallbackCommand="

// blackHole is an upstream that takes everything and never answers.
func blackHole(t *testing.T) (url string) {
	t.Helper()
	return "http://" + quotatest.StartPeer(t, "")
}

// TestSiege: idle connections, unfinished bodies, a log that nobody reads and an upstream
// that does not answer, all at once and in little memory, keep no signed callback from
// its verdict; and the server ends when it is told to. GATETEST_SIEGE says how
// long, 10 s if not.
func TestSiege(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the peak of memory is read from /proc, which " + runtime.GOOS + " has not")
	}
	lasting := 10 * time.Second
	if d, err := time.ParseDuration(os.Getenv("GATETEST_SIEGE")); err == nil {
		lasting = d
	}
	idle, bodies := 5000, 1000
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err == nil && files.Cur < 7000 {
		idle = int(files.Cur)/2 - bodies/2
		bodies = idle / 5
		t.Logf("only %d files may be open: %d idle connections and %d unfinished bodies", files.Cur, idle, bodies)
	}
	b := besiege(t, 0, env{"TOKENS": oneToken, "BANNED_WORDS": "spam", "UPSTREAM_URL": blackHole(t)})

	over := make(chan struct{})
	var besiegers sync.WaitGroup
	var held connections
	// again connects and sends, waits until it is hung up on, and does it again later. It
	// has one goroutine for each connection: the race detector bears 8,000.
	again := func(n int, text string) {
		const pause = 5 * time.Second
		for i := range n {
			besiegers.Go(func() {
				for next := time.Duration(i) * pause / time.Duration(n); ; next = pause {
					select {
					case <-over:
						return
					case <-time.After(next):
					}
					c, err := net.DialTimeout("tcp", b.address, patience)
					if err != nil || !held.add(c) {
						continue
					}
					_, _ = io.WriteString(c, text)
					_, _ = io.Copy(io.Discard, c)
					held.drop(c)
				}
			})
		}
	}
	unfinished := func(query string, length, sent int) string {
		return "POST /?" + query + " HTTP/1.1\r\nHost: gate\r\nContent-Length: " + strconv.Itoa(length) + "\r\n\r\n" + strings.Repeat("x", sent)
	}
	again(idle, "")
	again(bodies/4, unfinished(unsigned+"C2C.CallbackBeforeSendMsg", 6<<20, 200<<10))
	again(bodies/4, unfinished(unsigned+"Group.CallbackBeforeCreateTopic", 250<<10, 200<<10))
	again(bodies/4, unfinished("", 250<<10, 100))
	again(bodies/4, "POST /?"+unsigned+"State.StateChange HTTP/1.1\r\nHost: gate\r\nTransfer-Encoding: chunked\r\n\r\n30000\r\n"+strings.Repeat("x", 0x30000)+"\r\n")
	for range 8 { // strangers whose callbacks go on to the upstream
		besiegers.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
				}
				if response, err := b.client.Post(b.URL+"/?"+unsigned+"State.StateChange", "", strings.NewReader("{}")); err == nil {
					_ = response.Body.Close()
				}
			}
		})
	}

	// A server that does nothing says how much of the time is the machine's.
	control := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, (Want{}).Verdict())
	}))
	defer control.Close()
	var mine, theirs latencies
	var callers sync.WaitGroup
	for i := range 10 {
		callers.Go(func() {
			for _, to := range []struct {
				url  string
				into *latencies
			}{{b.URL, &mine}, {control.URL, &theirs}} {
				callers.Go(func() {
					transport := &http.Transport{DisableKeepAlives: i%2 == 0}
					defer transport.CloseIdleConnections()
					for n := 0; ; n++ {
						select {
						case <-over:
							return
						case <-time.After(100 * time.Millisecond):
						}
						call := (&Scenario{Token: oneToken}).Call(time.Now())
						request, err := http.NewRequest(call.Method, to.url+"/?"+call.Query, strings.NewReader(call.Body))
						if err != nil {
							t.Error(err)
							return
						}
						request.GetBody = nil // without it the transport cannot send again
						began := time.Now()
						response, err := transport.RoundTrip(request)
						if err != nil {
							t.Errorf("caller %d, callback %d: %v", i, n, err)
							continue
						}
						body, err := io.ReadAll(response.Body)
						_ = response.Body.Close()
						if err != nil || string(body) != (Want{}).Verdict() {
							t.Errorf("caller %d, callback %d: answered %s %s (%v)", i, n, response.Status, body, err)
						}
						to.into.add(time.Since(began))
					}
				})
			}
		})
	}
	time.Sleep(lasting)
	closed, refused, dropped := b.count(t, "topicgate_connections_closed_total"), b.count(t, "topicgate_bodies_refused_total"), b.count(t, "topicgate_log_dropped_total")
	close(over)
	callers.Wait()

	n, p99 := mine.p99()
	_, machine := theirs.p99()
	t.Logf("%d callbacks with a p99 of %v (%v of a server that does nothing) and a peak of %.1f MiB; %v connections gave way, %v bodies were refused, %v lines dropped",
		n, p99, machine, b.peak(t), closed, refused, dropped)
	if p99 > 500*time.Millisecond {
		if machine > 100*time.Millisecond {
			t.Logf("the machine is too busy to tell")
		} else {
			t.Errorf("a p99 of %v, want under 500 ms", p99)
		}
	}
	if peak := b.peak(t); peak >= 128 {
		t.Errorf("a peak of %.1f MiB, want under 128", peak)
	}
	if closed == 0 {
		t.Error("no connection gave way: there was no siege")
	}
	b.ends(t)
	held.end()
	besiegers.Wait()
}

// connections are those that besiegers hold, for the end to close them.
type connections struct {
	mu   sync.Mutex
	open map[net.Conn]bool
	over bool
}

func (h *connections) add(c net.Conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over {
		_ = c.Close()
		return false
	}
	if h.open == nil {
		h.open = map[net.Conn]bool{}
	}
	h.open[c] = true
	return true
}

func (h *connections) drop(c net.Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	_ = c.Close()
	delete(h.open, c)
}

func (h *connections) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.over = true
	for c := range h.open {
		_ = c.Close()
	}
}

type latencies struct {
	mu  sync.Mutex
	all []time.Duration
}

func (l *latencies) add(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, d)
}

func (l *latencies) p99() (n int, d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) == 0 {
		return 0, 0
	}
	slices.Sort(l.all)
	return len(l.all), l.all[len(l.all)*99/100].Round(100 * time.Microsecond)
}
