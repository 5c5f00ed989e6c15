package cli

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"topicgate/pkg/audit"
	"topicgate/pkg/policy"
)

// tell prints what an audit came to.
func (a *auditing) tell() {
	switch {
	case *a.asJSON:
		a.printJSON(struct {
			*audit.Report
			Remedy *audit.Acted `json:"remedy,omitempty"`
		}{a.report, a.acted})
	case *a.asCSV:
		a.write(auditCSV(a.report))
		if n := a.report.Unlisted; n > 0 {
			a.complain("the table is not whole: %d more are too many to list", n)
		}
	default:
		a.write(auditText(a.report))
	}
	if !*a.asJSON {
		for _, why := range a.report.Problems {
			a.complain("%s", why)
		}
	}
}

// auditText is a report that is read top down: totals, then rules, then names.
func auditText(r *audit.Report) string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	what := plural(r.Topics, "name")
	if r.Communities > 0 {
		what = plural(r.Topics, "topic") + " of " + plural(r.Communities, "community")
	}
	say("%s", strings.Replace(what, "communitys", "communities", 1))
	for _, one := range []struct {
		n    int
		what string
	}{
		{r.Found, "refused, whoever made them"}, {r.Unsure, "unsure: it depends on who made them"},
		{r.Gone, "of the communities gone meanwhile"}, {r.Failed, "not looked at"}, {r.Unlisted, "too many to list"},
	} {
		if one.n > 0 || one.what == "refused, whoever made them" {
			say("%8d %s", one.n, one.what)
		}
	}
	if !r.Finished {
		say("The audit is not finished: there may be more.")
	}
	rules := func(counts map[string]int, what string) {
		for _, rule := range sortedByCount(counts) {
			say("%8d %s rule %s", counts[rule], what, printable(rule))
		}
	}
	rules(r.Would, "would be refused by the dry run of")
	rules(r.Flagged, "flagged by")
	auditGroups(&b, r.Findings)
	auditGroups(&b, r.Doubts)
	return b.String()
}

// sortedByCount are rules, the most frequent first.
func sortedByCount(counts map[string]int) []string {
	var rules []string
	for rule := range counts {
		rules = append(rules, rule)
	}
	slices.SortFunc(rules, func(a, b string) int { return cmp.Or(counts[b]-counts[a], cmp.Compare(a, b)) })
	return rules
}

// auditGroups writes findings under what decides about them, the most first.
func auditGroups(b *strings.Builder, findings []audit.Finding) {
	groups := map[string][]*audit.Finding{}
	counts := map[string]int{}
	for i := range findings {
		f := &findings[i]
		why := because(f)
		groups[why] = append(groups[why], f)
		counts[why]++
	}
	for _, why := range sortedByCount(counts) {
		fmt.Fprintf(b, "\n%s (%d)\n", oneLine(why), counts[why])
		group := groups[why]
		for _, f := range group[:min(len(group), shownNames)] {
			fmt.Fprintf(b, "  %s\n", oneLine(where(f)))
		}
		if more := len(group) - shownNames; more > 0 {
			fmt.Fprintf(b, "  and %d more; -json and -csv list all\n", more)
		}
	}
}

// because says what decides about a finding.
func because(f *audit.Finding) string {
	switch {
	case f.Verdict == policy.Refused:
		return "Refused by " + byRule(f.Rule)
	case f.Rule == "":
		return "Unsure: " + f.Detail
	}
	why := "Unsure: refused by " + byRule(f.Rule)
	if f.Unless != "" {
		why += " unless rule " + printable(f.Unless) + " allows it"
	}
	return why + "; nobody knows its " + strings.Join(f.Unknown, ", ")
}

func byRule(rule string) string { return "rule " + printable(rule) }

// shownLong is how many characters are shown of a name that is too long to be one.
const shownLong = 80

// where is a finding in one line.
func where(f *audit.Finding) string {
	line := quote(f.Name)
	switch {
	case len(f.Name) > policy.MaxName:
		line = quote(string([]rune(f.Name[:policy.MaxName])[:shownLong])) + "…"
	case f.Rule != "" && f.Detail != "" && f.Detail != f.Name:
		line += " on " + quote(f.Detail)
	}
	if f.Line > 0 {
		line += ", line " + strconv.Itoa(f.Line)
	}
	if f.Topic != "" {
		line += ", " + printable(f.Topic)
	}
	return line
}

// auditCSV is a table for a spreadsheet.
func auditCSV(r *audit.Report) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	put := func(cells ...string) {
		for i := range cells {
			cells[i] = cell(cells[i])
		}
		_ = w.Write(cells) // a Builder cannot fail
	}
	put("verdict", "group_id", "topic_id", "name", "rule", "detail", "unless", "unknown", "line")
	for _, list := range [][]audit.Finding{r.Findings, r.Doubts} {
		for i := range list {
			f, line := &list[i], ""
			if f.Line > 0 {
				line = strconv.Itoa(f.Line)
			}
			put(string(f.Verdict), f.Community, f.Topic, f.Name, f.Rule, f.Detail, f.Unless, strings.Join(f.Unknown, " "), line)
		}
	}
	w.Flush()
	return b.String()
}

// cell is a text that no spreadsheet takes for a formula, not in full width either, and
// of which nothing is hidden.
func cell(text string) string {
	if strings.IndexAny(strings.TrimLeftFunc(text, unicode.IsSpace), "=+-@＝＋－＠") == 0 || strings.IndexAny(text, "\t\r\n") == 0 {
		text = "'" + text
	}
	return oneLine(text)
}
