package ui

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"sync"

	"topicgate/pkg/policyfile"
	"topicgate/pkg/wholefile"
)

// maxText is the longest text that is edited: words belong into files of lists.
const maxText = 2 << 20

// A file is one that the workbench was given. No request names another.
type file struct {
	path string
	mu   sync.Mutex // of writing
}

// A content is what a file holds, and by what to tell whether it has changed.
type content struct {
	File    string `json:"file"`
	Text    string `json:"text"`
	Version string `json:"version"`
}

// absent is the version of a file that is not there.
const absent = "none"

// read reads the file, which need not be there.
func (f *file) read() (content, error) {
	c := content{File: f.path, Version: absent}
	info, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c, nil
	case err != nil:
		return c, err
	case !info.Mode().IsRegular():
		return c, fmt.Errorf("%s is not a file", f.path)
	case info.Size() > maxText:
		return c, fmt.Errorf("%s is over %d MiB; keep its words in files of lists", f.path, maxText>>20)
	}
	if _, err := policyfile.Dir("").Read(f.path); err != nil { // another encoding cannot be edited
		return c, err
	}
	data, err := os.ReadFile(f.path)
	if err != nil {
		return c, err
	}
	sum := sha256.Sum256(data)
	c.Text, c.Version = string(data), hex.EncodeToString(sum[:])
	return c, nil
}

// write writes the file, unless it holds something else than when it was read as a version.
func (f *file) write(text, version string) (content, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(text) > maxText {
		return content{}, failure{status: http.StatusRequestEntityTooLarge, text: fmt.Sprintf("this is over %d MiB; keep words in files of lists", maxText>>20)}
	}
	if err := f.unchanged(version); err != nil {
		return content{}, err
	}
	if err := wholefile.WriteIf(f.path, []byte(text), func() error { return f.unchanged(version) }); err != nil {
		return content{}, err
	}
	return f.read()
}

// unchanged says that the file has changed since it was read as a version.
func (f *file) unchanged(version string) error {
	now, err := f.read()
	if err == nil && now.Version != version {
		err = failure{http.StatusConflict, f.path + " has changed on disk meanwhile", &now}
	}
	return err
}
