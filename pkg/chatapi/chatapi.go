// Package chatapi calls Chat's REST API as an administrator of an app: it lists the app's communities and their topics,
// and renames, mutes and destroys what it is told to. It never destroys a group: no function here does.
//
// Begin with [New]. A [Client] is safe for concurrent use, keeps to the limits of each command, and asks again only
// where Chat's documents say so, within the deadline of its context. All that it does is idempotent: it sets a name, sets
// a switch, or destroys what may be gone already.
//
// What Chat answers is known from its documents and its public clients alone (https://trtc.io/document/34621 and the
// pages that each function names); nothing was tried against a live app. So what is missing, unknown or written as a
// string where a number is documented is taken as it comes, and an answer that does not say whether it is well is an
// error.
//
// A UserSig of an administrator may do anything to the app, and Chat takes it in the query. No error of this package
// holds the secret key, a UserSig or the query.
package chatapi

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"topicgate/pkg/dial"
)

// Administrator is the account that every app has from the beginning.
const Administrator = "administrator"

const defaultTimeout = 15 * time.Second

// Options are what a [Client] needs.
type Options struct {
	// BaseURL is where the app's region answers, see [ParseURL].
	BaseURL string
	// App is the app's SDKAppID.
	App string
	// Admin is the account in whose name calls are made, an administrator of the app. Empty means [Administrator].
	Admin string
	// SecretKey is the app's key, as Chat's console shows it. It can sign as any user of the app.
	SecretKey string
	// Rate is how many calls are made a second at most, all commands together. Zero means that only the limits that
	// Chat has for each command count.
	Rate float64
	// Timeout is how long Chat has to answer one call, within what its context leaves. Zero means 15 seconds.
	Timeout time.Duration
	// HTTP makes the calls, without its redirects and cookies. Nil means one of the client's own, which goes through
	// the proxy that HTTPS_PROXY names and trusts the authorities that the system trusts.
	HTTP *http.Client
	// Now and Sleep are the clock that calls are spaced and signed again by; nil means the real one. A UserSig has the
	// real time in it all the same. Sleep ends early with the context's error.
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error
}

// A Client calls the REST API of one app. It comes from [New].
type Client struct {
	base  *url.URL
	app   int
	admin string
	key   string
	http  http.Client
	sig   *signer
	pacer *pacer

	timeout time.Duration
	now     func() time.Time
	sleep   func(ctx context.Context, d time.Duration) error

	namesAccount atomic.Bool // get_topic was found to want From_Account
}

// New returns a client, which connects when it is first used. The error says all that is wrong with the options, and
// quotes nothing of the key.
func New(o Options) (*Client, error) {
	base, err := ParseURL(o.BaseURL)
	admin := o.Admin
	if admin == "" {
		admin = Administrator
	}
	app, appErr := parseApp(o.App)
	var rateErr error
	if !(o.Rate >= 0) {
		rateErr = errors.New("calls a second: a number that is not above 0; write such as 20, or 0 for Chat's own limits alone")
	}
	if err := errors.Join(err, appErr, CheckAdmin(admin), CheckSecretKey(o.SecretKey), rateErr); err != nil {
		return nil, err
	}
	c := &Client{
		base: base, app: app, admin: admin, key: o.SecretKey,
		sig: newSigner(app, admin, o.SecretKey), pacer: newPacer(o.Rate),
		timeout: o.Timeout, now: o.Now, sleep: o.Sleep,
	}
	if c.timeout <= 0 {
		c.timeout = defaultTimeout
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.sleep == nil {
		c.sleep = sleep
	}
	if o.HTTP != nil {
		c.http = *o.HTTP
	} else {
		// HTTP/1.1, whose dead connections are noticed sooner.
		transport := dial.NewTransport(base, maxAtOnce, maxConnecting)
		transport.Clock = c.now
		c.http.Transport = transport
	}
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.http.Jar = nil
	return c, nil
}

// String says whom the client asks and in whose name. Printed in whichever way, a client shows no key.
func (c *Client) String() string {
	return c.base.String() + " as " + c.admin + " of " + strconv.Itoa(c.app)
}

// GoString is String, so that %#v shows no key either.
func (c *Client) GoString() string { return c.String() }

// parseApp reads an SDKAppID.
func parseApp(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n == 0 || strings.HasPrefix(text, "0") {
		return 0, errors.New("the app's SDKAppID: not one; write its digits, as Chat's console shows them")
	}
	return int(n), nil
}

// CheckAdmin says what is wrong with an account that is to call: Chat's accounts are 1 to 32 bytes of printable ASCII
// (https://trtc.io/document/34348, 7003).
func CheckAdmin(account string) error {
	if account == "" || len(account) > 32 || strings.ContainsFunc(account, func(r rune) bool { return r < 0x20 || r > 0x7e }) {
		return errors.New("the administrator's account: none of Chat's; write the UserID of an administrator of the app, 1 to 32 bytes of printable ASCII")
	}
	return nil
}

// CheckSecretKey says what is wrong with a key, of which it quotes nothing. No form of keys is documented; all that were
// seen are 64 hexadecimal digits.
func CheckSecretKey(key string) error {
	switch {
	case key == "":
		return errors.New("the app's secret key: missing; copy it from Chat's console, where the app's basic information is")
	case strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("the app's secret key: holds white space or other characters that no key has; copy it again from Chat's console")
	}
	return nil
}

// sleep waits by the real clock.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
