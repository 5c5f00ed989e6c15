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
		"redis://localhost":                      {host: "localhost", port: "6379"},
		"REDIS://h/":                             {host: "h", port: "6379"},
		"redis://10.0.0.1:7000/15":               {host: "10.0.0.1", port: "7000", database: 15},
		"redis://:p%40ss%2F%23@h":                {host: "h", port: "6379", password: "p@ss/#"},
		"redis://:crs-1:secret@h":                {host: "h", port: "6379", password: "crs-1:secret"},
		"rediss://default:s3cret@a-b.example:1/": {tls: true, host: "a-b.example", port: "1", user: "default", password: "s3cret"},
		"redis://[2001:db8::1]:7000":             {host: "2001:db8::1", port: "7000"},
		"redis://h:":                             {host: "h", port: "6379"},
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

// However a counter or its URL is printed, nobody learns the password.
func TestPasswordIsNotPrinted(t *testing.T) {
	const secret = "hunter2"
	u, err := ParseRedisURL("rediss://" + secret + "user:" + secret + "@h:7000/3")
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
	if got, want := u.String(), "rediss://h:7000/3"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
}

func FuzzParseRedisURL(f *testing.F) {
	f.Add("redis://", "user", "secret", "@host:6379/0")
	f.Add("rediss://", "", "p@ss:w/o?r#d%", "@[::1]:6379/0")
	f.Add("redis://", "12", "3/secret", "@h")
	f.Add("redis:", "", "", "//h")
	messages := []error{errURLScheme, errURLSyntax, errURLHost, errURLUser, errURLPassword, errURLDatabase, errURLExtra}
	f.Fuzz(func(t *testing.T, scheme, user, password, rest string) {
		// As somebody pastes it.
		u, err := ParseRedisURL(scheme + user + ":" + password + rest)
		if err != nil {
			// An error that is one of a few fixed sentences holds nothing of its input.
			if !slices.Contains(messages, err) {
				t.Fatalf("an error of its own: %v", err)
			}
		} else if again, err := ParseRedisURL(u.String()); err != nil || again.address() != u.address() || again.database != u.database || again.tls != u.tls {
			t.Fatalf("%v reads back as %v, %v", u, again, err)
		}

		// As it should be written, it is understood.
		if password == "" {
			return
		}
		good := url.URL{Scheme: "redis", User: url.UserPassword(user, password), Host: "h:1", Path: "/2"}
		want := RedisURL{host: "h", port: "1", user: user, password: password, database: 2}
		if got, err := ParseRedisURL(good.String()); err != nil || got != want {
			t.Fatalf("ParseRedisURL(%q) = %v, %v", good.String(), got, err)
		}
	})
}
