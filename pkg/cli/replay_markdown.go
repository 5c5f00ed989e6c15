package cli

import (
	"cmp"
	"fmt"
	"strings"

	"topicgate/pkg/history"
	"topicgate/pkg/textfold"
)

// replayMarkdown is a result for a merge request: counts, rules and words; names only where
// they are asked for. What is not ours stands in code spans, in which nothing is a link, a
// mention or a tag.
func replayMarkdown(r *history.Result, wordsOf func(*history.RuleChange) []history.Count, names bool) string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	say("### Replay of %s\n", replayed(r))
	say("| decisions | |\n|---:|---|")
	for _, t := range totals(&r.Totals) {
		say("| %d | %s |", t.n, t.what)
	}
	for _, note := range notes(r) {
		say("\n%s", code(note))
	}
	if len(r.Policies) > 1 {
		say("\nBy the policy that decided then:\n")
		for _, p := range r.Policies {
			say("- %s: %s", code(cmp.Or(p.Policy, "none")), totalsLine(&p.Totals))
		}
	}
	for i := range r.Rules {
		rule := &r.Rules[i]
		say("\n#### %s (%d)\n", code(changed(rule)), rule.Times)
		shown := r.Names(rule)
		words := wordsOf(rule)
		for _, w := range words[:min(len(words), shownNames)] {
			say("- %d on %s", w.Times, masked(w.What))
		}
		if !names {
			continue
		}
		for _, n := range shown[:min(len(shown), shownNames)] {
			say("- %d × %s", n.Times, describeName(n, masked(n.Name), masked))
		}
		if more := len(shown) - shownNames; more > 0 {
			say("- and %s", plural(more, "more name"))
		}
	}
	return b.String()
}

// masked is what a user sent, without what leads to somebody.
func masked(text string) string {
	for {
		contact, found := textfold.Contact(text)
		if !found || contact == "" {
			return code(text)
		}
		hidden := strings.ReplaceAll(text, contact, "…")
		if hidden == text {
			return code("…")
		}
		text = hidden
	}
}

// code is a text in a code span, on one line.
func code(text string) string {
	text = oneLine(text)
	longest, run := 0, 0
	for _, r := range text {
		if run++; r != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	if text == "" || strings.Trim(text, "` ") != text { // which the spaces of the span keep apart
		text = " " + text + " "
	}
	return fence + text + fence
}
