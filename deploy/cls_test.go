package deploy_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A recipe is one query of deploy/scf/cls.md.
type recipe struct{ name, query string }

var (
	recipeBlock = regexp.MustCompile("(?s)\n### ([^\n]+)\n(?:\n[^`#]*)?\n```sql\n(.*?)\n```\n")
	triggerRow  = regexp.MustCompile("(?m)^\\| (\\w+) \\| \\d+ minutes? \\| `([^`]+)` \\|")
	trigger     = regexp.MustCompile(`\$1\.(\w+) >=? \d+`)
	// What a query may say of a line's fields.
	extracted  = regexp.MustCompile(`json_extract(?:_scalar)?\(SCF_Message, '\$\.(\w+)'\)`)
	comparison = regexp.MustCompile(`^json_extract(?:_scalar)?\(SCF_Message, '\$\.(\w+)'\) (= '[^']*'|IN \([^)]*\)|IS NOT NULL)$`)
)

// where makes a pattern of a query's WHERE: comparisons joined by AND.
func where(query string) (pattern, error) {
	_, clause, ok := strings.Cut(query, "\nWHERE ")
	if !ok {
		return nil, fmt.Errorf("no WHERE: %s", query)
	}
	clause = regexp.MustCompile(`\n((GROUP|ORDER) BY .*|\)+$)`).ReplaceAllString(clause, "")
	var all []pattern
	for condition := range strings.SplitSeq(clause, "\nAND ") {
		m := comparison.FindStringSubmatch(condition)
		if m == nil {
			return nil, fmt.Errorf("not a comparison: %s", condition)
		}
		var values []string
		for _, quoted := range regexp.MustCompile(`'([^']*)'`).FindAllStringSubmatch(m[2], -1) {
			values = append(values, quoted[1])
		}
		all = append(all, func(line object) bool {
			value, ok := line[m[1]]
			return ok && (values == nil || slices.Contains(values, fmt.Sprint(value)))
		})
	}
	return func(line object) bool {
		return !slices.ContainsFunc(all, func(p pattern) bool { return !p(line) })
	}, nil
}

// clsProblems lists what the recipes get wrong about lines that a function has written.
func clsProblems(document string, lines []lived) []string {
	var problems []string
	problem := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	fields := map[string]bool{}
	for _, l := range lines {
		for field := range l.line {
			fields[field] = true
		}
	}
	recipes := map[string]string{}
	for _, found := range recipeBlock.FindAllStringSubmatch(document, -1) {
		r := recipe{found[1], found[2]}
		recipes[r.name] = r.query
		if !strings.HasPrefix(r.query, `SCF_FunctionName:"topicgate-dev" AND SCF_Type:"`) || !strings.Contains(r.query, " | SELECT ") {
			problem("%s: not a search of the function's log", r.name)
		}
		for _, field := range extracted.FindAllStringSubmatch(r.query, -1) {
			if !fields[field[1]] {
				problem("%s: no line has the field %s", r.name, field[1])
			}
		}
		if r.name == "Errors" { // the platform's lines
			continue
		}
		matches, err := where(r.query)
		if err != nil {
			problem("%s: %v", r.name, err)
			continue
		}
		_, alarm := alarms[r.name]
		some := false
		for _, l := range lines {
			got := matches(l.line)
			some = some || got
			if want := slices.Contains(strings.Fields(counted[l.what]), r.name); alarm && got != want {
				problem("%s: a %s matches: %v, want %v: %v", r.name, l.what, got, want, l.line)
			}
		}
		if !some {
			problem("%s: no line matches", r.name)
		}
	}
	var triggered []string
	for _, row := range triggerRow.FindAllStringSubmatch(document, -1) {
		triggered = append(triggered, row[1])
		for condition := range strings.SplitSeq(row[2], " && ") {
			column := trigger.FindStringSubmatch(condition)
			selected, _, _ := strings.Cut(recipes[row[1]], "\nWHERE ")
			_, selected, _ = strings.Cut(selected, " | SELECT ")
			selected, _, _ = strings.Cut(selected, " FROM ")
			if column == nil || !regexp.MustCompile(` AS `+column[1]+`\b`).MatchString(selected) {
				problem("the trigger of %s reads %s, and its query has no such column", row[1], condition)
			}
		}
	}
	want := []string{
		"Undecidable", "BrokenStart", "RefusedAuthentication", "FailedRelay",
		"Created", "Refused", "Frozen", "RefusedReload", "Stale", "Slipped", "RefusedRename", "Remedied", "FailedRemedy", "Slow", "Errors",
	}
	if !slices.Equal(triggered, want) {
		problem("the alarms are %v, want %v", triggered, want)
	}
	if blocks := strings.Count(document, "```sql"); blocks != len(recipes) {
		problem("%d of %d queries were read", len(recipes), blocks)
	}
	return problems
}

// TestCLSRecipes runs the recipes' conditions over lines of a real log: a renamed field
// would be a search that finds nothing, and an alarm that never goes off.
func TestCLSRecipes(t *testing.T) {
	lines := exercised(t)
	testTemplate(t, "deploy/scf/cls.md", func(document string) []string { return clsProblems(document, lines) }, []mutation{
		{"= 'start'\nAND json_extract_scalar(SCF_Message, '$.level')", "= 'start'\nAND json_extract_scalar(SCF_Message, '$.severity')", "BrokenStart: no line has the field severity"},
		{"= 'start'\nAND json_extract_scalar(SCF_Message, '$.level') = 'error'", "= 'start'\nAND json_extract_scalar(SCF_Message, '$.level') = 'ERROR'", "BrokenStart: no line matches"},
		{"= 'reload'\nAND json_extract_scalar(SCF_Message, '$.level') = 'error'", "= 'reload'", "RefusedReload: a reload matches: true"},
		{"'$.rule') = 'freeze'", "'$.rule') = 'frozen'", "Frozen: no line matches"},
		{"'$.event') = 'created'", "'$.event') = 'renamed'", "Slipped: a slipped matches: false"},
		{"'$.event') = 'renamed'", "'$.happened') = 'renamed'", "RefusedRename: no line has the field happened"},
		{"'$.result') = 'done'", "'$.result') = 'failed'", "Remedied: a remedy matches: false"},
		{"IN ('remedy', 'remedy_skipped')", "= 'remedy'", "FailedRemedy: a skipped remedy matches: false"},
		{"'$.stale_s')", "'$.stale')", "Stale: no line has the field stale"},
		{"'$.verdict') = 'allow'", "'$.verdict') = 'refuse'", "Created: a created matches: false"},
		{"| Created | 5 minutes | `$1.n >= 30 && $1.above > 0`", "| Created | 5 minutes | `$1.n >= 30 && $1.ratio > 4`", "the trigger of Created reads $1.ratio > 4"},
		{"'panic', ", "", "Undecidable: a panic matches: false"},
		{"'sign_stale', ", "'sign_stale', 'rule', ", "RefusedAuthentication: a created matches: true"},
		{"'$.duration_us'", "'$.duration_ms'", "Slow: no line has the field duration_ms"},
		{"'$.detail'", "'$.details'", "One user's topics: no line has the field details"},
		{"| Slow | 5 minutes | `$1.p99_ms", "| Slow | 5 minutes | `$1.p99", "the trigger of Slow reads $1.p99 >="},
		{"| BrokenStart | 1 minute |", "| BrokenStart |", "the alarms are"},
		{"AND SCF_StatusCode:>=400 | SELECT", "AND SCF_StatusCode:>=400 SELECT", "not a search"},
		{"= 'leckie'", "LIKE 'leckie'", "not a comparison"},
	})
}
