package deploy_test

import (
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"topicgate/pkg/chat"
	"topicgate/pkg/gate"
	"topicgate/pkg/gate/gatetest"
)

const rulesFile = "deploy/prometheus/topicgate.rules.yaml"

var (
	selector = regexp.MustCompile(`\b(topicgate_\w+|up)(?:\{([^}]*)\})?`)
	matcher  = regexp.MustCompile(`(\w+)(=~|=)"([^"]*)"`)
	sample   = regexp.MustCompile(`(?m)^(\w+)(?:\{(.*)\})? \S+$`)
)

// serving is a folder with the built tool, once for all tests.
var serving = sync.OnceValues(func() (string, error) {
	dir, err := copied("serving")
	if err != nil {
		return "", err
	}
	return dir, runMake(dir, "dist/topicgate")
})

// scraped are the metrics of a built server that has decided, refused and relayed, each
// with the values of its labels.
func scraped(t *testing.T) map[string]map[string][]string {
	t.Helper()
	dir, err := serving()
	if err != nil {
		t.Fatal(err)
	}
	ports := [2]string{}
	for i := range ports {
		if ports[i], err = gatetest.FreePort(); err != nil {
			t.Fatal(err)
		}
	}
	server, err := gatetest.StartServer(filepath.Join(dir, "dist", "topicgate"), dir, []string{
		"TOPICGATE_SDK_APP_IDS=" + gatetest.App, "TOPICGATE_TOKENS=" + readersToken, "TOPICGATE_BANNED_WORDS=spam",
		"TOPICGATE_METRICS_ADDR=127.0.0.1:" + ports[0], "TOPICGATE_UPSTREAM_URL=http://127.0.0.1:" + ports[1],
		"TOPICGATE_REVIEW=created,renamed", "TOPICGATE_REMEDY=mute", "TOPICGATE_CHAT_API_URL=http://127.0.0.1:" + ports[1], "TOPICGATE_CHAT_SECRET_KEY=60c6c5",
	})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for _, s := range []gatetest.Scenario{
		{Token: readersToken}, {Token: readersToken, Topic: "best spam"}, {}, {Command: "State.StateChange"},
		{Token: readersToken, Command: chat.AfterCreateTopic, Topic: "spam", GroupID: "g", TopicID: "t", Platform: "Web"},
		{Token: readersToken, Command: chat.AfterTopicInfoChanged, Topic: "spam", GroupID: "g", Platform: "Web"},
	} {
		if _, err := server.Do(t.Context(), s.Call(time.Now())); err != nil {
			t.Fatal(err)
		}
	}
	response, err := http.Get("http://127.0.0.1:" + ports[0] + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	page, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	// Prometheus itself says up, and adds job and instance.
	found := map[string]map[string][]string{"up": {"job": {"topicgate"}}}
	for _, s := range sample.FindAllStringSubmatch(string(page), -1) {
		if found[s[1]] == nil {
			found[s[1]] = map[string][]string{"instance": nil}
		}
		for _, label := range matcher.FindAllStringSubmatch(s[2], -1) {
			found[s[1]][label[1]] = append(found[s[1]][label[1]], label[3])
		}
	}
	for _, reason := range gate.Reasons { // more than a few callbacks lead to
		found["topicgate_decisions_total"]["reason"] = append(found["topicgate_decisions_total"]["reason"], string(reason))
	}
	acts := found["topicgate_remedies_total"]
	acts["result"] = append(acts["result"], string(gate.Done), string(gate.Failed))
	acts["reason"] = append(acts["reason"], "", "limit", "fetch_limit", "back_and_forth", "not_counted", "deadline")
	found["topicgate_decisions_total"]["rule"] = append(found["topicgate_decisions_total"]["rule"], "freeze")
	found["topicgate_relays_total"]["status"] = append(found["topicgate_relays_total"]["status"], "5xx")
	return found
}

// ruleProblems lists what rules ask for that no server shows.
func ruleProblems(source string, metrics map[string]map[string][]string) []string {
	var problems []string
	problem := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	document, err := parseYAML(source)
	if err != nil {
		return []string{err.Error()}
	}
	var alerts []string
	groups, _ := document["groups"].([]any)
	for _, group := range groups {
		rules, _ := at(group, "rules").([]any)
		for _, rule := range rules {
			name, expression := text(rule, "alert")+text(rule, "record"), text(rule, "expr")
			if alert := text(rule, "alert"); alert != "" {
				alerts = append(alerts, strings.TrimPrefix(alert, "Topicgate"))
				if !slices.Contains([]string{"page", "look"}, text(rule, "labels", "severity")) || text(rule, "annotations", "summary") == "" {
					problem("%s: nobody knows how bad it is, or what", name)
				}
			}
			for _, s := range selector.FindAllStringSubmatch(expression, -1) {
				labels, ok := metrics[s[1]]
				if !ok {
					problem("%s: no server has the metric %s", name, s[1])
				}
				for _, m := range matcher.FindAllStringSubmatch(s[2], -1) {
					for value := range strings.SplitSeq(m[3], "|") {
						if ok && !slices.Contains(labels[m[1]], value) {
							problem("%s: %s has no label %s=%q", name, s[1], m[1], value)
						}
					}
				}
			}
		}
	}
	want := []string{
		"CreatedSurge", "RefusedSurge", "Frozen", "RefusedReload", "Stale", "Slipped", "RefusedRename", "Remedied", "FailedRemedy", "Undecidable",
		"RefusedAuthentication", "FailedRelay", "Slow", "WithoutQuotas", "Short", "Down",
	}
	if !slices.Equal(alerts, want) {
		problem("the alerts are %v, want %v", alerts, want)
	}
	return problems
}

// TestRules holds the rules to what a built server shows: a renamed metric would be an
// alarm that never goes off.
func TestRules(t *testing.T) {
	metrics := scraped(t)
	testTemplate(t, rulesFile, func(source string) []string { return ruleProblems(source, metrics) }, []mutation{
		{"rate(topicgate_decision_duration_seconds_bucket", "rate(topicgate_decision_seconds_bucket", "Slow: no server has the metric topicgate_decision_seconds_bucket"},
		{"increase(topicgate_log_dropped_total", "increase(topicgate_log_lost_total", "Short: no server has the metric topicgate_log_lost_total"},
		{`status=~"5xx|none"`, `status=~"5xx|failed"`, `has no label status="failed"`},
		{"|sign_stale|", "|stale|", `has no label reason="stale"`},
		{`decisions_total{verdict="allow"`, `decisions_total{verdict="allowed"`, `has no label verdict="allowed"`},
		{`increase(topicgate_decisions_total{verdict="refuse", rule="freeze"}`, `increase(topicgate_decisions_total{verdict="refuse", rule="frozen"}`, `has no label rule="frozen"`},
		{"increase(topicgate_slipped_total", "increase(topicgate_slips_total", "Slipped: no server has the metric topicgate_slips_total"},
		{`increase(topicgate_reviews_total{event="renamed", verdict="refuse"}`, `increase(topicgate_reviews_total{event="rename", verdict="refuse"}`, `has no label event="rename"`},
		{`increase(topicgate_remedies_total{result="done"}`, `increase(topicgate_remedies_total{result="did"}`, `has no label result="did"`},
		{"- alert: TopicgateStale", "- alert: TopicgateOld", "the alerts are"},
		{"        labels: {severity: page}\n        annotations:\n          summary: A freeze", "        annotations:\n          summary: A freeze", "Frozen: nobody knows how bad"},
	})
}

// TestMetricsTable: the reference says of every metric of a built server what it is.
func TestMetricsTable(t *testing.T) {
	reference := file(t, "reference.md")
	for name := range scraped(t) {
		name = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
		if strings.HasPrefix(name, "topicgate_") && !strings.Contains(reference, "\n| `"+name+"` | ") {
			t.Errorf("the reference's table of metrics lacks %s", name)
		}
	}
}

// TestRulesOnRaids plays raids to the rules, as Prometheus itself evaluates them.
func TestRulesOnRaids(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed (Debian has it in prometheus): no raid is played to the rules")
	}
	for _, arguments := range [][]string{{"check", "rules", "topicgate.rules.yaml"}, {"test", "rules", "topicgate.tests.yaml"}} {
		command := exec.Command(promtool, arguments...)
		command.Dir = "prometheus"
		if out, err := command.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(arguments, " "), err, out)
		}
	}
}
