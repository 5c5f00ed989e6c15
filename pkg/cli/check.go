package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"topicgate/pkg/config"
	"topicgate/pkg/policy"
)

func check(in *invocation) int {
	f := in.flags()
	strict := f.Bool("strict", false, "fail on warnings too")
	file := policyFlag(f)
	asJSON := f.Bool("json", false, "print one JSON object")
	if status, ok := in.parseNoArguments(f); !ok {
		return status
	}
	began := time.Now()
	c := config.Load(in.environ, config.Options{PolicyFile: *file})
	warnSlow(c, time.Since(began))
	valid := !c.Broken() && (!*strict || len(c.Warnings) == 0)
	if *asJSON {
		problems := append([]string{}, policy.Texts(c.Problems)...) // [], not null, of none
		warnings := append([]string{}, policy.Texts(c.Warnings)...)
		in.printJSON(struct {
			Valid    bool     `json:"valid"`
			Problems []string `json:"problems"`
			Warnings []string `json:"warnings"`
			Rules    int      `json:"rules"`
			Policy   string   `json:"policy,omitempty"`
			Order    []turn   `json:"order"`
		}{valid, problems, warnings, len(c.Spec.Rules), c.Digest, order(c)})
	} else {
		in.complainAll(c)
		if valid {
			in.print("%s\n%s", summary(c), orderTable(order(c)))
		}
	}
	return statusOf(valid)
}

// slowLoad is how long a policy may take that is looked for within decisions: a function
// gives a look 300 ms, most of which are the network's.
const slowLoad = 100 * time.Millisecond

// warnSlow warns of a policy that would mostly be taken by the decision after the one that
// found it.
func warnSlow(c *config.Config, took time.Duration) {
	if c.PolicyURL != nil && took > slowLoad {
		c.Warnings = append(c.Warnings, policy.Problem{
			Where: policy.Origin{Variable: config.Prefix + "POLICY_URL"},
			What:  fmt.Sprintf("the policy takes %d ms to load here, over %d", took.Milliseconds(), slowLoad.Milliseconds()),
			How:   "shorten its lists, or keep it in the package: a function's look at it lasts 300 ms at most",
		})
	}
}

// summary is a valid configuration in one line.
func summary(c *config.Config) string {
	govern := make([]string, len(c.Spec.Govern))
	for i, subject := range c.Spec.Govern {
		govern[i] = string(subject)
	}
	parts := []string{
		"the configuration is valid",
		"governs " + strings.Join(govern, " and "),
		"mode " + string(c.Spec.Mode),
		plural(len(c.Spec.Rules), "rule"),
		"default " + string(c.Spec.Default),
		"policy " + c.ShortDigest(),
	}
	switch c.Spec.Freeze {
	case "":
	case policy.Frozen:
		parts = append(parts, "frozen")
	default:
		parts = append(parts, "frozen until "+string(c.Spec.Freeze))
	}
	if len(c.Warnings) > 0 {
		parts = append(parts, plural(len(c.Warnings), "warning"))
	}
	return strings.Join(parts, ", ")
}

// A turn is one rule of the effective order.
type turn struct {
	Rule   string        `json:"rule"`
	Action policy.Action `json:"action"`
	Mode   policy.Mode   `json:"mode"`
	Where  string        `json:"where"` // a variable, or file:line
}

// order is the order in which rules are asked, whoever wrote them; there is none while
// the configuration is broken.
func order(c *config.Config) []turn {
	turns := []turn{}
	if c.Broken() {
		return turns
	}
	for _, r := range c.Spec.Rules {
		turns = append(turns, turn{r.Name, r.Action, r.Mode, r.Origin.String()})
	}
	return turns
}

// orderTable is the order for people.
func orderTable(turns []turn) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for i, t := range turns {
		action := string(t.Action)
		if t.Mode == policy.DryRun {
			action += " (dry_run)"
		}
		_, _ = fmt.Fprintf(w, "%3d. %s\t%s\t%s\n", i+1, t.Rule, action, t.Where) // a Builder cannot fail
	}
	_ = w.Flush()
	return b.String()
}
