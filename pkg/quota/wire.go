package quota

import "net"

// maxHeard is the most that is read of one answer. The longest that Redis gives us is that it is in protected mode,
// which takes it 1 kB to explain.
const maxHeard = 4 << 10

// wire is the network connection as redigo knows it. It holds what redigo cannot be told: that a peer that is no Redis,
// or means harm, must not announce so much that allocating it would end the process.
type wire struct {
	net.Conn
	plain net.Conn // beneath TLS

	heard  int  // bytes of this answer
	kind   byte // that the line begins with
	column int  // in the line
}

// Write puts a question, and so begins a new answer. The line goes on: a peer may have sent half of one too early.
func (w *wire) Write(p []byte) (int, error) {
	w.heard = 0
	return w.Conn.Write(p)
}

// Read passes on what Redis may answer us: a number, OK, an error, and a sentinel's list of two texts or of none. With
// lists of 99 at most and texts of 999 bytes, an answer of maxHeard makes redigo allocate 1.3 MB, for lists in lists.
func (w *wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	for _, c := range p[:n] {
		if w.column == 0 {
			w.kind = c
		}
		w.heard++
		w.column++
		if c == '\n' {
			w.column = 0
		}
		if w.heard > maxHeard || w.kind == '*' && w.column > len("*-1\r") || w.kind == '$' && w.column > len("$253\r") {
			return 0, errNotAnswer
		}
	}
	// A Redis that turns a client away says why and closes. What arrives of that is worth reporting.
	if n == 0 && err != nil && w.kind == '-' && w.column > 0 {
		w.column = 0
		return copy(p, "\r\n"), nil
	}
	return n, err
}

// Close leaves out TLS's farewell, for which [crypto/tls.Conn.Close] may wait 5 s on a dead connection.
func (w *wire) Close() error { return w.plain.Close() }
