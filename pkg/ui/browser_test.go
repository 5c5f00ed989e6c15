package ui

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"topicgate/pkg/history"
	"topicgate/pkg/history/historytest"
)

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

func (d *desk) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(d.path(name), []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
}

// newDesk serves some files, of which policy.yaml is the policy and cases.yaml the cases.
func newDesk(t *testing.T, files map[string]string, memory *history.Memory) *desk {
	t.Helper()
	d := &desk{dir: t.TempDir()}
	for name, text := range files {
		d.write(t, name, text)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if d.Server, err = New(Options{Policy: d.path("policy.yaml"), Cases: d.path("cases.yaml"), Memory: memory}, listener); err != nil {
		t.Fatal(err)
	}
	d.url = d.URL()
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- d.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return d
}

// A reader is somebody at a browser.
type reader struct {
	*historytest.Tab
	t *testing.T
}

// opens opens a workbench in a window.
func (d *desk) opens(t *testing.T, width int64) reader {
	t.Helper()
	r := reader{historytest.Open(t), t}
	r.Resize(width, 900)
	r.Media("screen", "light")
	r.Go(d.url)
	r.sees("#problems-title", "")
	return r
}

// sees waits until an element shows a text, among others.
func (r reader) sees(selector, text string) {
	r.t.Helper()
	r.Until("document.querySelector(" + strconv.Quote(selector) + ")?.textContent.includes(" + strconv.Quote(text) + ")")
}

// text is what an element shows.
func (r reader) text(selector string) string {
	r.t.Helper()
	return historytest.Eval[string](r.Tab, "document.querySelector("+strconv.Quote(selector)+")?.textContent ?? ''")
}

// shot writes what the window shows into the folder UITEST_SHOTS, if there is one.
func (r reader) shot(name string) {
	r.t.Helper()
	if dir := os.Getenv("UITEST_SHOTS"); dir != "" {
		time.Sleep(time.Second) // until all is painted, frames too
		if err := os.WriteFile(filepath.Join(dir, "ui-"+name+".png"), r.Screen(), 0o600); err != nil {
			r.t.Fatal(err)
		}
	}
}
