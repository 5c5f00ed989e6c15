package livetest

import (
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// elsewhere is where redirects point to: the object is there as well.
const elsewhere = "/elsewhere"

// A Fault is a way in which a server fails.
type Fault struct {
	Name string
	// Slow says that it is only ended by the client's patience.
	Slow bool
	// Says is what an error about it is about; empty where the answer is one, but what it holds is no policy.
	Says string

	play func(c net.Conn, object string)
}

// Faults returns every way in which a server may fail to give a policy.
func Faults() []Fault {
	return append([]Fault(nil), faults...)
}

// FaultNamed returns one of them; there must be one.
func FaultNamed(name string) Fault {
	for _, f := range faults {
		if f.Name == name {
			return f
		}
	}
	panic("livetest: no fault " + name)
}

const (
	size = 2 << 20
	page = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Who are you?</body></html>\n"
)

var faults = []Fault{
	{"stalls", true, "in time", func(c net.Conn, _ string) { wait(c) }},
	{"stalls after the header", true, "in time", func(c net.Conn, object string) {
		write(c, header(200, len(object)))
		wait(c)
	}},
	{"stalls after half", true, "in time", func(c net.Conn, object string) {
		write(c, header(200, len(object)), object[:len(object)/2])
		wait(c)
	}},
	{"trickles", true, "in time", func(c net.Conn, object string) {
		write(c, header(200, len(object)))
		for i := range len(object) {
			time.Sleep(50 * time.Millisecond)
			if !write(c, object[i:i+1]) {
				return
			}
		}
	}},
	{"trickles a header", true, "in time", func(c net.Conn, _ string) {
		write(c, "HTTP/1.1 200 OK\r\n")
		for write(c, "X-A: b\r\n") {
			time.Sleep(50 * time.Millisecond)
		}
	}},
	{"breaks off", false, "closed before the whole", func(c net.Conn, object string) {
		write(c, header(200, len(object)), object[:len(object)/2])
	}},
	{"breaks off chunks", false, "closed before the whole", func(c net.Conn, object string) {
		write(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunk(object))
	}},
	{"promises too much", false, "closed before the whole", func(c net.Conn, object string) {
		write(c, header(200, len(object)+1), object)
	}},
	{"has two lengths", false, "no proper HTTP", func(c net.Conn, object string) {
		write(c, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n", strings.TrimPrefix(header(200, len(object)), "HTTP/1.1 200 Played\r\n"), object)
	}},
	{"has no length", false, "how long", func(c net.Conn, object string) {
		write(c, "HTTP/1.0 200 OK\r\n\r\n", object[:len(object)/2])
	}},
	{"redirects", false, "302; redirects are not followed: write the final address", func(c net.Conn, _ string) {
		write(c, header(302, 0, "Location: "+elsewhere))
	}},
	{"redirects for good", false, "308; redirects", func(c net.Conn, _ string) {
		write(c, header(308, 0, "Location: "+elsewhere))
	}},
	{"sends 2 MiB", false, "1 MiB", func(c net.Conn, _ string) {
		write(c, header(200, size), strings.Repeat("# much too long\n", size/16))
	}},
	{"sends chunks without end", false, "1 MiB", func(c net.Conn, _ string) {
		write(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		for write(c, chunk(strings.Repeat("# much too long\n", 4<<10))) {
		}
	}},
	{"sends headers without end", false, "no proper HTTP", func(c net.Conn, _ string) {
		write(c, "HTTP/1.1 200 OK\r\n")
		for write(c, "X-Header: "+strings.Repeat("a", 1000)+"\r\n") {
		}
	}},
	{"sends a gzip bomb", false, "compressed", func(c net.Conn, _ string) {
		write(c, header(200, len(bomb()), "Content-Encoding: gzip"), bomb())
	}},
	{"sends gzip unsaid", false, "UTF-8", func(c net.Conn, _ string) {
		write(c, header(200, len(bomb())), bomb())
	}},
	{"sends a page", false, "web page", func(c net.Conn, _ string) {
		const part = "<p>Sign in, please.</p>\n"
		write(c, header(200, len(part), "Content-Type: text/html; charset=utf-8"), part)
	}},
	{"sends a page as text", false, "web page", func(c net.Conn, _ string) {
		write(c, header(200, len(page)+4, "Content-Type: text/plain"), "\ufeff\n", page)
	}},
	{"sends nothing", false, "empty", func(c net.Conn, _ string) { write(c, header(200, 0)) }},
	{"sends GBK", false, "UTF-8", func(c net.Conn, _ string) {
		write(c, header(200, 12), "# \xb9\xab\xb8\xe6\xb9\xab\xb8\xe6 \n")
	}},
	{"says 204", false, "204", func(c net.Conn, _ string) { write(c, "HTTP/1.1 204 No Content\r\n\r\n") }},
	{"says 401", false, "401", func(c net.Conn, _ string) { write(c, header(401, 4), "no\r\n") }},
	{"says 403", false, "403", func(c net.Conn, _ string) { write(c, header(403, 4), "no\r\n") }},
	{"says 404", false, "404", func(c net.Conn, _ string) { write(c, header(404, 4), "no\r\n") }},
	{"says 500", false, "500", func(c net.Conn, _ string) { write(c, header(500, len(page), "Content-Type: text/html"), page) }},
	{"says 503", false, "503", func(c net.Conn, _ string) { write(c, header(503, 4), "no\r\n") }},
	{"says 101", false, "101", func(c net.Conn, _ string) {
		write(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\nConnection: Upgrade\r\n\r\n")
	}},
	{"closes", false, "closed before", func(net.Conn, string) {}},
	{"resets", false, "not to be reached", func(c net.Conn, _ string) { reset(c) }},
	{"is no web server", false, "no proper HTTP", func(c net.Conn, _ string) { write(c, "SSH-2.0-OpenSSH_9.9\r\n") }},
	{"sends a broken policy", false, "", func(c net.Conn, _ string) {
		write(c, header(200, len(Broken)), Broken)
	}},
}

// Broken is a policy with a mistake, such as somebody saves at night.
const Broken = "version: 1\nrules:\n  - name: banned-words\n    match: {name: {containz: [casino]}}\n    action: refuse\n"

// wait lasts until the client goes.
func wait(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

func write(c net.Conn, texts ...string) (ok bool) {
	_, err := io.WriteString(c, strings.Join(texts, ""))
	return err == nil
}

func header(status, length int, lines ...string) string {
	lines = append(lines, fmt.Sprintf("Content-Length: %d", length), "ETag: "+tag(fmt.Sprint(status, length)))
	return fmt.Sprintf("HTTP/1.1 %d Played\r\n%s\r\n\r\n", status, strings.Join(lines, "\r\n"))
}

func chunk(text string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(text), text) }
