package httpserver

import (
	"strings"
	"testing"
)

// TestHeaderLines: the lines of a header are counted to its end, however it is cut.
func TestHeaderLines(t *testing.T) {
	field := func(n int) string { return strings.Repeat("a: b\r\n", n) }
	for name, test := range map[string]struct {
		text string
		many bool
	}{
		"usual":                      {"POST / HTTP/1.1\r\n" + field(10) + "\r\n", false},
		"the most":                   {"POST / HTTP/1.1\r\n" + field(maxLines-2) + "\r\n", false},
		"one more":                   {"POST / HTTP/1.1\r\n" + field(maxLines-1) + "\r\n", true},
		"without an end":             {"POST / HTTP/1.1\r\n" + field(maxLines), true},
		"bare line ends":             {"POST / HTTP/1.1\n" + strings.Repeat("a:\n", maxLines), true},
		"a body of many lines":       {"POST / HTTP/1.1\r\n" + field(10) + "\r\n" + strings.Repeat("\n", 200), false},
		"line ends before it":        {"\r\n\r\n\r\nPOST / HTTP/1.1\r\n" + field(10) + "\r\n" + strings.Repeat("\n", 200), false},
		"line ends before many more": {"\n\n\nPOST / HTTP/1.1\r\n" + field(maxLines), true},
	} {
		for _, size := range []int{1, 2, 3, 7, 1000, len(test.text)} {
			var h header
			var err error
			for rest := test.text; rest != "" && err == nil; {
				n := min(size, len(rest))
				err = h.add([]byte(rest[:n]))
				rest = rest[n:]
			}
			if many := err != nil; many != test.many {
				t.Errorf("%s, in pieces of %d: too many: %v, want %v", name, size, many, test.many)
			}
		}
	}
}
