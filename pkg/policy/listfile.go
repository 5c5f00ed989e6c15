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
	if !isUTF8(text) {
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

// isUTF8 is utf8.ValidString in a third of the time for most Chinese and English text:
// eight bytes at a time, as long as all characters have one byte or three. Those that
// E0 and ED begin it leaves to the library: not all of what follows there is UTF-8.
func isUTF8(text string) bool {
	const high = 0x8080808080808080
	due := uint64(0) // the bytes that continue a character of the eight before
	i := 0
	for ; i+8 <= len(text); i += 8 {
		x := load64(text, i)
		// The high bit of each byte says whether it is the first of several, a later
		// one, or a first one that is not understood.
		first := x & (x << 1) & high
		later := x &^ (x << 1) & high
		b3, b2, b1, b0 := x<<4, x<<5, x<<6, x<<7
		other := first & (^(x << 2) | x<<3 | ^(b3 | b2 | b1 | b0) | b3&b2&^b1&b0)
		if other != 0 || later != first<<8|first<<16|due {
			break
		}
		due = first>>56 | first>>48
	}
	if due != 0 { // back to where that character begins
		for i--; !utf8.RuneStart(text[i]); {
			i--
		}
	}
	return utf8.ValidString(text[i:])
}

func load64(s string, i int) uint64 {
	_ = s[i+7]
	return uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
		uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
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
			item := trim(line)
			if item != "" && item[0] != '#' && !yield(item, n) {
				return
			}
		}
	}
}

// trim is strings.TrimSpace for UTF-8. That is a call, and asks a table about each end
// beyond ASCII; but no white space is beyond U+3000, and bytes above E3 begin characters
// that are.
func trim(line string) string {
	n := len(line)
	switch {
	case n >= 3 && line[0] > 0xE3 && line[n-3] > 0xE3, // Chinese
		n >= 1 && isVisible(line[0]) && isVisible(line[n-1]): // English
		return line
	}
	return strings.TrimSpace(line)
}

// isVisible reports whether an ASCII character is.
func isVisible(c byte) bool { return ' ' < c && c < 0x7F }
