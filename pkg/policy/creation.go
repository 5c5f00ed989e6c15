package policy

import (
	"net/netip"
	"time"
)

// A Creation is the request to create one topic or group, as the rules see it.
// Every value comes from outside: none is trusted, any may be empty.
type Creation struct {
	Subject  Subject
	App      string // SDKAppID
	Operator string // UserID of who asks
	Type     string // Community, Public, …
	Name     string
	Platform string    // RESTAPI, Web, iOS, …
	ClientIP string    // the end user's address, or junk, or nothing
	At       time.Time // when it was asked
}

// address is the end user's address, IPv4-mapped IPv6 taken as IPv4; not valid when
// absent or junk.
func (c *Creation) address() netip.Addr {
	addr, err := netip.ParseAddr(c.ClientIP)
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap().WithZone("")
}
