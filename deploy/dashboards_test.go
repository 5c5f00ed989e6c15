package deploy_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

const grafanaFile = "deploy/prometheus/grafana.json"

var filled = strings.NewReplacer("$__rate_interval", "5m", "$instance", ".*")

// grafanaQueries are the queries of a dashboard, by what shows them.
func grafanaQueries(source string) (map[string]string, error) {
	var dashboard struct {
		Panels []struct {
			Title, Type string
			GridPos     struct{ X, Y, W, H int }
			Targets     []struct{ RefID, Expr string }
		}
		Annotations struct{ List []struct{ Name, Expr string } }
		Templating  struct {
			List []struct{ Name, Definition string }
		}
	}
	if err := json.Unmarshal([]byte(source), &dashboard); err != nil {
		return nil, err
	}
	queries := map[string]string{}
	taken := map[[2]int]string{}
	for _, p := range dashboard.Panels {
		if p.Title == "" || len(p.Targets) == 0 {
			return nil, fmt.Errorf("a panel without a title or a query: %+v", p)
		}
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" || x >= 24 {
					return nil, fmt.Errorf("%s lies over %s, or the edge", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		for _, target := range p.Targets {
			queries[p.Title+" "+target.RefID] = filled.Replace(target.Expr)
		}
	}
	for _, a := range dashboard.Annotations.List {
		queries[a.Name] = filled.Replace(a.Expr)
	}
	variable := regexp.MustCompile(`^label_values\((\w+), \w+\)$`)
	for _, v := range dashboard.Templating.List {
		if m := variable.FindStringSubmatch(v.Definition); m != nil {
			queries["variable "+v.Name] = m[1]
		}
	}
	return queries, nil
}

// grafanaProblems lists what a dashboard asks for that no server shows, and what a server
// shows that it does not.
func grafanaProblems(source string, metrics map[string]map[string][]string) []string {
	queries, err := grafanaQueries(source)
	if err != nil {
		return []string{err.Error()}
	}
	var problems []string
	asked := map[string]bool{}
	for name, query := range queries {
		for _, s := range selector.FindAllStringSubmatch(query, -1) {
			asked[s[1]] = true
			labels, ok := metrics[s[1]]
			if !ok {
				problems = append(problems, fmt.Sprintf("%s: no server has the metric %s", name, s[1]))
			}
			for _, m := range regexp.MustCompile(`(\w+)(?:=~|=|!~|!=)"([^"]*)"`).FindAllStringSubmatch(s[2], -1) {
				if m[1] == "job" || m[1] == "instance" { // Prometheus's own
					continue
				}
				for value := range strings.SplitSeq(m[2], "|") {
					if ok && !slices.Contains(labels[m[1]], value) {
						problems = append(problems, fmt.Sprintf("%s: %s has no label %s=%q", name, s[1], m[1], value))
					}
				}
			}
		}
		for _, by := range regexp.MustCompile(`by \((\w+)\)`).FindAllStringSubmatch(query, -1) {
			for _, s := range selector.FindAllStringSubmatch(query, -1) {
				if labels, ok := metrics[s[1]]; ok && by[1] != "le" && labels[by[1]] == nil {
					problems = append(problems, fmt.Sprintf("%s: %s has no label %s", name, s[1], by[1]))
				}
			}
		}
	}
	for metric := range metrics {
		shown := asked[metric] || strings.HasSuffix(metric, "_sum") || strings.HasSuffix(metric, "_count")
		if strings.HasPrefix(metric, "topicgate_") && !shown {
			problems = append(problems, "nothing shows "+metric)
		}
	}
	return problems
}

// TestGrafana holds each query of the dashboard to what a built server shows, and has
// Prometheus itself read it, where it is installed.
func TestGrafana(t *testing.T) {
	metrics := scraped(t)
	for _, series := range []string{"topicgate_flags_total"} { // which no callback of the test's led to
		if metrics[series] == nil {
			metrics[series] = map[string][]string{"rule": {"x"}}
		}
	}
	testTemplate(t, grafanaFile, func(source string) []string { return grafanaProblems(source, metrics) }, []mutation{
		{"topicgate_quota_failures_total", "topicgate_quotas_failed_total", "no server has the metric topicgate_quotas_failed_total"},
		{`verdict=\"refuse\"`, `verdict=\"refused\"`, `has no label verdict="refused"`},
		{"by (command)", "by (commands)", "has no label commands"},
		{"topicgate_log_dropped_total", "up", "nothing shows topicgate_log_dropped_total"},
		{`"title": "What runs"`, `"title": ""`, "without a title"},
		{`"expr": "changes(topicgate_reload_last_change_timestamp_seconds`, `"expr": "changes(topicgate_reload_changed_seconds`, "no server has"},
	})
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed (Debian has it in prometheus): it does not read the queries")
	}
	queries, err := grafanaQueries(file(t, filepath.Join(repository, grafanaFile)))
	if err != nil {
		t.Fatal(err)
	}
	check := func(queries map[string]string) error {
		var rules []map[string]string
		for name, query := range queries {
			rules = append(rules, map[string]string{"record": "panel:query", "expr": query, "x": name})
		}
		for _, rule := range rules {
			delete(rule, "x")
		}
		slices.SortFunc(rules, func(a, b map[string]string) int { return strings.Compare(a["expr"], b["expr"]) })
		rules = slices.CompactFunc(rules, func(a, b map[string]string) bool { return a["expr"] == b["expr"] })
		for i, rule := range rules {
			rule["record"] = fmt.Sprintf("panel:query%d", i)
		}
		data, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "dashboard", "rules": rules}}})
		if err != nil {
			return err
		}
		path := filepath.Join(t.TempDir(), "rules.yaml")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			return err
		}
		if out, err := exec.Command(promtool, "check", "rules", path).CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	}
	if err := check(queries); err != nil {
		t.Error(err)
	}
	for broken, query := range map[string]string{"a parenthesis": "sum(up", "no such function": "summe(up)"} {
		if err := check(map[string]string{broken: query}); err == nil {
			t.Errorf("%s: promtool minds nothing", broken)
		}
	}
}

// dashboardProblems lists what the templates' dashboard gets wrong.
func dashboardProblems(source string) []string {
	template, err := parseYAML(source)
	if err != nil {
		return []string{err.Error()}
	}
	s := newStack(template, given(nil))
	var body struct {
		Widgets []struct {
			Type                string
			X, Y, Width, Height int
			Properties          struct {
				Title, Region, View, Stat, Query string
				Period                           int
				Metrics                          [][]any
			}
		}
	}
	text := text(s.only("AWS::CloudWatch::Dashboard"), "DashboardBody")
	if err := json.Unmarshal([]byte(text), &body); err != nil {
		return append(s.problems, "the dashboard is no JSON: "+err.Error())
	}
	filters := s.metricFilters()
	shown := map[string]bool{}
	for _, w := range body.Widgets {
		p := w.Properties
		if p.Title == "" || p.Region != "<AWS::Region>" || w.X+w.Width > 24 || w.Width < 1 || w.Height < 1 {
			s.problem("a widget that nobody sees: %+v", w)
		}
		if w.Type == "log" {
			if !strings.HasPrefix(p.Query, "SOURCE '<LogGroup>' | filter message = \"decision\"") {
				s.problem("%s reads another log: %s", p.Title, p.Query)
			}
			continue
		}
		if w.Type != "metric" || p.Period < 60 || len(p.Metrics) == 0 {
			s.problem("%s shows nothing", p.Title)
		}
		for _, m := range p.Metrics {
			if len(m) < 2 {
				s.problem("%s: not a metric: %v", p.Title, m)
				continue
			}
			namespace, name := fmt.Sprint(m[0]), fmt.Sprint(m[1])
			options, _ := m[len(m)-1].(map[string]any)
			if p.Stat == "" && options["stat"] == nil {
				s.problem("%s: no statistic of %s", p.Title, name)
			}
			switch {
			case namespace == "AWS/Lambda":
				if len(m) < 4 || m[2] != "FunctionName" || m[3] != "<Topicgate>" || !slices.Contains([]string{"Errors", "Throttles", "Duration", "Invocations"}, name) {
					s.problem("%s: not the function's: %v", p.Title, m)
				}
			case namespace != "topicgate/<AWS::StackName>" || filters[name] == (metricFilter{}):
				s.problem("%s: no filter writes %s %s", p.Title, namespace, name)
			}
			shown[name] = true
		}
	}
	for metric := range alarms {
		if !shown[metric] {
			s.problem("nothing shows %s, which wakes somebody", metric)
		}
	}
	return s.problems
}

func TestCloudWatchDashboard(t *testing.T) {
	for _, name := range []string{"template.yaml", "deploy/aws/canary.yaml"} {
		testTemplate(t, name, dashboardProblems, []mutation{
			{`"Frozen"]], "stat"`, `"Freeze"]], "stat"`, "no filter writes"},
			{`["topicgate/${AWS::StackName}", "Stale"], `, ``, "nothing shows Stale"},
			{`["AWS/Lambda", "Throttles", "FunctionName", "${Topicgate}"]`, `["AWS/Lambda", "Throttles"]`, "not the function's"},
			{`"title": "Refusals by rule"`, `"title": ""`, "nobody sees"},
			{`{"widgets": [`, `{"widgets": [,`, "no JSON"},
		})
	}
}
