package policyfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// maxFile is the largest file that is read: two million words.
const maxFile = 32 << 20

// A Folder is where files are that a person names, and what reports call it.
type Folder struct {
	fs.FS
	Name string
}

// Dir is a folder of this machine; "" is the working directory. Files outside are named
// by absolute paths, or by .. as everywhere.
func Dir(name string) Folder { return Folder{disk(name), name} }

// Path is how reports call a file of the folder.
func (f Folder) Path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(f.Name, name)
}

// disk is a folder of this machine. Unlike os.DirFS it opens what is outside, too: an
// operator may keep word lists anywhere.
type disk string

func (d disk) path(name string) string { return Folder{Name: string(d)}.Path(name) }

func (d disk) Open(name string) (fs.File, error) { return os.Open(d.path(name)) }

func (d disk) Stat(name string) (fs.FileInfo, error) { return os.Stat(d.path(name)) }

func (d disk) ReadFile(name string) ([]byte, error) { return os.ReadFile(d.path(name)) }

// Read reads a whole text file: UTF-8, a byte order mark passed over. What is not a
// regular file is refused, before it is opened: it could make a start hang. The error
// names the file, and the line that is not UTF-8.
func (f Folder) Read(name string) (string, error) {
	path := f.Path(name)
	if f.FS == nil {
		return "", fmt.Errorf("cannot read %s: there are no files beside this policy", path)
	}
	info, err := fs.Stat(f.FS, name)
	switch {
	case err != nil:
		return "", unreadable(path, err)
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("cannot read %s: it is not a file", path)
	case info.Size() > maxFile:
		return "", fmt.Errorf("cannot read %s: it is over %d MiB", path, maxFile>>20)
	}
	content, err := fs.ReadFile(f.FS, name)
	if err != nil {
		return "", unreadable(path, err)
	}
	text := strings.TrimPrefix(string(content), "\uFEFF")
	if !utf8.ValidString(text) {
		n := 1
		for line := range strings.Lines(text) {
			if !utf8.ValidString(line) {
				break
			}
			n++
		}
		return "", fmt.Errorf("%s:%d: is not UTF-8; save the file as UTF-8", path, n)
	}
	return text, nil
}

func unreadable(path string, err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		err = pathError.Err
	}
	return fmt.Errorf("cannot read %s: %w", path, err)
}
