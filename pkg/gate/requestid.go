package gate

import (
	"strconv"
	"strings"

	"topicgate/pkg/chat"
)

// maxRequestID is the longest request id that is taken from a header, in bytes.
const maxRequestID = 128

// HeaderID is what of a header looks like a request's id, or "". Strangers and careless
// proxies put there what they like, a whole query with its signature among it.
func HeaderID(header string, p *chat.Params) string {
	id := strings.Map(idPart, header)
	if p.Reveals(header) || p.Reveals(id) {
		return ""
	}
	return id[:min(len(id), maxRequestID)]
}

// idPart drops what no id has.
func idPart(r rune) rune {
	if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_.:/=+", r) {
		return r
	}
	return -1
}

// requestID is what a request is called in the log and upstream: the id that it came
// with, else one of our own, this process and a number.
func (g *Gate) requestID(r *Request) string {
	if r.RequestID != "" && !r.Params.Reveals(r.RequestID) {
		return r.RequestID
	}
	var room [48]byte
	return string(strconv.AppendUint(append(room[:0], g.run...), g.requests.Add(1), 10))
}
