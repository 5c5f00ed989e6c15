package live

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aws/smithy-go/encoding/httpbinding"

	"topicgate/pkg/dial"
)

// What may be wrong with a URL. No message quotes any of it: its query may be a secret, and where a special character
// was not encoded, so may be each part that a parser makes out.
var (
	errURLScheme   = errors.New("a policy's URL must begin with https:// or s3://, or with http:// on this machine itself")
	errURLSyntax   = errors.New("not a URL (https://host/path or s3://bucket/key?region=…): percent-encode white space and what else is special")
	errURLHost     = errors.New("a policy's URL must name one host, and a port from 1 to 65535 if any")
	errURLPlain    = errors.New("over http:// anybody on the way could change the policy: use https:// (http:// is for localhost, 127.0.0.0/8 and ::1)")
	errURLUser     = errors.New("a policy's URL takes no user:password@, as URLs are shown: use s3://, which is signed with the credentials of the environment, or a secret in the query, which is never shown (percent-encode an @ that belongs there as %40)")
	errURLFragment = errors.New("a policy's URL takes no # part (percent-encode a # that belongs there as %23)")
	errURLBucket   = errors.New("an s3 URL must begin with the bucket: 3 to 63 lower-case letters, digits, hyphens and dots, without a port")
	errURLKey      = errors.New("an s3 URL must name one object, s3://bucket/key, in at most 1,024 bytes of UTF-8 without . or .. between slashes")
	errURLQuery    = errors.New("an s3 URL takes ?region=… and &endpoint=https://…, each once, and nothing else")
	errURLRegion   = errors.New("an s3 URL must say where the bucket is, such as ?region=eu-west-1")
	errURLEndpoint = errors.New("the endpoint of an s3 URL must be https://host or https://host:port (http:// on this machine itself), without the bucket and without a path")
)

// A URL says where a policy is looked for. It comes from [ParseURL]. However it is printed, it shows no query.
type URL struct {
	target url.URL // what is asked
	shown  string
	region string // of the bucket; empty where nothing is signed
	keys   *keyNames
}

// ParseURL reads a URL of the forms
//
//	https://host[:port]/path[?query]
//	http://localhost[:port]/path[?query], or 127.0.0.0/8 or ::1
//	s3://bucket/key?region=…[&endpoint=https://host[:port]]
//
// where the key is percent-encoded, and without an endpoint the bucket is one of AWS. Its errors quote nothing of the
// URL.
func ParseURL(text string) (*URL, error) {
	switch {
	case strings.Contains(text, "#"):
		return nil, errURLFragment
	case strings.Contains(text, "@"):
		return nil, errURLUser
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return nil, errURLSyntax
	}
	scheme, _, found := strings.Cut(text, "://")
	scheme = strings.ToLower(scheme)
	if !found || scheme != "https" && scheme != "http" && scheme != "s3" {
		return nil, errURLScheme
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, errURLSyntax
	}
	if scheme == "s3" {
		return parseS3(u)
	}
	if err := checkWeb(u); err != nil {
		return nil, err
	}
	return &URL{target: *u, shown: shown(u)}, nil
}

// checkWeb says what is wrong with an http or https URL.
func checkWeb(u *url.URL) error {
	if !dial.PlainHost(u.Hostname()) {
		return errURLHost
	}
	if port := u.Port(); port != "" || strings.HasSuffix(u.Host, ":") {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return errURLHost
		}
	}
	if u.Scheme == "http" && !dial.Loopback(u.Hostname()) {
		return errURLPlain
	}
	return nil
}

// parseS3 reads an s3 URL, and where its object is asked for.
//
// AWS documents the bucket as part of the host name, but for buckets with dots, which no certificate of AWS's covers;
// they come first in the path (https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html). So they do
// at an endpoint that somebody names, where rarely a name resolves for each bucket; but Tencent's COS refuses paths
// for buckets made since 2024 (https://cloud.tencent.com/document/faq/436/102489).
func parseS3(u *url.URL) (*URL, error) {
	bucket, key := u.Host, strings.TrimPrefix(u.Path, "/")
	query, err := url.ParseQuery(u.RawQuery)
	switch {
	case !isBucket(bucket):
		return nil, errURLBucket
	case !isKey(key):
		return nil, errURLKey
	case err != nil:
		return nil, errURLQuery
	}
	for name, values := range query {
		if name != "region" && name != "endpoint" || len(values) > 1 {
			return nil, errURLQuery
		}
	}
	region := query.Get("region")
	if !isLabel(region) {
		return nil, errURLRegion
	}
	target := url.URL{Scheme: "https", Path: "/" + key}
	keys := &awsKeys
	if query.Has("endpoint") {
		endpoint, err := url.Parse(query.Get("endpoint"))
		if err != nil || endpoint.Scheme != "https" && endpoint.Scheme != "http" || checkWeb(endpoint) != nil {
			return nil, errURLEndpoint
		}
		bare := url.URL{Scheme: endpoint.Scheme, Host: endpoint.Host}
		if given := strings.TrimSuffix(endpoint.String(), "/"); given != bare.String() || strings.HasPrefix(endpoint.Host, bucket+".") {
			return nil, errURLEndpoint
		}
		target.Scheme, target.Host = endpoint.Scheme, strings.ToLower(endpoint.Host)
		if isCOS(target.Hostname()) {
			keys = &tencentKeys
			target.Host = bucket + "." + target.Host
		} else {
			target.Path = "/" + bucket + target.Path
		}
	} else {
		target.Host = "s3." + region + ".amazonaws.com"
		if strings.HasPrefix(region, "cn-") {
			target.Host += ".cn"
		}
		if strings.Contains(bucket, ".") {
			target.Path = "/" + bucket + target.Path
		} else {
			target.Host = bucket + "." + target.Host
		}
	}
	// The signature is over AWS's way of encoding, which encodes more than net/url does; so that is what is sent.
	target.RawPath = httpbinding.EscapePath(target.Path, false)
	return &URL{target: target, shown: shown(u), region: region, keys: keys}, nil
}

// isBucket goes by https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, as do others.
func isBucket(s string) bool {
	return len(s) >= 3 && len(s) <= 63 && !slices.ContainsFunc(strings.Split(s, "."), func(label string) bool { return !isLabel(label) })
}

// isLabel reports whether s is lower-case letters and digits, with hyphens between them: it becomes part of a host's
// name.
func isLabel(s string) bool {
	return s != "" && strings.Trim(s, "-") == s && strings.TrimLeft(s, "0123456789abcdefghijklmnopqrstuvwxyz-") == ""
}

// isKey leaves out what a client or a proxy on the way may take for another path, and sign or ask for that.
func isKey(s string) bool {
	return s != "" && len(s) <= 1024 && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl) &&
		!slices.ContainsFunc(strings.Split(s, "/"), func(part string) bool { return part == "." || part == ".." })
}

// isCOS reports whether a host is one of Tencent's COS
// (https://cloud.tencent.com/document/product/436/6224).
func isCOS(host string) bool {
	return strings.HasSuffix(host, ".myqcloud.com") || strings.HasSuffix(host, ".tencentcos.cn")
}

func shown(u *url.URL) string { return u.Scheme + "://" + u.Host + u.EscapedPath() }

// String returns scheme, host and path, or bucket and key: what logs and reports may name. Never the query.
func (u URL) String() string { return u.shown }

// GoString is String, so that %#v shows no query either.
func (u URL) GoString() string { return u.shown }
