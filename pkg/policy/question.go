package policy

import (
	"net/netip"
	"time"

	"topicgate/pkg/textfold"
)

// A question is a Creation as tests ask about it. A name is folded once, by the first that
// asks.
type question struct {
	Creation

	shown      bool // to somebody, who wants to see what made conditions hold
	text       *textfold.Text
	foldedName string
	quotasEnd  time.Time // until when its quotas wait
	counted    *counted  // by name or in shares; nil while nothing was
}

// addr is the end user's address, IPv4-mapped IPv6 taken as IPv4; not valid when
// absent or junk.
func (q *question) addr() netip.Addr {
	addr, err := netip.ParseAddr(q.ClientIP)
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap().WithZone("")
}

// nameText is the name, folded for word lists.
func (q *question) nameText() *textfold.Text {
	if q.text == nil {
		q.text = textfold.NewText(q.Name)
	}
	return q.text
}

// folded is the name, folded for patterns.
func (q *question) folded() string {
	if q.foldedName == "" {
		q.foldedName = textfold.Fold(q.Name)
	}
	return q.foldedName
}

// end gives back what the question borrowed.
func (q *question) end() {
	if q.text != nil {
		q.text.Release()
	}
}
