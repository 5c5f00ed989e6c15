package cli

import (
	"cmp"
	"fmt"
	"strings"

	"topicgate/pkg/chat"
	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/history"
)

// logTime is a time as the log writes it.
const logTime = "2006-01-02T15:04:05.000Z07:00"

// printFound prints what was found, the latest first.
func (in *invocation) printFound(found []finding, look *history.Find, counts *history.Counts, all int) {
	in.print("%s found among %s\n", plural(look.Times, "decision"), plural(counts.Decisions, "decision"))
	for i := range found {
		f := &found[i]
		in.print("\n%s %s\n", f.Time.Format(logTime), oneLine(f.came()))
		in.print("    name %s, operator %s, platform %s, address %s\n", quote(f.Name), quote(f.Operator), printable(cmp.Or(f.Platform, "unknown")), printable(cmp.Or(f.ClientIP, "unknown")))
		in.print("    %s\n", oneLine(f.where()))
		if f.Times > 1 {
			in.print("    %s like it since %s\n", plural(f.Times, "decision"), f.First.Format(logTime))
		}
		for _, part := range [...]struct{ title, text string }{
			{"what every rule makes of it", f.Explain},
			{"to excuse this name, " + f.Where, f.Excuse},
			{"as a case for topicgate test", f.Case},
		} {
			if part.text != "" {
				in.print("  %s:\n    %s\n", oneLine(part.title), strings.ReplaceAll(part.text, "\n", "\n    "))
			}
		}
		if f.Advice != "" {
			in.print("  %s\n", oneLine(f.Advice))
		}
	}
	if more := all - len(found); more > 0 {
		in.print("\nand %s; -json lists all\n", plural(more, "more"))
	}
}

// came says what came of it.
func (f *finding) came() string {
	verdict := "allowed"
	if f.Verdict == history.Refuse {
		verdict = fmt.Sprintf("refused with code %d", f.Code)
	} else if f.Refused {
		verdict = "allowed in dry run, else refused"
	}
	by := "by rule " + f.Rule
	switch {
	case f.Reason == string(gate.ReasonDefault):
		by = "by the default"
	case f.Reason != string(gate.ReasonRule):
		by = "for " + f.Reason
	}
	return strings.TrimSuffix(verdict+" "+by+": "+f.Detail, ": ")
}

// where says what else tells this decision from others.
func (f *finding) where() string {
	parts := []string{cmp.Or(chat.Command(f.Command).Subject(), f.Command, "no command")}
	for _, p := range [...]struct{ title, value string }{{"type", f.Type}, {"app", f.App}, {"reference", f.Ref}, {"request", f.RequestID}, {"policy", f.Policy}} {
		if p.value != "" {
			parts = append(parts, p.title+" "+printable(p.value))
		}
	}
	return strings.Join(parts, ", ")
}

// hintHidden says why something may not have been found.
func (in *invocation) hintHidden(q *history.Query, look *history.Find) {
	asks := q.Name != nil || q.Operator != nil
	switch {
	case look.Times > 0 || !asks:
	case look.Hashed && q.Hash == nil:
		in.complain("the log is hashed: set %sLOG_KEY to the key with which it was written", config.Prefix)
	case look.Nameless > 0:
		in.complain("the log leaves out whom and what it is about: of %s; find by the reference", plural(look.Nameless, "decision"))
	}
}
