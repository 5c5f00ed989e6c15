package deploy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"topicgate/pkg/app"
	"topicgate/pkg/awsevent"
	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/gate/gatetest"
	"topicgate/pkg/quota"
)

// surge is what a surge's alarm watches: lines, of which few count as none, above a band
// of what is usual at the time.
const surge = "IF(FILL(lines, 0) >= 30, FILL(lines, 0), 0) ANOMALY_DETECTION_BAND(surge, 4)"

// watched is what an alarm watches: a metric's name and the rest of it, the expressions
// that are made of it included.
func (s *stack) watched(alarm string) (metric, rest string) {
	p := s.properties(alarm)
	queries, _ := p["Metrics"].([]any)
	if len(queries) == 0 {
		return text(p, "MetricName"), text(p, "Namespace") + " " + text(p, "Statistic") + text(p, "ExtendedStatistic") + " " + text(p, "Period")
	}
	band := text(p, "ThresholdMetricId")
	for _, query := range queries {
		id := text(query, "Id")
		if from := child(query, "MetricStat"); len(from) > 0 {
			metric = text(from, "Metric", "MetricName")
			rest = text(from, "Metric", "Namespace") + " " + text(from, "Stat") + " " + text(from, "Period")
			if id != "lines" || text(query, "ReturnData") != "false" {
				s.problem("%s watches the bare metric", alarm)
			}
			continue
		}
		rest += " " + text(query, "Expression")
		if band == id {
			band = ""
		}
	}
	if band != "" {
		s.problem("%s: no expression is the threshold %s", alarm, band)
	}
	return metric, rest
}

// A playedSource is one of configurations that says to be as old as it is told.
type playedSource struct{ stale time.Duration }

func (playedSource) Due(time.Time) bool              { return false }
func (playedSource) Look(time.Time, time.Duration)   {}
func (s playedSource) Stale(time.Time) time.Duration { return s.stale }

type panicking struct{}

func (panicking) Take(context.Context, string, int, time.Duration) (bool, error) { panic("a bug") }

// linesPutIn are those that no built binary can be brought to write within a test's time:
// of a bug that is put in, of a policy that is said to be old, and of reloads.
func linesPutIn(t *testing.T) []lived {
	t.Helper()
	c := config.Load([]string{
		"TOPICGATE_SDK_APP_IDS=" + gatetest.App, "TOPICGATE_QUOTA=5/1h",
	}, config.Options{Function: true})
	if c.Broken() {
		t.Fatal(c.Problems)
	}
	payload, err := json.Marshal(gatetest.AWSForms[2].Encode((&gatetest.Scenario{Platform: "Web"}).Call(time.Now())))
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	written := func(s gate.Settings, do func(g *gate.Gate) error) object {
		t.Helper()
		log.Reset()
		s.Log = gate.NewLog(&log, "info")
		if err := do(gate.New(app.Snapshot(c), s)); err != nil {
			t.Fatal(err)
		}
		line := object{}
		if err := json.Unmarshal(log.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		return line
	}
	decide := func(g *gate.Gate) error {
		_, err := awsevent.New(g).Invoke(t.Context(), payload)
		return err
	}
	reload := func(errors ...string) func(*gate.Gate) error {
		return func(g *gate.Gate) error {
			g.LogReload(gate.Reload{Source: "url", Before: "0123456789ab", Errors: errors, Restart: []string{"TOPICGATE_ADDR"}})
			return nil
		}
	}
	return append(linesAfter(t), []lived{
		{written(gate.Settings{Counter: panicking{}}, decide), "panic", "panic"},
		{written(gate.Settings{Counter: quota.NewMemory(), Source: playedSource{time.Hour}}, decide), "stale", "default"},
		{written(gate.Settings{}, reload()), "reload", ""},
		{written(gate.Settings{}, reload("policy.yaml:3: rules: unknown key")), "refused reload", ""},
	}...)
}

// TestLogTables: the reference says of every field of a line that the gate writes what it is.
func TestLogTables(t *testing.T) {
	reference := file(t, "reference.md")
	said := map[string]map[string]bool{}
	for message, heading := range map[string]string{
		"decision": "\n| field | meaning |\n", "reload": "\n| field of a `reload` | meaning |\n",
		"review": "\n| field of a `review` | meaning |\n", "remedy": "\n| field of a `remedy` | meaning |\n",
	} {
		said[message] = map[string]bool{}
		_, table, found := strings.Cut(reference, heading)
		if !found {
			t.Fatalf("the reference has no table of a %s", message)
		}
		table, _, _ = strings.Cut(table, "\n\n")
		for line := range strings.Lines(table) {
			for _, field := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(strings.Split(line, " | ")[0], -1) {
				said[message][field[1]] = true
			}
		}
	}
	for _, l := range linesPutIn(t) {
		message, _ := l.line["message"].(string)
		message = strings.TrimSuffix(message, "_skipped")
		for field := range l.line {
			if !slices.Contains([]string{"level", "timestamp", "message"}, field) && !said[message][field] {
				t.Errorf("the reference's table of a %s lacks %s", message, field)
			}
		}
	}
}
