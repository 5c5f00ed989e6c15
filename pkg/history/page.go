package history

import (
	"cmp"
	_ "embed"
	"html/template"
	"io"
	"slices"
	"time"

	"topicgate/pkg/textfold"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// A PageOptions says how a page is written. The zero value writes one that stands alone.
type PageOptions struct {
	CSP   string // the page's policy of what may be loaded; "": nothing, but the style in it
	Texts Texts  // nil: English
}

// PageCSP is the policy of a page that stands alone: it loads nothing, runs nothing and sends
// nothing anywhere.
const PageCSP = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

// pageRows is how many rows of a table a page has.
const pageRows = 100

// Page writes a report as one page of HTML, which needs nothing beside it.
func Page(w io.Writer, r *Report, o PageOptions) error {
	t := o.Texts
	if t == nil {
		t = English
	}
	page, err := template.New("page").Funcs(template.FuncMap{
		"say": t.say, "stamp": stamp, "took": Took, "command": CommandLine,
		"shown":     func(name string) string { return textfold.Shown(name, "") },
		"printable": textfold.Printable,
	}).Parse(pageHTML + `{{define "style"}}` + pageCSS + `{{end}}`)
	if err != nil {
		return err // which a test would have found
	}
	return page.Execute(w, newPageData(r, t, cmp.Or(o.CSP, PageCSP)))
}

// pageData is what the template shows.
type pageData struct {
	*Report
	CSP     string
	Heading []string
	Facts   []Count
	Charts  []chart
	Rules   []ruleRow
	Bands   []bandRow
	More    map[string]int // rows that are not shown
}

type ruleRow struct {
	RuleUse
	Bar []mark
}

type bandRow struct {
	What      string
	Decisions int
	Percent   float64
	Late      bool
}

func newPageData(r *Report, t Texts, csp string) *pageData {
	short := *r // of which long tables are cut
	d := &pageData{Report: &short, CSP: csp, Heading: r.Heading(t), Facts: r.Service.Facts(t), More: map[string]int{}}
	short.Words = cut(d, "words", r.Words)
	short.Names = cut(d, "names", r.Names)
	short.People = cut(d, "operators", r.People)
	short.Silences = cut(d, "silences", r.Silences)
	short.Reasons = cut(d, "reasons", r.Reasons)
	if r.Unused != nil {
		unused := *r.Unused
		unused.Words = cut(d, "unused", unused.Words)
		d.More["unused"] += r.Unused.AllWords - len(r.Unused.Words)
		short.Unused = &unused
	}
	if r.Decisions > 0 {
		d.Charts = []chart{
			newChart(t, "day", r.Days, func(at time.Time) string { return at.Format(time.DateOnly) }),
			newChart(t, "hour", r.Hours, func(at time.Time) string { return at.Format("2006-01-02 15:00") }),
		}
	}
	most := 1
	for i := range r.Rules {
		most = max(most, r.Rules[i].all())
	}
	for _, use := range cut(d, "rules", r.Rules) {
		row, x := ruleRow{RuleUse: use}, 0.
		for _, part := range []struct {
			class string
			n     int
		}{{"allowed", use.Allowed}, {"refused", use.Refused}, {"tried", use.WouldRefuse}, {"flagged", use.Flagged}} {
			if part.n > 0 {
				w := 100 * float64(part.n) / float64(most)
				row.Bar = append(row.Bar, mark{Class: part.class, X: x, W: w})
				x += w
			}
		}
		d.Rules = append(d.Rules, row)
	}
	most = 1
	for _, b := range r.Bands {
		most = max(most, b.Decisions)
	}
	for i, b := range r.Bands {
		row := bandRow{Decisions: b.Decisions, Percent: 100 * float64(b.Decisions) / float64(most)}
		if row.Late = i == len(r.Bands)-1; row.Late {
			row.What = t.say("over", Took(r.Bands[i-1].UpTo))
		} else {
			row.What = t.say("up to", Took(b.UpTo))
		}
		d.Bands = append(d.Bands, row)
	}
	return d
}

// cut is the rows of a table that are shown.
func cut[T any](d *pageData, of string, rows []T) []T {
	d.More[of] = max(0, len(rows)-pageRows)
	return rows[:min(len(rows), pageRows)]
}

// A chart is bars of what was decided, one after another in time.
type chart struct {
	ID, Title, Label   string // the key of its texts: day or hour
	First, Middle, End string // what stands below
	Most, Width        int
	Bars               []bar
	Rows               []Cell // the numbers
	Open               bool   // they are few
	Format             func(time.Time) string
}

type bar struct {
	Title string
	Marks []mark
}

// A mark is a part of a bar, in a picture of 100 units in height.
type mark struct {
	Class      string
	X, Y, W, H float64
}

const (
	barWidth = 10
	fewBars  = 31  // whose numbers are shown at once
	manyBars = 100 // between which there is no room
	leastBar = 1.5 // units in height, so that one decision among thousands is seen
)

func newChart(t Texts, id string, cells []Cell, format func(time.Time) string) chart {
	most := 0
	for i := range cells {
		most = max(most, cells[i].Decisions)
	}
	last := len(cells) - 1
	period := format(cells[0].From)
	if last > 0 {
		period += " – " + format(cells[last].From)
	}
	c := chart{
		ID: id, Title: t.say(id+" picture", period, most), Label: t.say(id), First: format(cells[0].From), Most: most, Width: barWidth * len(cells),
		Open: len(cells) <= fewBars, Format: format,
	}
	if last > 0 {
		c.End = format(cells[last].From)
	}
	if last > 3 {
		c.Middle = format(cells[last/2].From)
	}
	for i := range cells {
		cell := &cells[i]
		if cell.Decisions == 0 {
			continue
		}
		c.Rows = append(c.Rows, *cell)
		b := bar{Title: format(cell.From) + ": " + t.say("totals", cell.Allowed, cell.Refused, cell.WouldRefuse)}
		x, w := float64(i*barWidth), float64(barWidth)
		if len(cells) <= manyBars {
			x, w = x+1, w-2
		}
		y := 100.
		for _, part := range []struct {
			class string
			n     int
		}{{"allowed", cell.Allowed - cell.WouldRefuse}, {"tried", cell.WouldRefuse}, {"refused", cell.Refused}} {
			if part.n == 0 {
				continue
			}
			h := max(leastBar, 94*float64(part.n)/float64(most))
			y -= h
			b.Marks = append(b.Marks, mark{part.class, x, y, w, h})
		}
		c.Bars = append(c.Bars, b)
	}
	slices.Reverse(c.Rows) // the newest first
	return c
}
