package policy

import "net/netip"

// A question is a Creation as conditions ask about it. What several of them want to
// know is found out once, by the first that asks.
type question struct {
	Creation

	address    netip.Addr // see addr
	hasAddress bool

	charset    charset // of the name, see nameCharset
	hasCharset bool
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

// nameCharset is what the name is made of.
func (q *question) nameCharset() charset {
	if !q.hasCharset {
		q.hasCharset, q.charset = true, charsetOf(q.Name)
	}
	return q.charset
}
