package gate

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"topicgate/pkg/chat"
)

// A Request is one HTTP request, whatever it came through.
type Request struct {
	Method    string
	Params    chat.Params
	Body      []byte    // not kept after Handle returns; nil when it could not be read
	RequestID string    // the platform's, for the log
	Received  time.Time // when it arrived: the deadline counts from here
	Unread    bool      // the query alone refused it, and its body was not waited for
	// Original is what only a relay passes on; it may be empty when none is set.
	Original Original

	looked time.Duration // spent on a look at where the configuration comes from
}

// Original is what of an HTTP request is passed on to another handler.
type Original struct {
	Query       string // as it came where the event carries it so, else encoded again
	ContentType string
	Relayed     bool // it came from a gate already
	Incomplete  bool // the body broke off, was late or is too large
}

// RelayHeader marks what a gate has relayed, so that none relays it to itself.
const RelayHeader = "Topicgate-Relay"

// A Response is what the transport sends back.
type Response struct {
	Status      int
	ContentType string
	Allow       string // the Allow header; "" for none
	Body        string
}

// Header takes one of the request's headers: it keeps what a relay passes on or goes
// by, and passes over the rest.
func (o *Original) Header(key, value string) {
	switch {
	case strings.EqualFold(key, "Content-Type"):
		o.ContentType = value
	case strings.EqualFold(key, RelayHeader):
		o.Relayed = true
	}
}

// DecodeBody is the body that a function's event carries: as it is, or in base64,
// which says nothing about what Chat sent. It is nil when it cannot be decoded.
func DecodeBody(text string, isBase64 bool) []byte {
	if !isBase64 {
		return []byte(text)
	}
	body, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return body
}

// EncodeBody is the body as a function's response carries it: as it is, or in base64
// when it is no text. Only a relayed answer can be that.
func (r *Response) EncodeBody() (body string, isBase64 bool) {
	if utf8.ValidString(r.Body) {
		return r.Body, false
	}
	return base64.StdEncoding.EncodeToString([]byte(r.Body)), true
}

const jsonType = "application/json"

// answer is a response of our own.
func answer(status int, body string) Response {
	return Response{Status: status, ContentType: jsonType, Body: body}
}

// NotHTTP answers an event that carries no HTTP request. It decides nothing.
func NotHTTP() Response { return answer(http.StatusBadRequest, chat.FailureJSON()) }
