package quota

import (
	"cmp"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// What may be wrong with a URL. No message quotes any of it: where the mistake is an unescaped character, each part
// that a parser makes out may hold a piece of the password.
var (
	errURLScheme   = errors.New("a Redis URL must begin with redis:// or rediss://, or with redis+sentinel:// or rediss+sentinel://")
	errURLSyntax   = errors.New("not a Redis URL (redis://user:password@host:port/database): percent-encode special characters such as @ : / ? # % in the user and the password")
	errURLHost     = errors.New("a Redis URL must name one host, and a port from 1 to 65535 if any; only sentinels may be several, with commas between them")
	errURLUser     = errors.New("a Redis URL with a user must have a password; for a password without a user write redis://:password@host")
	errURLPassword = errors.New("the password of the Redis URL is empty; leave user, password and @ out if there is none")
	errURLDatabase = errors.New("the path of a Redis URL must be a database number, such as /0 (percent-encode / in the password)")
	errURLMaster   = errors.New("the path of a redis+sentinel URL must be the name of the master, and a database number if any, such as /mymaster/0 (percent-encode / in the password)")
	errURLExtra    = errors.New("a Redis URL takes no ? or # part, but for the ?sentinel_password= of a redis+sentinel one (percent-encode ? and # in the password)")
)

// RedisURL says which Redis to ask, and as whom. It comes from [ParseRedisURL]. However it is printed, it shows no
// user and no password.
type RedisURL struct {
	tls       bool
	addresses string // host:port; of sentinels, several with commas between them
	user      string
	password  string
	database  int

	master           string // what the sentinels call it; empty when the address is Redis's own
	sentinelPassword string
}

// ParseRedisURL reads a URL of the forms
//
//	redis://[[user]:password@]host[:port][/database]
//	rediss://[[user]:password@]host[:port][/database]
//	redis+sentinel://[[user]:password@]host[:port][,host[:port]…]/master[/database][?sentinel_password=…]
//	rediss+sentinel://…
//
// where rediss is over TLS, to the sentinels too; port is 6379, or 26379 of a sentinel, and database 0 unless given.
// It is stricter than the registered scheme (https://www.iana.org/assignments/uri-schemes/prov/redis): the host is
// required, a name before @ without a password is an error, as clients disagree on which of the two it is, and so are
// options after a question mark. Its errors quote nothing of the URL.
func ParseRedisURL(s string) (RedisURL, error) {
	scheme, rest, ok := strings.Cut(s, "://")
	scheme, sentinels := strings.CutSuffix(strings.ToLower(scheme), "+sentinel")
	if !ok || scheme != "redis" && scheme != "rediss" {
		return RedisURL{}, errURLScheme
	}
	if strings.Contains(s, "#") {
		return RedisURL{}, errURLExtra
	}
	// The hosts are read apart, as net/url knows of no list.
	authority, path, _ := strings.Cut(rest, "/")
	login, hosts := "", authority
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		login, hosts = authority[:at+1], authority[at+1:]
	}
	list, port := []string{hosts}, "6379"
	if sentinels {
		list, port = strings.Split(hosts, ","), "26379"
		s = "redis://" + login + "sentinels/" + path
	}
	u, err := url.Parse(s)
	if err != nil {
		return RedisURL{}, errURLSyntax
	}
	r := RedisURL{tls: scheme == "rediss"}
	options := u.Query()
	if sentinels && len(options) == 1 && options.Has("sentinel_password") {
		r.sentinelPassword = options.Get("sentinel_password")
	} else if u.RawQuery != "" || u.ForceQuery {
		return RedisURL{}, errURLExtra
	}
	for i, host := range list {
		if list[i], ok = address(host, port); !ok {
			return RedisURL{}, errURLHost
		}
	}
	r.addresses = strings.Join(list, ",")
	if u.User != nil {
		password, set := u.User.Password()
		r.user, r.password = u.User.Username(), password
		switch {
		case !set && r.user != "":
			return RedisURL{}, errURLUser
		case r.password == "":
			return RedisURL{}, errURLPassword
		}
	}
	database, wrong := strings.TrimPrefix(u.Path, "/"), errURLDatabase
	if sentinels {
		wrong = errURLMaster
		r.master, database, _ = strings.Cut(database, "/")
		if r.master == "" {
			return RedisURL{}, wrong
		}
	}
	if database != "" {
		number, err := strconv.ParseUint(database, 10, 31)
		if err != nil {
			return RedisURL{}, wrong
		}
		r.database = int(number)
	}
	return r, nil
}

// address returns host:port of a host with a port or without.
func address(s, port string) (string, bool) {
	u, err := url.Parse("//" + s)
	if err != nil || u.Host != s {
		return "", false
	}
	port = cmp.Or(u.Port(), port)
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || !plainHost(u.Hostname()) {
		return "", false
	}
	return net.JoinHostPort(u.Hostname(), port), true
}

// plainHost reports whether host can be a name or an address. A comma, for one, makes a list of hosts.
func plainHost(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Zone() == ""
	}
	return host != "" && strings.TrimLeft(host, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._") == ""
}

func (u RedisURL) hosts() []string { return strings.Split(u.addresses, ",") }

// serverName is the name for which the certificate at address must be. A node that is named by its IP address, as
// clusters and sentinels do, has to prove that it is one of the first host's.
func (u RedisURL) serverName(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err == nil && net.ParseIP(host) != nil {
		host, _, _ = net.SplitHostPort(u.hosts()[0])
	}
	return host
}

// String returns the URL without user and password.
func (u RedisURL) String() string {
	scheme, path := "redis", "/"
	if u.tls {
		scheme = "rediss"
	}
	if u.master != "" {
		scheme += "+sentinel"
		path = "/" + url.PathEscape(u.master) + "/"
	}
	return scheme + "://" + u.addresses + path + strconv.Itoa(u.database)
}

// GoString is String, so that %#v shows no password either.
func (u RedisURL) GoString() string { return u.String() }

// refused is the error with which Redis answered, without what it repeats of a command that it does not know and where
// in the script it was. Where it repeats a password nevertheless, only its code is left. (ERR is the code of whatever
// has no other, and says nothing.)
func (u RedisURL) refused(text string) error {
	text = strings.TrimPrefix(text, "ERR ")
	code, _, _ := strings.Cut(text, " ")
	if code == "WRONGPASS" {
		return errors.New("Redis refuses the user or password: WRONGPASS; percent-encode what is special in them")
	}
	for _, tail := range []string{", with args beginning with", " script: ", " (call to "} {
		text, _, _ = strings.Cut(text, tail)
	}
	for _, secret := range []string{u.user, u.password, u.sentinelPassword} {
		if secret != "" && secret != "default" && strings.Contains(text, secret) {
			text = "an error that repeats the user or password"
			if code == strings.ToUpper(code) && !strings.Contains(code, secret) {
				text = code
			}
		}
	}
	return errors.New("Redis answered: " + strings.ToValidUTF8(text[:min(len(text), 200)], ""))
}
