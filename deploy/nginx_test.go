package deploy_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"topicgate/pkg/gate/gatetest"
)

// certificate writes one for this machine, and its key.
func certificate(t *testing.T, dir string) (crt, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "gate"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	crt, key = filepath.Join(dir, "gate.crt"), filepath.Join(dir, "gate.key")
	for path, block := range map[string]*pem.Block{crt: {Type: "CERTIFICATE", Bytes: signed}, key: {Type: "PRIVATE KEY", Bytes: der}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return crt, key
}

// TestNginxTLS runs the minimal example in front of a gate, TLS included: the probe finds
// all as it should be, and neither log holds a signature, even once the gate is gone.
func TestNginxTLS(t *testing.T) {
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		nginx = "/usr/sbin/nginx" // which is not on everybody's PATH
	}
	if _, err := os.Stat(nginx); err != nil {
		t.Skip("nginx is not installed: the TLS example is not tried")
	}
	folder, err := serving()
	if err != nil {
		t.Fatal(err)
	}
	tool := filepath.Join(folder, "dist", "topicgate")
	environ := []string{"TOPICGATE_SDK_APP_IDS=" + gatetest.App, "TOPICGATE_TOKENS=" + readersToken}
	gate, err := gatetest.StartServer(tool, folder, environ)
	if err != nil {
		t.Fatal(err)
	}
	defer gate.Close()
	port, err := gatetest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	crt, key := certificate(t, dir)
	text := file(t, "nginx/topicgate.conf")
	for _, change := range [][2]string{
		{"127.0.0.1:9000", strings.TrimPrefix(gate.URL, "http://")},
		{"listen 443 ssl", "listen 127.0.0.1:" + port + " ssl"},
		{"/etc/ssl/gate.example.com.crt", crt},
		{"/etc/ssl/gate.example.com.key", key},
		{"/var/log/nginx/topicgate.log", filepath.Join(dir, "access.log")},
		{"/var/log/nginx/topicgate.error.log", filepath.Join(dir, "error.log")},
	} {
		if strings.Count(text, change[0]) != 1 {
			t.Fatalf("the example has not one %q", change[0])
		}
		text = strings.Replace(text, change[0], change[1], 1)
	}
	conf := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(conf, []byte("daemon off; pid "+dir+"/pid; error_log "+dir+"/main.log; events {}\nhttp {\n"+text+"\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	proxy := exec.Command(nginx, "-c", conf, "-e", filepath.Join(dir, "main.log"), "-p", dir)
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = proxy.Process.Signal(syscall.SIGTERM); _ = proxy.Wait() }() // killed, it would leave its workers
	for patience := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		connection, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			_ = connection.Close()
			break
		}
		if time.Now().After(patience) {
			t.Fatalf("%v: %s", err, file(t, filepath.Join(dir, "main.log")))
		}
	}
	probe := func() (string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		command := exec.CommandContext(ctx, tool, "probe", "-url", "https://127.0.0.1:"+port+"/chat")
		command.Env = append([]string{"SSL_CERT_FILE=" + crt}, environ...)
		out, err := command.CombinedOutput()
		return string(out), err
	}
	if out, err := probe(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	gate.Close()
	if out, err := probe(); err == nil || !strings.Contains(out, "HTTP 502") {
		t.Errorf("without a gate: %v\n%s", err, out)
	}
	if log := file(t, filepath.Join(dir, "access.log")); !strings.Contains(log, " POST /chat 200 ") || !strings.Contains(log, " POST /chat 502 ") {
		t.Errorf("the access log lacks callbacks: %s", log)
	}
	for _, name := range []string{"access.log", "error.log"} {
		if log := file(t, filepath.Join(dir, name)); strings.Contains(log, "Sign=") || strings.Contains(log, "SdkAppid") {
			t.Errorf("%s holds a query: %s", name, log)
		}
	}
}
