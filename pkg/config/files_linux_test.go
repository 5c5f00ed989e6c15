package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestOnlyRegularFiles: whatever a variable names, a start does not hang.
func TestOnlyRegularFiles(t *testing.T) {
	root := t.TempDir()
	fifo := filepath.Join(root, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Skip(err)
	}
	if err := os.Symlink(fifo, filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "policy"), []byte("lists: {a: {file: fifo}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	paths := []string{"fifo", "link", ".", "/dev/zero", "/proc/kmsg"}
	for _, doc := range Docs() {
		if !doc.File {
			continue
		}
		for _, path := range append(paths, "policy") {
			if _, err := os.Stat(path); path[0] == '/' && errors.Is(err, os.ErrNotExist) || path == "policy" && doc.Name != Prefix+"POLICY" {
				continue
			}
			done := make(chan *Config)
			go func() {
				done <- Load([]string{"LAMBDA_TASK_ROOT=" + root, doc.Name + "_FILE=" + path}, Options{Offline: true})
			}()
			select {
			case c := <-done:
				if !c.Broken() || !strings.Contains(c.Problems[0].String(), "it is not a file") {
					t.Errorf("%s_FILE=%s: problems %q", doc.Name, path, c.Problems)
				}
			case <-time.After(20 * time.Second):
				t.Fatalf("%s_FILE=%s hangs", doc.Name, path)
			}
		}
	}
}
