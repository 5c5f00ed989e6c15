package cli

import (
	"strings"

	"topicgate/pkg/audit"
	"topicgate/pkg/chat"
	"topicgate/pkg/config"
	"topicgate/pkg/gate"
)

// A review is what eval says of a callback that tells what was done.
type review struct {
	Event       chat.Event  `json:"event"`
	Verdict     string      `json:"verdict"`
	Slipped     bool        `json:"slipped,omitempty"`
	Reason      gate.Reason `json:"reason"`
	Rule        string      `json:"rule,omitempty"`
	Detail      string      `json:"detail,omitempty"`
	WouldRefuse []string    `json:"would_refuse,omitempty"`
	Flags       []string    `json:"flags,omitempty"`
	// Remedy is what would be done, once Chat itself has said that it is there.
	Remedy config.Remedy `json:"remedy,omitempty"`
	Error  string        `json:"error,omitempty"`
}

func newReview(c *config.Config, v *gate.Review) *review {
	r := &review{
		Event: v.Event, Verdict: v.Verdict().Word(), Slipped: v.Slipped, Reason: v.Reason, Rule: v.Rule, Detail: v.Detail,
		WouldRefuse: v.WouldRefuse, Flags: v.Flags,
	}
	if c.Remedy.Acts() && v.Refused && audit.Would(audit.Act(c.Remedy), c.RemedyName, v.Found(c.Policy)) {
		r.Remedy = c.Remedy
	}
	if v.Err != nil {
		r.Error = v.Err.Error()
	}
	return r
}

// String is a review for people, a part of a line.
func (r *review) String() string {
	parts := []string{"reviewed as " + string(r.Event), r.Verdict}
	switch {
	case r.Rule != "":
		parts = append(parts, "rule "+r.Rule)
	case r.Reason == gate.ReasonDefault:
		parts = append(parts, "no rule matched")
	default:
		parts = append(parts, string(r.Reason))
	}
	for _, more := range []string{r.Detail, strings.ReplaceAll(r.Error, "\n", "; ")} {
		if more != "" {
			parts = append(parts, printable(more))
		}
	}
	line := strings.Join(parts, ": ")
	if r.Slipped {
		line += "; it slipped past"
	}
	if r.Remedy != "" {
		line += "; remedy: " + string(r.Remedy)
	}
	return line + marks(r.WouldRefuse, r.Flags)
}
