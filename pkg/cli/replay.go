package cli

import (
	"fmt"
	"io"
	"os"

	"topicgate/pkg/config"
	"topicgate/pkg/history"
	"topicgate/pkg/policy"
)

func replay(in *invocation) int {
	f := in.flags()
	old := f.String("old", "", "policy `FILE` whose decisions are the old ones, instead of those of the log")
	file := policyFlag(f)
	words := f.String("words", "", "`FILE` of words to add to the policy, as "+config.Prefix+"BANNED_WORDS would")
	markdown := f.Bool("markdown", false, "print Markdown, for a merge request: counts, rules and words")
	names := f.Bool("names", false, "with -markdown: names too, contacts masked")
	asJSON := f.Bool("json", false, "print one JSON object")
	most := f.Int("max-newly-refused", 0, "fail when more decisions than this are newly refused")
	cases := f.String("cases", "", "`FILE` to write the changes to, as cases that topicgate test runs")
	if status, ok := in.parse(f); !ok {
		return status
	}
	switch {
	case len(in.arguments) == 0:
		return in.misuse("name at least one log, or - for standard input")
	case *asJSON && *markdown:
		return in.misuse("-json and -markdown exclude one another")
	case *names && !*markdown:
		return in.misuse("-names belongs beside -markdown")
	case *most < 0:
		return in.misuse("-max-newly-refused is a number of decisions, not %d", *most)
	}
	next, ok := in.load(config.Options{Offline: true, PolicyFile: *file, Words: *words})
	if !ok {
		return statusNo
	}
	var before *policy.Spec
	if *old != "" {
		c, ok := in.load(config.Options{Offline: true, PolicyFile: *old})
		if !ok {
			return statusNo
		}
		before = &c.Spec
	}
	r := history.NewReplay(&next.Spec, before)
	counts, ok := in.readLogs(in.arguments, func(d *history.Decision) error {
		r.Decision(in.ctx, d)
		return nil
	})
	if !ok {
		return statusNo
	}
	result := r.Result()
	switch {
	case *asJSON:
		in.printJSON(struct {
			history.Totals
			Changes []history.Change `json:"changes"`
		}{result.Totals, result.Changes})
	case *markdown:
		in.write(replayMarkdown(&result, r.Words, *names))
	default:
		in.write(replayText(&result))
	}
	if result.Decisions == 0 {
		in.complain("no decision was found in %s", plural(counts.Lines, "line"))
	}
	status := statusOK
	if *cases != "" && !in.writeCases(*cases, result.Changes) {
		status = statusNo
	}
	if given(f, "max-newly-refused") && result.NewlyRefused > *most {
		in.complain("%s newly refused, more than %d", are(result.NewlyRefused, "decision"), *most)
		status = statusNo
	}
	return status
}

// readLogs reads logs, with a progress bar where somebody looks, and says what was skipped.
func (in *invocation) readLogs(files []string, decision func(*history.Decision) error) (counts history.Counts, ok bool) {
	if counts, ok = in.readAll(files, decision, nil); !ok {
		return counts, ok
	}
	for _, kind := range []string{history.SkippedBroken, history.SkippedTooLong, history.SkippedDeep} {
		if n := counts.Skipped[kind]; n > 0 { // what else is skipped is of others, or no decision
			in.complain("skipped %s: %s", plural(n, "line"), kind)
		}
	}
	return counts, true
}

// readAll is readLogs for those who want what else the gate said, too.
func (in *invocation) readAll(files []string, decision func(*history.Decision) error, other func(string, map[string]any)) (counts history.Counts, ok bool) {
	r := history.Reader{Files: files, Stdin: in.stdin}
	if terminal(in.stderr) {
		r.Progress = func(read, total int64) { _, _ = io.WriteString(in.stderr, progressBar(read, total)) }
		defer func() { _, _ = io.WriteString(in.stderr, "\r\x1b[K") }()
	}
	counts, err := r.Each(in.ctx, decision, other)
	if err != nil {
		in.complain("%v", err)
	}
	return counts, err == nil
}

// terminal reports whether a person sees what is written. What swallows all is one too, and
// does not mind.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// progressBar is one line that is written over the one before.
func progressBar(read, total int64) string {
	if total <= 0 {
		return fmt.Sprintf("\rreading: %d MB\x1b[K", read>>20)
	}
	const width = 30
	done := int(min(read, total) * width / total)
	bar := make([]byte, width)
	for i := range bar {
		bar[i] = ' '
		if i < done {
			bar[i] = '#'
		}
	}
	return fmt.Sprintf("\rreading [%s] %d %%\x1b[K", bar, min(read, total)*100/total)
}
