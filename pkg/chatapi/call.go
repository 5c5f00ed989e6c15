package chatapi

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"topicgate/pkg/dial"
)

const (
	// maxConnecting ends what net/http goes on with when a call has given up already.
	maxConnecting = 10 * time.Second
	// maxAtOnce is how many connections are kept.
	maxAtOnce = 16
)

// call makes a call, and again where its kind of refusal says so and the context leaves the time. An error of type
// *Error is Chat's refusal of it.
func (c *Client) call(ctx context.Context, cmd command, body any) (*answer, error) {
	payload, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", cmd, err)
	}
	for try := 0; ; try++ {
		a, err := c.once(ctx, cmd, payload)
		var refusal *Error
		if err == nil || !errors.As(err, &refusal) {
			return a, err
		}
		waits := kinds[refusal.Kind()].again
		if try == len(waits) || c.wait(ctx, waits[try]) != nil {
			return nil, err
		}
	}
}

// wait sleeps, or fails at once where the context does not leave the time.
func (c *Client) wait(ctx context.Context, d time.Duration) error {
	if d > c.left(ctx) {
		return context.DeadlineExceeded
	}
	return c.sleep(ctx, d)
}

// left is how long the context lasts.
func (c *Client) left(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return math.MaxInt64
	}
	return deadline.Sub(c.now())
}

// once makes a call when its turn comes.
func (c *Client) once(ctx context.Context, cmd command, payload []byte) (*answer, error) {
	wait, ok := c.pacer.take(cmd, c.now(), c.left(ctx))
	if !ok {
		return nil, fmt.Errorf("%s: its turn comes in %s, which is too late: %w", cmd, wait.Round(time.Millisecond), context.DeadlineExceeded)
	}
	if wait > 0 {
		if err := c.sleep(ctx, wait); err != nil {
			return nil, fmt.Errorf("%s: %w", cmd, err)
		}
	}
	now := c.now()
	sig, err := c.sig.get(now)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", cmd, err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	a, err := c.ask(ctx, cmd, sig, payload)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", cmd, c.explained(ctx, sig, err))
	}
	a.sig = sig
	if refusal := c.refusal(cmd, a, a.ErrorCode, a.ErrorInfo); refusal != nil {
		if refusal.Kind() == Signature {
			c.sig.forget(sig)
		}
		return nil, refusal
	}
	return a, nil
}

// ask sends a call and reads its answer.
func (c *Client) ask(ctx context.Context, cmd command, sig string, payload []byte) (*answer, error) {
	var random [4]byte
	_, _ = rand.Read(random[:]) // which never fails
	target := *c.base
	target.Path = cmd.path()
	target.RawQuery = url.Values{
		"sdkappid":    {strconv.Itoa(c.app)},
		"identifier":  {c.admin},
		"usersig":     {sig},
		"random":      {strconv.FormatUint(uint64(binary.BigEndian.Uint32(random[:])), 10)},
		"contenttype": {"json"},
	}.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), bytes.NewReader(payload))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "topicgate")
	request.Header.Set("Accept-Encoding", "identity") // else net/http would unpack a small answer into a large one
	// A kept connection that turns out to be closed is replaced once. net/http does so only for requests that may be
	// repeated; this key, which is not sent, says so.
	request.Header["X-Idempotency-Key"] = []string{}

	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }() // what matters was read
	switch code, encoding := response.StatusCode, response.Header.Get("Content-Encoding"); {
	case code >= 300 && code <= 399:
		return nil, said(fmt.Sprintf("the answer is a redirect, HTTP status %d, which is not followed; write the final address in CHAT_API_URL", code))
	case code != http.StatusOK:
		return nil, said(fmt.Sprintf("the answer has the HTTP status %d, and Chat's always 200; try again, and see whether CHAT_API_URL is that of the app's region", code))
	case encoding != "" && !strings.EqualFold(encoding, "identity"):
		return nil, said("the answer is compressed, although it was asked for as it is; see whether a proxy is in the way")
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, err
	case len(body) > maxAnswer:
		return nil, said(fmt.Sprintf("the answer is over %d MiB; see whether CHAT_API_URL is that of the app's region", maxAnswer>>20))
	}
	return parse(body)
}

// refusal is what an answer or one of its items says against it; nil when it is well.
func (c *Client) refusal(cmd command, a *answer, code number, info text) *Error {
	n, _ := code.int() // an item without one is well
	if n == 0 {
		return nil
	}
	return &Error{Command: cmd.String(), Code: n, Info: c.shown(a.sig, string(info))}
}

// shown is text of somebody else's as it may be shown: a line, not long, without what it may repeat of a call's query.
// Where it repeats enough of that, there is nothing of it that need be read.
func (c *Client) shown(sig, text string) string {
	text = printable(text)
	for _, secret := range []string{sig, c.key} {
		text = strings.ReplaceAll(text, secret, "…")
		text = strings.ReplaceAll(text, url.QueryEscape(secret), "…")
	}
	lower := strings.ToLower(text)
	for _, parameter := range []string{"usersig=", "identifier=", "sdkappid="} {
		if strings.Contains(lower, parameter) {
			return "it repeats the query, which is not shown"
		}
	}
	return cut(text)
}

// explained says of a failure what an operator needs. net/http's errors quote the URL, and so the query; those about a
// protocol may quote what was met.
func (c *Client) explained(ctx context.Context, sig string, err error) error {
	var (
		done    said
		proxy   dial.ProxyError
		whole   *url.Error
		network net.Error
		record  tls.RecordHeaderError
	)
	late := false
	for errors.As(err, &whole) {
		late = late || whole.Timeout()
		err = whole.Err
	}
	switch {
	case errors.As(err, &done):
		return done
	case errors.As(err, &proxy):
		return proxy
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return ctx.Err()
	case ctx.Err() != nil, late:
		return fmt.Errorf("no whole answer in time: %w", context.DeadlineExceeded)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the connection was closed before the whole answer was there; try again")
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return errors.New("what answers there speaks no TLS; write the port of https in CHAT_API_URL")
	case errors.As(err, &network), strings.HasPrefix(err.Error(), "tls: "):
		return errors.New("not to be reached: " + c.shown(sig, err.Error()))
	default:
		return errors.New("the answer is no proper HTTP; see what listens at CHAT_API_URL")
	}
}
