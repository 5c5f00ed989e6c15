package chatapi

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"topicgate/pkg/dial"
)

// A Region is where apps live, and the host that answers for them.
type Region struct{ Name, Host string }

// URL is what CHAT_API_URL holds for the region.
func (r Region) URL() string { return "https://" + r.Host }

// Regions are Chat's (https://trtc.io/document/49469, and the console, which shows each app's).
var Regions = [...]Region{
	{"China", "console.tim.qq.com"},
	{"Singapore", "adminapisgp.im.qcloud.com"},
	{"Seoul", "adminapikr.im.qcloud.com"},
	{"Tokyo", "adminapijpn.im.qcloud.com"},
	{"Frankfurt", "adminapiger.im.qcloud.com"},
	{"Silicon Valley", "adminapiusa.im.qcloud.com"},
	{"Jakarta", "adminapiidn.im.qcloud.com"},
	{"Riyadh", "adminapiksa.im.qcloud.com"},
}

// What may be wrong with a URL. No message quotes it: somebody may have pasted a whole call, with its UserSig.
var (
	errURLBare  = errors.New("the REST API's URL: has a path, a query, a # part or a user; write the scheme and the host alone, such as https://adminapisgp.im.qcloud.com")
	errURLHost  = errors.New("the REST API's URL: names no host, or a port that is none; write such as https://adminapisgp.im.qcloud.com")
	errURLPlain = errors.New("the REST API's URL: over http:// anybody on the way could read the signature; use https:// (http:// is for localhost, 127.0.0.0/8 and ::1)")
)

// ParseURL reads where the REST API of an app's region is: https://host[:port], or http:// on this machine itself.
// Where a region or its host was written instead, the error says the URL to write. Of anything else it quotes nothing.
func ParseURL(text string) (*url.URL, error) {
	for _, r := range Regions {
		if strings.EqualFold(text, r.Name) || strings.EqualFold(strings.Trim(text, "/"), r.Host) {
			return nil, fmt.Errorf("the REST API's URL: does not begin with https://; write %s", r.URL())
		}
	}
	scheme, rest, found := strings.Cut(text, "://")
	scheme = strings.ToLower(scheme)
	if !found || scheme != "https" && scheme != "http" {
		list := make([]string, len(Regions))
		for i, r := range Regions {
			list[i] = r.URL() + " (" + r.Name + ")"
		}
		return nil, fmt.Errorf("the REST API's URL: does not begin with https://; write that of the app's region: %s", strings.Join(list, ", "))
	}
	host := strings.TrimSuffix(rest, "/")
	if strings.ContainsAny(host, "/?#@\\") {
		return nil, errURLBare
	}
	if strings.ContainsFunc(host, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '%' }) {
		return nil, errURLHost
	}
	u, err := url.Parse(scheme + "://" + host)
	if err != nil || !dial.PlainHost(u.Hostname()) {
		return nil, errURLHost
	}
	if port := u.Port(); port != "" || strings.HasSuffix(u.Host, ":") {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return nil, errURLHost
		}
	}
	if scheme == "http" && !dial.Loopback(u.Hostname()) {
		return nil, errURLPlain
	}
	return u, nil
}
