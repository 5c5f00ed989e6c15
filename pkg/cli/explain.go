package cli

import (
	"cmp"
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"topicgate/pkg/chat"
	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/policy"
	"topicgate/pkg/quota"
)

// What a creation is when nobody says otherwise: an ordinary user's.
const (
	anyOperator = "leckie"
	anyPlatform = "Web"
	anyType     = "Community"
	anyApp      = "1400000000"
)

func explain(in *invocation) int {
	f := in.flags()
	file := policyFlag(f)
	asJSON := f.Bool("json", false, "print one JSON object")
	asked := policy.Creation{Operator: anyOperator, Type: anyType, Platform: anyPlatform}
	creationFlags(f, &asked)
	f.StringVar(&asked.Name, "name", "", "name that is asked for; required")
	f.StringVar(&asked.App, "app", "", "SDKAppID (the first that is served, else "+anyApp+")")
	at := timeFlag(f, "decide as of this time (RFC 3339) instead of now")
	event := f.String("event", "", "created or renamed: it was done already, and is reviewed, with quotas passed over")
	if status, ok := in.parseNoArguments(f); !ok {
		return status
	}
	if *event != "" && chat.Telling(chat.Event(*event), string(asked.Subject)) == "" {
		return in.misuse("-event is created or renamed, not %q", *event)
	}
	if !given(f, "name") {
		return in.misuse("-name is required")
	}
	if _, err := creates(asked.Subject); err != nil {
		return in.misuse("%v", err)
	}
	c, ok := in.load(config.Options{Offline: true, PolicyFile: *file})
	if !ok {
		return statusNo
	}
	asked.App, asked.At = cmp.Or(asked.App, first(c.AppIDs), anyApp), *at
	reason, detail := gate.TooLong(asked.Operator, asked.Name)
	steps, decision := []policy.Step{}, policy.Decision{Code: policy.CodeRefused, Detail: detail}
	if reason == "" { // else no rule is asked
		counter := fresh()
		if *event != "" {
			counter = gate.Uncounted
		}
		steps, decision = c.Policy.Explain(in.ctx, asked, counter, c.Spec.Mode == policy.DryRun)
	}
	word := chat.Verdict{Code: decision.Code}.Word()
	if *asJSON {
		in.printJSON(struct {
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
		}{word, decision.Code, decision.Message, reason, decision.Rule, decision.Detail, decision.WouldRefuse, decision.Flags, c.Spec.Mode, steps})
	} else {
		in.printSteps(steps, &decision, reason, c.Spec.Mode)
		if *event != "" {
			in.print("it was %s already: Chat is answered allow, and the log has a review\n", *event)
		}
	}
	return statusOf(decision.Allowed)
}

// printSteps writes each rule with a mark, and below it what its conditions found; and
// the reason, when no rule was asked.
func (in *invocation) printSteps(steps []policy.Step, d *policy.Decision, reason gate.Reason, mode policy.Mode) {
	for _, step := range steps {
		mark, what := "-", "does not match"
		switch {
		case step.Decides:
			mark, what = ">", "matches and decides: "+string(step.Action)
		case slices.Contains(d.Flags, step.Rule):
			mark, what = "!", "matches and flags"
		case step.Matched && step.Mode == policy.DryRun:
			mark, what = "~", "matches, dry run: would "+string(step.Action)
		case step.Matched:
			mark, what = "+", "would match too: "+string(step.Action)
		}
		in.print("%s %s %s\n", mark, step.Rule, what)
		for _, found := range step.Conditions {
			holds := "no "
			if found.Matched {
				holds = "yes"
			}
			in.print("    %s %s\n", holds, strings.TrimSuffix(found.Condition+": "+printable(found.Detail), ": "))
		}
	}
	verdict := chat.Verdict{Code: d.Code}.Word()
	if !d.Allowed {
		verdict += fmt.Sprintf(" %d", d.Code)
	}
	by := "rule " + d.Rule
	switch {
	case reason != "":
		by = string(reason) + ": " + d.Detail
	case d.Rule == "":
		by = "no rule matched"
	}
	in.print("%s: %s\n", verdict, by)
	if d.Message != "" {
		in.print("message: %s\n", oneLine(d.Message))
	}
	if mode == policy.DryRun && !d.Allowed {
		in.print("the policy is in dry run: the answer would be allow\n")
	}
}

// fresh counts for quotas of which nothing is used up.
func fresh() policy.Counter { return quota.NewMemory() }

// given reports whether a flag was set, if only to nothing.
func given(f *flag.FlagSet, name string) (found bool) {
	f.Visit(func(set *flag.Flag) { found = found || set.Name == name })
	return found
}

// policyFlag is the flag that replaces POLICY and POLICY_FILE.
func policyFlag(f *flag.FlagSet) *string {
	return f.String("policy", "", "policy `FILE`, instead of "+config.Prefix+"POLICY and "+config.Prefix+"POLICY_FILE")
}

// timeFlag is the flag -at, which takes an RFC 3339 time and is now unless given.
func timeFlag(f *flag.FlagSet, usage string) *time.Time {
	at := time.Now()
	f.Func("at", usage, func(text string) error {
		parsed, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return fmt.Errorf("%q is not a time such as 2026-01-31T18:30:00Z", text)
		}
		at = parsed
		return nil
	})
	return &at
}
