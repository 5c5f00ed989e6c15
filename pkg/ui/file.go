package ui

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"topicgate/pkg/policyfile"
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

// write writes the file whole or not at all, unless it holds something else than when it
// was read as a version. A symbolic link stays one, and the file keeps its mode and owner.
func (f *file) write(text, version string) (content, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(text) > maxText {
		return content{}, failure{status: http.StatusRequestEntityTooLarge, text: fmt.Sprintf("this is over %d MiB; keep words in files of lists", maxText>>20)}
	}
	if err := f.unchanged(version); err != nil {
		return content{}, err
	}
	target, mode, owner := f.path, fs.FileMode(0o600), fs.FileInfo(nil) // cases quote what users wrote
	if version != absent {
		var err error
		if target, err = filepath.EvalSymlinks(f.path); err != nil {
			return content{}, err
		}
		if owner, err = os.Stat(target); err != nil {
			return content{}, err
		}
		mode = owner.Mode().Perm()
	}
	temporary, err := os.CreateTemp(filepath.Dir(target), ".topicgate-*")
	if err != nil {
		return content{}, err
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // which has another name once all is well
	_, err = temporary.WriteString(text)
	if err == nil && owner != nil {
		if err = keepOwner(temporary, owner); err != nil {
			err = fmt.Errorf("%s would change its owner: %w", f.path, err)
		}
	}
	err = errors.Join(err, temporary.Chmod(mode), temporary.Sync(), temporary.Close())
	if err == nil {
		err = f.unchanged(version)
	}
	if err == nil && version == absent {
		err = os.Link(temporary.Name(), target) // which replaces nothing that appears meanwhile
	} else if err == nil {
		err = os.Rename(temporary.Name(), target)
	}
	if err != nil {
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
