package ui

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net"
	"net/http"
	"slices"
	"strings"
)

// contentPolicy lets a page load what is this server's, and no more. CodeMirror adds styles
// of its own, by a nonce.
func contentPolicy(nonce string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-" + nonce + "'; connect-src 'self'; img-src 'self' data:; frame-src 'self'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// guard lets through what comes from the workbench's own page, or from who was given its
// address.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy("none"))
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		switch {
		case !slices.Contains(s.hosts, strings.ToLower(r.Host)):
			// A name that somebody has made lead here: its pages must not read ours.
			http.Error(w, "this host is not the workbench's", http.StatusForbidden)
		case !s.own(r):
			http.Error(w, "this origin is not the workbench's", http.StatusForbidden)
		case !s.known(w, r):
			http.Error(w, "open the address that topicgate ui printed: its token is missing or wrong", http.StatusUnauthorized)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// own reports whether a request comes from a page of ours, or from no page. Only what is
// asked for by a click, or typed, may come from elsewhere: it needs the token in its URL.
func (s *Server) own(r *http.Request) bool {
	if origin := r.Header.Get("Origin"); origin != "" && !slices.ContainsFunc(s.hosts, func(host string) bool { return origin == "http://"+host }) {
		return false
	}
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "" || site == "same-origin" || r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate"
}

// known reports whether a request knows the token. The page gets it in its URL, and a
// cookie by which to load what it is made of, which is no secret. A cookie goes to every
// port of this machine, so whatever is one is asked for by a header, which the page
// alone can set.
func (s *Server) known(w http.ResponseWriter, r *http.Request) bool {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && same(token, s.token) {
		return true
	}
	if strings.HasPrefix(r.URL.Path, "/api/") || r.Method != http.MethodGet {
		return false
	}
	if r.URL.Path == "/" && same(r.URL.Query().Get("token"), s.token) {
		http.SetCookie(w, &http.Cookie{Name: s.cookie(), Value: s.pass(), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode}) //nolint:gosec // without TLS, on loopback
		return true
	}
	cookie, err := r.Cookie(s.cookie())
	return err == nil && same(cookie.Value, s.pass())
}

// cookie is the name of the page's cookie: workbenches on other ports have others.
func (s *Server) cookie() string {
	_, port, _ := net.SplitHostPort(s.hosts[0]) // which is a listener's
	return "topicgate-ui-" + port
}

// pass is the value of the cookie, of which the token cannot be told.
func (s *Server) pass() string {
	mac := hmac.New(sha256.New, []byte(s.token))
	_, _ = mac.Write([]byte("page")) // a hash does not fail
	return hex.EncodeToString(mac.Sum(nil))
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// nonce is good for one page.
func nonce() string { return rand.Text() }
