package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/gate/gatetest"
	"topicgate/pkg/policy"
)

// A server is a Served as serve has it, whose looks a test makes.
type server struct {
	*Served
	function
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func newServer(t *testing.T, environ ...string) *server {
	t.Helper()
	s := &server{Served: Serve(environ, config.Options{})}
	s.function = function{s.Served.Live, new(gatetest.LockedBuffer)}
	if !s.Config().Broken() {
		s.Start(s.log, gate.Observer{}, nil)
	}
	return s
}

// looks makes looks at the files as Watch does.
func (s *server) looks() {
	for range 3 {
		if s.filesChanged() {
			s.reload("files")
		}
	}
}

// TestFiles: each kind of file is seen to change, in one change or several, and a broken
// one leaves the last good configuration in place.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	const names = "version: 1\nlists: {bad: {file: bad.txt}}\nrules: [{name: bad, match: {name: {contains: bad}}, action: refuse, code: %d, message: no}]\n"
	write(t, path("policy.yaml"), fmt.Sprintf(names, 10101))
	write(t, path("bad.txt"), "b\n")
	write(t, path("apps"), "1400000000\n")
	s := newServer(t, "TOPICGATE_SDK_APP_IDS_FILE="+path("apps"), "TOPICGATE_POLICY_FILE="+path("policy.yaml"))
	code := func(want int) {
		t.Helper()
		if got, line := s.decides(t); got != want {
			t.Fatalf("code %d, want %d: %v", got, want, line)
		}
	}
	fails := func(part string) {
		t.Helper()
		if reload := s.last(t, "reload"); reload["level"] != "error" || !strings.Contains(fmt.Sprint(reload["errors"]), part) {
			t.Errorf("reload says %v, want %q", reload, part)
		}
	}
	code(10101)
	write(t, path("policy.yaml"), fmt.Sprintf(names, 10102))
	code(10101)
	s.looks()
	code(10102)
	write(t, path("bad.txt"), "c\n")
	s.looks()
	code(0)
	write(t, path("policy.yaml"), fmt.Sprintf(names, 9))
	write(t, path("bad.txt"), "b\n") // together with a broken one
	s.looks()
	code(0)
	fails("9 means nothing to Chat")
	write(t, path("policy.yaml"), fmt.Sprintf(names, 10103))
	s.looks()
	code(10103)
	write(t, path("bad.txt"), "")
	s.looks()
	code(10103)
	fails("bad.txt: the file has become empty")
	write(t, path("bad.txt"), "# none\n")
	s.looks()
	code(0)
	write(t, path("apps"), "1400000001\n")
	s.looks()
	code(1)
	if err := os.Remove(path("policy.yaml")); err != nil {
		t.Fatal(err)
	}
	s.looks()
	fails("no such file")
	before := s.last(t, "reload")
	s.looks()
	if fmt.Sprint(s.last(t, "reload")) != fmt.Sprint(before) {
		t.Error("the same trouble is told again")
	}
	if failures, changes := s.Counts().Failures.Load(), s.Counts().Change.Load(); failures != 3 || changes == 0 {
		t.Errorf("counted %d failures, last change %d", failures, changes)
	}
}

// TestLinksSwapped: a ConfigMap is mounted as links to a folder, of which one is swapped.
// https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically
func TestLinksSwapped(t *testing.T) {
	dir := t.TempDir()
	for i, name := range []string{"..2026_01", "..2026_02"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name, "policy.yaml"), fmt.Sprintf(refuses, fmt.Sprint("rule-", i+1)))
	}
	link := func(to, name string) {
		t.Helper()
		if err := os.Symlink(to, filepath.Join(dir, "tmp")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, "tmp"), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	link("..2026_01", "..data")
	link("..data/policy.yaml", "policy.yaml")
	s := newServer(t, "TOPICGATE_SDK_APP_IDS=1400000000", "TOPICGATE_POLICY_FILE="+filepath.Join(dir, "policy.yaml"))
	if _, line := s.decides(t); line["rule"] != "rule-1" {
		t.Fatal(line)
	}
	link("..2026_02", "..data")
	s.looks()
	if _, line := s.decides(t); line["rule"] != "rule-2" {
		t.Error(line)
	}
}

// TestNeedsRestart: what a running process keeps is named when it changes.
func TestNeedsRestart(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "url"), "https://one.example/\n")
	s := newServer(t, "TOPICGATE_SDK_APP_IDS=1400000000", "TOPICGATE_UPSTREAM_URL_FILE="+filepath.Join(dir, "url"))
	write(t, filepath.Join(dir, "url"), "https://two.example/\n")
	s.looks()
	if reload := s.last(t, "reload"); fmt.Sprint(reload["needs_restart"]) != "[TOPICGATE_UPSTREAM_URL]" || reload["level"] != "warn" {
		t.Errorf("reload says %v", reload)
	}
}

// TestState: a start that finds a broken configuration goes by the last good one, says so
// at level error, and takes what is found once that is whole again.
func TestState(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "policy.yaml")
	environ := []string{"TOPICGATE_SDK_APP_IDS=1400000000", "TOPICGATE_STATE_DIR=" + filepath.Join(dir, "state"), "TOPICGATE_POLICY_FILE=" + file}
	write(t, file, fmt.Sprintf(refuses, "good"))
	newServer(t, environ...)

	write(t, file, "version: 1\nrules: [")
	s := newServer(t, environ...)
	if s.Config().Broken() || len(s.Problems) != 1 {
		t.Fatalf("problems %q", policy.Texts(s.Problems))
	}
	if _, line := s.decides(t); line["rule"] != "good" {
		t.Errorf("decides %v", line)
	}
	if start := s.last(t, "start"); start["level"] != "error" || !strings.Contains(fmt.Sprint(start["errors"]), "is not YAML") {
		t.Errorf("start says %v", start)
	}
	write(t, file, fmt.Sprintf(refuses, "mended"))
	s.looks()
	if _, line := s.decides(t); line["rule"] != "mended" {
		t.Errorf("decides %v", line)
	}

	// A slip in a variable is as bad as one in a file; without anything kept nothing starts.
	s = newServer(t, append(environ, "TOPICGATE_MODE=strict")...)
	if _, line := s.decides(t); line["rule"] != "mended" {
		t.Errorf("decides %v", line)
	}
	if s = newServer(t, "TOPICGATE_SDK_APP_IDS=1400000000", "TOPICGATE_MODE=strict", "TOPICGATE_STATE_DIR="+filepath.Join(dir, "other")); !s.Config().Broken() {
		t.Error("started from nothing")
	}
}

// TestStateOfURL: what was found at POLICY_URL is kept too, for a start that does not find it.
func TestStateOfURL(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	p := newPlace(t, fmt.Sprintf(refuses, "found"))
	environ := []string{"TOPICGATE_SDK_APP_IDS=1400000000", "TOPICGATE_STATE_DIR=" + dir, "TOPICGATE_POLICY_URL=" + p.URL}
	s := newServer(t, environ...)
	if _, line := s.decides(t); line["rule"] != "found" {
		t.Fatal(line)
	}
	p.set(func(p *place) { p.status = 500 })
	s = newServer(t, environ...)
	if _, line := s.decides(t); line["rule"] != "found" {
		t.Errorf("decides %v", line)
	}
	if start := s.last(t, "start"); !strings.Contains(fmt.Sprint(start["warnings"]), "500") {
		t.Errorf("start says %v", start)
	}
}

// TestStateNowhere: a folder that cannot be written to is told, and stops nothing.
func TestStateNowhere(t *testing.T) {
	s := newServer(t, "TOPICGATE_SDK_APP_IDS=1400000000", "TOPICGATE_DEFAULT=refuse", "TOPICGATE_STATE_DIR=/dev/null/x")
	if code, _ := s.decides(t); code != 1 {
		t.Error(code)
	}
	if start := s.last(t, "start"); !strings.Contains(fmt.Sprint(start["warnings"]), "TOPICGATE_STATE_DIR: the last good configuration cannot be kept") {
		t.Errorf("start says %v", start)
	}
}
