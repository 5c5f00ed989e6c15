package cli

import (
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

// send sends a case as Chat would, waits as long, and judges what comes back.
func (e *exchange) send(ctx context.Context, client *http.Client) http.Header {
	ctx, cancel := context.WithTimeout(ctx, chatWaits)
	defer cancel()
	started := time.Now()
	status, header, body, err := e.receive(ctx, client)
	took := time.Since(started)
	e.Millis = took.Milliseconds()
	if err != nil {
		e.Actual = noAnswer(ctx, err)
		return nil
	}
	e.Status = status
	e.judge(header.Get("Content-Type"), body)
	e.OK = e.holds() && took < chatWaits
	return header
}

func (e *exchange) receive(ctx context.Context, client *http.Client) (int, http.Header, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, e.method, e.url, strings.NewReader(e.body))
	if err != nil {
		return 0, nil, nil, err
	}
	if e.method == http.MethodPost {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("User-Agent", "topicgate probe")
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, nil, err
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxProbed))
	return response.StatusCode, response.Header, body, errors.Join(err, response.Body.Close())
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
	if json.Unmarshal(body, &v) != nil || v.ActionStatus == nil || v.ErrorInfo == nil || v.ErrorCode == nil {
		return 0, "", false
	}
	code = *v.ErrorCode
	known := code == 0 || code == policy.CodeRefused || code >= policy.CodeMin && code <= policy.CodeMax
	return code, *v.ErrorInfo, known && *v.ActionStatus == "OK"
}

// kindOf is what an answer says that it is.
func kindOf(contentType string) string {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return "something without a type"
	}
	return kind
}
