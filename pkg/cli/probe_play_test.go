package cli

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"topicgate/pkg/app"
	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/httpserver"
)

// deployed is a gate of these variables, behind HTTP. The rule names are those of the
// README; TOKENS and SDK_APP_IDS are right unless they are given.
func deployed(t *testing.T, variables ...string) string {
	t.Helper()
	environ := []string{"TOPICGATE_SDK_APP_IDS=" + probedApp, "TOPICGATE_TOKENS=" + probedToken, "TOPICGATE_LOG_LEVEL=disabled"}
	for _, v := range variables {
		environ = append(environ, "TOPICGATE_"+v)
	}
	c := config.Load(environ, config.Options{Function: true})
	s := httptest.NewServer(httpserver.New(app.New(c, io.Discard, gate.Observer{})))
	t.Cleanup(s.Close)
	return s.URL + "/"
}

// answering is something else behind HTTP.
func answering(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL + "/"
}

// closedPort is an address where nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return "http://" + listener.Addr().String() + "/"
}

// probed runs probe, and takes what differs between two runs out of its output.
func probed(environ []string, target string, flags ...string) (status int, stdout, stderr string) {
	var out, diagnostics strings.Builder
	args := append([]string{"probe", "-url", target}, flags...)
	status = Run(context.Background(), args, environ, strings.NewReader(""), &out, &diagnostics)
	text := latency.ReplaceAllString(out.String(), "  N ms  ")
	text = heading.ReplaceAllString(text, "LATENCY")
	text = regexp.MustCompile(`  -  +`).ReplaceAllString(text, "  -  ")
	return status, strings.ReplaceAll(text, target, "URL"), diagnostics.String()
}
