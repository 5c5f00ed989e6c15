package cli

import (
	"context"
	"fmt"
	"net/http"
	"strings"
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
	m := playFlags(f, "topicgate-probe", "Probe")
	want := f.String("want", "", "what the rules make of the signed case: allow or refuse (what the rules at hand say, else allow, or refuse with a code above 1)")
	dryRun := f.Bool("dry-run", c.Spec.Mode == policy.DryRun, "the deployment is in dry run: it allows everything")
	onError := f.String("on-error", string(c.Spec.OnError), "what the deployment does when nothing can be decided: refuse or allow")
	relays := f.Bool("relays", c.Upstream != nil, "the deployment has an upstream, which answers other commands")
	asJSON := f.Bool("json", false, "print one JSON object")
	if status, ok := in.parseNoArguments(f); !ok {
		return status
	}
	if problem := m.complete(c, time.Now()); problem != "" {
		return in.misuse("%s", problem)
	}
	if *want != "" && *want != "allow" && *want != "refuse" {
		return in.misuse("-want is allow or refuse, not %q", *want)
	}
	if *onError != "allow" && *onError != "refuse" {
		return in.misuse("-on-error is refuse or allow, not %q", *onError)
	}
	if *want == "" && m.refusedBare(in.ctx, c) {
		*want = "refuse"
	}
	r := report{URL: m.target.Redacted(), App: m.app, Cases: probeCases(m.made, *relays), Warnings: []string{}, Hints: []string{}}
	for i := range r.Cases {
		r.Cases[i].expect(*want, *dryRun, *onError == "allow")
	}
	r.run(in.ctx, m.token != "")
	r.warn(&m.made, *dryRun)
	if !r.OK {
		r.hint(*dryRun, m.app)
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
func probeCases(m made, relays bool) []probeCase {
	unsigned, stale, foreign, other := m, m, m, m
	unsigned.token = ""
	stale.at = m.at.Add(-probeStale)
	foreign.app = "9" + m.app // a digit longer than any that was given out
	// What the console's Verify sends: a handler behind the gate knows it.
	other.command = "State.StateChange"
	post := func(name string, m *made, body string) probeCase {
		return probeCase{Name: name, method: http.MethodPost, url: m.url(), body: body}
	}
	cases := []probeCase{
		post(caseSigned, &m, m.body()),
		post(caseUnsigned, &unsigned, unsigned.body()),
		post(caseStale, &stale, stale.body()),
		post(caseForeign, &foreign, foreign.body()),
		post(caseMalformed, &m, `{"CallbackCommand":`),
		post(caseOther, &other, `{}`),
		{Name: caseGET, method: http.MethodGet, url: m.url()},
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
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.Name, c.Expected, oneLine(c.Actual), latency, mark)
	}
	_ = w.Flush()
	if r.OK {
		fmt.Fprintf(&b, "\n%s is right\n", r.URL)
	} else {
		fmt.Fprintf(&b, "\n%s is not right\n", r.URL)
	}
	return b.String()
}
