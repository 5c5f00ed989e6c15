package chatapitest

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// elsewhere is where redirects point to.
const elsewhere = "/elsewhere"

// A Fault is a way in which Chat fails to answer.
type Fault struct {
	Name string
	// Slow says that it is only ended by the client's patience.
	Slow bool
	// Says is what an error about it is about.
	Says string

	code int           // what is answered
	wait time.Duration // before it is
	acts bool          // what the call says is done all the same
	play func(c net.Conn, r *http.Request, answer string)
}

// Faults returns every way in which Chat may fail to answer.
func Faults() []Fault { return append([]Fault(nil), faults...) }

// FaultNamed returns one of them; there must be one.
func FaultNamed(name string) Fault {
	for _, f := range faults {
		if f.Name == name {
			return f
		}
	}
	panic("chatapitest: no fault " + name)
}

// Refusal refuses with a code.
func Refusal(code int) Fault {
	return Fault{Name: fmt.Sprint("refuses with ", code), Says: fmt.Sprint("code ", code), code: code}
}

// Late answers as it should, so much later.
func Late(d time.Duration) Fault { return Fault{Name: "is late", wait: d, acts: true} }

// A broken is a fault that is set, and how often it is still played; below 0 for ever.
type broken struct {
	fault Fault
	left  int
}

// Break makes each call of a command fail, or of all where it is "", until Mend.
func (c *Chat) Break(command string, f Fault) { c.BreakTimes(command, f, -1) }

// BreakTimes makes the next calls of a command fail, or of all where it is "", so many times.
func (c *Chat) BreakTimes(command string, f Fault, times int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults[command] = &broken{f, times}
}

// FailTopic has a topic's items, and the calls that would modify it, refused with a code; 0 ends that.
func (c *Chat) FailTopic(id string, code int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.codes[id] = code
}

// Mend ends what Break, BreakTimes and FailTopic began.
func (c *Chat) Mend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.faults)
	clear(c.codes)
}

// fault is what a call meets, or nil. It is called with the lock.
func (c *Chat) fault(command string) *Fault {
	for _, key := range []string{command, ""} {
		if b := c.faults[key]; b != nil && b.left != 0 {
			b.left--
			return &b.fault
		}
	}
	return nil
}

const page = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Who are you?</body></html>\n"

var faults = []Fault{
	{Name: "hangs", Slow: true, Says: "in time", play: func(c net.Conn, _ *http.Request, _ string) { hang(c) }},
	{Name: "hangs after the header", Slow: true, Says: "in time", play: func(c net.Conn, _ *http.Request, answer string) {
		write(c, header(200, len(answer)))
		hang(c)
	}},
	{Name: "does it, then hangs", Slow: true, Says: "in time", acts: true, play: func(c net.Conn, _ *http.Request, _ string) { hang(c) }},
	{Name: "trickles", Slow: true, Says: "in time", play: func(c net.Conn, _ *http.Request, _ string) {
		write(c, header(200, 1<<20))
		for write(c, " ") {
			time.Sleep(50 * time.Millisecond)
		}
	}},
	{Name: "breaks off", Says: "closed before the whole", play: func(c net.Conn, _ *http.Request, answer string) {
		write(c, header(200, len(answer)), answer[:len(answer)/2])
	}},
	{Name: "closes", Says: "closed before the whole", play: func(net.Conn, *http.Request, string) {}},
	{Name: "resets", Says: "not to be reached", play: func(c net.Conn, _ *http.Request, _ string) { reset(c) }},
	{Name: "does it, then resets", Says: "not to be reached", acts: true, play: func(c net.Conn, _ *http.Request, _ string) { reset(c) }},
	{Name: "sends half JSON", Says: "no whole JSON", play: func(c net.Conn, _ *http.Request, answer string) {
		half := answer[:len(answer)/2]
		write(c, header(200, len(half)), half)
	}},
	{Name: "sends a list", Says: "no whole JSON", play: body(200, "[]")},
	{Name: "sends no code", Says: "no ErrorCode", play: body(200, "{}")},
	{Name: "sends a code that is none", Says: "no ErrorCode", play: body(200, `{"ActionStatus":"OK","ErrorCode":"fine"}`)},
	{Name: "sends another form", Says: "not of the form", play: body(200, `{"ErrorCode":0,"TopicAndSelfInfo":{},"GroupIdList":{},"DestroyResultItem":{}}`)},
	{Name: "sends nothing", Says: "empty", play: body(200, "")},
	{Name: "sends a page", Says: "web page", play: body(200, page)},
	{Name: "sends 9 MiB", Says: "over 8 MiB", play: func(c net.Conn, _ *http.Request, _ string) {
		write(c, header(200, 9<<20), strings.Repeat("          \n\n\n\n\n\n", 9<<16))
	}},
	{Name: "sends chunks without end", Says: "over 8 MiB", play: func(c net.Conn, _ *http.Request, _ string) {
		write(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		for write(c, fmt.Sprintf("%x\r\n%s\r\n", 64<<10, strings.Repeat(" ", 64<<10))) {
		}
	}},
	{Name: "sends gzip", Says: "compressed", play: func(c net.Conn, _ *http.Request, answer string) {
		write(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n", strings.TrimPrefix(header(200, len(answer)), "HTTP/1.1 200 Played\r\n"), answer)
	}},
	{Name: "sends headers without end", Says: "no proper HTTP", play: func(c net.Conn, _ *http.Request, _ string) {
		write(c, "HTTP/1.1 200 OK\r\n")
		for write(c, "X-Header: "+strings.Repeat("a", 1000)+"\r\n") {
		}
	}},
	{Name: "says 500", Says: "HTTP status 500", play: body(500, page)},
	{Name: "says 503", Says: "HTTP status 503", play: body(503, "no\n")},
	{Name: "says 404", Says: "HTTP status 404", play: body(404, `{"ErrorCode":0}`)},
	{Name: "says 204", Says: "HTTP status 204", play: func(c net.Conn, _ *http.Request, _ string) { write(c, "HTTP/1.1 204 No Content\r\n\r\n") }},
	{Name: "redirects", Says: "redirect, HTTP status 302", play: redirect(302)},
	{Name: "redirects for good", Says: "redirect, HTTP status 308", play: redirect(308)},
	{Name: "is no web server", Says: "no proper HTTP", play: func(c net.Conn, _ *http.Request, _ string) { write(c, "SSH-2.0-OpenSSH_9.9\r\n") }},
	{Name: "repeats the query", Says: "code 70003", play: func(c net.Conn, r *http.Request, _ string) {
		Says(70003, "bad "+r.URL.RawQuery+" bad").play(c, r, "")
	}},
	{Name: "repeats the signature", Says: "code 70003", play: func(c net.Conn, r *http.Request, _ string) {
		Says(70003, "bad "+r.URL.Query().Get("usersig")+" bad").play(c, r, "")
	}},
	{Name: "repeats the query as HTTP", Says: "no proper HTTP", play: func(c net.Conn, r *http.Request, _ string) {
		write(c, r.URL.RawQuery, "\r\n\r\n")
	}},
	{Name: "repeats the query as a status", Says: "HTTP status 400", play: func(c net.Conn, r *http.Request, _ string) {
		write(c, "HTTP/1.1 400 ", r.URL.RawQuery, "\r\nContent-Length: 0\r\n\r\n")
	}},
	Refusal(10002), Refusal(10004), Refusal(10006), Refusal(10007), Refusal(10008), Refusal(10015), Refusal(11000),
	Refusal(60008), Refusal(70001), Refusal(110003), Refusal(99999),
}

// Answers answers with a text, whatever the call says.
func Answers(text string) Fault { return Fault{Name: "answers " + text, play: body(200, text)} }

// Says refuses with a code and a text.
func Says(code int, info string) Fault {
	return Answers(encode(map[string]any{"ActionStatus": "FAIL", "ErrorInfo": info, "ErrorCode": code}))
}

// ListsNothing answers well, as if there were no topics and no communities.
func ListsNothing() Fault { return Answers(`{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`) }

func body(status int, text string) func(net.Conn, *http.Request, string) {
	return func(c net.Conn, _ *http.Request, _ string) { write(c, header(status, len(text)), text) }
}

func redirect(status int) func(net.Conn, *http.Request, string) {
	return func(c net.Conn, _ *http.Request, _ string) {
		write(c, fmt.Sprintf("HTTP/1.1 %d Played\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", status, elsewhere))
	}
}

// hang lasts until the client goes.
func hang(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

func write(c net.Conn, texts ...string) (ok bool) {
	_, err := io.WriteString(c, strings.Join(texts, ""))
	return err == nil
}

func header(status, length int) string {
	return fmt.Sprintf("HTTP/1.1 %d Played\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", status, length)
}

// reset makes c end with RST.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
}
