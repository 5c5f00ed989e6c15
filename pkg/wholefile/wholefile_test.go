//go:build unix

package wholefile_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"topicgate/pkg/wholefile"
)

// holds fails unless a file has a text and a mode, and its folder so many entries.
func holds(t *testing.T, path, text string, mode fs.FileMode, entries int) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != text {
		t.Errorf("%s holds %q (%v), want %q", path, got, err, text)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != mode {
		t.Errorf("%s is %v (%v), want %v", path, info, err, mode)
	}
	if list, err := os.ReadDir(filepath.Dir(path)); err != nil || len(list) != entries {
		t.Errorf("beside it are %v (%v), want %d in all", list, err, entries)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := wholefile.Write(path, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.html")
	write(t, path, "one")
	holds(t, path, "one", 0o600, 1)
	if err := os.Chmod(path, 0o644); err != nil { // for a web server
		t.Fatal(err)
	}
	write(t, path, "two")
	holds(t, path, "two", 0o644, 1)
	write(t, path, "")
	holds(t, path, "", 0o644, 1)
}

// Whoever reads a file while it is replaced reads the old one.
func TestWriteAside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	write(t, path, "old")
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	write(t, path, "newer")
	if text, err := io.ReadAll(f); err != nil || string(text) != "old" {
		t.Errorf("reads %q (%v)", text, err)
	}
}

// A link stays one, also one that leads to another.
func TestWriteLink(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "real.yaml")
	for _, link := range [][2]string{{"real.yaml", "link"}, {"link", "second"}} {
		if err := os.Symlink(link[0], filepath.Join(dir, link[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "second"), "text")
	holds(t, path, "text", 0o640, 3)
	if to, err := os.Readlink(filepath.Join(dir, "second")); err != nil || to != "link" {
		t.Errorf("the link leads to %q (%v)", to, err)
	}
}

// A link to nothing leads to a file then.
func TestWriteDanglingLink(t *testing.T) {
	dir := t.TempDir()
	for _, link := range [][2]string{{"real.yaml", "link"}, {"link", "second"}} {
		if err := os.Symlink(link[0], filepath.Join(dir, link[1])); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "second"), "text")
	holds(t, filepath.Join(dir, "real.yaml"), "text", 0o600, 3)
	for _, round := range [][2]string{{"b", "a"}, {"a", "b"}} {
		if err := os.Symlink(round[0], filepath.Join(dir, round[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := wholefile.Write(filepath.Join(dir, "a"), nil); err == nil {
		t.Error("written into a circle")
	}
}

// What is against it, and a folder that takes nothing, leave all as it was.
func TestWriteNot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	against := errors.New("it has changed meanwhile")
	if err := wholefile.WriteIf(path, []byte("new"), func() error { return against }); !errors.Is(err, against) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is there: %v", err)
	}
	write(t, path, "old")
	if err := wholefile.WriteIf(path, []byte("new"), func() error { return against }); !errors.Is(err, against) {
		t.Errorf("got %v", err)
	}
	holds(t, path, "old", 0o600, 1)
	if err := wholefile.Write(filepath.Dir(path), nil); err == nil || !strings.Contains(err.Error(), "is a folder; name a file") {
		t.Errorf("a folder: %v", err)
	}
	if err := wholefile.Write(filepath.Join(path, "below"), nil); err == nil {
		t.Error("written below a file")
	}
	if err := wholefile.Write(filepath.Join(filepath.Dir(path), "no", "such"), nil); err == nil || !strings.Contains(err.Error(), "; name a file in a folder that can be written to") {
		t.Errorf("no folder: %v", err)
	}
}

// What is open already is written to by its name, which leads to no file.
func TestWriteOpenPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("/dev/fd/%d", w.Fd())
	if _, err := os.Stat(path); err != nil {
		t.Skip(err)
	}
	write(t, path, "text")
	_ = w.Close()
	if text, err := io.ReadAll(r); err != nil || string(text) != "text" {
		t.Errorf("reads %q (%v)", text, err)
	}
}

// A pipe is written to, and stays.
func TestWritePipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan string)
	go func() {
		text, _ := os.ReadFile(path) // what is missing is seen
		read <- string(text)
	}()
	write(t, path, "text")
	if got := <-read; got != "text" {
		t.Errorf("reads %q", got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Type() != fs.ModeNamedPipe {
		t.Errorf("it is %v (%v)", info, err)
	}
}
