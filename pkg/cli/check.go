package cli

import (
	"strings"

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
	c := config.Load(in.environ, config.Options{PolicyFile: *file})
	valid := !c.Broken() && (!*strict || len(c.Warnings) == 0)
	if *asJSON {
		in.printJSON(struct {
			Valid    bool     `json:"valid"`
			Problems []string `json:"problems"`
			Warnings []string `json:"warnings"`
			Rules    int      `json:"rules"`
			Policy   string   `json:"policy,omitempty"`
		}{valid, notNil(policy.Texts(c.Problems)), notNil(policy.Texts(c.Warnings)), len(c.Spec.Rules), c.Digest})
	} else {
		in.complainAll(c)
		if valid {
			in.print("%s\n", summary(c))
		}
	}
	if !valid {
		return statusNo
	}
	return statusOK
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
	if len(c.Warnings) > 0 {
		parts = append(parts, plural(len(c.Warnings), "warning"))
	}
	return strings.Join(parts, ", ")
}
