package chatapi

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestTransport: calls go through the proxy of the environment, but for this machine's own, and over no old TLS.
func TestTransport(t *testing.T) {
	far := newTransport(&url.URL{Scheme: "https", Host: "console.tim.qq.com"})
	if far.Proxy == nil || far.TLSClientConfig.MinVersion < tls.VersionTLS12 || far.TLSClientConfig.InsecureSkipVerify {
		t.Errorf("got %+v", far)
	}
	if newTransport(&url.URL{Scheme: "http", Host: "127.0.0.1"}).Proxy != nil {
		t.Error("this machine is asked through a proxy")
	}
	if err := far.OnProxyConnectResponse(t.Context(), nil, nil, &http.Response{StatusCode: http.StatusOK}); err != nil {
		t.Error(err)
	}
	err := far.OnProxyConnectResponse(t.Context(), nil, nil, &http.Response{StatusCode: http.StatusForbidden})
	c := &Client{key: "sesame"}
	if got := c.explained(t.Context(), "sig", &url.Error{Op: "Post", URL: "https://h/?usersig=sig", Err: err}); !strings.Contains(got.Error(), "HTTPS_PROXY names answered 403") {
		t.Errorf("got %v", got)
	}
}

// TestLocalhost: no server of names is asked who this machine is.
func TestLocalhost(t *testing.T) {
	addrs, err := resolve(t.Context(), "ip", "LocalHost")
	if err != nil || len(addrs) != 2 || !addrs[0].IsLoopback() || !addrs[1].IsLoopback() {
		t.Errorf("got %v (%v)", addrs, err)
	}
}
