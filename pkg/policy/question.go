package policy

import (
	"net/netip"
	"sync"

	"topicgate/pkg/textfold"
)

// A question is a Creation as conditions ask about it. What several of them want to
// know is found out once, by the first that asks.
type question struct {
	Creation

	address netip.Addr    // see addr
	text    textfold.Text // of the name, see nameText

	hasAddress, hasText bool

	asking asking // what its quotas have
}

// questions keeps the memory of those that are decided.
var questions = sync.Pool{New: func() any { return new(question) }}

// ask makes a question of a creation. It is good until its end.
func ask(cr *Creation) *question {
	q := questions.Get().(*question)
	q.Creation = *cr
	q.hasAddress, q.hasText = false, false
	return q
}

func (q *question) end() {
	q.asking.end()
	q.Creation = Creation{} // what a user wrote is not kept, nor room for a very long name
	if q.hasText {
		q.text.Reset("")
	}
	questions.Put(q)
}

// addr is the end user's address, IPv4-mapped IPv6 taken as IPv4; not valid when
// absent or junk.
func (q *question) addr() netip.Addr {
	if !q.hasAddress {
		q.hasAddress, q.address = true, netip.Addr{}
		if addr, err := netip.ParseAddr(q.ClientIP); err == nil {
			q.address = addr.Unmap().WithZone("")
		}
	}
	return q.address
}

// nameText is the name, folded for word lists.
func (q *question) nameText() *textfold.Text {
	if !q.hasText {
		q.hasText = true
		q.text.Reset(q.Name)
	}
	return &q.text
}
