package policy

import (
	"net/netip"
	"slices"
)

// clientIP restricts from where the end user may create: addresses and CIDRs. The
// address is the one that Chat saw, often absent for REST API calls; an absent or
// junk one is in no list. A look-up costs the number of distinct prefix lengths,
// not of prefixes.
var clientIP = Condition{
	Keys: oneOfKeys("client_ip", "The end user's address: addresses and CIDRs. It is often absent for RESTAPI; absent, it is in no list.",
		`client_ip: {in: [203.0.113.0/24, "2001:db8::/32"]}`, "these addresses of the end user; not when there is none",
		"client_ip: {not_in: [10.0.0.0/8]}", "other addresses, and requests without one, as REST calls often are"),
	Sentence: "This cannot be created from your network.",
	Telling:  2,
	compile: func(c *compiler, m *Match) []test {
		return c.oneOf("client_ip", m.ClientIP, c.addresses)
	},
}

func (c *compiler) addresses(key string, list []string) listed {
	written := make(map[netip.Prefix]string, len(list))
	var lengths []int
	for i, address := range list {
		prefix, ok := parsePrefix(address)
		if !ok {
			c.itemProblem(key, i, "", "%q is neither an address nor a CIDR, such as 203.0.113.7 or 2001:db8::/32", address)
			continue
		}
		written[prefix] = address
		if !slices.Contains(lengths, prefix.Bits()) {
			lengths = append(lengths, prefix.Bits())
		}
	}
	slices.Sort(lengths)
	slices.Reverse(lengths) // the closest prefix is the one to name
	return func(q *question) (string, bool) {
		addr := q.addr()
		for _, bits := range lengths {
			prefix, err := addr.Prefix(bits)
			if err != nil {
				continue // not valid, or an IPv4 address and an IPv6 length
			}
			if item, ok := written[prefix]; ok {
				return item, true
			}
		}
		return q.ClientIP, false
	}
}

// parsePrefix reads an address or CIDR; IPv4-mapped IPv6 is taken as IPv4, and host
// bits are dropped.
func parsePrefix(s string) (prefix netip.Prefix, ok bool) {
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		addr, err := netip.ParseAddr(s)
		if err != nil || addr.Zone() != "" {
			return netip.Prefix{}, false
		}
		prefix = netip.PrefixFrom(addr, addr.BitLen())
	}
	if addr, bits := prefix.Addr(), prefix.Bits(); addr.Is4In6() && bits >= 96 {
		prefix = netip.PrefixFrom(addr.Unmap(), bits-96)
	}
	return prefix.Masked(), true
}
