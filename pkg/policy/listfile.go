package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"
)

// maxFile is the largest file that is read: two million words.
const maxFile = 32 << 20

// ReadFile reads a whole text file: UTF-8, a byte order mark passed over. What is not
// a regular file is refused: it could make a start hang. The error names the file,
// and the line that is not UTF-8.
func ReadFile(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", unreadable(path, err)
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("cannot read %s: it is not a file", path)
	case info.Size() > maxFile:
		return "", fmt.Errorf("cannot read %s: it is over %d MiB", path, maxFile>>20)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", unreadable(path, err)
	}
	defer func() { _ = f.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return "", unreadable(path, err)
	}
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	if !utf8.Valid(data) {
		line := 1
		for text := range bytes.Lines(data) {
			if !utf8.Valid(text) {
				break
			}
			line++
		}
		return "", fmt.Errorf("%s:%d: is not UTF-8; save the file as UTF-8", path, line)
	}
	return string(data), nil
}

func unreadable(path string, err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		err = pathError.Err
	}
	return fmt.Errorf("cannot read %s: %w", path, err)
}

// ParseList reads the text of a list file: one item a line, # first on a line makes
// a comment. lines are the line numbers of the items. The items are never nil.
func ParseList(text string) (items []string, lines []int) {
	items = make([]string, 0, strings.Count(text, "\n")+1)
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		items, lines = append(items, line), append(lines, n)
	}
	return items, lines
}
