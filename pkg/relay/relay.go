// Package relay passes callbacks that topicgate does not govern on to the handler
// that was on the app's one callback URL before, and its answers back.
//
// Unchanged are the body, byte for byte; the query, behind that of the upstream's own
// URL; Content-Type; and, of the answer, status, Content-Type and body. Other headers
// go in neither direction, except that the upstream sees X-Request-Id, the id under
// which topicgate logs, and Topicgate-Relay, by which a gate that was named as its own
// upstream notices. The path is the upstream URL's. Redirects are answers like any
// other.
//
// Whatever fails is answered 502 within Timeout of the callback's arrival: Chat then
// does what its console says about failed callbacks, exactly as it did before. So is at
// once what finds MaxAtOnce others under way: an upstream that never answers must not
// make a queue of strangers.
package relay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"topicgate/pkg/buffer"
	"topicgate/pkg/dial"
	"topicgate/pkg/gate"
)

const (
	// Timeout is counted from the callback's arrival. It leaves Chat's 2 seconds a margin for the
	// way back.
	Timeout = 1700 * time.Millisecond
	// MaxAnswer is the largest answer that is passed back, in bytes.
	MaxAnswer = 1 << 20
	// MaxAtOnce is how many callbacks wait for the upstream at the same time.
	MaxAtOnce = 64

	// maxWindow bounds what an upstream makes us keep besides its answer and its header, in
	// bytes.
	maxWindow = 256 << 10
	// answerMemory is for the answers larger than buffer.Free, all together.
	answerMemory = 6 << 20
)

// An Upstream is the handler that was there before.
type Upstream struct {
	url       *url.URL
	transport *dial.Transport
	client    *http.Client
	slots     chan struct{} // holds one value for each callback that waits for an answer
	answers   *buffer.Pool
}

// New makes the relay to an upstream; it connects when it is first used.
func New(u *url.URL) *Upstream {
	// net/http goes on connecting when the callback has its 502 already, in case another
	// comes. That must end as well.
	transport := dial.NewTransport(u, MaxAtOnce, Timeout)
	transport.DisableCompression = true // the answer goes back as it came
	transport.ForceAttemptHTTP2 = true
	transport.HTTP2 = &http.HTTP2Config{MaxReceiveBufferPerStream: maxWindow, MaxReceiveBufferPerConnection: maxWindow}
	return &Upstream{
		url: u, transport: transport, slots: make(chan struct{}, MaxAtOnce), answers: buffer.NewPool(answerMemory),
		client: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Relay asks the upstream. The error says why the answer is 502; it never holds the
// query or the body.
func (u *Upstream) Relay(ctx context.Context, r *gate.Request) (gate.Response, error) {
	select {
	case u.slots <- struct{}{}:
		defer func() { <-u.slots }()
	default:
		return gate.Response{}, errFull
	}
	ctx, cancel := context.WithDeadline(ctx, r.Received.Add(Timeout))
	defer cancel()
	answer, err := u.ask(ctx, r)
	if err != nil {
		return gate.Response{}, withoutURL(ctx, err)
	}
	return answer, nil
}

var (
	errFull     = fmt.Errorf("%d callbacks wait for the upstream already", MaxAtOnce)
	errTooLarge = fmt.Errorf("the answer is over %d bytes", MaxAnswer)
)

func (u *Upstream) ask(ctx context.Context, r *gate.Request) (gate.Response, error) {
	target := *u.url
	target.RawQuery = joinQueries(target.RawQuery, r.Original.Query)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), bytes.NewReader(r.Body))
	if err != nil {
		return gate.Response{}, err
	}
	// Parsing may have changed what Chat sent; put back what it was.
	request.URL.RawQuery = target.RawQuery
	if r.Original.ContentType != "" {
		request.Header.Set("Content-Type", r.Original.ContentType)
	}
	request.Header.Set("User-Agent", "topicgate")
	request.Header.Set("X-Request-Id", r.RequestID)
	request.Header.Set(gate.RelayHeader, "1")
	// A kept connection that turns out to be closed is replaced once. net/http does so
	// only for requests that may be repeated; this key, which is not sent, says so.
	request.Header["X-Idempotency-Key"] = []string{}

	response, err := u.client.Do(request)
	if err != nil {
		return gate.Response{}, err
	}
	defer func() { _ = response.Body.Close() }() // what matters was read
	// 101 would go on as another protocol, and what is below 100 or above 599 is no
	// answer that Chat could be given.
	if code := response.StatusCode; code < 200 || code > 599 {
		return gate.Response{}, fmt.Errorf("the answer has the status %03d", code)
	}
	body, taken, err := u.answers.Read(response.Body, response.ContentLength, MaxAnswer)
	defer u.answers.Give(taken)
	switch {
	case errors.Is(err, buffer.ErrFull):
		return gate.Response{}, err
	case err != nil:
		return gate.Response{}, fmt.Errorf("the answer broke off: %w", err)
	case len(body) > MaxAnswer:
		return gate.Response{}, errTooLarge
	}
	return gate.Response{Status: response.StatusCode, ContentType: response.Header.Get("Content-Type"), Body: string(body)}, nil
}

func joinQueries(own, chats string) string {
	if own == "" || chats == "" {
		return own + chats
	}
	return own + "&" + chats
}

// withoutURL is an error as it may be logged: net/http's quote the URL, and so the
// query.
func withoutURL(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return errors.New("no answer in time")
	}
	var urlError *url.Error
	for errors.As(err, &urlError) {
		err = urlError.Err
	}
	if text := err.Error(); strings.Contains(text, "?") { // a protocol error may quote what it met
		return errors.New("the answer is not HTTP")
	}
	return err
}
