package cli

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/history"
	"topicgate/pkg/policy"
	"topicgate/pkg/policyfile"
)

// shownAdvice is for how many of what was found there is advice, which takes a policy's
// compilation each.
const shownAdvice = 5

// A finding is what was found, and what to do about it.
type finding struct {
	Time      time.Time `json:"time"` // of the last
	First     time.Time `json:"first"`
	Times     int       `json:"times"`
	Verdict   string    `json:"verdict"` // as answered
	Code      int       `json:"code"`
	Rule      string    `json:"rule"`
	Reason    string    `json:"reason"`
	Detail    string    `json:"detail"`
	Mode      string    `json:"mode"`
	Refused   bool      `json:"refused"` // or would have been, without the dry run
	Name      string    `json:"name"`
	Operator  string    `json:"operator"`
	Platform  string    `json:"platform"`
	ClientIP  string    `json:"client_ip"`
	App       string    `json:"app"`
	Command   string    `json:"command"`
	Type      string    `json:"type"`
	Ref       string    `json:"ref"`
	RequestID string    `json:"request_id"`
	Policy    string    `json:"policy"`

	Explain string `json:"explain,omitempty"` // a command
	Excuse  string `json:"excuse,omitempty"`  // YAML, or the item of a variable
	Where   string `json:"where,omitempty"`   // where it is written
	Case    string `json:"case,omitempty"`    // YAML
	Advice  string `json:"advice,omitempty"`  // why there is none of these
}

func newFinding(c *config.Config, file string, one *history.Found, advise bool) finding {
	d, asked := &one.Last, &one.Asked
	answer, _ := d.Enforced()
	f := finding{
		Time: d.Time.UTC(), First: one.First.UTC(), Times: one.Times,
		Verdict: d.Verdict, Code: d.Code, Rule: d.Rule, Reason: d.Reason, Detail: d.Detail, Mode: d.Mode, Refused: answer.Verdict == history.Refuse,
		Name: cmp.Or(asked.Name, d.Name), Operator: cmp.Or(asked.Operator, d.Operator), Platform: d.Platform, ClientIP: d.ClientIP,
		App: d.App, Command: d.Command, Type: d.Type, Ref: d.Ref, RequestID: d.RequestID, Policy: d.Policy,
	}
	switch {
	case !advise:
	case d.Reason != string(gate.ReasonRule) && d.Reason != string(gate.ReasonDefault):
		f.Advice = "no rule was asked: " + cmp.Or(reasons[gate.Reason(d.Reason)], d.Reason)
	case d.Withheld: // where looking with -name finds nothing
		f.Advice = "the log leaves the name out: ask the person for it, and run topicgate explain -name"
	case d.Hashed && !one.Known:
		f.Advice = "the log hides the name: ask the person for it, and look with -name and " + config.Prefix + "LOG_KEY"
	case !one.Known:
		f.Advice = "the log holds the name only in part: ask the person for it, and look with -name"
	default:
		f.advise(c, file, asked, answer)
	}
	return f
}

// reasons say what a refusal that no rule made means to a moderator.
var reasons = map[gate.Reason]string{
	gate.ReasonAppID:    "the callback is of an app that is not served; see TOPICGATE_SDK_APP_IDS",
	gate.ReasonMissing:  "the callback was not signed; see the token in Chat's console",
	gate.ReasonWrong:    "the callback was signed with another token; see TOPICGATE_TOKENS",
	gate.ReasonStale:    "the callback was signed at another time; look at this machine's clock",
	gate.ReasonTooLong:  "the name or the UserID is longer than Chat's can be",
	gate.ReasonConfig:   "the configuration is broken; run topicgate check",
	gate.ReasonDeadline: "deciding took too long; look at the log's errors",
}

func (f *finding) advise(c *config.Config, file string, asked *policy.Creation, answer history.Answer) {
	f.Explain = explainCommand(file, asked)
	if f.Explain == "" {
		f.Advice = "the name holds what no command line can: run the case instead"
	}
	want := policy.Allow
	if !f.Refused {
		want = policy.Refuse
	}
	f.Case = strings.TrimSuffix(policyfile.CasesYAML([]policyfile.Case{policyfile.CaseOf(asked, policyfile.Want{Verdict: want})}), "\n")
	switch {
	case !f.Refused:
		return
	case answer.Rule == "":
		f.Advice = "no rule matched, and the default refuses: write a rule that allows it"
		return
	case answer.Rule == policy.FreezeRule:
		f.Advice = "creation was frozen then: there is nothing to excuse"
		return
	case c.Broken():
		f.Advice = "what would excuse the name takes the policy: name it with -policy"
		return
	}
	e, ok := c.Spec.Excuse(*asked, answer.Rule)
	if !ok {
		f.Advice = fmt.Sprintf("rule %s does not refuse the name in the policy at hand, or there is none of that name: if it is another policy, name it with -policy", oneLine(answer.Rule))
		return
	}
	f.Excuse, f.Where = policyfile.ExcuseYAML(e), excusePlace(&c.Spec, e)
}

// excusePlace says where an excuse is written.
func excusePlace(spec *policy.Spec, e policy.Excuse) string {
	for i := range spec.Rules {
		r := &spec.Rules[i]
		switch {
		case r.Name != e.Rule:
		case r.Origin.Variable == config.Prefix+"BANNED_WORDS" && e.Key != "":
			return "in " + config.Prefix + "EXEMPT_WORDS, or its file, without the hyphen"
		case e.Key == "":
			return "among the rules, before " + e.Rule
		default:
			return "under " + e.Key + " of rule " + e.Rule
		}
	}
	return ""
}

// explainCommand is the command that shows what every rule makes of what was asked for;
// "" where it holds what no command line can.
func explainCommand(file string, asked *policy.Creation) string {
	words := []string{"topicgate", "explain"}
	subject := string(asked.Subject)
	if asked.Subject == policy.Topic { // which it is unless told otherwise
		subject = ""
	}
	for _, flag := range [...]struct {
		name, value string
		always      bool
	}{
		{"policy", file, false}, {"name", asked.Name, true}, {"operator", asked.Operator, true}, {"platform", asked.Platform, true}, {"client-ip", asked.ClientIP, false},
		{"type", asked.Type, true}, {"app", asked.App, false}, {"command", subject, false}, {"at", asked.At.UTC().Format(time.RFC3339Nano), true},
	} {
		if strings.ContainsRune(flag.value, 0) {
			return ""
		}
		if flag.always || flag.value != "" {
			words = append(words, "-"+flag.name, flag.value)
		}
	}
	return history.CommandLine(words)
}
