// Package trial tries a policy out on creations that nobody asked for: what every rule
// makes of one, and whether a file of cases holds. The tool prints what it finds, and the
// workbench shows it.
package trial

import (
	"cmp"
	"context"
	"time"

	"topicgate/pkg/chat"
	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/policy"
	"topicgate/pkg/policyfile"
	"topicgate/pkg/quota"
)

// What a creation is when nobody says otherwise: an ordinary user's.
const (
	Operator = "leckie"
	Platform = "Web"
	Type     = "Community"
	AnyApp   = "1400000000"
)

// App is the app of who names none: the first that is served, if any is.
func App(c *config.Config) string {
	if len(c.AppIDs) > 0 {
		return c.AppIDs[0]
	}
	return AnyApp
}

// Fresh counts for quotas of which nothing is used up.
func Fresh() policy.Counter { return quota.NewMemory() }

// An Explanation is what every rule makes of a creation, and what comes of it.
type Explanation struct {
	Verdict     string        `json:"verdict"`
	Code        int           `json:"code"`
	Message     string        `json:"message"`
	Reason      gate.Reason   `json:"reason,omitempty"` // when no rule was asked
	Rule        string        `json:"rule,omitempty"`
	Detail      string        `json:"detail,omitempty"`
	WouldRefuse []string      `json:"would_refuse,omitempty"`
	Flags       []string      `json:"flags,omitempty"`
	Mode        policy.Mode   `json:"mode"`
	Rules       []policy.Step `json:"rules"`
}

// Allowed reports whether the policy, enforced, allows it.
func (e *Explanation) Allowed() bool { return chat.Verdict{Code: e.Code}.Allows() }

// Explain asks every rule of a valid configuration, with quotas as a counter has them.
func Explain(ctx context.Context, c *config.Config, asked policy.Creation, counter policy.Counter) Explanation {
	e := Explanation{Mode: c.Spec.Mode, Rules: []policy.Step{}}
	d := policy.Decision{Code: policy.CodeRefused}
	if e.Reason, d.Detail = gate.TooLong(asked.Operator, asked.Name); e.Reason == "" { // else no rule is asked
		e.Rules, d = c.Policy.Explain(ctx, asked, counter, c.Spec.Mode == policy.DryRun)
	}
	e.Verdict = chat.Verdict{Code: d.Code}.Word()
	e.Code, e.Message, e.Rule, e.Detail = d.Code, d.Message, d.Rule, d.Detail
	e.WouldRefuse, e.Flags = d.WouldRefuse, d.Flags
	return e
}

// Case decides one case with quotas of its own, as enforcing would, of which it says what is
// used already. What it does not say is as of an ordinary user, at the time at. It returns
// in what the decision differs from what the case wants, or nothing.
func Case(ctx context.Context, c *config.Config, t *policyfile.Case, at time.Time) (missed []string) {
	creation := policy.Creation{
		Subject: cmp.Or(t.Command, policy.Topic), App: cmp.Or(t.App, App(c)),
		Name: t.Name, ClientIP: t.ClientIP, At: cmp.Or(t.Time, at),
		Operator: valueOr(t.Operator, Operator), Platform: valueOr(t.Platform, Platform), Type: valueOr(t.Type, Type),
	}
	counter, wrong := c.Policy.Used(creation, t.Used, Fresh())
	if wrong != nil {
		return wrong
	}
	reason, detail := gate.TooLong(creation.Operator, creation.Name)
	d := policy.Decision{Code: policy.CodeRefused}
	if reason == "" {
		d = c.Policy.Decide(ctx, creation, counter, false)
	}
	missed = t.Want.Misses(&d)
	if missed != nil && reason != "" {
		missed = append(missed, string(reason)+", so no rule is asked: "+detail)
	}
	return missed
}

// valueOr is what a case says, be it nothing, or what holds where it is silent.
func valueOr(value *string, otherwise string) string {
	if value == nil {
		return otherwise
	}
	return *value
}
