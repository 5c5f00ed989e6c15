package httpserver

import (
	"io"
	"net/http"
	"strconv"
	"time"

	"topicgate/pkg/buffer"
	"topicgate/pkg/chat"
	"topicgate/pkg/gate"
)

// An exchange is one request and its answer.
type exchange struct {
	*Server

	w          http.ResponseWriter
	r          *http.Request
	connection *connection

	all     bool // of the body was read
	hurried bool // somebody waits for the connection
	memory  *buffer.Pool
	taken   int64 // of it
}

// readBody reads up to one byte more than the gate takes, so that it sees what is too
// long. A body that is broken off, does not arrive in time or finds no room is none at
// all. What the query refuses alone is answered without it.
func (e *exchange) readBody(request *gate.Request) {
	wanted := e.gate.Wanted(request)
	if wanted.Signed {
		e.memory = e.chats
		e.connection.isChats()
	}
	if e.all || wanted.Limit == 0 {
		request.Body, request.Unread = []byte{}, !e.all
		return
	}
	control := http.NewResponseController(e.w)
	_ = control.SetReadDeadline(request.Received.Add(e.gate.Snapshot().Timeout)) // net/http's own can
	if !wanted.Signed {
		e.connection.becomes(reading)
	}
	var err error
	request.Body, e.taken, err = e.memory.Read(e.r.Body, e.r.ContentLength, wanted.Limit)
	if !wanted.Signed {
		e.hurried = e.connection.becomes(deciding) == hurried
	}
	if err != nil {
		request.Body, request.Original.Incomplete = nil, true
		return
	}
	e.all = len(request.Body) <= wanted.Limit
	if e.gate.Relays() { // which may take longer, and net/http notices meanwhile who has gone
		_ = control.SetReadDeadline(request.Received.Add(readTimeout))
	}
}

// answer writes what the gate says. A relayed answer for which there is no room is none.
func (e *exchange) answer(a gate.Response) {
	room, err := e.memory.Take(len(a.Body))
	if e.taken += room; err != nil {
		a = gate.Response{Status: http.StatusBadGateway, ContentType: "application/json", Body: chat.NoAnswerJSON()}
	}
	header := e.w.Header()
	if a.ContentType != "" {
		header.Set("Content-Type", a.ContentType)
	} else {
		header["Content-Type"] = nil // none is guessed
	}
	if a.Allow != "" {
		header.Set("Allow", a.Allow)
	}
	e.write(a.Status, a.Body)
}

func (e *exchange) answerHealth(draining bool) {
	e.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if draining {
		e.write(http.StatusServiceUnavailable, "draining\n")
		return
	}
	e.write(http.StatusOK, "ok\n")
}

// write sends an answer. A connection on which a body was not read to its end cannot be
// used again. Nor can it be closed at once: while the client goes on sending that would
// reset it, and the answer be lost; so what comes is taken for a moment.
func (e *exchange) write(status int, body string) {
	if !e.all {
		e.w.Header().Set("Connection", "close")
		e.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	e.connection.becomes(answering)
	e.w.WriteHeader(status)
	_, _ = io.WriteString(e.w, body) // a client that has gone needs no answer
	if !e.all && !e.hurried {
		e.linger()
	}
}

// linger takes what the client goes on sending, while it does.
func (e *exchange) linger() {
	control := http.NewResponseController(e.w)
	_ = control.Flush()
	e.connection.becomes(lingering)
	until := time.Now().Add(lingerTime)
	for left := int64(maxLinger); left > 0 && time.Now().Before(until); {
		_ = control.SetReadDeadline(time.Now().Add(lingerPause))
		n, err := io.CopyN(io.Discard, e.r.Body, min(left, lingerPart))
		if left -= n; err != nil {
			return
		}
	}
}
