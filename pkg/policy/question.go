package policy

import (
	"net/netip"

	"topicgate/pkg/textfold"
)

// A question is a Creation as tests ask about it. What several of them want to know is
// found out once, by the first that asks.
type question struct {
	Creation

	address    netip.Addr
	hasAddress bool
	text       *textfold.Text
	foldedName string
	hasFolded  bool

	asking asking // what its quotas have
}

// addr is the end user's address, IPv4-mapped IPv6 taken as IPv4; not valid when
// absent or junk.
func (q *question) addr() netip.Addr {
	if !q.hasAddress {
		q.hasAddress = true
		if addr, err := netip.ParseAddr(q.ClientIP); err == nil {
			q.address = addr.Unmap().WithZone("")
		}
	}
	return q.address
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
	if !q.hasFolded {
		q.foldedName, q.hasFolded = textfold.Fold(q.Name), true
	}
	return q.foldedName
}

// end gives back what the question borrowed.
func (q *question) end() {
	q.asking.end()
	if q.text != nil {
		q.text.Release()
	}
}
