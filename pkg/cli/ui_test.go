package cli

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWorkbench prints where it is, serves there, and ends when it is told to. A policy with
// problems can be mended in it, and logs may follow one another.
func TestWorkbench(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	line := `{"level":"info","timestamp":"2026-03-01T00:00:00.000Z","message":"decision","command":"Group.CallbackBeforeCreateTopic","operator":"li","type":"Community","name":"hello","platform":"Web","verdict":"allow","code":0,"reason":"default","mode":"enforce","policy":"0","duration_us":9}` + "\n"
	policy, first, second := write("rules.yaml", "rulse: []\n"), write("a.log", line), write("b.log", line+line)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	var errors strings.Builder
	status := make(chan int, 1)
	go func() {
		status <- Run(ctx, []string{"ui", "-log", first, second, "-addr", "127.0.0.1:0"}, []string{"TOPICGATE_POLICY_FILE=" + policy}, strings.NewReader(""), in, &errors)
		_ = in.Close()
	}()
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err, errors.String())
	}
	base, token, ok := strings.Cut(strings.TrimSpace(address), "?token=")
	if !ok || !strings.HasPrefix(base, "http://127.0.0.1:") || len(token) < 26 {
		t.Fatalf("got %q", address)
	}
	ask := func(method, url, auth string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", auth)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(body)
	}
	if code, body := ask("GET", strings.TrimSpace(address), ""); code != 200 || !strings.Contains(body, "<title>topicgate") {
		t.Errorf("the page: %d %q", code, body)
	}
	if code, _ := ask("GET", base, ""); code != 401 {
		t.Errorf("without a token: %d", code)
	}
	if code, body := ask("POST", base+"api/open", "Bearer "+token); code != 200 || !strings.Contains(body, `"text":"rulse: []\n"`) ||
		!strings.Contains(body, `"decisions":3,"reports":true`) || !strings.Contains(body, `rules.cases.yaml`) {
		t.Errorf("the files: %d %.300s", code, body)
	}
	stop()
	if got := <-status; got != statusOK || !strings.HasPrefix(errors.String(), "topicgate: open this address in a browser") {
		t.Errorf("status %d, %q", got, errors.String())
	}
}

func TestCasesBeside(t *testing.T) {
	dir := t.TempDir()
	policy := filepath.Join(dir, "policy.yml")
	for _, tt := range []struct{ there, want string }{
		{"", "policy.cases.yaml"}, {"cases.yaml", "cases.yaml"}, {"policy.cases.yaml", "policy.cases.yaml"},
	} {
		if tt.there != "" {
			if err := os.WriteFile(filepath.Join(dir, tt.there), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got := casesBeside(policy); got != filepath.Join(dir, tt.want) {
			t.Errorf("with %q: %s", tt.there, got)
		}
	}
}
