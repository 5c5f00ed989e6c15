package ui

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"topicgate/pkg/history"
)

// browser starts Debian's chromium, or skips the test where there is none and UITEST does not
// say required.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("UITEST") == "required" {
			t.Fatal(err)
		}
		t.Skip("no chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("lang", "en"), chromedp.WindowSize(1400, 900),
		chromedp.WSURLReadTimeout(2*time.Minute))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, closed := chromedp.NewContext(ctx)
	t.Cleanup(closed)
	chromedp.ListenTarget(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			t.Errorf("the page throws: %s", e.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.APITypeError {
				for _, arg := range e.Args {
					t.Errorf("the page complains: %s", arg.Value)
				}
			}
		}
	})
	return ctx
}

// A desk is a workbench that serves files of a test's own.
type desk struct {
	*Server
	url, dir string
}

func (d *desk) path(name string) string { return filepath.Join(d.dir, name) }

func (d *desk) read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(d.path(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// newDesk serves some files, of which policy.yaml is the policy and cases.yaml the cases.
func newDesk(t *testing.T, files map[string]string, memory *history.Memory) *desk {
	t.Helper()
	d := &desk{dir: t.TempDir()}
	for name, text := range files {
		if err := os.WriteFile(d.path(name), []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if d.Server, err = New(Options{Policy: d.path("policy.yaml"), Cases: d.path("cases.yaml"), Memory: memory}); err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	ctx, stop := context.WithCancel(context.Background())
	d.listensOn(listener.Addr())
	d.url = d.URL(listener)
	go func() { served <- d.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return d
}

// untilText waits until an element shows a text.
func untilText(selector, text string) chromedp.Action {
	return chromedp.Poll(`document.querySelector(`+quoted(selector)+`)?.textContent.includes(`+quoted(text)+`)`, nil, chromedp.WithPollingTimeout(2*time.Minute))
}

func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(text) + `"`
}

// shot writes what the page looks like into the folder UITEST_SHOTS, if there is one.
func shot(name string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		dir := os.Getenv("UITEST_SHOTS")
		if dir == "" {
			return nil
		}
		var png []byte
		if err := chromedp.CaptureScreenshot(&png).Do(ctx); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, "ui-"+name+".png"), png, 0o600)
	})
}

func TestFirst(t *testing.T) {
	ctx := browser(t)
	d := newDesk(t, map[string]string{"policy.yaml": "version: 1\n# words\nrules:\n  - name: words\n    match: {name: {contains: [fuck, 加微信], disguised: true}}\n    action: refuse\n    code: 10102\n"}, nil)
	if err := chromedp.Run(ctx, chromedp.Navigate(d.url), untilText("#problems-title", "No problems"), chromedp.SendKeys("#names", "f*ck\n加wei信\nhello"), untilText("#tried", "10102"), shot("first")); err != nil {
		_ = chromedp.Run(ctx, shot("first"))
		t.Fatal(err)
	}
}
