package cli

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"topicgate/pkg/config"
	"topicgate/pkg/policy"
	"topicgate/pkg/trial"
)

// probe plays Chat against a live deployment. This file is the command and its report;
// probe_client.go sends a callback and reads what comes back, probe_judge.go knows
// what is right for each, and probe_adviser.go what wrong answers have in common.
func probe(in *invocation) int {
	c := config.Load(in.environ, config.Options{})
	f := in.flags()
	cb, address := callbackFlags(f, policy.Creation{Operator: "topicgate-probe", Type: trial.Type, Name: "Probe", At: time.Now()})
	var d deployment
	f.StringVar(&d.want, "want", "", "what the rules make of the signed case: allow or refuse (what the rules at hand say, else allow, or refuse with a code above 1)")
	f.BoolVar(&d.dryRun, "dry-run", c.Spec.Mode == policy.DryRun, "the deployment is in dry run: it allows everything")
	f.StringVar(&d.onError, "on-error", string(c.Spec.OnError), "what the deployment does when nothing can be decided: refuse or allow")
	f.BoolVar(&d.relays, "relays", c.Upstream != nil, "the deployment has an upstream, which answers other commands")
	f.BoolVar(&d.reviews, "reviews", len(c.Review) > 0, "the deployment looks at what Chat tells afterwards")
	asJSON := f.Bool("json", false, "print one JSON object")
	if status, ok := in.parseNoArguments(f); !ok {
		return status
	}
	if err := cb.complete(*address, c); err != nil {
		return in.misuse("%v", err)
	}
	if d.want != "" && d.want != "allow" && d.want != "refuse" {
		return in.misuse("-want is allow or refuse, not %q", d.want)
	}
	if d.onError != "allow" && d.onError != "refuse" {
		return in.misuse("-on-error is refuse or allow, not %q", d.onError)
	}
	if d.want == "" && refusesBare(in.ctx, c.Policy, cb.Creation) {
		d.want = "refuse"
	}

	r := report{URL: cb.target.Redacted(), App: cb.App, Cases: d.cases(*cb), Warnings: []string{}, Hints: []string{}}
	r.run(in.ctx, cb.token)
	r.warn(cb, d.dryRun)
	if !r.OK {
		r.hint(cb, d.dryRun)
	}
	if *asJSON {
		in.printJSON(r)
	} else {
		in.print("%s", r.table())
		for _, warning := range r.Warnings {
			in.complain("warning: %s", warning)
		}
		for _, hint := range r.Hints {
			in.complain("%s", hint)
		}
	}
	return statusOf(r.OK)
}

// refusesBare reports whether the rules at hand refuse the signed case with the code
// that a wrong token gets too: then that one is right. Without a policy, not all that
// the deployment has is at hand.
func refusesBare(ctx context.Context, p *policy.Policy, asked policy.Creation) bool {
	if p == nil {
		return false
	}
	d := p.Decide(ctx, asked, trial.Fresh(), false)
	return !d.Allowed && d.Code == policy.CodeRefused
}

// A report is what probe found.
type report struct {
	URL      string     `json:"url"`
	App      string     `json:"app"`
	OK       bool       `json:"ok"`
	Cases    []exchange `json:"cases"`
	Warnings []string   `json:"warnings"`
	Hints    []string   `json:"hints"`
}

// run sends the cases, one after the other: side by side they would meet a cold start
// each, and tell nothing of a warm one.
func (r *report) run(ctx context.Context, token string) {
	client := &http.Client{
		Transport: http.DefaultTransport.(*http.Transport).Clone(),
		// Nobody knows that Chat follows one; an answer like any other, and a wrong one.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	r.OK = true
	for i := range r.Cases {
		e := &r.Cases[i]
		if e.signed && token == "" {
			e.Actual = notSent
		} else if header := e.send(ctx, client); i == 0 {
			r.compareClocks(header)
		}
		r.OK = r.OK && e.OK
	}
}

// table is a report for people.
func (r *report) table() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "CASE\tEXPECTED\tACTUAL\tLATENCY\t\n") // a Builder cannot fail
	for _, e := range r.Cases {
		mark := "ok"
		if !e.OK {
			mark = "WRONG"
		}
		latency := fmt.Sprintf("%d ms", e.Millis)
		if e.Actual == notSent {
			latency = "-"
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", e.Name, e.Expected, oneLine(e.Actual), latency, mark)
	}
	_ = w.Flush()
	if r.OK {
		fmt.Fprintf(&b, "\n%s is right\n", r.URL)
	} else {
		fmt.Fprintf(&b, "\n%s is not right\n", r.URL)
	}
	return b.String()
}
