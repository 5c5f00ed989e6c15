//go:build unix

package quota

import (
	"crypto/x509"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"topicgate/pkg/quota/quotatest"
)

func TestFaultCertificate(t *testing.T) {
	s := redisServer(t)
	authority := quotatest.NewAuthority(t)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority.PEM())
	connect := func(host string, roots *x509.CertPool) (*Redis, *quotatest.Proxy) {
		p := quotatest.StartTLSProxy(t, s.Address(), authority.Issue(host))
		r := newRedis(t, "rediss://:hunter2@"+p.Address())
		r.url.password = "" // the server has none; the URL had, for errors to give away
		r.tls.RootCAs = roots
		return r, p
	}
	t.Run("another name", func(t *testing.T) {
		r, _ := connect("other.example", roots)
		var wrong x509.HostnameError
		if err := failure(t, r, "opening TLS"); !errors.As(err, &wrong) {
			t.Errorf("not a wrong name: %v", err)
		}
	})
	t.Run("unknown authority", func(t *testing.T) {
		r, _ := connect("127.0.0.1", nil)
		var unknown x509.UnknownAuthorityError
		if err := failure(t, r, "opening TLS"); !errors.As(err, &unknown) {
			t.Errorf("not an unknown authority: %v", err)
		}
	})
	t.Run("no TLS at all", func(t *testing.T) {
		failing(t, newRedis(t, "rediss://"+s.Address()), "opening TLS")
	})
	t.Run("old TLS", func(t *testing.T) {
		r := newRedis(t, "rediss://"+authority.OldTLS())
		r.tls.RootCAs = roots
		failing(t, r, "opening TLS", "version")
	})
	t.Run("good", func(t *testing.T) {
		r, p := connect("127.0.0.1", roots)
		mustTake(t, r, "k", 1000, time.Hour)
		mustTake(t, r, "k", 1000, time.Hour)
		if connections, _ := p.Counts(); connections != 1 {
			t.Errorf("%d connections for two Takes", connections)
		}
		p.Forget()
		mustTake(t, r, "k", 1000, time.Hour)
		if got := units(t, s, "k"); got != 3 {
			t.Errorf("Redis has counted %d units, want 3", got)
		}
	})
}

// SSL_CERT_FILE is read once for each process, so this needs one of its own.
func TestCertificateFile(t *testing.T) {
	if url := os.Getenv("QUOTA_TEST_URL"); url != "" {
		mustTake(t, newRedis(t, url), "k", 1, time.Hour)
		return
	}
	s := redisServer(t)
	authority := quotatest.NewAuthority(t)
	p := quotatest.StartTLSProxy(t, s.Address(), authority.Issue("127.0.0.1"))
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, authority.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(os.Args[0], "-test.run=^TestCertificateFile$")
	command.Env = append(os.Environ(), "SSL_CERT_FILE="+file, "QUOTA_TEST_URL=rediss://"+p.Address())
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}
