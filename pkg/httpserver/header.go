package httpserver

import "errors"

// maxLines is how many lines the header of a request may have. net/http bounds its bytes
// alone, of which it makes up to thirty times as much memory when it has many fields.
const maxLines = 100

// bufferSize is that of net/http's buffer for what it reads, and readAhead how much we
// put into it at once: what is in it already when a header begins was not counted.
const (
	bufferSize = 4 << 10
	readAhead  = 1 << 10
)

var errManyLines = errors.New("the header has too many lines")

// A header counts the lines of one while it comes.
type header struct {
	lines int
	text  bool // there was more than line ends, which may come before a request
	blank bool // so far, the line has nothing on it
	whole bool
}

// add takes the next bytes that came. It fails when there are too many lines.
func (h *header) add(p []byte) error {
	for _, b := range p {
		switch {
		case h.whole:
			return nil
		case b == '\r':
		case b != '\n':
			h.text, h.blank = true, false
		default:
			h.whole = h.text && h.blank
			h.blank = true
			if h.lines++; h.lines > maxLines {
				return errManyLines
			}
		}
	}
	return nil
}

// Read reads for net/http, unless a header becomes too long.
func (k *connection) Read(p []byte) (int, error) {
	if len(p) <= bufferSize {
		p = p[:min(len(p), readAhead)]
	}
	n, err := k.Conn.Read(p)
	k.all.mu.Lock()
	defer k.all.mu.Unlock()
	if k.state == fresh || k.state == idle {
		if many := k.header.add(p[:n]); many != nil {
			return 0, many
		}
	}
	return n, err
}
