package policy

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
)

// clientIP restricts from where the end user may create: addresses and CIDRs. The
// address is the one that Chat saw, often absent for REST API calls; an absent or
// junk one is in no list. A look-up costs the number of distinct prefix lengths,
// not of prefixes.
func (c *compiler) clientIP(o *OneOf) []condition {
	return c.oneOf("client_ip", o, func(key string, list []string) func(*question) (string, bool) {
		written := make(map[netip.Prefix]string, len(list))
		var lengths []int
		for i, address := range list {
			prefix, err := parsePrefix(address)
			if err != nil {
				c.problem(item(key, i), "%s: %q %v", key, address, err)
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
	})
}

var errNotAddress = errors.New("is neither an address nor a CIDR, such as 203.0.113.7 or 2001:db8::/32")

// parsePrefix reads an address or CIDR; IPv4-mapped IPv6 is taken as IPv4, and host
// bits are dropped.
func parsePrefix(s string) (netip.Prefix, error) {
	if !strings.Contains(s, "/") {
		addr, err := netip.ParseAddr(s)
		if err != nil || addr.Zone() != "" {
			return netip.Prefix{}, errNotAddress
		}
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, errNotAddress
	}
	if addr, bits := prefix.Addr(), prefix.Bits(); addr.Is4In6() && bits >= 96 {
		prefix = netip.PrefixFrom(addr.Unmap(), bits-96)
	}
	return prefix.Masked(), nil
}
