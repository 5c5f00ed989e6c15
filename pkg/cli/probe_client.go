package cli

import (
	"bytes"
	"context"
	"encoding/json"
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

	"topicgate/pkg/policy"
)

const (
	// chatWaits is how long Chat waits for an answer.
	chatWaits = 2 * time.Second
	// maxProbed is how much of an answer is read; a verdict is far smaller.
	maxProbed = 64 << 10
)

// An answer is what came of one request.
type answer struct {
	status int // 0 without a whole answer
	header http.Header
	body   []byte
	took   time.Duration
	none   string // why there is no answer
}

// ask sends one request as Chat would, and waits as long.
func ask(ctx context.Context, transport http.RoundTripper, method, address, body string) answer {
	ctx, cancel := context.WithTimeout(ctx, chatWaits)
	defer cancel()
	started := time.Now()
	a, err := receive(ctx, transport, method, address, body)
	a.took = time.Since(started)
	if err != nil {
		a.none = noAnswer(ctx, err)
	}
	return a
}

func receive(ctx context.Context, transport http.RoundTripper, method, address, body string) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("User-Agent", "topicgate probe")
	client := http.Client{
		Transport: transport,
		// Nobody knows that Chat follows one; an answer like any other, and a wrong one.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, maxProbed))
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return answer{}, err
	}
	return answer{status: response.StatusCode, header: response.Header, body: data}, nil
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

// verdictIn reads a verdict as strictly as Chat might: all three fields, a status of
// OK and a code that Chat knows.
func verdictIn(body []byte) (code int, message string, ok bool) {
	var v struct {
		ActionStatus *string
		ErrorInfo    *string
		ErrorCode    *int
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if d.Decode(&v) != nil || d.Decode(&struct{}{}) != io.EOF || v.ActionStatus == nil || v.ErrorInfo == nil || v.ErrorCode == nil {
		return 0, "", false
	}
	code = *v.ErrorCode
	known := code == 0 || code == policy.CodeRefused || code >= policy.CodeMin && code <= policy.CodeMax
	return code, *v.ErrorInfo, known && *v.ActionStatus == "OK"
}

// kind is what an answer says that it is.
func (a *answer) kind() string {
	kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil {
		return "something without a type"
	}
	return kind
}
