package gate

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"topicgate/pkg/chat"
)

// MaxRelayed is the largest body that is relayed, in bytes. Lambda's own limit is
// close to it.
const MaxRelayed = 6 << 20

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

// EventBody is the body as a function's response carries it: as it is, or in base64
// when it is no text. Only a relayed answer can be that.
func (r *Response) EventBody() (body string, isBase64 bool) {
	if utf8.ValidString(r.Body) {
		return r.Body, false
	}
	return base64.StdEncoding.EncodeToString([]byte(r.Body)), true
}

// Relays reports whether callbacks that are not governed go on to another handler:
// only then need a transport keep a request's Original.
func (g *Gate) Relays() bool { return g.Relay != nil }

var (
	errLoop       = errors.New("it was relayed before: the upstream is a topicgate, perhaps this one")
	errIncomplete = errors.New("its body broke off, came too slowly or is too large")
)

// relay answers with what the other handler says. Without an answer it is 502: Chat
// then does as its console says about failed callbacks. The body of that answer
// decides nothing.
func (g *Gate) relay(ctx context.Context, r Request, command chat.Command) Response {
	answer, err := g.tryRelay(ctx, &r)
	if err != nil {
		answer = Response{Status: http.StatusBadGateway, ContentType: jsonType, Body: chat.NoAnswerJSON()}
	}
	g.logRelay(&r, command, answer.Status, err)
	if g.Observer.Relay != nil {
		g.Observer.Relay(answer.Status, err != nil, g.Clock().Sub(r.Received))
	}
	return answer
}

func (g *Gate) tryRelay(ctx context.Context, r *Request) (answer Response, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicError(p)
		}
	}()
	switch {
	case r.Original.Relayed:
		return answer, errLoop
	case r.Original.Incomplete || len(r.Body) > MaxRelayed:
		return answer, errIncomplete
	}
	return g.Relay(ctx, r)
}
