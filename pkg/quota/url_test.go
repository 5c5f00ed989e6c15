package quota

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestParseRedisURL(t *testing.T) {
	for in, want := range map[string]RedisURL{
		"redis://localhost":                      {addresses: "localhost:6379"},
		"REDIS://h/":                             {addresses: "h:6379"},
		"redis://10.0.0.1:7000/15":               {addresses: "10.0.0.1:7000", database: 15},
		"redis://:p%40ss%2F%23@h":                {addresses: "h:6379", password: "p@ss/#"},
		"redis://:crs-1:secret@h":                {addresses: "h:6379", password: "crs-1:secret"},
		"rediss://default:s3cret@a-b.example:1/": {tls: true, addresses: "a-b.example:1", user: "default", password: "s3cret"},
		"redis://[2001:db8::1]:7000":             {addresses: "[2001:db8::1]:7000"},
		"redis://h:":                             {addresses: "h:6379"},

		"redis+sentinel://h/mymaster": {addresses: "h:26379", master: "mymaster"},
		"rediss+sentinel://u:p%2Cw@a:1,b,[2001:db8::1]/m%20m/3?sentinel_password=s%26": {
			tls: true, addresses: "a:1,b:26379,[2001:db8::1]:26379", user: "u", password: "p,w", database: 3, master: "m m", sentinelPassword: "s&",
		},
	} {
		got, err := ParseRedisURL(in)
		if err != nil || got != want {
			t.Errorf("ParseRedisURL(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
}

func TestParseRedisURLErrors(t *testing.T) {
	for in, want := range map[string]error{
		"":                          errURLScheme,
		"localhost:6379":            errURLScheme,
		"http://h":                  errURLScheme,
		" redis://h":                errURLScheme,
		"redis:h":                   errURLScheme,
		"redis://":                  errURLHost,
		"redis://:secret@":          errURLHost,
		"redis://:secret@:6379":     errURLHost,
		"redis://a:1,b:2":           errURLHost,
		"redis://a,b":               errURLHost,
		"redis://höst":              errURLHost,
		"redis://h:0":               errURLHost,
		"redis://h:65536":           errURLHost,
		"redis://h:x":               errURLSyntax,
		"redis://secret@h":          errURLUser,
		"redis://user:@h":           errURLPassword,
		"redis://:@h":               errURLPassword,
		"redis://@h":                errURLPassword,
		"redis://h/x":               errURLDatabase,
		"redis://h/-1":              errURLDatabase,
		"redis://h/+1":              errURLDatabase,
		"redis://h/1/":              errURLDatabase,
		"redis://h/4294967296":      errURLDatabase,
		"redis://u:12/secret@h":     errURLDatabase,
		"redis://:sec%ret@h":        errURLSyntax,
		"redis://:sec ret@h":        errURLSyntax,
		"redis://:sec/ret@h":        errURLSyntax,
		"redis://:sec?ret@h":        errURLSyntax,
		"redis://:sec#ret@h":        errURLExtra,
		"redis://:sec[ret@h":        errURLSyntax,
		"redis://h?db=1":            errURLExtra,
		"redis://h?":                errURLExtra,
		"redis://h#":                errURLExtra,
		"redis://h/0\n":             errURLSyntax,
		"rediss://:secret@h\x00":    errURLSyntax,
		"redis+unix:///tmp/a.sock":  errURLScheme,
		"redis://%31:secret@%zz":    errURLSyntax,
		"redis://:secret@[::1":      errURLSyntax,
		"redis://:secret@h:6379:80": errURLHost,

		"redis+sentinel://":                                      errURLHost,
		"redis+sentinel://h":                                     errURLMaster,
		"redis+sentinel://h/":                                    errURLMaster,
		"redis+sentinel://h/m/x":                                 errURLMaster,
		"redis+sentinel://h,/m":                                  errURLHost,
		"redis+sentinel://h,h:0/m":                               errURLHost,
		"redis+sentinel://:sec/ret@h/m":                          errURLHost,
		"redis+sentinel://secret@h/m":                            errURLUser,
		"redis+sentinel://h/m?sentinel_password=secret&db=1":     errURLExtra,
		"redis+sentinel://h/m?password=secret":                   errURLExtra,
		"redis+sentinel://h/m?sentinel_password=secret#fragment": errURLExtra,
		"redis://h/0?sentinel_password=secret":                   errURLExtra,
	} {
		got, err := ParseRedisURL(in)
		if !errors.Is(err, want) || got != (RedisURL{}) {
			t.Errorf("ParseRedisURL(%q): %v; want %v", in, err, want)
		}
		if r, err := NewRedis(in); r != nil || !errors.Is(err, want) {
			t.Errorf("NewRedis(%q): %v; want %v", in, err, want)
		}
	}
}

// A node that is named by its address must have the certificate of the URL's host.
func TestServerName(t *testing.T) {
	for url, want := range map[string]map[string]string{
		"rediss://cluster.example:7000":           {"cluster.example:7000": "cluster.example", "node-2.example:7001": "node-2.example", "10.0.0.2:7001": "cluster.example", "[::1]:7001": "cluster.example"},
		"rediss://10.0.0.1":                       {"10.0.0.1:6379": "10.0.0.1", "10.0.0.2:6379": "10.0.0.1"},
		"rediss+sentinel://a.example,b.example/m": {"b.example:26379": "b.example", "10.0.0.2:6379": "a.example"},
	} {
		u, err := ParseRedisURL(url)
		if err != nil {
			t.Fatal(err)
		}
		for address, name := range want {
			if got := u.serverName(address); got != name {
				t.Errorf("%s: the certificate of %s must be for %s, want %s", url, address, got, name)
			}
		}
	}
}

// However a counter or its URL is printed, nobody learns the password.
func TestPasswordIsNotPrinted(t *testing.T) {
	const secret = "hunter2"
	u, err := ParseRedisURL("rediss+sentinel://" + secret + "user:" + secret + "@h:7000,i/m/3?sentinel_password=" + secret)
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewRedis("redis://:" + secret + "@h")
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, value := range []any{u, &u, r, []RedisURL{u}, map[string]*Redis{"r": r}} {
			if got := fmt.Sprintf(format, value); strings.Contains(got, secret) || strings.Contains(got, fmt.Sprintf("%x", secret)) {
				t.Errorf("%s of a %T: %s", format, value, got)
			}
		}
	}
	if got, want := u.String(), "rediss+sentinel://h:7000,i:26379/m/3"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
}

func FuzzParseRedisURL(f *testing.F) {
	f.Add("redis://", "user", "secret", "@host:6379/0")
	f.Add("rediss://", "", "p@ss:w/o?r#d%", "@[::1]:6379/0")
	f.Add("redis://", "12", "3/secret", "@h")
	f.Add("redis:", "", "", "//h")
	f.Add("redis+sentinel://", "", "p@ss,w/o?r#d%", "@a:1,[::1]/mymaster/3?sentinel_password=s")
	messages := []error{errURLScheme, errURLSyntax, errURLHost, errURLUser, errURLPassword, errURLDatabase, errURLMaster, errURLExtra}
	f.Fuzz(func(t *testing.T, scheme, user, password, rest string) {
		// As somebody pastes it.
		u, err := ParseRedisURL(scheme + user + ":" + password + rest)
		if err != nil {
			// An error that is one of a few fixed sentences holds nothing of its input.
			if !slices.Contains(messages, err) {
				t.Fatalf("an error of its own: %v", err)
			}
		} else if again, err := ParseRedisURL(u.String()); err != nil || again.addresses != u.addresses || again.master != u.master || again.database != u.database || again.tls != u.tls {
			t.Fatalf("%v reads back as %v, %v", u, again, err)
		}

		// As it should be written, it is understood.
		if password == "" {
			return
		}
		good := url.URL{Scheme: "redis", User: url.UserPassword(user, password), Host: "h:1", Path: "/2"}
		want := RedisURL{addresses: "h:1", user: user, password: password, database: 2}
		if got, err := ParseRedisURL(good.String()); err != nil || got != want {
			t.Fatalf("ParseRedisURL(%q) = %v, %v", good.String(), got, err)
		}
	})
}
