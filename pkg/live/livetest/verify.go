package livetest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// verifier checks AWS Signature Version 4 in the Authorization header. It is written from AWS's text alone
// (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html and
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html), so that it shares no
// mistake with what it checks.
type verifier struct {
	keys   Keys
	region string
	now    time.Time
}

// verify returns S3's code for what is wrong with a request, or none.
func (v verifier) verify(r *http.Request, body []byte) (status int, code string) {
	const bad, forbidden = http.StatusBadRequest, http.StatusForbidden
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		return forbidden, "AccessDenied"
	}
	fields, ok := strings.CutPrefix(headers[0], "AWS4-HMAC-SHA256 ")
	if !ok || len(headers) > 1 {
		return bad, "InvalidArgument"
	}
	part := map[string]string{}
	for field := range strings.SplitSeq(fields, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		part[name] = value
	}
	scope := strings.Split(part["Credential"], "/")
	signed := strings.Split(part["SignedHeaders"], ";")
	if len(part) != 3 || len(scope) != 5 || len(part["Signature"]) != 64 {
		return bad, "AuthorizationHeaderMalformed"
	}

	date := r.Header.Get("X-Amz-Date")
	at, err := time.Parse("20060102T150405Z", date)
	switch {
	case err != nil:
		return forbidden, "AccessDenied"
	case at.Sub(v.now).Abs() > 15*time.Minute:
		return forbidden, "RequestTimeTooSkewed"
	case scope[0] != v.keys.ID:
		return forbidden, "InvalidAccessKeyId"
	case scope[1] != date[:8], scope[2] != v.region, scope[3] != "s3", scope[4] != "aws4_request":
		return bad, "AuthorizationHeaderMalformed"
	case r.Header.Get("X-Amz-Security-Token") != v.keys.Token:
		return bad, "InvalidToken"
	}

	sum := sha256.Sum256(body)
	payload := r.Header.Get("X-Amz-Content-Sha256")
	switch payload {
	case "":
		return bad, "MissingSecurityHeader"
	case hex.EncodeToString(sum[:]), "UNSIGNED-PAYLOAD":
	default:
		return bad, "XAmzContentSHA256Mismatch"
	}

	// Host and every x-amz- header must be signed, and Content-Type where there is one.
	must := []string{"host"}
	for name := range r.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-amz-") || name == "content-type" {
			must = append(must, name)
		}
	}
	for _, name := range must {
		if !slices.Contains(signed, name) {
			return forbidden, "AccessDenied"
		}
	}
	canonical, ok := canonicalRequest(r, signed, payload)
	if !ok {
		return forbidden, "SignatureDoesNotMatch"
	}
	hash := sha256.Sum256([]byte(canonical))
	toSign := "AWS4-HMAC-SHA256\n" + date + "\n" + strings.Join(scope[1:], "/") + "\n" + hex.EncodeToString(hash[:])
	key := []byte("AWS4" + v.keys.Secret)
	for _, step := range append(scope[1:], toSign) {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(step))
		key = h.Sum(nil)
	}
	if want := hex.EncodeToString(key); !hmac.Equal([]byte(want), []byte(part["Signature"])) {
		return forbidden, "SignatureDoesNotMatch"
	}
	return 0, ""
}

// canonicalRequest is what the signature is over. It fails where the list of headers is not sorted and lower-case, or
// names one that did not come.
func canonicalRequest(r *http.Request, signed []string, payload string) (text string, ok bool) {
	raw, query, _ := strings.Cut(r.RequestURI, "?")
	path, err := url.PathUnescape(raw)
	if err != nil {
		return "", false
	}
	var pairs []string
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, err1 := url.PathUnescape(name)
		value, err2 := url.PathUnescape(value)
		if err1 != nil || err2 != nil {
			return "", false
		}
		if pair != "" {
			pairs = append(pairs, uriEncode(name, "")+"="+uriEncode(value, ""))
		}
	}
	slices.Sort(pairs)
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n%s\n%s\n", r.Method, uriEncode(path, "/"), strings.Join(pairs, "&"))
	if !slices.IsSorted(signed) {
		return "", false
	}
	for _, name := range signed {
		values := r.Header.Values(name)
		if name == "host" {
			values = []string{r.Host}
		}
		if len(values) == 0 || name != strings.ToLower(name) {
			return "", false
		}
		fmt.Fprintf(&b, "%s:%s\n", name, strings.Join(strings.Fields(strings.Join(values, ",")), " "))
	}
	fmt.Fprintf(&b, "\n%s\n%s", strings.Join(signed, ";"), payload)
	return b.String(), true
}

// uriEncode is AWS's UriEncode: all but the unreserved characters, and those that are kept, as %XY.
func uriEncode(s, keep string) string {
	const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte(unreserved+keep, s[i]) >= 0 {
			b.WriteByte(s[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", s[i])
		}
	}
	return b.String()
}
