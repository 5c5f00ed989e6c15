package ui

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const somePolicy = `# ours
version: 1
rules:
  - name: words # a list
    match: {name: {contains: [fuck, 加微信], disguised: true}}
    action: refuse
    code: 10102
`

// An asking is a request to a desk; what it leaves empty is as the page asks.
type asking struct {
	method, path, host, origin, site, mode, token, cookie, kind string
	body                                                        string
}

const nothing = "-"

// A reply is what came of it.
type reply struct {
	StatusCode int
	Header     http.Header
}

// do sends a request as it is, and returns the answer with its body.
func (d *desk) do(t *testing.T, a asking) (reply, string) {
	t.Helper()
	base, err := url.Parse(d.url)
	if err != nil {
		t.Fatal(err)
	}
	if a.method == "" {
		a.method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(t.Context(), a.method, "http://"+base.Host, strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	path, query, _ := strings.Cut(a.path, "?")
	r.URL.Opaque, r.URL.RawQuery = path, query // as it is
	set := func(header, value, usual string) {
		if value == "" {
			value = usual
		}
		if value != nothing && value != "" {
			r.Header.Set(header, value)
		}
	}
	set("Authorization", a.token, "Bearer "+base.Query().Get("token"))
	set("Origin", a.origin, "http://"+base.Host)
	set("Sec-Fetch-Site", a.site, "same-origin")
	set("Sec-Fetch-Mode", a.mode, "cors")
	set("Content-Type", a.kind, "application/json")
	set("Cookie", a.cookie, "")
	if a.host != "" {
		r.Host = a.host
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header}, string(body)
}

// asks asks as the page does, and reads the answer.
func (d *desk) asks(t *testing.T, path string, question, into any) int {
	t.Helper()
	body, err := json.Marshal(question)
	if err != nil {
		t.Fatal(err)
	}
	response, text := d.do(t, asking{path: "/api/" + path, body: string(body)})
	if into != nil {
		if err := json.NewDecoder(bytes.NewReader([]byte(text))).Decode(into); err != nil {
			t.Fatalf("%s: %d %.1000q: %v", path, response.StatusCode, text, err)
		}
	}
	return response.StatusCode
}

type m = map[string]any

// TestStrangers: who does not know the token, or asks from elsewhere, gets and changes
// nothing.
func TestStrangers(t *testing.T) {
	d := newDesk(t, map[string]string{"policy.yaml": somePolicy, "secret.txt": "secret"}, nil)
	host := d.hosts[0]
	_, page := d.do(t, asking{method: "GET", path: "/", token: nothing, mode: "navigate", site: "none", origin: nothing, cookie: d.cookie() + "=" + d.pass()})
	if !strings.Contains(page, "<script type=\"module\"") {
		t.Fatalf("the page: %q", page)
	}
	saving := `{"file": "policy", "text": "version: 1\n", "version": "` + absent + `", "anyway": true}`
	wrong := "Bearer " + strings.Repeat("A", 26)
	for name, tt := range map[string]struct {
		asking
		status int
	}{
		"foreign host":                   {asking{host: "evil.example"}, 403},
		"foreign host at our port":       {asking{host: "evil.example" + host[strings.LastIndex(host, ":"):]}, 403},
		"our host at another port":       {asking{host: "127.0.0.1:1"}, 403},
		"no port":                        {asking{host: "127.0.0.1"}, 403},
		"foreign origin":                 {asking{origin: "https://evil.example"}, 403},
		"another port's origin":          {asking{origin: "http://127.0.0.1:1"}, 403},
		"https origin":                   {asking{origin: "https://" + host}, 403},
		"origin null":                    {asking{origin: "null"}, 403},
		"another site, no origin":        {asking{origin: nothing, site: "cross-site"}, 403},
		"another port's page, no origin": {asking{origin: nothing, site: "same-site"}, 403},
		"a navigation that posts":        {asking{origin: nothing, site: "cross-site", mode: "navigate"}, 403},
		"no token":                       {asking{token: nothing}, 401},
		"wrong token":                    {asking{token: wrong}, 401},
		"empty token":                    {asking{token: "Bearer "}, 401},
		"token without Bearer":           {asking{token: d.token}, 401},
		"token in the URL of the API":    {asking{token: nothing, path: "/api/save?token=" + d.token}, 401},
		"the page's cookie":              {asking{token: nothing, cookie: d.cookie() + "=" + d.pass()}, 401},
		"the token as cookie":            {asking{token: nothing, cookie: d.cookie() + "=" + d.token}, 401},
		"GET that writes":                {asking{method: "GET"}, 405},
		"PUT":                            {asking{method: "PUT"}, 405},
		"a form":                         {asking{kind: "application/x-www-form-urlencoded"}, 415},
		"a plain text":                   {asking{kind: "text/plain"}, 415},
		"no kind of body":                {asking{kind: nothing}, 415},
		"no JSON":                        {asking{body: "version: 1"}, 400},
		"two values":                     {asking{body: saving + saving}, 400},
		"an unknown member":              {asking{body: `{"path": "/etc/passwd"}`}, 400},
		"a huge body":                    {asking{body: `{"text": "` + strings.Repeat("a", maxBody) + `"}`}, 413},
		"a path for a file":              {asking{body: strings.Replace(saving, "policy", "../policy.yaml", 1)}, 400},
		"a path for a file, absolute":    {asking{body: strings.Replace(saving, "policy", d.path("secret.txt"), 1)}, 400},
	} {
		a := tt.asking
		if a.path == "" {
			a.path = "/api/save"
		}
		if a.body == "" {
			a.body = saving
		}
		response, body := d.do(t, a)
		if response.StatusCode != tt.status || strings.Contains(body, "ours") || strings.Contains(body, d.token) || response.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: got %d %q, want %d", name, response.StatusCode, body, tt.status)
		}
	}
	for _, path := range []string{
		"/", "/index.html", "/main.js", "/assets/main.js", "/secret.txt", "/policy.yaml", "/../policy.yaml", "/%2e%2e/policy.yaml", "/..%2fpolicy.yaml", "/.//etc/passwd",
		"/assets/../ui.go", "/%00", "/main.js/..", "/api/open", "/report-", "/?token=" + wrong, "/?token=", "/main.js?token=" + d.token,
	} {
		if response, body := d.do(t, asking{method: "GET", path: path, token: nothing}); response.StatusCode == http.StatusOK {
			t.Errorf("%s without a token: %q", path, body)
		}
		response, body := d.do(t, asking{method: "GET", path: path})
		if strings.Contains(body, "ours") || strings.Contains(body, "secret") || strings.Contains(body, "root:") || strings.Contains(body, "package ui") ||
			response.StatusCode == http.StatusOK && path != "/" && !strings.HasPrefix(path, "/?") && !strings.HasPrefix(path, "/main.js") {
			t.Errorf("%s with a token: %d %q", path, response.StatusCode, body)
		}
	}
	if got := d.read(t, "policy.yaml"); got != somePolicy {
		t.Errorf("the policy was changed: %q", got)
	}
	entries, err := os.ReadDir(d.dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("files appeared: %v, %v", entries, err)
	}
}

// TestHeaders: the page and everything else say what a browser may do with them.
func TestHeaders(t *testing.T) {
	d := newDesk(t, map[string]string{"policy.yaml": somePolicy}, nil)
	nonces := map[string]bool{}
	for range 2 {
		response, body := d.do(t, asking{method: "GET", path: "/?" + strings.SplitN(d.url, "?", 2)[1], token: nothing, origin: nothing, site: "cross-site", mode: "navigate"})
		csp := response.Header.Get("Content-Security-Policy")
		_, once, _ := strings.Cut(csp, "'nonce-")
		once, _, _ = strings.Cut(once, "'")
		if response.StatusCode != http.StatusOK || len(once) < 20 || nonces[once] || !strings.Contains(body, `content="`+once+`"`) || !strings.HasPrefix(csp, "default-src 'none'; script-src 'self'; ") || strings.Contains(csp, "unsafe") {
			t.Errorf("got %d, %q", response.StatusCode, csp)
		}
		if strings.Contains(body, d.token) {
			t.Error("the token is in the page")
		}
		nonces[once] = true
		cookie := response.Header.Get("Set-Cookie")
		if !strings.Contains(cookie, "; HttpOnly; SameSite=Strict") || strings.Contains(cookie, d.token) {
			t.Errorf("cookie %q", cookie)
		}
	}
	for _, path := range []string{"/", "/main.js", "/nothing", "/api/open"} {
		for _, method := range []string{"GET", "POST"} {
			response, _ := d.do(t, asking{method: method, path: path, body: "{}"})
			for header, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
				"Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
			} {
				if got := response.Header.Get(header); got != want {
					t.Errorf("%s %s: %s is %q", method, path, header, got)
				}
			}
			if !strings.HasPrefix(response.Header.Get("Content-Security-Policy"), "default-src 'none'; ") {
				t.Errorf("%s %s: no policy of content", method, path)
			}
		}
	}
}

// TestLoopback: it listens where this machine alone can reach it.
func TestLoopback(t *testing.T) {
	for address, fine := range map[string]bool{
		"127.0.0.1:9002": true, "localhost:0": true, "[::1]:9002": true, "127.8.8.8:1": true,
		":9002": false, "0.0.0.0:9002": false, "[::]:9002": false, "192.0.2.1:9002": false, "example.com:9002": false, "127.0.0.1": false, "": false, "127.0.0.1.example.com:1": false,
	} {
		if err := Loopback(address); (err == nil) != fine {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// TestSave: files are written whole, as they were but for their text, and never over what
// somebody else wrote.
func TestSave(t *testing.T) {
	d := newDesk(t, map[string]string{"real.yaml": somePolicy, "policy.yaml": ""}, nil)
	if err := os.Remove(d.path("policy.yaml")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real.yaml", d.path("policy.yaml")); err != nil {
		t.Fatal(err)
	}
	var o opened
	if status := d.asks(t, "open", m{}, &o); status != 200 || o.Policy.Text != somePolicy || o.Cases.Version != absent || o.Decisions != -1 || o.Reports {
		t.Fatalf("%d %+v", status, o)
	}
	changed := strings.Replace(somePolicy, "fuck", "shit", 1)
	var saved content
	if status := d.asks(t, "save", m{"file": "policy", "text": changed, "version": o.Policy.Version}, &saved); status != 200 || saved.Text != changed || saved.Version == o.Policy.Version {
		t.Fatalf("%d %+v", status, saved)
	}
	target, err := os.Readlink(d.path("policy.yaml"))
	info, statErr := os.Stat(d.path("real.yaml"))
	if err != nil || target != "real.yaml" || statErr != nil || info.Mode().Perm() != 0o640 || d.read(t, "real.yaml") != changed {
		t.Errorf("%v %v: %q, %v, %q", err, statErr, target, info.Mode(), d.read(t, "real.yaml"))
	}

	d.write(t, "real.yaml", somePolicy+"# theirs\n")
	var conflict struct {
		Error string   `json:"error"`
		Now   *content `json:"now"`
	}
	status := d.asks(t, "save", m{"file": "policy", "text": somePolicy + "# mine\n", "version": saved.Version}, &conflict)
	if status != 409 || conflict.Now == nil || conflict.Now.Text != somePolicy+"# theirs\n" || !strings.Contains(conflict.Error, "has changed on disk meanwhile") || d.read(t, "real.yaml") != somePolicy+"# theirs\n" {
		t.Errorf("%d %+v", status, conflict)
	}
	if status := d.asks(t, "save", m{"file": "policy", "text": somePolicy + "# mine\n", "version": conflict.Now.Version}, nil); status != 200 || d.read(t, "real.yaml") != somePolicy+"# mine\n" {
		t.Errorf("over it: %d %q", status, d.read(t, "real.yaml"))
	}

	var refused struct{ Error string }
	d.asks(t, "open", m{}, &o)
	if status := d.asks(t, "save", m{"file": "policy", "text": "rulse: []", "version": o.Policy.Version}, &refused); status != 422 || !strings.Contains(refused.Error, "rulse: unknown key") {
		t.Errorf("broken: %d %+v", status, refused)
	}
	if status := d.asks(t, "save", m{"file": "policy", "text": "rulse: []", "version": o.Policy.Version, "anyway": true}, nil); status != 200 || d.read(t, "real.yaml") != "rulse: []" {
		t.Errorf("broken anyway: %d", status)
	}

	cases := "cases: [{name: a, want: allow}]\n"
	if status := d.asks(t, "save", m{"file": "cases", "text": cases, "version": absent}, nil); status != 200 || d.read(t, "cases.yaml") != cases {
		t.Errorf("new cases: %d", status)
	}
	if info, err := os.Stat(d.path("cases.yaml")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("new cases: %v, %v", info.Mode(), err)
	}
	if status := d.asks(t, "save", m{"file": "cases", "text": "", "version": absent}, nil); status != 409 || d.read(t, "cases.yaml") != cases {
		t.Errorf("cases that appeared meanwhile: %d", status)
	}
	if status := d.asks(t, "save", m{"file": "cases", "text": strings.Repeat("#", maxText+1), "version": absent}, nil); status != 413 {
		t.Errorf("a huge text: %d", status)
	}
	if left, _ := filepath.Glob(d.path(".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestNew: what cannot be worked on is said before anything is served.
func TestNew(t *testing.T) {
	dir := t.TempDir()
	at := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	fine := at("policy.yaml", somePolicy)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	for name, tt := range map[string]struct {
		policy, cases, want string
	}{
		"none":      {filepath.Join(dir, "none.yaml"), fine, "topicgate policy prints one to start from"},
		"a folder":  {dir, fine, "is not a file"},
		"an image":  {at("image", "\x89PNG\xff"), fine, "image:1: is not UTF-8; save the file as UTF-8"},
		"too long":  {at("long", strings.Repeat("#", maxText+1)), fine, "long is over 2 MiB; keep its words in files of lists"},
		"bad cases": {fine, dir, "is not a file"},
	} {
		if _, err := New(Options{Policy: tt.policy, Cases: tt.cases}, listener); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
