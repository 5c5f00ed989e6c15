package quota

import (
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
	errURLScheme   = errors.New("a Redis URL must begin with redis:// or rediss://")
	errURLSyntax   = errors.New("not a Redis URL (redis://user:password@host:port/database): percent-encode special characters such as @ : / ? # % in the user and the password")
	errURLHost     = errors.New("a Redis URL must name one host, and a port from 1 to 65535 if any")
	errURLUser     = errors.New("a Redis URL with a user must have a password; for a password without a user write redis://:password@host")
	errURLPassword = errors.New("the password of the Redis URL is empty; leave user, password and @ out if there is none")
	errURLDatabase = errors.New("the path of a Redis URL must be a database number, such as /0 (percent-encode / in the password)")
	errURLExtra    = errors.New("a Redis URL takes no ? or # part (percent-encode ? and # in the password)")
)

// RedisURL says which Redis to ask, and as whom. It comes from [ParseRedisURL]. However it is printed, it shows no
// user and no password.
type RedisURL struct {
	tls      bool
	host     string
	port     string
	user     string
	password string
	database int
}

// ParseRedisURL reads a URL of the forms
//
//	redis://[[user]:password@]host[:port][/database]
//	rediss://[[user]:password@]host[:port][/database]
//
// where rediss is Redis over TLS; port is 6379 and database 0 unless given. It is stricter than the registered scheme
// (https://www.iana.org/assignments/uri-schemes/prov/redis): the host is required, a name before @ without a password
// is an error, as clients disagree on which of the two it is, and so are options after a question mark. Its errors
// quote nothing of the URL.
func ParseRedisURL(s string) (RedisURL, error) {
	scheme, _, ok := strings.Cut(s, "://")
	secure := strings.EqualFold(scheme, "rediss")
	if !ok || !secure && !strings.EqualFold(scheme, "redis") {
		return RedisURL{}, errURLScheme
	}
	if strings.Contains(s, "#") {
		return RedisURL{}, errURLExtra
	}
	u, err := url.Parse(s)
	if err != nil {
		return RedisURL{}, errURLSyntax
	}
	if u.RawQuery != "" || u.ForceQuery {
		return RedisURL{}, errURLExtra
	}

	r := RedisURL{tls: secure, host: u.Hostname(), port: u.Port()}
	if r.port == "" {
		r.port = "6379"
	}
	port, err := strconv.ParseUint(r.port, 10, 16)
	if err != nil || port == 0 || !plainHost(r.host) {
		return RedisURL{}, errURLHost
	}
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
	if path := strings.TrimPrefix(u.Path, "/"); path != "" {
		database, err := strconv.ParseUint(path, 10, 31)
		if err != nil {
			return RedisURL{}, errURLDatabase
		}
		r.database = int(database)
	}
	return r, nil
}

// plainHost reports whether host can be a name or an address. A comma, for one, makes a list of hosts.
func plainHost(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Zone() == ""
	}
	for i := range len(host) {
		switch c := host[i]; {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '-', c == '.', c == '_':
		default:
			return false
		}
	}
	return host != ""
}

func (u RedisURL) address() string { return net.JoinHostPort(u.host, u.port) }

// String returns the URL without user and password.
func (u RedisURL) String() string {
	scheme := "redis://"
	if u.tls {
		scheme = "rediss://"
	}
	return scheme + u.address() + "/" + strconv.Itoa(u.database)
}

// GoString is String, so that %#v shows no password either.
func (u RedisURL) GoString() string { return u.String() }
