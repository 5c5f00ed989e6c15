package policy

import (
	"net/netip"

	"topicgate/pkg/textfold"
)

// A question is a Creation as conditions ask about it. What several of them want to
// know is found out once, by the first that asks.
type question struct {
	Creation

	address    netip.Addr // see addr
	hasAddress bool

	text *textfold.Text // see nameText

	asking asking // what its quotas have
}

// end gives back what the question has borrowed.
func (q *question) end() {
	q.asking.end()
	if q.text != nil {
		q.text.Release()
	}
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

// nameText is the name, which all word lists then search folded once.
func (q *question) nameText() *textfold.Text {
	if q.text == nil {
		q.text = textfold.NewText(q.Name)
	}
	return q.text
}
