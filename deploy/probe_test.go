package deploy_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"topicgate/pkg/chat"
	"topicgate/pkg/gate/gatetest"
)

// probedLines are the lines of a built server that was probed by the built tool, and after
// that by a stranger who does the same without a token; and the page of its metrics after
// each.
func probedLines(t *testing.T) (probe, stranger []object, metrics [2]string) {
	t.Helper()
	dir, err := serving()
	if err != nil {
		t.Fatal(err)
	}
	port, err := gatetest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	tool := filepath.Join(dir, "dist", "topicgate")
	environ := []string{"TOPICGATE_SDK_APP_IDS=" + gatetest.App, "TOPICGATE_TOKENS=" + readersToken, "TOPICGATE_METRICS_ADDR=127.0.0.1:" + port}
	server, err := gatetest.StartServer(tool, dir, environ)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	scrape := func() string {
		response, err := http.Get("http://127.0.0.1:" + port + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		page, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(page)
	}
	play := exec.Command(tool, "probe", "-url", server.URL+"/")
	play.Env = environ
	if out, err := play.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	metrics[0] = scrape()
	now := time.Now()
	for _, s := range []gatetest.Scenario{{}, {Token: "guessed"}, {Body: "{"}} {
		call := s.Call(now)
		call.Query += "&" + chat.ProbeParameter + "=" + chat.ProbeMark("guessed", now)
		call.RequestID += "-stranger"
		if _, err := server.Do(t.Context(), call); err != nil {
			t.Fatal(err)
		}
	}
	metrics[1] = scrape()
	log, err := server.Log()
	if err != nil {
		t.Fatal(err)
	}
	for text := range bytes.Lines(log) {
		line := object{}
		if err := json.Unmarshal(text, &line); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		switch id, _ := line["request_id"].(string); {
		case strings.HasSuffix(id, "-stranger"):
			stranger = append(stranger, line)
		case !strings.HasPrefix(id, "settling-"):
			probe = append(probe, line)
		}
	}
	return probe, stranger, metrics
}

// TestProbeIsNoAttack: no filter of the templates, no recipe of CLS's alarms and no metric
// that a rule of Prometheus asks counts what a probe leaves; a stranger's imitation of one
// they all count.
func TestProbeIsNoAttack(t *testing.T) {
	probe, stranger, metrics := probedLines(t)
	var messages []string
	for _, line := range probe {
		message, _ := line["message"].(string)
		messages = append(messages, message)
	}
	if n := len(slices.DeleteFunc(messages, func(m string) bool { return m != "probe" })); n != 5 || len(stranger) != 3 {
		t.Fatalf("%d lines of probes, %d of a stranger's: %v", n, len(stranger), probe)
	}
	counters := map[string]func(object) bool{}
	for _, name := range []string{"template.yaml", "deploy/aws/canary.yaml"} {
		source, err := os.ReadFile(filepath.Join(repository, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		template, err := parseYAML(string(source))
		if err != nil {
			t.Fatal(err)
		}
		for metric, filter := range newStack(template, given(nil)).metricFilters() {
			p, err := parsePattern(filter.pattern)
			if err != nil {
				t.Fatal(err)
			}
			counters[name+": "+metric] = p
		}
	}
	for _, found := range recipeBlock.FindAllStringSubmatch(file(t, "scf/cls.md"), -1) {
		if _, alarm := alarms[found[1]]; !alarm || found[1] == "Errors" {
			continue
		}
		p, err := where(found[2])
		if err != nil {
			t.Fatal(err)
		}
		counters["cls.md: "+found[1]] = p
	}
	if len(counters) < 25 {
		t.Errorf("only %d counters were found", len(counters))
	}
	for name, counts := range counters {
		for _, line := range probe {
			if counts(line) {
				t.Errorf("%s counts a probe: %v", name, line)
			}
		}
		for _, line := range stranger {
			if strings.HasSuffix(name, ": RefusedAuthentication") && !counts(line) {
				t.Errorf("%s does not count a stranger who imitates a probe: %v", name, line)
			}
		}
	}
	for i, want := range []bool{false, true} {
		for _, series := range []string{"topicgate_decisions_total{", "topicgate_decision_duration_seconds_count "} {
			if got := strings.Contains(metrics[i], "\n"+series) && !strings.Contains(metrics[i], "\n"+series+"0\n"); got != want {
				t.Errorf("%s: counted %v, want %v", series, got, want)
			}
		}
	}
}
