package cli

import (
	"strings"
	"time"

	"topicgate/pkg/config"
	"topicgate/pkg/policyfile"
	"topicgate/pkg/trial"
)

// An outcome is one case as -json prints it.
type outcome struct {
	File   string   `json:"file"`
	Line   int      `json:"line"`
	Name   string   `json:"name"`
	Passed bool     `json:"passed"`
	Missed []string `json:"missed,omitempty"`
}

func test(in *invocation) int {
	f := in.flags()
	file := policyFlag(f)
	asJSON := f.Bool("json", false, "print one JSON object a case")
	noon := policyfile.CasesTime.Format(time.RFC3339)
	at := timeFlag(f, "time (RFC 3339) of cases that name none, instead of "+noon)
	if status, ok := in.parse(f); !ok {
		return status
	}
	if len(in.arguments) == 0 {
		return in.misuse("name at least one file of cases")
	}
	if !given(f, "at") {
		*at = policyfile.CasesTime
	}
	c, ok := in.load(config.Options{Offline: true, PolicyFile: *file})
	if !ok {
		return statusNo
	}
	status, passed, failed := statusOK, 0, 0
	for _, name := range in.arguments {
		cases, ok := in.readCases(name)
		if !ok {
			status = statusNo
			continue
		}
		for i := range cases {
			missed := trial.Case(in.ctx, c, &cases[i], *at)
			o := outcome{File: name, Line: cases[i].Line, Name: cases[i].Name, Passed: missed == nil, Missed: missed}
			if o.Passed {
				passed++
			} else {
				failed++
				status = statusNo
			}
			if *asJSON {
				in.printJSON(o)
			} else if !o.Passed {
				in.print("%s:%d: %s: %s\n", printable(name), o.Line, quote(o.Name), oneLine(strings.Join(o.Missed, "; ")))
			}
		}
	}
	if !*asJSON {
		in.print("%d passed, %d failed\n", passed, failed)
	}
	return status
}

// readCases reads a file of cases; what is wrong with it is reported.
func (in *invocation) readCases(file string) (cases []policyfile.Case, ok bool) {
	data, err := in.read(file)
	if err != nil {
		in.complain("%v", err)
		return nil, false
	}
	cases, problems := policyfile.LoadCases(strings.TrimPrefix(string(data), "\uFEFF"), file)
	for _, p := range problems {
		in.complain("%s", p)
	}
	return cases, problems == nil
}
