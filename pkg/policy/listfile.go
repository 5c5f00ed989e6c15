package policy

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
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
	var b strings.Builder
	b.Grow(int(info.Size()))
	buffer := make([]byte, min(info.Size()+1, 32<<10)) // one read is enough for most
	if _, err := io.CopyBuffer(&b, io.LimitReader(f, maxFile), buffer); err != nil {
		return "", unreadable(path, err)
	}
	text := strings.TrimPrefix(b.String(), "\uFEFF")
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

// ParseList reads the text of a list file: one item a line, # first on a line makes
// a comment. The items are never nil.
func ParseList(text string) []string {
	items := make([]string, 0, strings.Count(text, "\n")+1)
	for item := range listItems(text) {
		items = append(items, item)
	}
	return items
}

// ItemLines are the line numbers of the items of ParseList. They are apart because
// only a problem asks for them, and most lists have none.
func ItemLines(text string) []int {
	var lines []int
	for _, line := range listItems(text) {
		lines = append(lines, line)
	}
	return lines
}

// listItems are the items of a list file, each with its line number.
func listItems(text string) iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		for n := 1; text != ""; n++ {
			var line string
			line, text, _ = strings.Cut(text, "\n")
			item := strings.TrimSpace(line)
			if item != "" && item[0] != '#' && !yield(item, n) {
				return
			}
		}
	}
}
