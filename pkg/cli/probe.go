package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"topicgate/pkg/chat"
	"topicgate/pkg/config"
	"topicgate/pkg/policy"
)

const (
	// chatWaits is how long Chat waits for an answer.
	chatWaits = 2 * time.Second
	// probeStale is how old the stale callback is: past chat.MaxSkew, with room
	// for clocks that differ a little.
	probeStale = 2 * chat.MaxSkew
	// maxSkewSeen is how far the deployment's clock may seem to be from this one
	// before probe mentions it: its answers tell whole seconds, and late.
	maxSkewSeen = 10 * time.Second
	// maxProbed is how much of an answer is read; a verdict is far smaller.
	maxProbed = 64 << 10
)

// An expectation is what a deployment that is right answers to one case.
type expectation string

const (
	wantVerdict expectation = "allowed, or a rule's code" // which one, the rules say
	wantAllowed expectation = "allowed"
	wantRefused expectation = "refused"
	wantBare    expectation = "refused 1"
	wantRelayed expectation = "relayed"
	want4xx     expectation = "HTTP 4xx" // 405, or what a front door that passes only POSTs says
)

// A probeCase is one request that probe sends, and what came of it.
type probeCase struct {
	Name     string      `json:"case"`
	Expected expectation `json:"expected"`
	Actual   string      `json:"actual"`
	Status   int         `json:"status,omitempty"`
	Code     *int        `json:"code,omitempty"`
	Message  string      `json:"message,omitempty"`
	Millis   int64       `json:"ms"`
	OK       bool        `json:"ok"`

	method, url, body string
	needsToken        bool
	relays            bool // it may not be topicgate that answers
}

// allowed reports whether the answer lets the creation go ahead.
func (c *probeCase) allowed() bool { return c.Code != nil && *c.Code == 0 }

// bare reports whether the answer refuses as topicgate does when it believes nothing.
func (c *probeCase) bare() bool {
	return c.Code != nil && *c.Code == policy.CodeRefused && c.Message == ""
}

// A report is what probe found.
type report struct {
	URL      string      `json:"url"`
	App      string      `json:"app"`
	OK       bool        `json:"ok"`
	Cases    []probeCase `json:"cases"`
	Warnings []string    `json:"warnings"`
	Hints    []string    `json:"hints"`
}

func probe(in *invocation) int {
	c := config.Load(in.environ, config.Options{})
	f := in.flags()
	m := made{typ: anyType}
	target := f.String("url", "", "the callback URL; required")
	f.StringVar(&m.app, "app", "", "SDKAppID (the first of "+config.Prefix+"SDK_APP_IDS)")
	f.StringVar(&m.token, "token", "", "token to sign with (the first of "+config.Prefix+"TOKENS)")
	kind := f.String("command", "topic", "what is to be created: topic or group")
	f.StringVar(&m.operator, "operator", "topicgate-probe", "UserID that asks, in the signed case")
	f.StringVar(&m.name, "name", "Probe", "name that is asked for, in the signed case")
	f.StringVar(&m.platform, "platform", "RESTAPI", "OptPlatform")
	want := f.String("want", "", "what the rules make of the signed case: allow or refuse (what the rules at hand say, else allow, or refuse with a code above 1)")
	dryRun := f.Bool("dry-run", c.Spec.Mode == policy.DryRun, "the deployment is in dry run: it allows everything")
	onError := f.String("on-error", string(c.Spec.OnError), "what the deployment does when nothing can be decided: refuse or allow")
	relays := f.Bool("relays", c.Upstream != nil, "the deployment has an upstream, which answers other commands")
	asJSON := f.Bool("json", false, "print one JSON object")
	if status, ok := in.parseNoArguments(f); !ok {
		return status
	}
	u, ok := callbackURL(*target)
	if !ok {
		return in.misuse("-url needs an http or https URL")
	}
	if m.command = chat.Creates(*kind); m.command == "" {
		return in.misuse("-command is topic or group, not %q", *kind)
	}
	if *want != "" && *want != "allow" && *want != "refuse" {
		return in.misuse("-want is allow or refuse, not %q", *want)
	}
	if *onError != "allow" && *onError != "refuse" {
		return in.misuse("-on-error is refuse or allow, not %q", *onError)
	}
	m.app, m.token, m.at = orFirst(m.app, c.AppIDs, ""), orFirst(m.token, c.Tokens, ""), time.Now()
	if m.app == "" {
		return in.misuse("-app or %sSDK_APP_IDS is required", config.Prefix)
	}

	if *want == "" && m.refusedBare(in.ctx, c) {
		*want = "refuse"
	}
	r := report{URL: u.Redacted(), App: m.app, Cases: probeCases(u, m, *relays), Warnings: []string{}, Hints: []string{}}
	for i := range r.Cases {
		r.Cases[i].expect(*want, *dryRun, *onError == "allow")
	}
	r.run(in.ctx, &m)
	r.warn(u, &m, *dryRun)
	if !r.OK {
		r.hint(*dryRun, &m)
	}
	if *asJSON {
		in.printJSON(r)
	} else {
		in.print("%s", r.table())
		for _, w := range r.Warnings {
			in.complain("warning: %s", w)
		}
		for _, h := range r.Hints {
			in.complain("%s", h)
		}
	}
	if !r.OK {
		return statusNo
	}
	return statusOK
}

// notSent is what comes of a case that has to be signed, without a token.
const notSent = "not sent: no token"

// refusedBare reports whether the rules at hand refuse the signed case with the code
// that a wrong token gets too: then that one is right.
func (m *made) refusedBare(ctx context.Context, c *config.Config) bool {
	if c.Policy == nil { // not all that the deployment has is at hand
		return false
	}
	d := c.Policy.Decide(ctx, policy.Creation{
		Subject: policy.Subject(m.command.Subject()), App: m.app, Operator: m.operator, Type: m.typ, Name: m.name, Platform: m.platform, At: m.at,
	}, fresh(), false)
	return !d.Allowed && d.Code == policy.CodeRefused
}

// The cases' names, as the report has them.
const (
	caseSigned    = "signed"
	caseUnsigned  = "unsigned"
	caseStale     = "stale"
	caseForeign   = "foreign app"
	caseMalformed = "malformed body"
	caseOther     = "other command"
	caseGET       = "GET"
)

// probeCases are the requests. The signed one goes first: it meets the cold start, as
// Chat's would.
func probeCases(u *url.URL, m made, relays bool) []probeCase {
	unsigned, stale, foreign, other := m, m, m, m
	unsigned.token = ""
	stale.at = m.at.Add(-probeStale)
	foreign.app = "9" + m.app // a digit longer than any that was given out
	// What the console's Verify sends: a handler behind the gate knows it.
	other.command = "State.StateChange"
	post := func(name string, m *made, body string) probeCase {
		return probeCase{Name: name, method: http.MethodPost, url: m.on(u), body: body}
	}
	cases := []probeCase{
		post(caseSigned, &m, m.body()),
		post(caseUnsigned, &unsigned, unsigned.body()),
		post(caseStale, &stale, stale.body()),
		post(caseForeign, &foreign, foreign.body()),
		post(caseMalformed, &m, `{"CallbackCommand":`),
		post(caseOther, &other, `{}`),
		{Name: caseGET, method: http.MethodGet, url: m.on(u)},
	}
	for i := range cases {
		switch c := &cases[i]; c.Name {
		case caseSigned, caseStale, caseMalformed:
			c.needsToken = true
		case caseOther:
			c.relays = relays
		}
	}
	return cases
}

// expect says what is right for a case.
func (c *probeCase) expect(want string, dryRun, onErrorAllows bool) {
	switch {
	case c.Name == caseGET:
		c.Expected = want4xx
	case c.relays:
		c.Expected = wantRelayed
	case c.Name == caseOther, dryRun:
		c.Expected = wantAllowed
	case c.Name == caseMalformed && onErrorAllows:
		c.Expected = wantAllowed
	case c.Name != caseSigned:
		c.Expected = wantBare
	case want == "allow":
		c.Expected = wantAllowed
	case want == "refuse":
		c.Expected = wantRefused
	default:
		c.Expected = wantVerdict
	}
}

// holds compares an answer that came in time with what was expected.
func (c *probeCase) holds() bool {
	switch c.Expected {
	case want4xx:
		return c.Status >= 400 && c.Status < 500
	case wantRelayed:
		return c.Status == http.StatusOK
	case wantAllowed:
		return c.allowed()
	case wantRefused:
		return c.Code != nil && !c.allowed()
	case wantBare:
		return c.bare()
	case wantVerdict:
		return c.Code != nil && *c.Code != policy.CodeRefused
	}
	return false
}

// run sends the cases, one after the other: side by side they would meet a cold start
// each, and tell nothing of a warm one.
func (r *report) run(ctx context.Context, m *made) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	client := &http.Client{
		Transport: transport,
		// Nobody knows that Chat follows one; an answer like any other, and a wrong one.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	r.OK = true
	for i := range r.Cases {
		c := &r.Cases[i]
		if c.needsToken && m.token == "" {
			c.Actual = notSent
		} else if header := c.send(ctx, client); header != nil && i == 0 {
			r.compareClocks(header)
		}
		r.OK = r.OK && c.OK
	}
}

// send sends one case and notes what came back; it returns the header of an answer.
func (c *probeCase) send(ctx context.Context, client *http.Client) http.Header {
	ctx, cancel := context.WithTimeout(ctx, chatWaits)
	defer cancel()
	started := time.Now()
	header, body, err := c.exchange(ctx, client)
	took := time.Since(started)
	c.Millis = took.Milliseconds()
	if err != nil {
		c.Actual = noAnswer(ctx, err)
		return nil
	}
	switch code, message, isVerdict := verdictIn(body); {
	case c.Status != http.StatusOK:
		c.Actual = fmt.Sprintf("HTTP %d", c.Status)
	case c.relays:
		c.Actual = string(wantRelayed)
	case !isVerdict:
		c.Actual = "no verdict, but " + kindOf(header)
	default:
		c.Code, c.Message = &code, message
		c.Actual = describe(code, message)
	}
	c.OK = c.holds() && took < chatWaits
	return header
}

// exchange sends the request and notes the status of a whole answer.
func (c *probeCase) exchange(ctx context.Context, client *http.Client) (http.Header, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, c.method, c.url, strings.NewReader(c.body))
	if err != nil {
		return nil, nil, err
	}
	if c.method == http.MethodPost {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("User-Agent", "topicgate probe")
	response, err := client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxProbed))
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return nil, nil, err
	}
	c.Status = response.StatusCode
	return response.Header, body, nil
}

// noAnswer says in few words why there is none; net/http's own would quote the URL,
// and with it the signature.
func noAnswer(ctx context.Context, err error) string {
	var dns *net.DNSError
	var urlError *url.Error
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Sprintf("no answer in %v", chatWaits)
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.As(err, &dns):
		return "no such host"
	case errors.As(err, &urlError):
		return "no answer: " + urlError.Err.Error()
	}
	return "no answer: " + err.Error()
}

// verdictIn reads a verdict as strictly as Chat might: all three fields, a status of
// OK and a code that Chat knows.
func verdictIn(body []byte) (code int, message string, ok bool) {
	var v struct {
		ActionStatus *string
		ErrorInfo    *string
		ErrorCode    *int
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if d.Decode(&v) != nil || d.Decode(&struct{}{}) != io.EOF || v.ActionStatus == nil || v.ErrorInfo == nil || v.ErrorCode == nil {
		return 0, "", false
	}
	code = *v.ErrorCode
	known := code == 0 || code == policy.CodeRefused || code >= policy.CodeMin && code <= policy.CodeMax
	return code, *v.ErrorInfo, known && *v.ActionStatus == "OK"
}

func describe(code int, message string) string {
	if code == 0 {
		return string(wantAllowed)
	}
	text := fmt.Sprintf("refused %d", code)
	if message != "" {
		text += fmt.Sprintf(" %q", chat.Cut(message, 60))
	}
	return text
}

func kindOf(h http.Header) string {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return "something without a type"
	}
	return kind
}

// warn adds what is no verdict's fault, and yet wrong or not seen.
func (r *report) warn(u *url.URL, m *made, dryRun bool) {
	add := func(text string) { r.Warnings = append(r.Warnings, text) }
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		add("callbacks, and all signatures, travel in the clear: use https")
	}
	if m.token == "" {
		add("no token, so nothing can be signed: -token or " + config.Prefix + "TOKENS")
	}
	for _, c := range r.Cases {
		if c.Code == nil && c.Status == http.StatusOK && c.Name != caseGET && !c.relays {
			add("answers that are not Chat's JSON count as failed callbacks: what answers is not topicgate, or something stands in front of it")
			break
		}
	}
	if s := r.Cases[0]; s.OK && s.bare() {
		add("the rules refuse the signed callback with a bare 1, as a wrong token is: give an -operator and -name that they allow, and see that too")
	}
	if dryRun && r.OK {
		add("in dry run nobody can see from outside whether signatures are checked: probe again once it enforces")
	}
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// compareClocks looks at when the deployment thinks that it is: a signature is valid
// for 60 s.
func (r *report) compareClocks(h http.Header) {
	theirs, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return
	}
	if off := time.Since(theirs).Round(time.Second); off > maxSkewSeen || off < -maxSkewSeen {
		r.Warnings = append(r.Warnings, fmt.Sprintf("the deployment's clock and this one are %v apart, and signatures are valid for %v", off.Abs(), chat.MaxSkew))
	}
}

// hint says what the answers have in common, where that tells the cause.
func (r *report) hint(dryRun bool, m *made) {
	cases := map[string]*probeCase{}
	answered, governed, allowed, bare, reached := 0, 0, 0, 0, 0
	for i := range r.Cases {
		c := &r.Cases[i]
		cases[c.Name] = c
		if c.Status != 0 {
			reached++
		}
		if c.Name == caseGET || c.Name == caseOther {
			continue
		}
		if c.Actual != notSent {
			governed++
		}
		if c.Code == nil {
			continue
		}
		answered++
		if c.allowed() {
			allowed++
		}
		if c.bare() {
			bare++
		}
	}
	add := func(text string) { r.Hints = append(r.Hints, text) }
	switch {
	case reached == 0:
		add("nothing answered: Chat lets a topic through then, unless its console says otherwise; check URL, firewall and that the deployment runs")
	case answered == 0:
		add("no answer was a verdict: check that the URL is the deployment's own, path included")
	case dryRun:
	case allowed == governed:
		add("everything was allowed: the deployment is in dry run (then say -dry-run), or what answers is not topicgate")
	case cases[caseUnsigned].allowed():
		add("an unsigned callback was allowed: anybody can play Chat; set " + config.Prefix + "TOKENS on the deployment to the token of the Chat console")
	case cases[caseMalformed].allowed():
		add("a callback that cannot be read was allowed: if " + config.Prefix + "ON_ERROR=allow is meant, say -on-error allow")
	}
	if dryRun && bare > 0 {
		add("something was refused: the deployment is not in dry run")
	}
	if s := cases[caseSigned]; !dryRun && s.bare() && !s.OK {
		add("the signed callback was refused with a bare 1, as one for another app or with a wrong token is: check that the deployment serves SDKAppID " + m.app +
			" and has this token, and look up the reason in its log; if a rule refuses it, give a -operator and -name that it allows, or say -want refuse")
	}
	if c := cases[caseOther]; c.Code == nil && c.Status == http.StatusOK && !c.relays && answered > 0 {
		add("the other command was answered by another handler: if " + config.Prefix + "UPSTREAM_URL is set on the deployment, say -relays")
	}
	if c := cases[caseOther]; c.Status == http.StatusBadGateway {
		add("the other command got no answer from the upstream: see the relay lines of the deployment's log")
	}
	for _, c := range r.Cases {
		if c.Code != nil && !c.OK && c.holds() {
			add("an answer took longer than the 2 s that Chat waits")
			break
		}
	}
}

// table is a report for people.
func (r *report) table() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "CASE\tEXPECTED\tACTUAL\tLATENCY\t\n") // a Builder cannot fail
	for _, c := range r.Cases {
		mark := "ok"
		if !c.OK {
			mark = "WRONG"
		}
		latency := fmt.Sprintf("%d ms", c.Millis)
		if c.Actual == notSent {
			latency = "-"
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.Name, c.Expected, c.Actual, latency, mark)
	}
	_ = w.Flush()
	if r.OK {
		fmt.Fprintf(&b, "\n%s is right\n", r.URL)
	} else {
		fmt.Fprintf(&b, "\n%s is not right\n", r.URL)
	}
	return b.String()
}
