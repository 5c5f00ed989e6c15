package dial

import (
	"net/netip"
	"strings"
)

// Loopback reports whether a host, as [url.URL.Hostname] has it, is this machine.
func Loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")
}

// PlainHost reports whether a host, as [url.URL.Hostname] has it, can be a name or an address: no zone, no escapes and
// nothing that a parser made of them.
func PlainHost(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Zone() == ""
	}
	return host != "" && strings.TrimLeft(host, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._") == ""
}
