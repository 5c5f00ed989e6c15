package policy

import "testing"

func fromIP(ip string) Creation { return Creation{ClientIP: ip} }

var clientIPFixtures = fixturesOf([]fixture{
	{"address in", Match{ClientIP: in("198.51.100.7", "203.0.113.7")}, fromIP("203.0.113.7"), true, "203.0.113.7"},
	{"the next address", Match{ClientIP: in("203.0.113.7")}, fromIP("203.0.113.8"), false, ""},
	{"the first of a network", Match{ClientIP: in("203.0.113.0/24")}, fromIP("203.0.113.0"), true, "203.0.113.0/24"},
	{"the last of a network", Match{ClientIP: in("203.0.113.0/24")}, fromIP("203.0.113.255"), true, "203.0.113.0/24"},
	{"before a network", Match{ClientIP: in("203.0.113.0/24")}, fromIP("203.0.112.255"), false, ""},
	{"behind a network", Match{ClientIP: in("203.0.113.0/24")}, fromIP("203.0.114.0"), false, ""},
	{"host bits are dropped", Match{ClientIP: in("203.0.113.99/24")}, fromIP("203.0.113.1"), true, "203.0.113.99/24"},
	{"the closest network is named", Match{ClientIP: in("0.0.0.0/0", "203.0.113.7/32", "203.0.113.0/24")}, fromIP("203.0.113.7"), true, "203.0.113.7/32"},
	{"every IPv4 address", Match{ClientIP: in("0.0.0.0/0")}, fromIP("255.255.255.255"), true, "0.0.0.0/0"},
	{"every IPv4 address is no IPv6 one", Match{ClientIP: in("0.0.0.0/0")}, fromIP("2001:db8::1"), false, ""},
	{"every IPv6 address is no IPv4 one", Match{ClientIP: in("::/0")}, fromIP("203.0.113.7"), false, ""},

	{"IPv6", Match{ClientIP: in("2001:db8::/32")}, fromIP("2001:db8:ffff:ffff::1"), true, "2001:db8::/32"},
	{"behind an IPv6 network", Match{ClientIP: in("2001:db8::/32")}, fromIP("2001:db9::"), false, ""},
	{"another spelling", Match{ClientIP: in("2001:db8:0:0::1")}, fromIP("2001:0DB8::0001"), true, "2001:db8:0:0::1"},
	{"a zone is no part of the address", Match{ClientIP: in("fe80::/10")}, fromIP("fe80::1%eth0"), true, "fe80::/10"},
	{"IPv4 mapped into IPv6", Match{ClientIP: in("203.0.113.0/24")}, fromIP("::ffff:203.0.113.9"), true, "203.0.113.0/24"},
	{"IPv4 mapped into IPv6, in digits", Match{ClientIP: in("203.0.113.9")}, fromIP("::ffff:cb00:7109"), true, "203.0.113.9"},
	{"a mapped entry", Match{ClientIP: in("::ffff:203.0.113.9")}, fromIP("203.0.113.9"), true, "::ffff:203.0.113.9"},
	{"a mapped network", Match{ClientIP: in("::ffff:203.0.113.0/120")}, fromIP("203.0.113.9"), true, "::ffff:203.0.113.0/120"},
	{"behind a mapped network", Match{ClientIP: in("::ffff:203.0.113.0/120")}, fromIP("203.0.114.0"), false, ""},
	{"the mapped network", Match{ClientIP: in("::ffff:0:0/96")}, fromIP("198.51.100.1"), true, "::ffff:0:0/96"},
	{"a mapped address is no IPv6 address", Match{ClientIP: in("::/0")}, fromIP("::ffff:203.0.113.9"), false, ""},

	{"no address", Match{ClientIP: in("0.0.0.0/0", "::/0")}, fromIP(""), false, ""},
	{"no address, not_in", Match{ClientIP: notIn("0.0.0.0/0", "::/0")}, fromIP(""), true, ""},
	{"two addresses", Match{ClientIP: in("203.0.113.7")}, fromIP("203.0.113.7, 10.0.0.1"), false, ""},
	{"a port", Match{ClientIP: in("203.0.113.7")}, fromIP("203.0.113.7:443"), false, ""},
	{"white space", Match{ClientIP: in("203.0.113.7")}, fromIP(" 203.0.113.7"), false, ""},
	{"zeros in front", Match{ClientIP: in("203.0.113.7")}, fromIP("203.0.113.007"), false, ""},
	{"a network for an address", Match{ClientIP: in("203.0.113.7")}, fromIP("203.0.113.7/32"), false, ""},
	{"NUL behind an address", Match{ClientIP: in("203.0.113.7")}, fromIP("203.0.113.7\x00"), false, ""},
	{"full-width digits", Match{ClientIP: in("203.0.113.7")}, fromIP("203.0.113.７"), false, ""},
	{"junk, not_in", Match{ClientIP: notIn("203.0.113.7")}, fromIP("unknown"), true, "unknown"},

	{"address not_in", Match{ClientIP: notIn("10.0.0.0/8")}, fromIP("11.0.0.0"), true, "11.0.0.0"},
	{"address not_in, but it is", Match{ClientIP: notIn("10.0.0.0/8")}, fromIP("10.255.255.255"), false, ""},
	{"address not_in an empty list", Match{ClientIP: &OneOf{NotIn: []string{}}}, fromIP("10.0.0.1"), true, "10.0.0.1"},
})

func TestMatchClientIP(t *testing.T) { runFixtures(t, clientIPFixtures) }

func TestMatchClientIPProblems(t *testing.T) {
	const tail = " is neither an address nor a CIDR, such as 203.0.113.7 or 2001:db8::/32"
	list := []string{"", "localhost", "203.0.113", "203.0.113.256", "203.0.113.0/33", "203.0.113.7/", "2001:db8::/129", "fe80::1%eth0", "fe80::%eth0/64", "203.0.113.7 ", "10.0.0.1-10.0.0.9", "203.0.113.7"}
	want := []string{
		`client_ip.in[0] | in: ""` + tail,
		`client_ip.in[1] | in: "localhost"` + tail,
		`client_ip.in[2] | in: "203.0.113"` + tail,
		`client_ip.in[3] | in: "203.0.113.256"` + tail,
		`client_ip.in[4] | in: "203.0.113.0/33"` + tail,
		`client_ip.in[5] | in: "203.0.113.7/"` + tail,
		`client_ip.in[6] | in: "2001:db8::/129"` + tail,
		`client_ip.in[7] | in: "fe80::1%eth0"` + tail,
		`client_ip.in[8] | in: "fe80::%eth0/64"` + tail,
		`client_ip.in[9] | in: "203.0.113.7 "` + tail,
		`client_ip.in[10] | in: "10.0.0.1-10.0.0.9"` + tail,
	}
	runProblems(t, []problemCase{
		{"in", Match{ClientIP: in(list...)}, want},
		{"not_in", Match{ClientIP: notIn("x")}, []string{`client_ip.not_in[0] | not_in: "x"` + tail}},
	})
}
