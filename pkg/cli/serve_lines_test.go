package cli

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"topicgate/pkg/gate/gatetest"
)

// TestServeSpeaksTheLogWhateverHappens: reloads that are refused and taken, files that
// cannot be read, strangers who speak TLS or no HTTP at all, a panic in a connection, and a
// start from the last good configuration leave lines of the log on standard output, and
// nothing anywhere else.
func TestServeSpeaksTheLogWhateverHappens(t *testing.T) {
	dir := t.TempDir()
	policy, state := filepath.Join(dir, "policy.yaml"), filepath.Join(dir, "state")
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(policy, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const good = "version: 1\nrules: []\n"
	write(good)
	environ := []string{
		"TOPICGATE_SDK_APP_IDS=1400000000", "TOPICGATE_ADDR=127.0.0.1:0", "TOPICGATE_LOG_LEVEL=debug", "TOPICGATE_STATE_DIR=" + state,
		"TOPICGATE_POLICY_FILE=" + policy, "TOPICGATE_MAX_CONNECTIONS=100000000",
	}
	// run serves until disturb is done, and returns what was said.
	run := func(disturb func(address string, await func(message string, n int))) []string {
		t.Helper()
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var stdout, stderr gatetest.LockedBuffer
		ended := make(chan int, 1)
		go func() { ended <- Run(ctx, []string{"serve"}, environ, nil, &stdout, &stderr) }()
		await := func(message string, n int) {
			t.Helper()
			for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(10 * time.Millisecond) {
				_, messages := servedLines(t, stdout.String())
				messages = slices.DeleteFunc(messages, func(m string) bool { return m != message })
				if len(messages) >= n {
					return
				}
				if time.Now().After(deadline) {
					t.Fatalf("%d lines of %s, want %d: %s%s", len(messages), message, n, &stdout, &stderr)
				}
			}
		}
		await("listening", 1)
		lines, messages := servedLines(t, stdout.String())
		disturb(lines[slices.Index(messages, "listening")].Addr, await)
		stop()
		if status := <-ended; status != 0 || stderr.String() != "" {
			t.Errorf("status %d, and on standard error: %s", status, &stderr)
		}
		_, messages = servedLines(t, stdout.String())
		return messages
	}
	hup := func() {
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	messages := run(func(address string, await func(string, int)) {
		write("version: 1\nrules: [{name: x, action: perhaps}]\n")
		hup()
		await("reload", 1)
		write("version: 1\nrules: []\nmode: dry_run\n")
		hup()
		await("reload", 2)
		if err := os.Rename(policy, policy+".gone"); err != nil {
			t.Fatal(err)
		}
		hup()
		await("reload", 3)
		speakTLS(t, address)
		speakNoHTTP(t, address)
		if response, err := http.Get("http://" + address + "/"); err != nil {
			t.Error(err)
		} else {
			_ = response.Body.Close()
		}
		await("callback", 1)
		// What net/http says of a panic in a connection goes by the standard log, which
		// the gate has taken over; no request leads to one, so another server has it.
		panicking := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a bug\nof two lines") }))
		if response, err := http.Get(panicking.URL); err == nil {
			_ = response.Body.Close()
		}
		panicking.Close()
		await("library", 1)
	})
	for _, want := range []string{"start", "warning", "listening", "reload", "callback", "library", "stopping", "stopped"} {
		if !slices.Contains(messages, want) {
			t.Errorf("no line is a %s: %v", want, messages)
		}
	}
	// The policy is gone, so this start is one from what was kept.
	if got := run(func(string, func(string, int)) {}); got[0] != "start" {
		t.Errorf("got %v", got)
	}
	log.SetOutput(os.Stderr)
}

// speakTLS greets a plain port as a client of HTTPS does.
func speakTLS(t *testing.T, address string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}} // there is none to verify
	if connection, err := dialer.DialContext(ctx, "tcp", address); err == nil {
		_ = connection.Close()
		t.Error("a plain port speaks TLS")
	}
}

func speakNoHTTP(t *testing.T, address string) {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	_ = connection.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := connection.Write([]byte("\x16\x03\x01\x00nonsense\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(connection); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Error(err)
	}
}
