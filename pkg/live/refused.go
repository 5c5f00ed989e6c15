package live

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

// maxRefusal is how much of an answer is read for the reason of a refusal, in bytes.
const maxRefusal = 4 << 10

// advice is how to put right what a server refuses: by S3's code for it, else the status
// (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList).
var advice = map[string]string{
	"AccessDenied":                 "let the role s3:GetObject it (COS: name/cos:GetObject), and see that it is there: S3 says the same of what is missing, unless the role may list the bucket",
	"NoSuchKey":                    "write the policy there, or the key as the bucket has it",
	"NoSuchBucket":                 "write the bucket's name and region as they are",
	"InvalidAccessKeyId":           "set credentials of the cloud that holds the bucket",
	"SignatureDoesNotMatch":        "set the secret key that belongs to the key's id",
	"InvalidToken":                 "set the session token that belongs to the key",
	"ExpiredToken":                 "set credentials that still hold",
	"RequestTimeTooSkewed":         "set this machine's clock, which is more than 15 minutes off",
	"AuthorizationHeaderMalformed": "write the bucket's own region",
	"PermanentRedirect":            "write the bucket's own region",
	"TemporaryRedirect":            "write the bucket's own region",
	"PathStyleDomainForbidden":     "write COS's own endpoint, https://cos.REGION.myqcloud.com",
	"301":                          movedAdvice,
	"302":                          movedAdvice,
	"303":                          movedAdvice,
	"307":                          movedAdvice,
	"308":                          movedAdvice,
	"401":                          "let it be read without logging in, or sign in by a secret query",
	"403":                          "let it be read without logging in, or sign in by a secret query",
	"404":                          "write the address at which the policy is",
	"429":                          "look less often",
}

const movedAdvice = "redirects are not followed: write the final address"

// refused says what an answer is that has no policy.
func (r *Remote) refused(response *http.Response) error {
	what := fmt.Sprintf("the answer is %03d", response.StatusCode)
	how := advice[fmt.Sprint(response.StatusCode)]
	if r.url.region != "" {
		code := s3Code(response)
		how = advice[code]
		if code != "" {
			what += fmt.Sprintf(" %q", code)
		}
	}
	if how != "" {
		what += "; " + how
	}
	return said(what)
}

// s3Code is the code in an error of S3's, as much of it as a log should hold. What is not letters may be anything, and
// what was sent may be a credential.
func s3Code(response *http.Response) string {
	text, _ := io.ReadAll(io.LimitReader(response.Body, maxRefusal)) // what is missing may not matter
	_, code, _ := strings.Cut(string(text), "<Code>")
	code, _, closed := strings.Cut(code, "</Code>")
	if !closed || len(code) > 64 || strings.TrimLeft(code, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.") != "" {
		return ""
	}
	for _, sent := range response.Request.Header {
		if strings.Contains(strings.Join(sent, " "), code) {
			return ""
		}
	}
	return code
}
