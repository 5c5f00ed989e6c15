package gatetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"topicgate/pkg/chat"
)

// A Server is the tool's serve command.
type Server struct {
	*Process

	URL    string
	client *http.Client
}

// StartServer runs serve on a free port, in a folder whose files it may name.
func StartServer(binary, root string, environ []string) (*Server, error) {
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	return StartServerOn(port, binary, root, environ)
}

// StartServerOn is StartServer on a port of the caller's.
func StartServerOn(port, binary, root string, environ []string) (*Server, error) {
	var stderr LockedBuffer
	environ = append(append([]string{"USER_CODE_ROOT=" + root}, environ...), "TOPICGATE_ADDR=127.0.0.1:"+port)
	p, err := start(binary, []string{"serve"}, environ, &stderr)
	if err != nil {
		return nil, err
	}
	s := &Server{Process: p, URL: "http://127.0.0.1:" + port, client: &http.Client{Timeout: patience, Transport: &http.Transport{}, CheckRedirect: noRedirect}}
	if err := p.await(func() error {
		response, err := s.client.Get(s.URL + "/healthz")
		if err != nil {
			return err
		}
		return response.Body.Close()
	}); err != nil {
		p.Kill()
		return nil, fmt.Errorf("the server did not start: %w: %s", err, stderr.String())
	}
	if logsDecisions(environ) {
		p.settle = s.settle
	}
	return s, nil
}

// logsDecisions reports whether a server of ours, and not one that tests compare it with,
// logs what it decides.
func logsDecisions(environ []string) bool {
	ours := false
	for _, pair := range environ {
		switch name, value, _ := strings.Cut(pair, "="); {
		case name == "TOPICGATE_LOG_LEVEL" && value != "trace" && value != "debug" && value != "info":
			return false
		case strings.HasPrefix(name, "TOPICGATE_SDK_APP_IDS"):
			ours = true
		}
	}
	return ours
}

// settling matches the lines that settle makes.
var settling = regexp.MustCompile(`(?m)^.*"request_id":"settling-[0-9]+".*\n`)

// settle waits until the server has logged what it has answered: it writes its lines in
// order, though after the answers. So it sends a callback of its own, which is refused
// whatever the configuration, and waits for the line of that.
func (s *Server) settle() {
	id := fmt.Sprint("settling-", settled.Add(1))
	query := "SdkAppid=0&CallbackCommand=" + string(chat.BeforeCreateTopic) + "&CallbackCommand=" + string(chat.BeforeCreateGroup)
	if _, err := s.Do(context.Background(), Call{Method: http.MethodPost, Query: query, RequestID: id}); err != nil {
		return // it has ended, and then all is written
	}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); pause(time.Millisecond) {
		if text, err := s.written(); err != nil || bytes.Contains(text, []byte(id+`"`)) {
			return
		}
	}
}

var settled atomic.Int64

// noRedirect takes a redirect for an answer like any other.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Do sends one call.
func (s *Server) Do(ctx context.Context, c Call) (Answer, error) {
	// The query is put in after parsing: what net/url would not pass, Chat might.
	request, err := http.NewRequestWithContext(ctx, c.Method, s.URL, strings.NewReader(c.Body))
	if err != nil {
		return Answer{}, err
	}
	request.URL.RawQuery = c.Query
	request.Header.Set("X-Request-Id", c.RequestID)
	response, err := s.client.Do(request)
	if err != nil {
		return Answer{}, err
	}
	body, err := io.ReadAll(response.Body)
	return Answer{
		Status:      response.StatusCode,
		ContentType: response.Header.Get("Content-Type"),
		Allow:       response.Header.Get("Allow"),
		Body:        string(body),
	}, errors.Join(err, response.Body.Close())
}

// Close ends the server at once.
func (s *Server) Close() {
	s.client.CloseIdleConnections()
	s.Kill()
}
