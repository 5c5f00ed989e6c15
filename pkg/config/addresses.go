package config

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"topicgate/pkg/dial"
	"topicgate/pkg/quota"
)

// A port is written as a number: what a name such as http stands for is said by a file
// that containers do not have.
func isPort(text string, least uint64) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n >= least
}

// plainURL is a URL with nothing around it. It is never quoted, as it may hold a secret.
// What shows nothing inside it was pasted, and would be sent.
func (l *loader) plainURL(v value) (text string, ok bool) {
	if !l.filled(v) {
		return "", false
	}
	text = v.word()
	if strings.ContainsFunc(text, func(r rune) bool { return unseen(r) || unicode.IsSpace(r) }) {
		l.bad(v, "the URL holds white space or a character that is invisible", "write it anew")
		return "", false
	}
	return text, true
}

// parseUpstreamURL quotes nothing: a query of the URL's own may be a secret.
func parseUpstreamURL(l *loader, v value) {
	text, ok := l.plainURL(v)
	if !ok {
		return
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Fragment != "" {
		l.bad(v, "not an http or https URL", "use one such as https://chat.example.com/callback")
		return
	}
	if port := u.Port(); port != "" && !isPort(port, 1) {
		l.bad(v, "the port is no number from 1 to 65535", "use one such as https://chat.example.com:8443/callback")
		return
	}
	l.config.Upstream = u
}

// warnUpstream looks for an upstream that anybody can overhear, and for one that is
// this very gate.
func (l *loader) warnUpstream() {
	u := l.config.Upstream
	if u == nil {
		return
	}
	local := dial.Loopback(u.Hostname())
	if u.Scheme == "http" && !local {
		l.warn("callbacks are relayed in the clear", Prefix+"UPSTREAM_URL", "use https")
	}
	_, ownPort, _ := net.SplitHostPort(l.config.Addr)
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	if local && port == ownPort {
		l.warn("this looks like topicgate's own address", Prefix+"UPSTREAM_URL", "name the handler that was there before")
	}
}

// parseRedisURL never quotes the URL: it may hold a password.
func parseRedisURL(l *loader, v value) {
	url, ok := l.plainURL(v)
	if !ok {
		return
	}
	if _, err := quota.ParseRedisURL(url); err != nil {
		l.bad(v, strings.TrimPrefix(err.Error(), "quota: "), "use one such as rediss://user:password@host:6379/0")
		return
	}
	l.config.RedisURL = url
}

// parseAddr reads an address to listen on. Port 0 is any that is free, for tests.
func parseAddr(l *loader, v value, into *string, example string) {
	addr := v.word()
	host, port, err := net.SplitHostPort(addr)
	switch {
	case err != nil || port == "" || strings.ContainsFunc(host, func(r rune) bool { return unseen(r) || unicode.IsSpace(r) }):
		l.bad(v, fmt.Sprintf("%q is not host:port", addr), "use one such as "+example)
		return
	case !isPort(port, 0):
		l.bad(v, fmt.Sprintf("%q has no port that is a number up to 65535", addr), "use one such as "+example)
		return
	}
	*into = addr
}
