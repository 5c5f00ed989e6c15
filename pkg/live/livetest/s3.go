package livetest

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// S3 is a played S3 with one bucket and one object, which answers what is signed as AWS documents it, and nothing else.
type S3 struct {
	*Server
	Bucket, Key, Region string

	virtual string // the endpoint's host, where the bucket must come before it as COS has it
	keys    Keys
	ahead   time.Duration // of the server's clock
	missing bool
}

// Keys are credentials; without a token they are not temporary.
type Keys struct{ ID, Secret, Token string }

// NewS3 starts an S3 that takes keys, and has the bucket first in the path.
func NewS3(t testing.TB, keys Keys, key string) *S3 {
	t.Helper()
	s := &S3{Server: &Server{etags: true}, Bucket: "policies.example", Key: key, Region: "eu-west-1", keys: keys}
	s.find = s.answer
	s.start(t, nil)
	return s
}

// NewCOS starts Tencent's COS in a region, with a certificate for its buckets: it has the bucket first in the host
// name, and refuses it in the path. For a client to come here, names must lead here, or a [Proxy].
func NewCOS(t testing.TB, keys Keys, key, region string, certificate tls.Certificate) *S3 {
	t.Helper()
	s := &S3{Server: &Server{etags: true}, Bucket: "policies-1250000000", Key: key, Region: region, keys: keys}
	s.virtual = "cos." + region + ".myqcloud.com"
	s.find = s.answer
	s.start(t, []tls.Certificate{certificate})
	return s
}

// URL is where the object is, as POLICY_URL has it.
func (s *S3) URL() string {
	endpoint := s.server.URL
	if s.virtual != "" {
		endpoint = "https://" + s.virtual
	}
	key := (&url.URL{Path: "/" + s.Key}).EscapedPath()
	return "s3://" + s.Bucket + key + "?region=" + s.Region + "&endpoint=" + url.QueryEscape(endpoint)
}

// Take makes other keys the right ones.
func (s *S3) Take(keys Keys) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = keys
}

// SetClock puts the server's clock ahead of everybody's, or behind.
func (s *S3) SetClock(ahead time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead = ahead
}

// SetMissing takes the object away, or puts it back.
func (s *S3) SetMissing(missing bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.missing = missing
}

func (s *S3) answer(r *http.Request) answer {
	if r.Method != http.MethodGet {
		return s3Error(http.StatusMethodNotAllowed, "MethodNotAllowed")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return s3Error(http.StatusBadRequest, "IncompleteBody")
	}
	if status, code := (verifier{s.keys, s.Region, time.Now().Add(s.ahead)}).verify(r, body); code != "" {
		return s3Error(status, code)
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if s.virtual != "" {
		name, _, _ := strings.Cut(r.Host, ":")
		host, found := strings.CutSuffix(name, "."+s.virtual)
		if !found {
			return s3Error(http.StatusForbidden, "PathStyleDomainForbidden")
		}
		bucket, key = host, strings.TrimPrefix(r.URL.Path, "/")
	}
	switch {
	case bucket != s.Bucket:
		return s3Error(http.StatusNotFound, "NoSuchBucket")
	case key != s.Key || s.missing:
		return s3Error(http.StatusNotFound, "NoSuchKey")
	}
	return answer{header: http.Header{"Content-Type": {"binary/octet-stream"}, "X-Amz-Request-Id": {"TX1"}}}
}

func s3Error(status int, code string) answer {
	body := fmt.Sprintf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>Played.</Message><RequestId>TX1</RequestId></Error>", code)
	return answer{status: status, body: body, header: http.Header{"Content-Type": {"application/xml"}}}
}
