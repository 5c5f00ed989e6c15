package policyfile

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestReadRegularFilesOnly: what is no file on a disk is refused before it is opened,
// however it is reached.
func TestReadRegularFilesOnly(t *testing.T) {
	root, err := os.MkdirTemp("", "") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(root) }()
	in := func(name string) string { return filepath.Join(root, name) }
	if err := syscall.Mkfifo(in("fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(in("folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("unix", in("socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = socket.Close() }()
	sparse, err := os.Create(in("sparse"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sparse.Close() }()
	if err := sparse.Truncate(1 << 40); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		in("fifo"):      "it is not a file",
		in("folder"):    "it is not a file",
		in("socket"):    "it is not a file",
		in("sparse"):    "it is over 32 MiB",
		"/dev/zero":     "it is not a file",
		"/dev/tty":      "it is not a file",
		"/proc/kmsg":    "it is not a file on a disk",
		"/proc/version": "it is not a file on a disk",
		"/proc/self":    "it is not a file",
		"/":             "it is not a file",
	} {
		if _, err := os.Stat(name); err != nil {
			t.Logf("%s is not here", name)
			continue
		}
		link := in("link-to-" + filepath.Base(name))
		if err := os.Symlink(name, link); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{name, link, filepath.Base(link)} {
			_, problem := readSoon(t, Dir(root), path)
			if !strings.HasPrefix(problem, "cannot read ") || !strings.HasSuffix(problem, filepath.Base(path)+": "+want) && path != "/" {
				t.Errorf("%s: got %q, want %q", path, problem, want)
			}
		}
	}
}
