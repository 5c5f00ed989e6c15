package gatetest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startNginx runs nginx, with this inside its http block, until the test ends.
func startNginx(t *testing.T, dir, port, text string) *Server {
	t.Helper()
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		if nginx = "/usr/sbin/nginx"; os.Getenv("CI") == "" {
			if _, err := os.Stat(nginx); err != nil {
				t.Skip("nginx is not installed: what stands behind it is not tested")
			}
		}
	}
	conf := filepath.Join(dir, "nginx.conf")
	whole := "daemon off; pid " + dir + "/pid; error_log " + dir + "/error.log; events {}\nhttp {\n" + text + "\n}\n"
	if err := os.WriteFile(conf, []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
	proxy := exec.Command(nginx, "-c", conf, "-e", filepath.Join(dir, "error.log"), "-p", dir)
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	// Killed, it would leave its workers behind.
	t.Cleanup(func() { _ = proxy.Process.Signal(syscall.SIGTERM); _ = proxy.Wait() })
	server := &Server{URL: "http://127.0.0.1:" + port, client: &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 16}}}
	for waited := time.Duration(0); ; waited += 10 * time.Millisecond {
		if response, err := server.client.Get(server.URL); err == nil {
			_ = response.Body.Close()
			return server
		} else if waited > patience {
			log, _ := os.ReadFile(filepath.Join(dir, "error.log"))
			t.Fatalf("%v\n%s", err, log)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// TestNginxExample runs the documented proxy in front of both handlers: what is
// governed reaches topicgate, all else the handler that was there before.
func TestNginxExample(t *testing.T) {
	before := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "before "+r.URL.RawQuery) }))
	defer before.Close()
	gate, err := StartServer(binaries.topicgate, t.TempDir(), []string{"TOPICGATE_SDK_APP_IDS=" + App})
	if err != nil {
		t.Fatal(err)
	}
	defer gate.Close()
	port, err := FreePort()
	if err != nil {
		t.Fatal(err)
	}

	example, err := os.ReadFile("../../../deploy/nginx/callbacks.conf")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	text := string(example)
	for _, change := range [][2]string{ // names, ports and paths; TLS is nginx's own business
		{"127.0.0.1:9000", strings.TrimPrefix(gate.URL, "http://")},
		{"127.0.0.1:8080", strings.TrimPrefix(before.URL, "http://")},
		{"listen 443 ssl;", "listen 127.0.0.1:" + port + ";"},
		{"    ssl_certificate     /etc/ssl/chat.example.com.crt;\n", ""},
		{"    ssl_certificate_key /etc/ssl/chat.example.com.key;\n", ""},
		{"/var/log/nginx/callbacks.log", filepath.Join(dir, "access.log")},
	} {
		if !strings.Contains(text, change[0]) {
			t.Fatalf("the example has no %q", change[0])
		}
		text = strings.Replace(text, change[0], change[1], 1)
	}
	server := startNginx(t, dir, port, text)

	topic, group := &Scenario{}, &Scenario{Command: "Group.CallbackBeforeCreateGroup"}
	for _, s := range []*Scenario{topic, group} {
		answer, err := server.Do(t.Context(), s.Call(time.Now()))
		if err != nil || answer.Body != (Want{}).Verdict() {
			t.Errorf("%s: got %+v (%v), want topicgate's answer", s.Command, answer, err)
		}
	}
	for _, call := range otherCallbacks() {
		if strings.Contains(call.Query, string(group.Command)) {
			continue
		}
		answer, err := server.Do(t.Context(), call)
		if err != nil || answer.Body != "before "+call.Query {
			t.Errorf("%q: got %q (%v), want the other handler's answer", call.Query, answer.Body, err)
		}
	}
	log, err := os.ReadFile(filepath.Join(dir, "access.log"))
	if err != nil || len(log) == 0 || strings.Contains(string(log), "SdkAppid") {
		t.Errorf("the access log holds the query: %.200q (%v)", log, err)
	}
}
