package policyfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// readSoon fails when a file cannot be read or refused within a moment: what hangs a
// start takes the verdicts away.
func readSoon(t *testing.T, folder Folder, name string) (text, problem string) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		var err error
		if text, err = folder.Read(name); err != nil {
			problem = err.Error()
		}
	}()
	select {
	case <-done:
		return text, problem
	case <-time.After(20 * time.Second):
		t.Fatalf("reading %s hangs", name)
		return "", ""
	}
}

func TestRead(t *testing.T) {
	const again = "; save the file as UTF-8"
	tests := []struct{ name, content, want, problem string }{
		{"text", "spam\n", "spam\n", ""},
		{"nothing", "", "", ""},
		{"a BOM", "\uFEFFspam", "spam", ""},
		{"nothing but a BOM", "\uFEFF", "", ""},
		{"files that were joined", "\uFEFFspam\n\uFEFFham\n", "spam\nham\n", ""},
		{"a BOM at the end", "spam\uFEFF", "spam", ""},
		{"Latin-1", "spam\nham\ncaf\xe9\n", "", "f:3: is not UTF-8" + again},
		{"Latin-1, on lines of an old Mac", "spam\rham\rcaf\xe9\r", "", "f:3: is not UTF-8" + again},
		{"GBK", "spam\r\n\xb6\xc4\xb3\xa1\r\n", "", "f:2: is not UTF-8" + again},
		{"Shift JIS", "\x83J\x83W\x83m", "", "f:1: is not UTF-8" + again},
		{"UTF-16, little endian", "\xff\xfes\x00p\x00\n\x00", "", "f:1: is not UTF-8" + again},
		{"UTF-16, big endian", "\xfe\xff\x00s\x00p", "", "f:1: is not UTF-8" + again},
		{"UTF-16 without a BOM", "s\x00p\x00\n\x00", "", "f:1: holds a NUL byte" + again},
		{"UTF-32", "\xff\xfe\x00\x00s\x00\x00\x00", "", "f:1: is not UTF-8" + again},
		{"ISO-2022-JP", "spam\n\x1b$B%+%8%N\x1b(B\n", "", "f:2: holds an escape sequence" + again},
		{"a surrogate", "spam\n\xed\xa0\x80", "", "f:2: is not UTF-8" + again},
		{"NUL in the middle", "spam\n\nh\x00m\n", "", "f:3: holds a NUL byte" + again},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			if err := os.WriteFile(filepath.Join(root, "f"), []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			text, problem := readSoon(t, Dir(root), "f")
			problem = strings.TrimPrefix(problem, root+string(filepath.Separator))
			if text != tt.want || problem != tt.problem {
				t.Errorf("got %q, %q, want %q, %q", text, problem, tt.want, tt.problem)
			}
		})
	}
}

// A file that is being written to is read up to the limit.
func TestReadOfAFileThatGrows(t *testing.T) {
	grows := fstest.MapFS{"log": {Data: make([]byte, maxFile+2)}}
	_, problem := readSoon(t, Folder{FS: saysLittle{grows}}, "log")
	if want := "cannot read log: it is over 32 MiB"; problem != want {
		t.Errorf("got %q, want %q", problem, want)
	}
}

// saysLittle is a folder whose files were small when somebody asked.
type saysLittle struct{ fstest.MapFS }

func (s saysLittle) Stat(name string) (os.FileInfo, error) {
	return fstest.MapFS{name: {Data: []byte("x")}}.Stat(name)
}
