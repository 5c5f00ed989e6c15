package cli

import (
	"bytes"

	"topicgate/pkg/config"
	"topicgate/pkg/history"
	"topicgate/pkg/policy"
	"topicgate/pkg/wholefile"
)

func printReport(in *invocation) int {
	f := in.flags()
	file := policyFlag(f)
	html := f.String("html", "", "`FILE` to write the report to, as one page for a browser, instead of text; - for standard output")
	names := f.Bool("names", false, "show the names that were asked for, too")
	operators := f.Bool("operators", false, "show who asked, too")
	asJSON := f.Bool("json", false, "print one JSON object")
	if status, ok := in.parse(f); !ok {
		return status
	}
	switch {
	case len(in.arguments) == 0:
		return in.misuse("name at least one log, or - for standard input")
	case *asJSON && *html != "":
		return in.misuse("-json and -html exclude one another")
	case given(f, "html") && *html == "":
		return in.misuse("-html takes the name of a file")
	}
	c, ok := in.load(config.Options{Offline: true, PolicyFile: *file})
	if !ok {
		return statusNo
	}
	var spec *policy.Spec
	if *file != "" || len(c.Spec.Rules) > 0 {
		spec = &c.Spec
	}
	r := history.NewReporter(spec)
	counts, ok := in.readAll(in.arguments, func(d *history.Decision) error {
		r.Decision(d)
		return nil
	}, r.Said)
	if !ok {
		return statusNo
	}
	result := r.Report(counts, history.ReportOptions{Names: *names, Operators: *operators, Policy: *file, Logs: in.arguments})
	switch {
	case *asJSON:
		in.printJSON(result)
	case *html != "":
		if !in.writePage(*html, result) {
			return statusNo
		}
	default:
		in.write(reportText(result))
	}
	if result.Decisions == 0 {
		in.complain("no decision was found in %s", plural(counts.Lines, "line"))
	}
	return statusOK
}

// writePage writes a page, whole or not at all, and says where.
func (in *invocation) writePage(file string, r *history.Report) bool {
	var page bytes.Buffer
	err := history.Page(&page, r, history.PageOptions{})
	if err == nil && file == "-" {
		in.write(page.String())
		return true
	}
	if err == nil {
		err = wholefile.Write(file, page.Bytes())
	}
	if err != nil {
		in.complain("the page cannot be written: %v", err)
		return false
	}
	in.print("%s reported in %s\n", are(r.Decisions, "decision"), printable(file))
	return true
}
