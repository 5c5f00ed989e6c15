package cli

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"topicgate/pkg/history"
)

const (
	shownRows = 20 // of a table that a moderator reads
	shownDays = 31
	// shownHours is the longest log of which hours are told one by one; of a longer one they
	// are told by the hour of the day.
	shownHours = 48
)

// texts are what a report says.
var texts = history.English

// reportText is a report that is read top down: what it is about, what to look at, and then
// the numbers.
func reportText(r *history.Report) string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	for _, line := range r.Heading(texts) {
		say("%s", oneLine(line))
	}
	say("\n%s", texts["look"])
	if len(r.Findings) == 0 {
		say("  %s", texts["nothing"])
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		mark := "-"
		if f.Grave {
			mark = "!"
		}
		say("%s %s\n    %s", mark, oneLine(f.Text), oneLine(history.CommandLine(f.Command)))
	}
	if r.Decisions > 0 {
		reportTables(&b, r)
	}
	if len(r.Notes) > 0 {
		say("\n%s", texts["notes"])
		for _, note := range r.Notes {
			say("  %s", oneLine(note))
		}
	}
	return b.String()
}

// A table is rows of cells under a title.
type table struct {
	title string
	rows  [][]string
	more  int // rows that are not shown
}

func (t *table) add(cells ...any) {
	row := make([]string, len(cells))
	for i, cell := range cells {
		row[i] = fmt.Sprint(cell)
	}
	t.rows = append(t.rows, row)
}

// write aligns the cells. The first row says what they are.
func (t *table) write(b *strings.Builder) {
	if len(t.rows) < 2 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", t.title)
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, row := range t.rows {
		line := strings.TrimRight("  "+strings.Join(row, "\t"), "\t")
		_, _ = fmt.Fprintln(w, oneLineCells(line))
	}
	_ = w.Flush()
	if t.more > 0 {
		fmt.Fprintf(b, "  "+texts["and more"]+"; -json\n", t.more)
	}
}

const utc = " (UTC)"

// named is a first row.
func named(ids ...string) (cells []any) {
	for _, id := range ids {
		cells = append(cells, texts[id])
	}
	return cells
}

// oneLineCells is a row of which nothing is hidden but the ends of its cells.
func oneLineCells(row string) string { return escape(row, "\t") }

func reportTables(b *strings.Builder, r *history.Report) {
	verdicts := func(what string, v history.Verdicts) []any {
		return []any{what, v.Decisions, v.Allowed, v.Refused, v.WouldRefuse}
	}
	head := func(what string) []any {
		return append([]any{texts[what]}, named("all", "allowed", "refused", "tried")...)
	}

	days := table{title: texts["days"] + utc}
	days.add(head("day")...)
	shown := r.Days[max(0, len(r.Days)-shownDays):]
	for _, day := range shown {
		days.add(verdicts(day.From.Format(time.DateOnly), day.Verdicts)...)
	}
	days.more = len(r.Days) - len(shown)
	days.write(b)

	hours := table{title: texts["hours of the day"] + utc}
	hours.add(head("hour")...)
	if len(r.Hours) <= shownHours {
		hours.title = texts["hours"] + utc
		for _, hour := range r.Hours {
			hours.add(verdicts(hour.From.Format("2006-01-02 15:00"), hour.Verdicts)...)
		}
	} else {
		for hour, v := range r.HoursOfDay {
			hours.add(verdicts(fmt.Sprintf("%02d:00", hour), v)...)
		}
	}
	hours.write(b)

	rules := table{title: texts["rules"], more: len(r.Rules) - shownRows}
	rules.add(named("rule", "allowed", "refused", "tried", "flagged")...)
	for _, use := range r.Rules[:min(len(r.Rules), shownRows)] {
		rules.add(printable(cmp.Or(use.Rule, texts["default"])), use.Allowed, use.Refused, use.WouldRefuse, use.Flagged)
	}
	rules.write(b)

	reasons := table{title: texts["reasons"], more: len(r.Reasons) - shownRows}
	reasons.add(head("reason")...)
	for _, use := range r.Reasons[:min(len(r.Reasons), shownRows)] {
		reasons.add(verdicts(printable(use.Reason), use.Verdicts)...)
	}
	reasons.write(b)

	words := table{title: texts["words"], more: len(r.Words) - shownRows}
	words.add(named("times", "disguised", "rule", "word")...)
	for _, use := range r.Words[:min(len(r.Words), shownRows)] {
		word := texts["not told"]
		if use.Word != "" {
			word = quote(use.Word)
		}
		words.add(use.Times, use.Disguised, printable(use.Rule), word)
	}
	words.write(b)
	reportPeople(b, r)

	silences := table{title: texts["silences"] + utc, more: len(r.Silences) - shownRows}
	silences.add(named("from", "until", "expected")...)
	for _, quiet := range r.Silences[:min(len(r.Silences), shownRows)] {
		silences.add(quiet.From.Format("2006-01-02 15:04"), quiet.To.Format("2006-01-02 15:04"), quiet.Expected)
	}
	silences.write(b)

	took := table{title: texts["latency"]}
	took.add("", texts["times"], "50 %", "95 %", "99 %", texts["longest"])
	for _, of := range []struct {
		what string
		took history.Latency
	}{{"every", r.Latency}, {"cold", r.Cold}} {
		if l := of.took; l.Decisions > 0 {
			took.add(texts[of.what], l.Decisions, history.Took(l.P50), history.Took(l.P95), history.Took(l.P99), history.Took(l.Max))
		}
	}
	took.write(b)

	gate := table{title: texts["service"]}
	gate.add(named("times", "what")...)
	for _, fact := range r.Service.Facts(texts) {
		gate.add(fact.Times, fact.What)
	}
	gate.write(b)
}

// reportPeople are the tables of names and people, which have what was asked for.
func reportPeople(b *strings.Builder, r *history.Report) {
	names := table{title: texts["names"], more: len(r.Names) - shownRows}
	if r.ShowsNames {
		names.add(named("times", "persons", "in an hour", "became", "rule", "last", "name")...)
		for i := range r.Names[:min(len(r.Names), shownRows)] {
			n := &r.Names[i]
			names.add(n.Times, n.People, n.InHour, texts["kind "+string(n.Kind)], printable(cmp.Or(n.Rule, texts["default"])), n.Last.UTC().Format("2006-01-02 15:04"), quote(n.Name))
		}
	}
	names.write(b)
	people := table{title: texts["operators"], more: len(r.People) - shownRows}
	if r.ShowsOperators {
		people.add(named("refused", "all", "tried", "last", "operator")...)
		for i := range r.People[:min(len(r.People), shownRows)] {
			p := &r.People[i]
			people.add(p.Refused, p.Decisions, p.WouldRefuse, p.Last.UTC().Format("2006-01-02 15:04"), quote(p.Operator))
		}
	}
	people.write(b)
}
