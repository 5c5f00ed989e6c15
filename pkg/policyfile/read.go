package policyfile

import (
	"errors"
	"fmt"
	"io"
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
	// Seen is told of each file that is read, by the path that reports call it, what it
	// holds, or why it could not be read. It may be nil.
	Seen func(path, text string, err error)
}

// Dir is a folder of this machine; "" is the working directory. Files outside are named
// by absolute paths, or by .. as everywhere.
func Dir(name string) Folder { return Folder{FS: disk(name), Name: name} }

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

var (
	errTooLarge = fmt.Errorf("it is over %d MiB", maxFile>>20)

	// errKernel is of files such as /proc/kmsg, which call themselves regular, and empty,
	// and make up as one reads what they hold: some of them never come to an end.
	errKernel = errors.New("it is not a file on a disk")
)

// Read reads a whole text file: UTF-8, byte order marks passed over, as files have them
// in the middle that were joined. The error names the file, and the line that is not
// UTF-8; what the system said is within it.
func (f Folder) Read(name string) (string, error) {
	path := f.Path(name)
	text, err := f.content(name)
	if f.Seen != nil {
		f.Seen(path, text, err)
	}
	if err != nil {
		if at, ok := errors.AsType[*fs.PathError](err); ok {
			err = at.Err
		}
		return "", fmt.Errorf("cannot read %s: %w", path, err)
	}
	text = strings.ReplaceAll(text, "\uFEFF", "")
	if line, what := foreign(text); what != "" {
		return "", fmt.Errorf("%s:%d: %s; save the file as UTF-8", path, line, what)
	}
	return text, nil
}

// content is what a file holds. What is not a regular file is refused before it is
// opened: it could make a start hang.
func (f Folder) content(name string) (string, error) {
	if f.FS == nil {
		return "", errors.New("there are no files beside this policy")
	}
	info, err := fs.Stat(f.FS, name)
	switch {
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", errors.New("it is not a file")
	case info.Size() > maxFile:
		return "", errTooLarge
	case info.Size() == 0: // not opened: see errKernel
		if target, err := filepath.EvalSymlinks(f.Path(name)); err == nil && inKernel(target) {
			return "", errKernel
		}
		return "", nil
	}
	file, err := f.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	var b strings.Builder
	b.Grow(int(info.Size()))
	_, err = io.Copy(&b, io.LimitReader(file, maxFile+1))
	if b.Len() > maxFile { // it has grown meanwhile
		return "", errTooLarge
	}
	return b.String(), err
}

func inKernel(path string) bool {
	path, err := filepath.Abs(path)
	return err == nil && (strings.HasPrefix(path, "/proc/") || strings.HasPrefix(path, "/sys/"))
}

// foreign says what shows that a text is in another encoding than UTF-8, and on which
// line. NUL and ESC are characters of UTF-8, but of no text: they are what UTF-16 without
// a byte order mark looks like, and ISO 2022.
func foreign(text string) (line int, what string) {
	if utf8.ValidString(text) && !strings.ContainsAny(text, "\x00\x1B") {
		return 0, ""
	}
	for text := range lines(text) {
		line++
		switch {
		case !utf8.ValidString(text):
			return line, "is not UTF-8"
		case strings.Contains(text, "\x00"):
			return line, "holds a NUL byte"
		case strings.Contains(text, "\x1B"):
			return line, "holds an escape sequence"
		}
	}
	return line, what
}
