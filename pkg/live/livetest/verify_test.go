package livetest

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
	"time"
)

// published are the keys of AWS's examples, at
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html.
var published = verifier{
	keys:   Keys{ID: "AKIAIOSFODNN7EXAMPLE", Secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
	region: "us-east-1",
	now:    time.Date(2013, 5, 24, 0, 10, 0, 0, time.UTC),
}

const (
	getObject = `GET /test.txt HTTP/1.1
Host: examplebucket.s3.amazonaws.com
Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41
Range: bytes=0-9
x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
x-amz-date: 20130524T000000Z
`
	listObjects = `GET /?max-keys=2&prefix=J HTTP/1.1
Host: examplebucket.s3.amazonaws.com
Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7
x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
x-amz-date: 20130524T000000Z
`
	getLifecycle = `GET /?lifecycle HTTP/1.1
Host: examplebucket.s3.amazonaws.com
Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543
x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
x-amz-date: 20130524T000000Z
`
)

func verdict(t *testing.T, v verifier, text, body string) string {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(strings.ReplaceAll(text, "\n", "\r\n") + "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	_, code := v.verify(r, []byte(body))
	return code
}

// The verifier takes what AWS publishes, and nothing that differs.
func TestVerify(t *testing.T) {
	for _, request := range []string{getObject, listObjects, getLifecycle} {
		if code := verdict(t, published, request, ""); code != "" {
			t.Errorf("%s\n%s", code, request)
		}
	}
	for _, test := range []struct{ old, new, want string }{
		{"/test.txt", "/test.tx", "SignatureDoesNotMatch"},
		{"/test.txt", "/test.txt?a", "SignatureDoesNotMatch"},
		{"/test.txt", "/%74est.txt", ""}, // the same, encoded otherwise
		{"GET", "PUT", "SignatureDoesNotMatch"},
		{"bytes=0-9", "bytes=0-8", "SignatureDoesNotMatch"},
		{"Host: examplebucket", "Host: another", "SignatureDoesNotMatch"},
		{"Signature=f", "Signature=e", "SignatureDoesNotMatch"},
		{"Signature=f0", "Signature=f", "AuthorizationHeaderMalformed"},
		{"EXAMPLE/", "EXAMPLES/", "InvalidAccessKeyId"},
		{"/us-east-1/", "/us-east-2/", "AuthorizationHeaderMalformed"},
		{"/s3/", "/sts/", "AuthorizationHeaderMalformed"},
		{"/aws4_request", "/aws5_request", "AuthorizationHeaderMalformed"},
		{"/20130524/", "/20130525/", "AuthorizationHeaderMalformed"},
		{"x-amz-date: 20130524T000000Z", "x-amz-date: 20130524T000001Z", "SignatureDoesNotMatch"},
		{"x-amz-date: 20130524T000000Z", "x-amz-date: 20130524T003000Z", "RequestTimeTooSkewed"},
		{"x-amz-date: 20130524T000000Z", "x-amz-date: Fri, 24 May 2013 00:00:00 GMT", "AccessDenied"},
		{"x-amz-date: 20130524T000000Z", "date: Fri, 24 May 2013 00:00:00 GMT", "AccessDenied"},
		{"x-amz-content-sha256: e3", "x-amz-content-sha256: e4", "XAmzContentSHA256Mismatch"},
		{"x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n", "", "MissingSecurityHeader"},
		{"Range: bytes=0-9\n", "", "SignatureDoesNotMatch"},
		{"Range:", "x-amz-acl: public\nRange:", "AccessDenied"},
		{"Range:", "Content-Type: text/plain\nRange:", "AccessDenied"},
		{"Range:", "x-amz-security-token: t\nRange:", "InvalidToken"},
		{"host;range;", "range;host;", "SignatureDoesNotMatch"},
		{"host;range;", "Host;range;", "AccessDenied"},
		{"host;range;", "range;", "AccessDenied"},
		{"AWS4-HMAC-SHA256 ", "AWS ", "InvalidArgument"},
		{"Range:", "Authorization: AWS4-HMAC-SHA256 x\nRange:", "InvalidArgument"},
		{"Authorization:", "X-Authorization:", "AccessDenied"},
	} {
		if !strings.Contains(getObject, test.old) {
			t.Fatalf("no %q", test.old)
		}
		if got := verdict(t, published, strings.Replace(getObject, test.old, test.new, 1), ""); got != test.want {
			t.Errorf("with %q for %q: %q, want %q", test.new, test.old, got, test.want)
		}
	}
	if got := verdict(t, published, getObject, "a body"); got != "XAmzContentSHA256Mismatch" {
		t.Errorf("with a body: %q", got)
	}
	wrong := published
	wrong.keys.Secret += "x"
	if got := verdict(t, wrong, getObject, ""); got != "SignatureDoesNotMatch" {
		t.Errorf("with another secret: %q", got)
	}
	temporary := published
	temporary.keys.Token = "t"
	if got := verdict(t, temporary, getObject, ""); got != "InvalidToken" {
		t.Errorf("without the token: %q", got)
	}
}
