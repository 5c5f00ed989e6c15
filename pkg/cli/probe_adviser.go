package cli

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"topicgate/pkg/chat"
	"topicgate/pkg/config"
	"topicgate/pkg/dial"
)

// maxSkewSeen is how far the deployment's clock may seem to be from this one before
// probe mentions it: its answers tell whole seconds, and late.
const maxSkewSeen = 10 * time.Second

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

// warn adds what is no verdict's fault, and yet wrong or not seen.
func (r *report) warn(cb *callback, dryRun bool) {
	add := func(text string) { r.Warnings = append(r.Warnings, text) }
	if cb.target.Scheme == "http" && !dial.Loopback(cb.target.Hostname()) {
		add("callbacks, and all signatures, travel in the clear: use https")
	}
	if cb.token == "" {
		add("no token, so nothing can be signed: -token or " + config.Prefix + "TOKENS")
	}
	for _, e := range r.Cases {
		if !e.decided() && e.Status == http.StatusOK && e.Name != caseGET && e.Expected != wantRelayed {
			add("answers that are not Chat's JSON count as failed callbacks: what answers is not topicgate, or something stands in front of it")
			break
		}
	}
	if signed := &r.Cases[0]; signed.OK && signed.bare() {
		add("the rules refuse the signed callback with a bare 1, as a wrong token is: give an -operator and -name that they allow, and see that too")
	}
	if dryRun && r.OK {
		add("in dry run nobody can see from outside whether signatures are checked: probe again once it enforces")
	}
}

// hint says what the answers have in common, where that tells the cause.
func (r *report) hint(cb *callback, dryRun bool) {
	cases := map[string]*exchange{}
	var governed []*exchange
	reached, late := false, false
	for i := range r.Cases {
		e := &r.Cases[i]
		cases[e.Name] = e
		reached = reached || e.Status != 0
		late = late || e.decided() && !e.OK && e.holds()
		if e.Name != caseGET && e.Name != caseOther && e.Actual != notSent {
			governed = append(governed, e)
		}
	}
	decided := slices.ContainsFunc(governed, (*exchange).decided)
	signed, other := cases[caseSigned], cases[caseOther]
	add := func(text string) { r.Hints = append(r.Hints, text) }
	switch {
	case !reached:
		add("nothing answered: Chat lets a topic through then, unless its console says otherwise; check URL, firewall and that the deployment runs")
	case !decided:
		add("no answer was a verdict: check that the URL is the deployment's own, path included")
	case dryRun:
	case !slices.ContainsFunc(governed, func(e *exchange) bool { return !e.allowed() }):
		add("everything was allowed: the deployment is in dry run (then say -dry-run), or what answers is not topicgate")
	case cases[caseUnsigned].allowed():
		add("an unsigned callback was allowed: anybody can play Chat; set " + config.Prefix + "TOKENS on the deployment to the token of the Chat console")
	case cases[caseMalformed].allowed():
		add("a callback that cannot be read was allowed: if " + config.Prefix + "ON_ERROR=allow is meant, say -on-error allow")
	}
	if dryRun && slices.ContainsFunc(governed, (*exchange).bare) {
		add("something was refused: the deployment is not in dry run")
	}
	if !dryRun && signed.bare() && !signed.OK {
		add("the signed callback was refused with a bare 1, as one for another app or with a wrong token is: check that the deployment serves SDKAppID " + cb.App +
			" and has this token, and look up the reason in its log; if a rule refuses it, give a -operator and -name that it allows, or say -want refuse")
	}
	if !other.decided() && other.Status == http.StatusOK && other.Expected != wantRelayed && decided {
		add("the other command was answered by another handler: if " + config.Prefix + "UPSTREAM_URL is set on the deployment, say -relays")
	}
	if other.Status == http.StatusBadGateway {
		add("the other command got no answer from the upstream: see the relay lines of the deployment's log")
	}
	if late {
		add("an answer took longer than the 2 s that Chat waits")
	}
}
