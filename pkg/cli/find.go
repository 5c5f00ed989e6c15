package cli

import (
	"time"

	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/history"
)

func find(in *invocation) int {
	f := in.flags()
	name := f.String("name", "", "find the decisions on this name, as somebody types it")
	operator := f.String("operator", "", "find the decisions on what this UserID asked for")
	at := timeFlag(f, "only decisions about this time (RFC 3339)")
	within := f.Duration("within", time.Hour, "with -at: how far from it at most")
	file := policyFlag(f)
	asJSON := f.Bool("json", false, "print one JSON object")
	if status, ok := in.parse(f); !ok {
		return status
	}
	q := history.Query{Within: *within}
	if given(f, "name") {
		q.Name = name
	}
	if given(f, "operator") {
		q.Operator = operator
	}
	if given(f, "at") {
		q.At = *at
	}
	logs := in.arguments
	if q.Name == nil && q.Operator == nil {
		if len(logs) == 0 {
			return in.misuse("say what to find: a reference, -name or -operator")
		}
		if q.Refs = gate.FindRefs(logs[0]); len(q.Refs) == 0 {
			return in.misuse("%s is no reference, which is eight digits and letters and stands before the logs; else find by -name or -operator", quote(logs[0]))
		}
		logs = logs[1:]
	}
	switch {
	case len(logs) == 0:
		return in.misuse("name at least one log, or - for standard input")
	case given(f, "within") && q.At.IsZero():
		return in.misuse("-within belongs beside -at")
	case *within < 0:
		return in.misuse("-within is a time such as 1h, not %s", *within)
	}
	// A log can be read without a policy that loads; what would excuse a name then stays unsaid.
	c := config.Load(in.environ, config.Options{Offline: true, PolicyFile: *file})
	if c.Broken() && *file != "" {
		in.complainAll(c)
		return statusNo
	}
	if len(c.LogKey) > 0 {
		q.Hash = func(value string) string { return gate.Hash(c.LogKey, value) }
	}
	look := history.NewFind(q)
	counts, ok := in.readLogs(logs, func(d *history.Decision) error {
		look.Decision(d)
		return nil
	})
	if !ok {
		return statusNo
	}
	all := look.Found()
	found := make([]finding, 0, len(all))
	for i, one := range all {
		if i == shownNames && !*asJSON {
			break
		}
		found = append(found, newFinding(c, *file, one, i < shownAdvice))
	}
	if *asJSON {
		in.printJSON(struct {
			Decisions int       `json:"decisions"` // that were read
			Found     int       `json:"found"`
			Unlisted  int       `json:"unlisted"` // found, but too many to list
			Matches   []finding `json:"matches"`  // the latest first
		}{counts.Decisions, look.Times, look.Unlisted, found})
	} else {
		in.printFound(found, look, &counts, len(all))
	}
	in.hintHidden(&q, look)
	return statusOf(look.Times > 0)
}
