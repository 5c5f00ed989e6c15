package gate

import (
	"context"
	"errors"
	"net/http"

	"topicgate/pkg/chat"
)

// MaxRelayed is the largest body that is relayed, in bytes. Lambda's own limit is
// close to it.
const MaxRelayed = 6 << 20

// Relays reports whether callbacks that are not governed go on to another handler:
// only then need a transport keep a request's Original.
func (g *Gate) Relays() bool { return g.Relay != nil }

// A Wanted says what of a request's body a transport needs to read, before it knows it.
type Wanted struct {
	Limit  int  // in bytes; 0 where the query alone refuses it, and its body is left Unread
	Signed bool // a token signed the query: it is Chat that asks
}

// Wanted looks at a request's query, as of its arrival. More is read of what may be
// relayed than of what is decided here.
func (g *Gate) Wanted(r *Request) Wanted {
	s := g.Snapshot()
	reason, _ := s.authenticate(&r.Params, r.Received)
	w := Wanted{Limit: chat.MaxBody, Signed: reason == "" && len(s.Apps[r.Params.SDKAppID]) > 0}
	governed := s.queryCommand(&r.Params) != ""
	switch {
	case governed && reason != "" && !g.Unauthenticated:
		w.Limit = 0
	case !governed && g.Relay != nil:
		w.Limit = MaxRelayed
	}
	return w
}

var (
	errLoop       = errors.New("it was relayed before: the upstream is a topicgate, perhaps this one")
	errIncomplete = errors.New("its body broke off, came too slowly or is too large")
)

// relay answers with what the other handler says. Without an answer it is 502: Chat
// then does as its console says about failed callbacks. The body of that answer
// decides nothing.
func (g *Gate) relay(ctx context.Context, s *Snapshot, r Request, command chat.Command) Response {
	passed, err := g.tryRelay(ctx, &r)
	if err != nil {
		passed = answer(http.StatusBadGateway, chat.NoAnswerJSON())
	}
	g.logUndecided(s, "relay", &r, command, passed.Status, err)
	if g.Observer.Relay != nil {
		g.Observer.Relay(passed.Status, err != nil, g.Clock().Sub(r.Received))
	}
	return passed
}

func (g *Gate) tryRelay(ctx context.Context, r *Request) (_ Response, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicError(p)
		}
	}()
	switch {
	case r.Original.Relayed:
		return Response{}, errLoop
	case r.Original.Incomplete || len(r.Body) > MaxRelayed:
		return Response{}, errIncomplete
	}
	return g.Relay(ctx, r)
}
