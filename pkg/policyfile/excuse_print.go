package policyfile

import "topicgate/pkg/policy"

// ExcuseYAML is an excuse as it is pasted into a policy: an item of a list, or a rule.
func ExcuseYAML(e policy.Excuse) string {
	if e.Key != "" {
		return "- " + quote(e.Item)
	}
	return "- {name: " + e.Allow.Name + ", match: {name: {matches: " + quote(e.Allow.Match.Name.Matches) + "}}, action: " + string(e.Allow.Action) + "}"
}
