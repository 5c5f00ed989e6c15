// Package historytest opens pages in a real browser, for the tests of what people see there.
package historytest

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	// chromedp drives Chromium by its DevTools protocol, without a driver or anything of npm's
	// (v0.23.0 of 2026, MIT, cdproto with it): what a page does in a browser is not told by
	// reading it. Tests alone link it.
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A Tab is a tab of a browser of its own.
type Tab struct {
	t   testing.TB
	ctx context.Context

	mu       sync.Mutex
	requests []string
	errors   []string
}

// patience is how long a browser may take to do anything, on a machine that is busy.
const patience = 3 * time.Minute

// Open starts a browser with one empty tab, and ends it with the test. Where there is no
// Chromium the test is skipped; with BROWSERTEST=required, for continuous integration to
// set, it fails.
func Open(t testing.TB) *Tab {
	t.Helper()
	binary := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			binary = path
			break
		}
	}
	if binary == "" {
		const missing = "needs chromium on the PATH (Debian: apt-get install chromium)"
		if os.Getenv("BROWSERTEST") == "required" {
			t.Fatalf("%s: %s", t.Name(), missing)
		}
		t.Skipf("%s: skipped: %s", t.Name(), missing)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(binary), chromedp.NoSandbox, // which needs what containers do not have; the pages are ours
		chromedp.DisableGPU, chromedp.WSURLReadTimeout(patience), chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("lang", "en"), chromedp.Flag("disable-component-update", true), chromedp.Flag("no-pings", true),
	)
	allocated, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(cancel)
	tab := &Tab{t: t, ctx: ctx}
	if err := chromedp.Do(ctx); err != nil { // starts it; its life is the context's of this call
		t.Fatalf("%s does not start: %v", binary, err)
	}
	if err := chromedp.Listen(ctx, tab.heard); err != nil {
		t.Fatal(err)
	}
	for _, enable := range []func() error{
		func() error { _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); return err },
		func() error { _, err := chromedp.Call(ctx, log.Enable, cdp.Empty{}); return err },
		func() error { _, err := chromedp.Call(ctx, runtime.Enable, cdp.Empty{}); return err },
	} {
		if err := enable(); err != nil {
			t.Fatal(err)
		}
	}
	return tab
}

// heard keeps what the tab asked for, and what its console was told.
func (b *Tab) heard(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	case *log.EventEntryAdded:
		b.errors = append(b.errors, string(e.Entry.Level)+": "+e.Entry.Text)
	case *runtime.EventConsoleAPICalled:
		b.errors = append(b.errors, "console: "+string(e.Type))
	case *runtime.EventExceptionThrown:
		b.errors = append(b.errors, "exception: "+e.ExceptionDetails.Text)
	}
}

// Requests are the addresses that were asked for, the page's own among them.
func (b *Tab) Requests() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string{}, b.requests...)
}

// Errors are what the console was told: errors, and whatever else there was to say.
func (b *Tab) Errors() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string{}, b.errors...)
}

// do does one thing in the tab.
func do[T any](b *Tab, action chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	result, err := chromedp.Run(ctx, action)
	if err != nil {
		b.t.Fatal(err)
	}
	return result
}

// Go opens an address, and waits for what is there.
func (b *Tab) Go(address string) {
	b.t.Helper()
	do(b, chromedp.Navigate(address))
}

// Eval is what an expression of JavaScript is in the page.
func Eval[T any](b *Tab, expression string) T {
	b.t.Helper()
	return do(b, chromedp.Evaluate[T](expression))
}

// Resize makes the window so many pixels wide and high.
func (b *Tab) Resize(width, height int64) {
	b.t.Helper()
	do(b, chromedp.EmulateViewport(width, height))
}

// Media plays a medium (screen or print) and the scheme of colours that its user prefers
// (light or dark).
func (b *Tab) Media(medium, scheme string) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Media: medium, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	}); err != nil {
		b.t.Fatal(err)
	}
}

// Picture is all of the page, as a PNG.
func (b *Tab) Picture() []byte {
	b.t.Helper()
	return do(b, chromedp.FullScreenshot(100))
}
