package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// maxProbed is how much of an answer is read; a verdict is far smaller.
const maxProbed = 64 << 10

// run sends the cases, one after the other: side by side they would meet a cold start
// each, and tell nothing of a warm one.
func (r *report) run(ctx context.Context, signs bool) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	client := &http.Client{
		Transport: transport,
		// Nobody knows that Chat follows one; an answer like any other, and a wrong one.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	r.OK = true
	for i := range r.Cases {
		c := &r.Cases[i]
		if c.needsToken && !signs {
			c.Actual = notSent
		} else if header := c.send(ctx, client); header != nil && i == 0 {
			r.compareClocks(header)
		}
		r.OK = r.OK && c.OK
	}
}

// send sends one case and notes what came back; it returns the header of an answer.
func (one *probeCase) send(ctx context.Context, client *http.Client) http.Header {
	ctx, cancel := context.WithTimeout(ctx, chatWaits)
	defer cancel()
	started := time.Now()
	header, body, err := one.exchange(ctx, client)
	took := time.Since(started)
	one.Millis = took.Milliseconds()
	if err != nil {
		one.Actual = noAnswer(ctx, err)
		return nil
	}
	switch code, message, isVerdict := verdictIn(body); {
	case one.Status != http.StatusOK:
		one.Actual = fmt.Sprintf("HTTP %d", one.Status)
	case one.relays:
		one.Actual = string(wantRelayed)
	case !isVerdict:
		one.Actual = "no verdict, but " + kindOf(header)
	default:
		one.Code, one.Message = &code, message
		one.Actual = describe(code, message)
	}
	one.OK = one.holds() && took < chatWaits
	return header
}

// exchange sends the request and notes the status of a whole answer.
func (one *probeCase) exchange(ctx context.Context, client *http.Client) (http.Header, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, one.method, one.url, strings.NewReader(one.body))
	if err != nil {
		return nil, nil, err
	}
	if one.method == http.MethodPost {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("User-Agent", "topicgate probe")
	response, err := client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxProbed))
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return nil, nil, err
	}
	one.Status = response.StatusCode
	return response.Header, body, nil
}

// noAnswer says in few words why there is none; net/http's own would quote the URL,
// and with it the signature.
func noAnswer(ctx context.Context, err error) string {
	var dns *net.DNSError
	var urlError *url.Error
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Sprintf("no answer in %v", chatWaits)
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.As(err, &dns):
		return "no such host"
	case errors.As(err, &urlError):
		return "no answer: " + urlError.Err.Error()
	}
	return "no answer: " + err.Error()
}

func kindOf(h http.Header) string {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return "something without a type"
	}
	return kind
}
