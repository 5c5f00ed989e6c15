package gate

import (
	"context"
	"errors"
	"net/http"

	"topicgate/pkg/callback"
)

// MaxRelayed is the largest body that is relayed, in bytes. Lambda's own limit is
// close to it.
const MaxRelayed = 6 << 20

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
func (g *Gate) relay(ctx context.Context, r *Request, command callback.Command) Response {
	answer, err := g.tryRelay(ctx, r)
	if err != nil {
		answer = Response{Status: http.StatusBadGateway, ContentType: jsonType, Body: callback.NoAnswerJSON()}
	}
	g.logRelay(r, command, answer.Status, err)
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
