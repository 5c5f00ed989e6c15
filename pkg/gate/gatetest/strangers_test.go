package gatetest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestFewFiles: clients that send and never read, as many as there are file descriptors,
// keep nobody out, and the server ends.
func TestFewFiles(t *testing.T) {
	const files = 62
	for name, connections := range map[string]string{"as many as there are files": "", "more than that": "10000"} {
		t.Run(name, func(t *testing.T) {
			b := besiege(t, files, env{"TOKENS": oneToken, "MAX_CONNECTIONS": connections, "UPSTREAM_URL": blackHole(t)})
			call := (&Scenario{}).Call(time.Now())
			pipelined := strings.Repeat(fmt.Sprintf("POST /?%s HTTP/1.1\r\nHost: gate\r\nContent-Length: %d\r\n\r\n%s", call.Query, len(call.Body), call.Body), 50_000)
			var senders sync.WaitGroup
			for range files {
				c := b.dial(t)
				senders.Go(func() { _, _ = io.WriteString(c, pipelined) })
			}
			for range files { // and some that do nothing at all
				b.dial(t)
			}
			for range 20 {
				b.client.CloseIdleConnections()
				b.allows(t, "beside those who never read")
			}
			b.ends(t)
			senders.Wait()
		})
	}
}

// TestEveryConnectionEnds: whatever a client leaves undone, the server hangs up, and says
// what it can say first.
func TestEveryConnectionEnds(t *testing.T) {
	b := besiege(t, 0, env{"UPSTREAM_URL": blackHole(t)})
	governed := "POST /?" + unsigned + "Group.CallbackBeforeCreateTopic HTTP/1.1\r\nHost: gate\r\n"
	other := "POST /?" + unsigned + "State.StateChange HTTP/1.1\r\nHost: gate\r\n"
	for name, test := range map[string]struct {
		sent string
		want string // of the answer; "" for none
	}{
		"nothing":                      {"", ""},
		"half a request line":          {"POST /?Sdk", "400"},
		"a header without an end":      {other, ""},
		"half a header":                {other + "Content-Le", "400"},
		"a governed body":              {governed + "Content-Length: 100\r\n\r\n{", "200"},
		"a governed body, too long":    {governed + "Content-Length: 400000\r\n\r\n" + strings.Repeat("x", 300<<10), "200"},
		"a governed body in chunks":    {governed + "Transfer-Encoding: chunked\r\n\r\n4b000\r\n" + strings.Repeat("x", 300<<10), "200"},
		"another body":                 {other + "Content-Length: 100\r\n\r\n{", "502"},
		"another body, too long":       {other + "Transfer-Encoding: chunked\r\n\r\n700000\r\n" + strings.Repeat("x", 7<<20), "502"},
		"a body of GET":                {"GET / HTTP/1.1\r\nHost: gate\r\nContent-Length: 100\r\n\r\n{", "405"},
		"a body of GET /healthz":       {"GET /healthz HTTP/1.1\r\nHost: gate\r\nContent-Length: 100\r\n\r\n{", "200"},
		"a body that it says it sends": {governed + "Expect: 100-continue\r\nContent-Length: 100\r\n\r\n", "100"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := b.dial(t)
			go func() { _, _ = io.WriteString(c, test.sent) }()
			_ = c.SetReadDeadline(time.Now().Add(patience))
			answer, err := io.ReadAll(c)
			if errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("the server does not hang up")
			}
			if got := between(string(answer), "HTTP/1.1 ", " "); got != test.want {
				t.Errorf("answered %.200q (%v), want %q", answer, err, test.want)
			}
		})
	}
	t.Run("what never reads", func(t *testing.T) {
		t.Parallel()
		c := b.dial(t)
		call := (&Scenario{}).Call(time.Now())
		one := fmt.Sprintf("POST /?%s HTTP/1.1\r\nHost: gate\r\nContent-Length: %d\r\n\r\n%s", call.Query, len(call.Body), call.Body)
		_ = c.SetWriteDeadline(time.Now().Add(patience))
		for {
			if _, err := io.WriteString(c, one); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatal("the server does not hang up")
			} else if err != nil {
				return
			}
		}
	})
}

// TestServerAnswersTable holds the reference to what the server answers by itself, of every
// kind of request that is no callback, or not whole.
func TestServerAnswersTable(t *testing.T) {
	data, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	start, end := block(t, string(data), "server answers")
	rows := map[string]string{}
	for line := range strings.Lines(string(data)[start:end]) {
		if cells := strings.Split(strings.Trim(line, "|\n "), " | "); len(cells) == 2 && !strings.HasPrefix(cells[0], "what") {
			rows[strings.TrimSpace(cells[0])] = strings.TrimSpace(cells[1])
		}
	}
	b := besiege(t, 0, env{"TOKENS": oneToken, "UPSTREAM_URL": blackHole(t)})
	call := (&Scenario{Token: oneToken}).Call(time.Now())
	callback := func(line, header string) string {
		return fmt.Sprintf(line+"\r\n"+header+"Content-Length: %d\r\n\r\n%s", len(call.Body), call.Body)
	}
	post, host := "POST /?"+call.Query+" HTTP/1.1", "Host: gate\r\n"
	tests := []struct{ row, name, sent string }{
		{"a callback in any form of HTTP/1", "usual", callback(post, host)},
		{"a callback in any form of HTTP/1", "1.0", callback("POST /?"+call.Query+" HTTP/1.0", "")},
		{"a callback in any form of HTTP/1", "absolute", callback("POST http://elsewhere/?"+call.Query+" HTTP/1.1", host)},
		{"a callback in any form of HTTP/1", "expecting", callback(post, host+"Expect: 100-continue\r\n")},
		{"a callback in any form of HTTP/1", "at /healthz", callback("POST /healthz?"+call.Query+" HTTP/1.1", host)},
		{"a callback in any form of HTTP/1", "upgrading", callback(post, host+"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n")},
		{"a callback in any form of HTTP/1", "in chunks", post + "\r\n" + host + fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x;a=b\r\n%s\r\n0\r\nA: b\r\n\r\n", len(call.Body), call.Body)},
		{"a callback in any form of HTTP/1", "length and chunks", post + "\r\n" + host + fmt.Sprintf("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(call.Body), call.Body)},
		{"`GET` or `HEAD` of `/healthz`", "GET", "GET /healthz HTTP/1.1\r\n" + host + "\r\n"},
		{"`GET` or `HEAD` of `/healthz`", "HEAD", "HEAD /healthz?a=b HTTP/1.0\r\n\r\n"},
		{"any other method, `OPTIONS *`, `CONNECT` and `TRACE` included", "GET", "GET / HTTP/1.1\r\n" + host + "\r\n"},
		{"any other method, `OPTIONS *`, `CONNECT` and `TRACE` included", "HEAD", "HEAD / HTTP/1.1\r\n" + host + "\r\n"},
		{"any other method, `OPTIONS *`, `CONNECT` and `TRACE` included", "OPTIONS", "OPTIONS * HTTP/1.1\r\n" + host + "\r\n"},
		{"any other method, `OPTIONS *`, `CONNECT` and `TRACE` included", "CONNECT", "CONNECT elsewhere:443 HTTP/1.1\r\n" + host + "\r\n"},
		{"any other method, `OPTIONS *`, `CONNECT` and `TRACE` included", "TRACE", "TRACE / HTTP/1.1\r\n" + host + "\r\n"},
		{"any other method, `OPTIONS *`, `CONNECT` and `TRACE` included", "post", callback("post /?"+call.Query+" HTTP/1.1", host)},
		{"any other method, `OPTIONS *`, `CONNECT` and `TRACE` included", "HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
		{"no HTTP; a header that is malformed, or lacks `Host` in HTTP/1.1; lengths that contradict each other; a header of over 100 lines", "garbage", "hello\r\n\r\n"},
		{"no HTTP; a header that is malformed, or lacks `Host` in HTTP/1.1; lengths that contradict each other; a header of over 100 lines", "TLS", "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n"},
		{"no HTTP; a header that is malformed, or lacks `Host` in HTTP/1.1; lengths that contradict each other; a header of over 100 lines", "no Host", callback(post, "")},
		{"no HTTP; a header that is malformed, or lacks `Host` in HTTP/1.1; lengths that contradict each other; a header of over 100 lines", "two Hosts", callback(post, host+"Host: other\r\n")},
		{"no HTTP; a header that is malformed, or lacks `Host` in HTTP/1.1; lengths that contradict each other; a header of over 100 lines", "blank", callback(post, host+"Content-Type : a\r\n")},
		{"no HTTP; a header that is malformed, or lacks `Host` in HTTP/1.1; lengths that contradict each other; a header of over 100 lines", "two lengths", callback(post, host+"Content-Length: 1\r\n")},
		{"no HTTP; a header that is malformed, or lacks `Host` in HTTP/1.1; lengths that contradict each other; a header of over 100 lines", "no length", post + "\r\n" + host + "Content-Length: -1\r\n\r\n"},
		{"no HTTP; a header that is malformed, or lacks `Host` in HTTP/1.1; lengths that contradict each other; a header of over 100 lines", "many lines", callback(post, host+strings.Repeat("A: b\r\n", 100))},
		{"no HTTP; a header that is malformed, or lacks `Host` in HTTP/1.1; lengths that contradict each other; a header of over 100 lines", "NUL", callback(post, host+"A: \x00\r\n")},
		{"`Expect` with anything but `100-continue`", "", callback(post, host+"Expect: miracles\r\n")},
		{"a header over 16 KiB", "a field", callback(post, host+"A: "+strings.Repeat("x", 64<<10)+"\r\n")},
		{"a header over 16 KiB", "the query", callback("POST /?"+strings.Repeat("x", 64<<10)+" HTTP/1.1", host)},
		{"a header over 16 KiB", "many fields", callback(post, host+strings.Repeat("A: "+strings.Repeat("x", 1000)+"\r\n", 90))},
		{"a `Transfer-Encoding` other than `chunked`", "gzip", callback(post, host+"Transfer-Encoding: gzip\r\n")},
		{"a `Transfer-Encoding` other than `chunked`", "two", callback(post, host+"Transfer-Encoding: identity, chunked\r\n")},
		{"another version of HTTP", "", callback("POST /?"+call.Query+" HTTP/3.0", host)},
		{"a callback to relay that the upstream does not answer, or whose body does not arrive", "unanswered", "POST /?" + unsigned + "State.StateChange HTTP/1.1\r\n" + host + "Content-Length: 2\r\n\r\n{}"},
		{"a callback to relay that the upstream does not answer, or whose body does not arrive", "broken chunks", "POST /?" + unsigned + "State.StateChange HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"},
		{"a header that is not whole after 5 s", "between lines", "POST / HTTP/1.1\r\n" + host},
		{"a header that is not whole after 5 s", "within a line", "POST / HT"},
	}
	used := map[string]bool{}
	t.Run("rows", func(t *testing.T) {
		for _, test := range tests {
			used[test.row] = true
			t.Run(test.row+" "+test.name, func(t *testing.T) {
				t.Parallel()
				got, want := exchangeRaw(t, b.dial(t), test.sent), strings.Split(rows[test.row], " or ")
				if !slices.Contains(want, got) {
					t.Errorf("answered %q, want one of %q", got, want)
				}
			})
		}
	})
	for row := range used {
		if rows[row] == "" {
			t.Errorf("the reference has no row %q", row)
		}
	}
	for row := range rows {
		if !used[row] && !strings.HasPrefix(row, "-") {
			t.Errorf("the reference's row %q is not tried", row)
		}
	}
	b.allows(t, "after all that")
}

// exchangeRaw sends bytes and returns the status of the answer to them, or "none".
func exchangeRaw(t *testing.T, c net.Conn, sent string) string {
	t.Helper()
	go func() { _, _ = io.WriteString(c, sent) }()
	_ = c.SetReadDeadline(time.Now().Add(patience))
	reader := bufio.NewReader(c)
	for {
		response, err := http.ReadResponse(reader, &http.Request{Method: strings.ToUpper(sent[:strings.IndexAny(sent, " \r")])})
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return "none"
		}
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(response.Body)
		if err := errors.Join(err, response.Body.Close()); err != nil {
			t.Error(err)
		}
		if response.StatusCode == http.StatusContinue {
			continue
		}
		return response.Status[:3]
	}
}

// TestPipelinedRequests: each has its answer, in order, and a body that is none of its
// business is no request.
func TestPipelinedRequests(t *testing.T) {
	b := besiege(t, 0, env{"TOKENS": oneToken, "BANNED_WORDS": "spam"})
	var sent strings.Builder
	var want []string
	for i := range 40 {
		s, verdict := Scenario{Token: oneToken}, (Want{}).Verdict()
		if i%2 == 1 {
			s.Topic, verdict = "spam", (Want{Code: 1}).Verdict()
		}
		call := s.Call(time.Now())
		fmt.Fprintf(&sent, "POST /?%s HTTP/1.1\r\nHost: gate\r\nContent-Length: %d\r\n\r\n%s", call.Query, len(call.Body), call.Body)
		want = append(want, verdict)
	}
	// Refused by its query, with a body that looks like a request: it ends there.
	call := (&Scenario{Token: oneToken}).Call(time.Now())
	inner := fmt.Sprintf("POST /?%s HTTP/1.1\r\nHost: gate\r\nContent-Length: %d\r\n\r\n%s", call.Query, len(call.Body), call.Body)
	fmt.Fprintf(&sent, "POST /?%sGroup.CallbackBeforeCreateTopic HTTP/1.1\r\nHost: gate\r\nContent-Length: %d\r\n\r\n%s%[3]s", unsigned, len(inner), inner)
	want = append(want, (Want{Code: 1}).Verdict())

	c := b.dial(t)
	go func() { _, _ = io.WriteString(c, sent.String()) }()
	reader := bufio.NewReader(c)
	var got []string
	for {
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			break
		}
		body, err := io.ReadAll(response.Body)
		if err := errors.Join(err, response.Body.Close()); err != nil {
			t.Error(err)
		}
		got = append(got, string(body))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %d answers, want %d: %q", len(got), len(want), got)
	}
}

// TestFullRelay: strangers who wait for an upstream that never answers do not make
// governed callbacks wait, and more of them than can wait are told so.
func TestFullRelay(t *testing.T) {
	b := besiege(t, 0, env{"TOKENS": oneToken, "UPSTREAM_URL": blackHole(t)})
	const all = 200
	var strangers sync.WaitGroup
	for range all {
		strangers.Go(func() {
			answer, err := b.Do(t.Context(), Call{Method: http.MethodPost, Query: unsigned + "State.StateChange", Body: "{}"})
			if err != nil || answer.Status != http.StatusBadGateway {
				t.Errorf("answered %+v (%v)", answer, err)
			}
		})
	}
	for range 20 {
		b.allows(t, "beside a full relay")
	}
	strangers.Wait()
	if got := counts(scrape(t, b.metrics)["topicgate_relays_total"]); got["status=none"] != all {
		t.Errorf("counted %v, want %d without an answer", got, all)
	}
	b.ends(t)
}

// TestImpossibleStatuses: an upstream that answers what is no answer has given none.
func TestImpossibleStatuses(t *testing.T) {
	statuses := []string{"000", "060", "099", "101", "600", "999"}
	next := make(chan string, 1)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
				_, _ = io.WriteString(c, "HTTP/1.1 "+<-next+" Strange\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n")
			}
			go func() { // it waits for what comes next, as after 101
				_, _ = io.Copy(io.Discard, c)
				_ = c.Close()
			}()
		}
	}()
	server, address := counting(t, env{"UPSTREAM_URL": "http://" + l.Addr().String()})
	for _, status := range statuses {
		next <- status
		answer, err := server.Do(t.Context(), Call{Method: http.MethodPost, Query: unsigned + "State.StateChange", Body: "{}"})
		if err != nil || answer.Status != http.StatusBadGateway {
			t.Errorf("%s: answered %+v (%v)", status, answer, err)
		}
	}
	if got := counts(scrape(t, address)["topicgate_relays_total"]); got["status=none"] != float64(len(statuses)) || len(got) != 1 {
		t.Errorf("counted %v", got)
	}
	log, err := server.Log()
	if err != nil {
		t.Fatal(err)
	}
	lines, err := Lines(log, "relay")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range lines {
		if line.Level != "warn" || !strings.Contains(line.Error, "status "+statuses[i]) {
			t.Errorf("%s: got the line %+v", statuses[i], line)
		}
	}
	if len(lines) != len(statuses) {
		t.Errorf("%d lines, want %d", len(lines), len(statuses))
	}
}
