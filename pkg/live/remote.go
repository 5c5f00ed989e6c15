package live

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"topicgate/pkg/dial"
)

const (
	// maxObject is the largest policy that is taken, in bytes.
	maxObject = 1 << 20
	// maxETag is the longest ETag that is sent back, in bytes: servers refuse headers that are much longer.
	maxETag = 1 << 10
	// maxConnecting ends what net/http goes on with when a look has given up already.
	maxConnecting = 10 * time.Second
)

// A Remote looks for a policy at a URL, and remembers which it saw last. It is not safe for concurrent use: one look at
// a time is the caller's duty.
//
// An https or s3 URL is asked through the proxy that HTTPS_PROXY names, unless NO_PROXY or this machine's own loopback
// is in its way (see [http.ProxyFromEnvironment]; link-local addresses such as 169.254.0.0/16 go through the proxy
// unless NO_PROXY names them). Certificates are held to the authorities that the system trusts, or SSL_CERT_FILE and
// SSL_CERT_DIR name, see [crypto/x509.SystemCertPool].
type Remote struct {
	url       URL
	environ   func(name string) string
	transport *dial.Transport

	etag string   // of what was seen last; "": the server gave none
	seen [32]byte // its SHA-256; zero before the first
}

// NewRemote returns a Remote that connects when it first looks. The environment is that of the process, or of the
// invocation where a platform hands it over then; a bucket's credentials are read from it at each look.
func NewRemote(u *URL, environ func(name string) string) *Remote {
	// HTTP/1.1 alone: one object at a time gains nothing by HTTP/2, whose dead connections are noticed later.
	return &Remote{url: *u, environ: environ, transport: dial.NewTransport(&u.target, 1, maxConnecting)}
}

// String returns what logs may name of the URL.
func (r *Remote) String() string { return r.url.String() }

// GoString is String, so that %#v shows no query either.
func (r *Remote) GoString() string { return r.url.String() }

// Look asks once. changed is false, and text "", when the object is the one that was returned last. The context bounds
// all of it. The errors name host and path, and never the query, credentials or what else a server may repeat of them.
func (r *Remote) Look(ctx context.Context) (text string, changed bool, err error) {
	text, changed, err = r.look(ctx)
	if err != nil {
		return "", false, fmt.Errorf("%s: %w", r.url, explained(ctx, err))
	}
	return text, changed, nil
}

func (r *Remote) look(ctx context.Context) (text string, changed bool, err error) {
	request, err := r.request(ctx)
	if err != nil {
		return "", false, err
	}
	// The transport itself, as a client would follow redirects. A kept connection that turns out to be closed it
	// replaces once.
	response, err := r.transport.RoundTrip(request)
	if err != nil {
		return "", false, err
	}
	defer func() { _ = response.Body.Close() }() // what matters was read
	switch {
	case response.StatusCode == http.StatusNotModified && r.etag != "":
		return "", false, nil
	case response.StatusCode != http.StatusOK:
		return "", false, r.refused(response)
	}
	body, err := read(response)
	if err != nil {
		return "", false, err
	}
	r.etag = response.Header.Get("ETag")
	if len(r.etag) > maxETag {
		r.etag = ""
	}
	before := r.seen
	r.seen = sha256.Sum256(body)
	if r.seen == before {
		return "", false, nil
	}
	return string(body), true, nil
}

// request is what a look sends.
func (r *Remote) request(ctx context.Context) (*http.Request, error) {
	target := r.url.target
	request := (&http.Request{Method: http.MethodGet, URL: &target, Header: http.Header{}}).WithContext(ctx)
	if r.url.region != "" {
		k, err := r.url.keys.read(r.environ)
		if err == nil {
			err = sign(request, k, r.url.region, time.Now())
		}
		if err != nil {
			return nil, said(err.Error())
		}
	}
	request.Header.Set("User-Agent", "topicgate")
	request.Header.Set("Accept-Encoding", "identity") // else net/http would unpack a small answer into a large one
	if r.etag != "" {
		request.Header.Set("If-None-Match", r.etag)
	}
	return request, nil
}

// read takes a whole policy from an answer, or says why it is none.
func read(response *http.Response) ([]byte, error) {
	media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	encoding := response.Header.Get("Content-Encoding")
	switch {
	case media == "text/html" || media == "application/xhtml+xml":
		return nil, errHTML
	case encoding != "" && !strings.EqualFold(encoding, "identity"):
		return nil, said("the answer is compressed, although it was asked for as it is; store it without Content-Encoding")
	case response.ContentLength < 0 && len(response.TransferEncoding) == 0:
		return nil, said("the answer does not say how long it is, so that half of it would look whole; let the server send Content-Length")
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxObject+1))
	start := bytes.ToLower(bytes.TrimSpace(bytes.TrimPrefix(body[:min(len(body), 512)], []byte("\ufeff"))))
	switch {
	case err != nil:
		return nil, err
	case len(body) > maxObject:
		return nil, errTooLong
	case len(body) == 0:
		return nil, said("the answer is empty; write a policy there")
	case bytes.HasPrefix(start, []byte("<!doctype")) || bytes.HasPrefix(start, []byte("<html")):
		return nil, errHTML
	case !utf8.Valid(body):
		return nil, said("the answer is not UTF-8; save the policy as UTF-8")
	}
	return body, nil
}

// said is an error that says already what an operator needs, and nothing that they must keep.
type said string

func (s said) Error() string { return string(s) }

const (
	errTooLong = said("the answer is over 1 MiB; name a policy as topicgate policy writes it")
	errHTML    = said("the answer is a web page, such as one to log in or an error, and no policy; write the address of the file itself")
)

// explained says of a failure what an operator needs. Of errors that may quote what a server sent, and so what it was
// sent, nothing is left.
func explained(ctx context.Context, err error) error {
	var (
		done    said
		proxy   dial.ProxyError
		network net.Error
		record  tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &done):
		return done
	case errors.As(err, &proxy):
		return proxy
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("no whole answer in time: %w", ctx.Err())
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the connection was closed before the whole answer was there")
	case errors.As(err, &record):
		return errors.New("what answers there speaks no TLS; write the port of https")
	case errors.As(err, &network), strings.HasPrefix(err.Error(), "tls: "):
		return errors.New("not to be reached: " + plain(err.Error()))
	default:
		return errors.New("the answer is no proper HTTP; see what listens there")
	}
}

// plain is text of a library's, of which a certificate may have had a part, as one line of bounded length.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
	return strings.ToValidUTF8(text[:min(len(text), 300)], "")
}
