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
	"topicgate/pkg/trial"
)

func explain(in *invocation) int {
	f := in.flags()
	file := policyFlag(f)
	asJSON := f.Bool("json", false, "print one JSON object")
	asked := policy.Creation{Operator: trial.Operator, Type: trial.Type, Platform: trial.Platform}
	creationFlags(f, &asked)
	f.StringVar(&asked.Name, "name", "", "name that is asked for; required")
	f.StringVar(&asked.App, "app", "", "SDKAppID (the first that is served, else "+trial.AnyApp+")")
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
	asked.App, asked.At = cmp.Or(asked.App, trial.App(c)), *at
	counter := trial.Fresh()
	if *event != "" {
		counter = gate.Uncounted
	}
	e := trial.Explain(in.ctx, c, asked, counter)
	if *asJSON {
		in.printJSON(e)
	} else {
		in.printSteps(&e)
		if *event != "" {
			in.print("it was %s already: Chat is answered allow, and the log has a review\n", *event)
		}
	}
	return statusOf(e.Allowed())
}

// printSteps writes each rule with a mark, and below it what its conditions found; and
// the reason, when no rule was asked.
func (in *invocation) printSteps(e *trial.Explanation) {
	for _, step := range e.Rules {
		mark, what := "-", "does not match"
		switch {
		case step.Decides:
			mark, what = ">", "matches and decides: "+string(step.Action)
		case slices.Contains(e.Flags, step.Rule):
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
	verdict := e.Verdict
	if !e.Allowed() {
		verdict += fmt.Sprintf(" %d", e.Code)
	}
	by := "rule " + e.Rule
	switch {
	case e.Reason != "":
		by = string(e.Reason) + ": " + e.Detail
	case e.Rule == "":
		by = "no rule matched"
	}
	in.print("%s: %s\n", verdict, by)
	if e.Message != "" {
		in.print("message: %s\n", oneLine(e.Message))
	}
	if e.Mode == policy.DryRun && !e.Allowed() {
		in.print("the policy is in dry run: the answer would be allow\n")
	}
}

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
