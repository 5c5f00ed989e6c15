package live

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"topicgate/pkg/dial"
)

func TestParseURL(t *testing.T) {
	for in, want := range map[string]struct{ asked, shown string }{
		"https://example.com":                   {"https://example.com", "https://example.com"},
		"HTTPS://Example.com:8443/a/b.yaml":     {"https://Example.com:8443/a/b.yaml", "https://Example.com:8443/a/b.yaml"},
		"https://example.com/p?sig=a%2Fb&x":     {"https://example.com/p?sig=a%2Fb&x", "https://example.com/p"},
		"https://10.0.0.1/p":                    {"https://10.0.0.1/p", "https://10.0.0.1/p"},
		"https://[2001:db8::1]:8443/p":          {"https://[2001:db8::1]:8443/p", "https://[2001:db8::1]:8443/p"},
		"https://example.com/%E5%85%AC%20a%3Fb": {"https://example.com/%E5%85%AC%20a%3Fb", "https://example.com/%E5%85%AC%20a%3Fb"},
		"https://example.com/公":                 {"https://example.com/%E5%85%AC", "https://example.com/%E5%85%AC"},
		"http://localhost:2772/applications/a%2Fb/environments/E/configurations/C": {
			"http://localhost:2772/applications/a%2Fb/environments/E/configurations/C",
			"http://localhost:2772/applications/a%2Fb/environments/E/configurations/C",
		},
		"http://LOCALHOST/p":               {"http://LOCALHOST/p", "http://LOCALHOST/p"},
		"http://127.9.9.9:1/p":             {"http://127.9.9.9:1/p", "http://127.9.9.9:1/p"},
		"http://[::1]:65535/p":             {"http://[::1]:65535/p", "http://[::1]:65535/p"},
		"http://[::ffff:127.0.0.1]/p":      {"http://[::ffff:127.0.0.1]/p", "http://[::ffff:127.0.0.1]/p"},
		"s3://bucket/p.yaml?region=eu-a-1": {"https://bucket.s3.eu-a-1.amazonaws.com/p.yaml", "s3://bucket/p.yaml"},
		"s3://bucket/a/b?region=cn-north-1": {
			"https://bucket.s3.cn-north-1.amazonaws.com.cn/a/b", "s3://bucket/a/b",
		},
		"s3://my.bucket/p?region=us-east-1": {"https://s3.us-east-1.amazonaws.com/my.bucket/p", "s3://my.bucket/p"},
		// Everything but letters, digits and -._~ is encoded as AWS does it.
		"s3://bucket/a+b%20%2B%25!*'()=&$,;:/%E5%85%AC%F0%9F%98%80?region=r": {
			"https://bucket.s3.r.amazonaws.com/a%2Bb%20%2B%25%21%2A%27%28%29%3D%26%24%2C%3B%3A/%E5%85%AC%F0%9F%98%80",
			"s3://bucket/a+b%20%2B%25!*'()=&$,;:/%E5%85%AC%F0%9F%98%80",
		},
		"s3://bucket//a//b?region=r": {"https://bucket.s3.r.amazonaws.com//a//b", "s3://bucket//a//b"},
		"s3://p-125/k?region=ap-guangzhou&endpoint=https://cos.ap-guangzhou.myqcloud.com": {
			"https://p-125.cos.ap-guangzhou.myqcloud.com/k", "s3://p-125/k",
		},
		"s3://p-125/k?endpoint=https%3A%2F%2FCOS.r.tencentcos.cn%3A443%2F&region=r": {
			"https://p-125.cos.r.tencentcos.cn:443/k", "s3://p-125/k",
		},
		"s3://bucket/k?region=r&endpoint=https://minio.example:9000": {"https://minio.example:9000/bucket/k", "s3://bucket/k"},
		"s3://bucket/k?region=r&endpoint=http://127.0.0.1:9000/":     {"http://127.0.0.1:9000/bucket/k", "s3://bucket/k"},
		"s3://bucket/k?region=r&endpoint=https://notmyqcloud.com":    {"https://notmyqcloud.com/bucket/k", "s3://bucket/k"},
	} {
		u, err := ParseURL(in)
		if err != nil {
			t.Errorf("ParseURL(%q): %v", in, err)
			continue
		}
		if got := u.target.String(); got != want.asked || u.String() != want.shown {
			t.Errorf("ParseURL(%q)\nasks  %s, want %s\nshows %s, want %s", in, got, want.asked, u, want.shown)
		}
	}
}

func TestParseURLErrors(t *testing.T) {
	long := strings.Repeat("k", 1025)
	for in, want := range map[string]error{
		"":                              errURLScheme,
		"example.com/policy.yaml":       errURLScheme,
		"ftp://example.com/p":           errURLScheme,
		"file:///etc/policy.yaml":       errURLScheme,
		"https:example.com":             errURLScheme,
		"//example.com/p":               errURLScheme,
		"https://":                      errURLHost,
		"https:///p":                    errURLHost,
		"https://:443/p":                errURLHost,
		"https://example.com:/p":        errURLHost,
		"https://example.com:0/p":       errURLHost,
		"https://example.com:65536/p":   errURLHost,
		"https://example.com:x/p":       errURLSyntax,
		"https://a,b/p":                 errURLHost,
		"https://exämple.com/p":         errURLHost,
		"https://[fe80::1%25eth0]/p":    errURLHost,
		"https://example.com/a b":       errURLSyntax,
		"https://example.com/a?b c":     errURLSyntax,
		"https://example.com/a\n":       errURLSyntax,
		"https://example.com/a\u00a0b":  errURLSyntax,
		"https://example.com/%zz":       errURLSyntax,
		"https://example.com/p#":        errURLFragment,
		"https://example.com/p#x":       errURLFragment,
		"https://me:secret@example.com": errURLUser,
		"https://me@example.com/p":      errURLUser,
		"https://me:12/secret@h/p":      errURLUser,
		"https://h?secret@example.com":  errURLUser,
		"s3://id:secret@bucket/k":       errURLUser,
		"http://example.com/p":          errURLPlain,
		"http://10.0.0.1/p":             errURLPlain,
		"http://169.254.169.254/latest": errURLPlain,
		"http://localhost.example/p":    errURLPlain,
		"http://localhost./p":           errURLPlain,
		"http://127.1/p":                errURLPlain,
		"http://0.0.0.0/p":              errURLPlain,
		"http://[::]/p":                 errURLPlain,

		"s3://":                            errURLBucket,
		"s3:///k?region=r":                 errURLBucket,
		"s3://ab/k?region=r":               errURLBucket,
		"s3://Bucket/k?region=r":           errURLBucket,
		"s3://buck_et/k?region=r":          errURLBucket,
		"s3://-bucket/k?region=r":          errURLBucket,
		"s3://bu..cket/k?region=r":         errURLBucket,
		"s3://bucket:80/k?region=r":        errURLBucket,
		"s3://bucket?region=r":             errURLKey,
		"s3://bucket/?region=r":            errURLKey,
		"s3://bucket/a/../b?region=r":      errURLKey,
		"s3://bucket/a/%2E%2E/b?region=r":  errURLKey,
		"s3://bucket/./b?region=r":         errURLKey,
		"s3://bucket/%FF?region=r":         errURLKey,
		"s3://bucket/a%00?region=r":        errURLKey,
		"s3://bucket/" + long + "?region=": errURLKey,
		"s3://bucket/k":                    errURLRegion,
		"s3://bucket/k?region=":            errURLRegion,
		"s3://bucket/k?region=eu/west":     errURLRegion,
		"s3://bucket/k?region=evil.com/":   errURLRegion,
		"s3://bucket/k?region=r&region=r":  errURLQuery,
		"s3://bucket/k?region=r&secret=x":  errURLQuery,
		"s3://bucket/k?region=r&Region=r":  errURLQuery,
		"s3://bucket/k?region=%zz":         errURLQuery,
		"s3://bucket/k?region=r;endpoint=": errURLQuery,

		"s3://bucket/k?region=r&endpoint=":                              errURLEndpoint,
		"s3://bucket/k?region=r&endpoint=cos.r.myqcloud.com":            errURLEndpoint,
		"s3://bucket/k?region=r&endpoint=http://minio.example":          errURLEndpoint,
		"s3://bucket/k?region=r&endpoint=s3://other":                    errURLEndpoint,
		"s3://bucket/k?region=r&endpoint=https://h/path":                errURLEndpoint,
		"s3://bucket/k?region=r&endpoint=https://h%3Fq":                 errURLEndpoint,
		"s3://bucket/k?region=r&endpoint=https://h/%23f":                errURLEndpoint,
		"s3://bucket/k?region=r&endpoint=https://me%40h":                errURLEndpoint,
		"s3://bucket/k?region=r&endpoint=https://h:0":                   errURLEndpoint,
		"s3://bucket/k?region=r&endpoint=https://bucket.cos.r.mqcloud":  errURLEndpoint,
		"s3://bucket/k?region=r&endpoint=https://h&endpoint=https://h2": errURLQuery,
	} {
		if u, err := ParseURL(in); u != nil || !errors.Is(err, want) {
			t.Errorf("ParseURL(%q): %v; want %v", in, err, want)
		}
	}
}

// However a URL is printed, or what looks there, nobody learns its query.
func TestQueryIsNotPrinted(t *testing.T) {
	u, err := ParseURL("https://example.com/p.yaml?sig=hunter2")
	if err != nil {
		t.Fatal(err)
	}
	r := NewRemote(u, func(string) string { return "" })
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		for _, value := range []any{*u, u, []*URL{u}, []URL{*u}, r, map[string]*Remote{"r": r}} {
			if got := fmt.Sprintf(format, value); strings.Contains(got, "hunter2") {
				t.Errorf("%s of a %T: %s", format, value, got)
			}
		}
	}
}

func FuzzParseURL(f *testing.F) {
	f.Add("https://", "", "example.com/p.yaml", "sig=secret", "other")
	f.Add("https://", "me:secret@", "example.com:8443/p", "", "x")
	f.Add("https://", "me:12/sec?ret@", "h", "", "x")
	f.Add("http://", "", "[::1]:2772/applications/a%2Fb", "flag=x", "%zz")
	f.Add("s3://", "", "bucket/a b+c%20公", "region=eu-west-1", "region=r&endpoint=https://cos.r.myqcloud.com")
	f.Add("s3://", "id:secret@", "bucket/k", "region=r&endpoint=http://127.0.0.1:9", "region=r")
	messages := []error{
		errURLScheme, errURLSyntax, errURLHost, errURLPlain, errURLUser, errURLFragment,
		errURLBucket, errURLKey, errURLQuery, errURLRegion, errURLEndpoint,
	}
	f.Fuzz(func(t *testing.T, scheme, user, rest, query, other string) {
		u, err := ParseURL(scheme + user + rest + "?" + query)
		if err != nil {
			// An error that is one of a few fixed sentences holds nothing of its input.
			if !slices.Contains(messages, err) || u != nil {
				t.Fatalf("an error of its own: %v", err)
			}
			return
		}
		// What holds no user and no query cannot show them.
		if strings.Contains(user, "@") || strings.ContainsAny(u.String(), "@#?") {
			t.Fatalf("%q became %s", scheme+user+rest, u)
		}
		if !strings.ContainsAny(user+rest, "?") {
			if another, err := ParseURL(scheme + user + rest + "?" + other); err == nil && another.String() != u.String() {
				t.Fatalf("%s with another query is %s", u, another)
			}
		}
		// What is shown is what is asked.
		if u.region == "" {
			again, err := ParseURL(u.String())
			if err != nil || again.target.EscapedPath() != u.target.EscapedPath() || again.target.Host != u.target.Host {
				t.Fatalf("%s reads back as %v, %v", u, again, err)
			}
		} else if again, err := ParseURL(u.String() + "?region=" + u.region); err != nil || again.String() != u.String() {
			t.Fatalf("%s reads back as %v, %v", u, again, err)
		}
		if u.target.Scheme != "https" && !dial.Loopback(u.target.Hostname()) || u.target.User != nil {
			t.Fatalf("%s is asked at %s", u, u.target.Host)
		}
	})
}
