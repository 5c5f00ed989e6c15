package gatetest

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"topicgate/pkg/chat"
)

// scrape reads metrics as Prometheus does: families by name.
func scrape(t *testing.T, address string) map[string]*dto.MetricFamily {
	t.Helper()
	response, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("answered %s", response.Status)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// counts are the values of a family, by their labels.
func counts(f *dto.MetricFamily) map[string]float64 {
	all := map[string]float64{}
	for _, m := range f.GetMetric() {
		var labels []string
		for _, l := range m.GetLabel() {
			labels = append(labels, l.GetName()+"="+l.GetValue())
		}
		slices.Sort(labels)
		value := m.GetCounter().GetValue()
		if h := m.GetHistogram(); h != nil {
			value = float64(h.GetSampleCount())
		} else if g := m.GetGauge(); g != nil {
			value = g.GetValue()
		}
		all[strings.Join(labels, " ")] = value
	}
	return all
}

// counting is a server that may be scraped.
func counting(t *testing.T, e env) (server *Server, address string) {
	t.Helper()
	port, err := FreePort()
	if err != nil {
		t.Fatal(err)
	}
	address = "127.0.0.1:" + port
	e["METRICS_ADDR"] = address
	server, err = StartServer(binaries.topicgate, t.TempDir(), (&Scenario{Env: e}).Environ())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server, address
}

func sendAll(t *testing.T, server *Server, times int, s Scenario) {
	t.Helper()
	for range times {
		if _, err := server.Do(t.Context(), s.Call(time.Now())); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMetrics: what is scraped is what was sent.
func TestMetrics(t *testing.T) {
	status := make(chan int, 1)
	before := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(<-status) }))
	defer before.Close()
	server, address := counting(t, env{"TOKENS": oneToken, "GOVERN": "topic,group", "BANNED_WORDS": "spam", "TRUSTED_OPERATORS": "root", "UPSTREAM_URL": before.URL,
		"POLICY": "rules: [{name: watched, match: {name: {contains: [acme]}}, action: flag}, {name: seen, match: {operator: {in: [seen]}}, action: flag}]"})

	sendAll(t, server, 5, Scenario{Token: oneToken})
	sendAll(t, server, 4, Scenario{Token: oneToken, Topic: "spam"})
	sendAll(t, server, 3, Scenario{Token: oneToken, Topic: "spam", Command: group})
	sendAll(t, server, 2, Scenario{Token: oneToken, Topic: "spam", Operator: "root"})
	sendAll(t, server, 2, Scenario{Token: oneToken, Topic: "acme"})
	sendAll(t, server, 1, Scenario{Token: oneToken, Topic: "acme spam", Operator: "seen"})
	sendAll(t, server, 6, Scenario{})
	sendAll(t, server, 1, Scenario{Token: oneToken, Body: "{"})
	sendAll(t, server, 1, Scenario{Method: "GET"}) // no callback, so counted apart
	for i, answer := range []int{200, 200, 404, 503} {
		status <- answer
		// What a caller makes up must not become a series.
		sendAll(t, server, 1, Scenario{Command: "Made.Up", Extra: fmt.Sprint("n=", i), Operator: fmt.Sprint("somebody-", i)})
	}
	before.Close()
	sendAll(t, server, 1, Scenario{Command: "Made.Up"})

	const topicCommand, groupCommand = "command=Group.CallbackBeforeCreateTopic", "command=Group.CallbackBeforeCreateGroup"
	wants := map[string]map[string]float64{
		"topicgate_decisions_total": {
			topicCommand + " mode=enforce reason=default rule= verdict=allow":               7,
			topicCommand + " mode=enforce reason=rule rule=banned-words verdict=refuse":     5,
			groupCommand + " mode=enforce reason=rule rule=banned-words verdict=refuse":     3,
			topicCommand + " mode=enforce reason=rule rule=trusted-operators verdict=allow": 2,
			topicCommand + " mode=enforce reason=sign_missing rule= verdict=refuse":         6,
			topicCommand + " mode=enforce reason=body rule= verdict=refuse":                 1,
		},
		"topicgate_callbacks_total":           {topicCommand: 21, groupCommand: 3, "command=other": 5},
		"topicgate_other_requests_total":      {"": 1},
		"topicgate_decision_duration_seconds": {"": 24},
		"topicgate_relays_total":              {"status=2xx": 2, "status=4xx": 1, "status=5xx": 1, "status=none": 1},
		"topicgate_relay_duration_seconds":    {"": 5},
		"topicgate_flags_total":               {"rule=watched": 3, "rule=seen": 1},
		"topicgate_quota_failures_total":      {"": 0},
	}
	families := scrape(t, address)
	for name, want := range wants {
		if got := counts(families[name]); !maps.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	log, err := server.Log()
	if err != nil {
		t.Fatal(err)
	}
	policy := between(string(log), `"policy":"`, `"`)
	want := "mode=enforce policy=" + policy + " version=dev"
	if got := counts(families["topicgate_build_info"]); policy == "" || got[want] != 1 {
		t.Errorf("build information: got %v, want %s", got, want)
	}
	for name, f := range families {
		if text := f.String(); strings.Contains(text, "Made.Up") || strings.Contains(text, "somebody") {
			t.Errorf("%s holds what a caller made up: %s", name, text)
		}
	}

	// The callback URL tells nobody which rules there are.
	response, err := http.Get(server.URL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusMethodNotAllowed || strings.Contains(string(body), "banned-words") {
		t.Errorf("GET /metrics at the callback URL: %s %s", response.Status, body)
	}
	if response, err = http.Post("http://"+address+"/", "", nil); err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusNotFound {
		t.Errorf("a callback to METRICS_ADDR: %s", response.Status)
	}
}

func between(text, start, end string) string {
	_, rest, _ := strings.Cut(text, start)
	found, _, _ := strings.Cut(rest, end)
	return found
}

// TestMetricsOfDryRunAndQuotas: the mode is a label, and a quota that cannot be asked
// is counted.
func TestMetricsOfDryRunAndQuotas(t *testing.T) {
	closed, err := FreePort()
	if err != nil {
		t.Fatal(err)
	}
	server, address := counting(t, env{"MODE": "dry_run", "QUOTA": "1/1h", "REDIS_URL": "redis://127.0.0.1:" + closed, "BANNED_WORDS": "spam"})
	sendAll(t, server, 3, Scenario{})
	sendAll(t, server, 2, Scenario{Topic: "spam"})
	families := scrape(t, address)
	const start = "command=Group.CallbackBeforeCreateTopic mode=dry_run "
	want := map[string]float64{start + "reason=default rule= verdict=allow": 3, start + "reason=rule rule=banned-words verdict=allow": 2}
	if got := counts(families["topicgate_decisions_total"]); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := counts(families["topicgate_quota_failures_total"])[""]; got != 3 {
		t.Errorf("%v failures of quotas, want 3", got)
	}
}

// TestMetricsOfCommands: each command of Chat's is a series, and nothing that a caller
// makes up is.
func TestMetricsOfCommands(t *testing.T) {
	server, address := counting(t, env{})
	sendAll(t, server, 2, Scenario{Command: "State.StateChange"})
	sendAll(t, server, 1, Scenario{Command: "Group.CallbackAfterCreateTopic"})
	sendAll(t, server, 1, Scenario{Command: "group.callbackaftercreatetopic"})
	sendAll(t, server, 1, Scenario{Command: "Group.CallbackBeforeCreateTopics"})
	sendAll(t, server, 1, Scenario{Query: None, Body: "{}"})
	sendAll(t, server, 1, Scenario{Query: "CallbackCommand=", Body: None})
	sendAll(t, server, 1, Scenario{Query: None}) // the body names it
	for i := range 20 {
		sendAll(t, server, 1, Scenario{Command: chat.Command(fmt.Sprint("Group.", i))})
	}
	sendAll(t, server, 3, Scenario{Method: "PUT"})
	families := scrape(t, address)
	want := map[string]float64{
		"command=State.StateChange": 2, "command=Group.CallbackAfterCreateTopic": 1, "command=other": 22, "command=none": 2,
		"command=Group.CallbackBeforeCreateTopic": 1,
	}
	if got := counts(families["topicgate_callbacks_total"]); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := counts(families["topicgate_other_requests_total"])[""]; got != 3 {
		t.Errorf("%v other requests, want 3", got)
	}
}

// TestFunctionsCountNothing: their cold start pays for nothing that only a server or the tool
// has.
func TestFunctionsCountNothing(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "topicgate/functions/lambda", "topicgate/functions/scf").Output()
	if err != nil {
		t.Fatal(err)
	}
	for dependency := range strings.Lines(string(out)) {
		if strings.Contains(dependency, "prometheus") || strings.HasPrefix(dependency, "topicgate/pkg/metrics") || strings.HasPrefix(dependency, "topicgate/pkg/ui") {
			t.Errorf("a function links %s", dependency)
		}
	}
}

// TestReadiness: a server that is told to stop says so to whoever routes, while it
// goes on answering those who have not heard.
func TestReadiness(t *testing.T) {
	server, err := StartServer(binaries.topicgate, t.TempDir(), (&Scenario{}).Environ())
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	health := func() int {
		response, err := server.client.Get(server.URL + "/healthz")
		if err != nil {
			t.Fatalf("it is gone before it said so: %v", err)
		}
		_ = response.Body.Close()
		return response.StatusCode
	}
	if got := health(); got != http.StatusOK {
		t.Errorf("ready: answered %d", got)
	}
	if err := syscall.Kill(server.PID(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for health() != http.StatusServiceUnavailable { // it draws breath before the signal arrives
		time.Sleep(time.Millisecond)
	}
	answer, err := server.Do(t.Context(), (&Scenario{}).Call(time.Now()))
	if err != nil || answer.Body != (Want{}).Verdict() {
		t.Errorf("draining: answered %+v (%v)", answer, err)
	}
	if <-server.exited; server.err != nil { // a second signal would cut it short
		t.Errorf("it ended badly: %v", server.err)
	}
}
