// Package wholefile replaces files as a whole or not at all, so that nobody ever reads half
// of one, whatever ends the process that writes it.
package wholefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Write puts data into a file. A symbolic link stays one; what it leads to is replaced. A
// file that was there keeps its mode and owner, and stays as it was when that cannot be; a
// new one is for this user alone, since what is written may quote what people wrote. What is
// no file, such as a pipe, is written to.
func Write(path string, data []byte) error {
	return WriteIf(path, data, func() error { return nil })
}

// WriteIf is Write, unless check says something against it when all but the replacing is
// done.
func WriteIf(path string, data []byte, check func() error) error {
	before, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case before.IsDir():
		return fmt.Errorf("%s: is a folder; name a file", path)
	case !before.Mode().IsRegular():
		if err := check(); err != nil {
			return err
		}
		return os.WriteFile(path, data, 0o600)
	}
	path = follow(path)
	aside, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // which makes it 0600
	if err != nil {
		return fmt.Errorf("%w; name a file in a folder that can be written to", err)
	}
	_, err = aside.Write(data)
	if err == nil && before != nil {
		err = keep(aside, path, before)
	}
	err = errors.Join(err, aside.Sync(), aside.Close())
	if err == nil {
		err = check()
	}
	if err == nil {
		err = os.Rename(aside.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(aside.Name()))
	}
	return nil
}

// follow is where a symbolic link leads, and be it to nothing yet.
func follow(path string) string {
	const most = 40 // as the system follows
	for range most {
		if at, err := filepath.EvalSymlinks(path); err == nil {
			return at
		}
		to, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return path
}

// keep gives a file the owner and the mode of the one at a path, which it replaces.
func keep(f *os.File, path string, before fs.FileInfo) error {
	if err := keepOwner(f, before); err != nil {
		return fmt.Errorf("%s would change its owner: %w; write as that user", path, err)
	}
	return f.Chmod(before.Mode().Perm())
}
