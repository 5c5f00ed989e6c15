package gate

import (
	"strconv"
	"strings"

	"topicgate/pkg/chat"
)

const inIDs = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/=+"

// maxRequestID is the longest request id that is taken from a header, in bytes.
const maxRequestID = 128

// HeaderID is what of a header looks like a request's id, or "". Strangers and careless
// proxies put there what they like, a whole query with its signature among it.
func HeaderID(header string, p *chat.Params) string {
	id := strings.Map(func(r rune) rune {
		if strings.ContainsRune(inIDs, r) {
			return r
		}
		return -1
	}, header)
	if p.Reveals(header) || p.Reveals(id) {
		return ""
	}
	return id[:min(len(id), maxRequestID)]
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
