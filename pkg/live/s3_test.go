//go:build unix

package live

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"topicgate/pkg/live/livetest"
	"topicgate/pkg/quota/quotatest"
)

// AWS publishes these signatures, at https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html.
func TestSignAsPublished(t *testing.T) {
	published := keys{id: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
	for target, want := range map[string]string{
		"/test.txt":             "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
		"/?lifecycle":           "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
		"/?max-keys=2&prefix=J": "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://examplebucket.s3.amazonaws.com"+target, nil)
		if err != nil {
			t.Fatal(err)
		}
		signed := "host;x-amz-content-sha256;x-amz-date"
		if target == "/test.txt" {
			request.Header.Set("Range", "bytes=0-9")
			signed = "host;range;x-amz-content-sha256;x-amz-date"
		}
		if err := sign(request, published, "us-east-1", time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
		want := "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=" + signed + ", Signature=" + want
		if got := request.Header.Get("Authorization"); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", target, got, want)
		}
	}
}

var (
	role  = livetest.Keys{ID: "ASIAEXAMPLE", Secret: "s3cr3t/+hunter2", Token: "t0k3n//+hunter2=="}
	other = livetest.Keys{ID: "AKIAOTHER", Secret: "another"}
)

func environment(k livetest.Keys) []string {
	return []string{"AWS_ACCESS_KEY_ID=" + k.ID, "AWS_SECRET_ACCESS_KEY=" + k.Secret, "AWS_SESSION_TOKEN=" + k.Token}
}

func TestLookS3(t *testing.T) {
	for _, key := range []string{"policy.yaml", "chat/policies/a b+c 100%.yaml", "公告/政策😀!*'();:=&$,?.yaml", "/a//b"} {
		for _, k := range []livetest.Keys{role, other} {
			s := livetest.NewS3(t, k, key)
			s.Set(first)
			r := remote(t, strings.ReplaceAll(s.URL(), "@", "%40"), environment(k)...)
			looks(t, r, first, true)
			looks(t, r, "", false)
			s.Set(second)
			looks(t, r, second, true)
			for _, look := range s.Looks() {
				signed, _, _ := strings.Cut(look.Header.Get("Authorization"), ", Signature")
				_, signed, _ = strings.Cut(signed, "SignedHeaders=")
				want := "host;x-amz-content-sha256;x-amz-date"
				if k.Token != "" {
					want += ";x-amz-security-token"
				}
				if signed != want { // proxies change others
					t.Errorf("signed are %s, want %s", signed, want)
				}
			}
		}
	}
}

// Credentials are read at each look: those of a role are replaced, and a person corrects what they set.
func TestLookS3ReadsCredentialsAnew(t *testing.T) {
	s := livetest.NewS3(t, role, "policy.yaml")
	s.Set(first)
	u, err := ParseURL(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	now := map[string]string{}
	r := NewRemote(u, func(name string) string { return now[name] })
	set := func(k livetest.Keys) {
		for _, e := range environment(k) {
			name, value, _ := strings.Cut(e, "=")
			now[name] = value
		}
	}
	_ = fails(t, r, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
	set(livetest.Keys{ID: role.ID, Secret: role.Secret + "x", Token: role.Token})
	_ = fails(t, r, `403 "SignatureDoesNotMatch"; set the secret`)
	set(role)
	looks(t, r, first, true)
	s.Take(other)
	_ = fails(t, r, `403 "InvalidAccessKeyId"; set credentials`)
	set(other)
	looks(t, r, "", false)
}

func TestLookS3Refused(t *testing.T) {
	s := livetest.NewS3(t, role, "policy.yaml")
	s.Set(first)
	url := s.URL()
	refused := func(url, says string, environ ...string) {
		t.Helper()
		err := fails(t, remote(t, url, environ...), says)
		for _, word := range []string{role.ID, "hunter2", "AWS4", "?", "endpoint"} {
			if strings.Contains(err.Error(), word) {
				t.Errorf("the error says %q: %v", word, err)
			}
		}
	}
	refused(strings.Replace(url, "policy.yaml", "other.yaml", 1), `404 "NoSuchKey"; write the policy there`, environment(role)...)
	refused(strings.Replace(url, "policies.example", "policies", 1), `404 "NoSuchBucket"; write`, environment(role)...)
	refused(strings.Replace(url, "eu-west-1", "eu-west-2", 1), `400 "AuthorizationHeaderMalformed"; write the bucket's own region`, environment(role)...)
	refused(url, `400 "InvalidToken"; set the session token`, environment(livetest.Keys{ID: role.ID, Secret: role.Secret})...)
	refused(url, "AWS_SESSION_TOKEN holds white space", environment(livetest.Keys{ID: role.ID, Secret: role.Secret, Token: "hunter2\n"})...)
	refused(url, "AWS_SECRET_ACCESS_KEY holds white space", environment(livetest.Keys{ID: role.ID, Secret: "hunter2\u200b"})...)
	refused(url, "no credentials", "AWS_ACCESS_KEY_ID="+role.ID)
	refused(url, "no credentials", "TENCENTCLOUD_SECRETID="+role.ID, "TENCENTCLOUD_SECRETKEY="+role.Secret)
	for _, ahead := range []time.Duration{16 * time.Minute, -16 * time.Minute} {
		s.SetClock(ahead)
		refused(url, `403 "RequestTimeTooSkewed"; set this machine's clock`, environment(role)...)
	}
	s.SetClock(14 * time.Minute)
	looks(t, remote(t, url, environment(role)...), first, true)
}

// A server's reason is its code, where that is one, and no more of what it sent.
func TestLookS3Reasons(t *testing.T) {
	for body, want := range map[string]string{
		"<Error><Code>AccessDenied</Code><Message>hunter2</Message></Error>": `the answer is 403 "AccessDenied"; ` + advice["AccessDenied"],
		"<Error><Code>Odd.Reason9</Code></Error>":                            `the answer is 403 "Odd.Reason9"`,
		"<Error><Code>" + strings.Repeat("A", 65) + "</Code></Error>":        `the answer is 403`,
		"<Error><Code>hunter2 said\n</Code></Error>":                         `the answer is 403`,
		"<Error><Code>" + role.ID + "</Code></Error>":                        `the answer is 403`,
		"<Error><Code>NoEnd": `the answer is 403`,
		"<Error>" + strings.Repeat(" ", maxRefusal) + "<Code>Late</Code>": `the answer is 403`,
		"": `the answer is 403`,
	} {
		address, _ := answering(t, "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n"+body)
		err := fails(t, remote(t, "s3://bucket/p?region=r&endpoint=http://"+address, environment(role)...))
		if got := err.Error(); got != "s3://bucket/p: "+want {
			t.Errorf("%q: %s, want %s", body, got, want)
		}
	}
}

// COS has the bucket in the host's name, and SCF's credentials have names of their own.
func TestLookCOS(t *testing.T) {
	authority := quotatest.NewAuthority(t)
	certificate := authority.Issue("policies-1250000000.cos.ap-guangzhou.myqcloud.com")
	s := livetest.NewCOS(t, role, "policy.yaml", "ap-guangzhou", certificate)
	s.Set(first)
	scf := []string{"TENCENTCLOUD_SECRETID=" + role.ID, "TENCENTCLOUD_SECRETKEY=" + role.Secret, "TENCENTCLOUD_SESSIONTOKEN=" + role.Token}
	_, port, _ := net.SplitHostPort(s.Address())
	cos := func(url string, environ ...string) *Remote {
		r := remote(t, strings.Replace(url, "myqcloud.com", "myqcloud.com:"+port, 1), environ...)
		trusting(r, authority)
		r.transport.Lookup = func(context.Context, string, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		}
		return r
	}
	_ = fails(t, cos(s.URL(), environment(role)...), "TENCENTCLOUD_SECRETID", "TENCENTCLOUD_SECRETKEY", "execution role")
	r := cos(s.URL(), scf...)
	looks(t, r, first, true)
	looks(t, r, "", false)
}

// Proxies are read from the environment once for each process, as SSL_CERT_FILE is, so this needs one of its own.
func TestLookThroughProxy(t *testing.T) {
	if url := os.Getenv("LIVE_TEST_URL"); url != "" {
		u, err := ParseURL(url)
		if err != nil {
			t.Fatal(err)
		}
		r := NewRemote(u, os.Getenv)
		if says := os.Getenv("LIVE_TEST_SAYS"); says != "" {
			if err := fails(t, r, says); strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%v", err)
			}
			return
		}
		looks(t, r, first, true)
		looks(t, r, "", false)
		return
	}
	authority := quotatest.NewAuthority(t)
	s := livetest.NewCOS(t, role, "policy.yaml", "ap-guangzhou", authority.Issue("policies-1250000000.cos.ap-guangzhou.myqcloud.com"))
	s.Set(first)
	local := livetest.NewServer(t)
	local.Set(first)
	proxy := livetest.NewProxy(t, s.Address())
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, authority.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	process := func(variables ...string) {
		t.Helper()
		command := exec.Command(os.Args[0], "-test.run=^TestLookThroughProxy$")
		command.Env = append([]string{
			"SSL_CERT_FILE=" + file, "HTTPS_PROXY=" + proxy.URL(), "HTTP_PROXY=" + proxy.URL(),
			"TENCENTCLOUD_SECRETID=" + role.ID, "TENCENTCLOUD_SECRETKEY=" + role.Secret, "TENCENTCLOUD_SESSIONTOKEN=" + role.Token,
		}, variables...)
		if output, err := command.CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", variables, err, output)
		}
	}
	process("LIVE_TEST_URL=" + s.URL())
	if asked := proxy.Asked(); len(asked) != 1 || asked[0] != "CONNECT policies-1250000000.cos.ap-guangzhou.myqcloud.com:443" {
		t.Errorf("the proxy was asked %q", asked)
	}
	process("LIVE_TEST_URL=" + strings.Replace(local.URL(), "127.0.0.1", "LOCALHOST", 1)) // without it
	if asked := proxy.Asked(); len(asked) != 1 {
		t.Errorf("the proxy was asked %q", asked)
	}
	proxy.Refuse(http.StatusProxyAuthRequired)
	process("LIVE_TEST_URL="+s.URL(), "LIVE_TEST_SAYS=the proxy that HTTPS_PROXY names answered 407")
}
