package deploy_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"topicgate/pkg/gate"
	"topicgate/pkg/gate/gatetest"
)

// A pattern is a filter pattern of CloudWatch's for lines of JSON, as far as ours go:
// { $.field = "text" }, !=, numbers and >, *, &&, || and parentheses.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
type pattern func(line object) bool

var patternToken = regexp.MustCompile(`^\s*(\$(?:\.\w+)+|"[^"]*"|-?[0-9]+|&&|\|\||!=|=|>|[(){}])`)

type patternParser struct {
	tokens []string
	at     int
}

func parsePattern(text string) (p pattern, err error) {
	var parser patternParser
	for rest := strings.TrimSpace(text); rest != ""; rest = strings.TrimSpace(rest) {
		m := patternToken.FindStringSubmatch(rest)
		if m == nil {
			return nil, fmt.Errorf("no filter pattern: %q", rest)
		}
		parser.tokens = append(parser.tokens, m[1])
		rest = rest[len(m[0]):]
	}
	if !parser.take("{") {
		return nil, fmt.Errorf("a pattern for JSON starts with {: %q", text)
	}
	if p, err = parser.either(); err != nil {
		return nil, err
	}
	if !parser.take("}") || parser.at != len(parser.tokens) {
		return nil, fmt.Errorf("a pattern for JSON ends with one }: %q", text)
	}
	return p, nil
}

func (p *patternParser) next() string {
	if p.at == len(p.tokens) {
		return ""
	}
	p.at++
	return p.tokens[p.at-1]
}

func (p *patternParser) take(token string) bool {
	if p.at < len(p.tokens) && p.tokens[p.at] == token {
		p.at++
		return true
	}
	return false
}

func (p *patternParser) either() (pattern, error) {
	left, err := p.both()
	for err == nil && p.take("||") {
		var right pattern
		if right, err = p.both(); err == nil {
			first := left
			left = func(line object) bool { return first(line) || right(line) }
		}
	}
	return left, err
}

func (p *patternParser) both() (pattern, error) {
	left, err := p.one()
	for err == nil && p.take("&&") {
		var right pattern
		if right, err = p.one(); err == nil {
			first := left
			left = func(line object) bool { return first(line) && right(line) }
		}
	}
	return left, err
}

func (p *patternParser) one() (pattern, error) {
	if p.take("(") {
		inner, err := p.either()
		if err == nil && !p.take(")") {
			err = fmt.Errorf("a parenthesis is left open: %q", p.tokens)
		}
		return inner, err
	}
	field, operator, value := p.next(), p.next(), p.next()
	path, ok := strings.CutPrefix(field, "$.")
	if !ok || operator != "=" && operator != "!=" && operator != ">" {
		return nil, fmt.Errorf("not a comparison: %s %s %s", field, operator, value)
	}
	equal := func(any) bool { return false }
	if number, err := strconv.ParseFloat(value, 64); err == nil && operator == ">" {
		return func(line object) bool {
			got, ok := at(line, strings.Split(path, ".")...).(float64)
			return ok && got > number
		}, nil
	} else if operator == ">" {
		return nil, fmt.Errorf("not a number: %s", value)
	}
	if text, err := strconv.Unquote(value); err == nil {
		glob := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(text), `\*`, ".*") + "$")
		equal = func(got any) bool { s, ok := got.(string); return ok && glob.MatchString(s) }
	} else if number, err := strconv.ParseFloat(value, 64); err == nil {
		equal = func(got any) bool { f, ok := got.(float64); return ok && f == number }
	} else {
		return nil, fmt.Errorf("not a value: %s", value)
	}
	return func(line object) bool {
		got := at(line, strings.Split(path, ".")...)
		return got != nil && equal(got) == (operator == "=")
	}, nil
}

func TestPatterns(t *testing.T) {
	line := object{"a": "x", "b": object{"c": 7.0}}
	for text, want := range map[string]bool{
		`{ $.a = "x" }`:                               true,
		`{ $.a = "y" }`:                               false,
		`{ $.a = "*" }`:                               true,
		`{ $.b.c = 7 && $.a != "y" }`:                 true,
		`{ $.d != "y" }`:                              false,
		`{ $.a = "x" || $.a = "z" && $.a = "y" }`:     true,
		`{ ($.a = "x" || $.a = "z") && $.a = "y" }`:   false,
		`{ ($.a = "y" || $.a = "x") && ($.b.c=7) }`:   true,
		`{ $.b = "*" }`:                               false,
		`{ $.a = "y" || $.b.c = 8 || $.b.c = 7 }`:     true,
		`{ $.a = "x" && $.b.c = 7 && $.a = "nope*" }`: false,
		`{ $.b.c > 6 }`:                               true,
		`{ $.b.c > 7 }`:                               false,
		`{ $.a > 0 }`:                                 false,
		`{ $.d > 0 }`:                                 false,
	} {
		p, err := parsePattern(text)
		if err != nil || p(line) != want {
			t.Errorf("%s: got %v (%v), want %v", text, !want, err, want)
		}
	}
	for _, text := range []string{``, `$.a = "x"`, `{ $.a }`, `{ $.a = x }`, `{ ($.a = "x" }`, `{ $.a = "x" } }`, `{ $.a = "x" & $.a = "x" }`, `{ $.a > "x" }`} {
		if _, err := parsePattern(text); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
}

// A lived line is one that a built function has written, and what it is an instance of.
type lived struct {
	line   object
	what   string // a key of counted
	reason string // of a decision
}

// whatOf says what a decision is that a scenario leads to: a reason, or what a rule or the
// default came to.
func whatOf(want gatetest.Want) string {
	switch {
	case want.Reason != string(gate.ReasonRule) && want.Reason != string(gate.ReasonDefault):
		return want.Reason
	case want.Code == 0:
		return "created"
	case want.Rule == "freeze":
		return "frozen"
	}
	return "refused"
}

// exercised are the lines of the packaged Lambda function: one decision for each reason
// and more, with a start line for each configuration, sound and broken.
func exercised(t *testing.T) []lived {
	t.Helper()
	startable(t)
	binary := filepath.Join(unpacked(t, "topicgate-lambda-amd64.zip", "bootstrap"), "bootstrap")
	byConfiguration := map[string][]gatetest.Scenario{}
	seen := map[string]int{}
	for _, s := range gatetest.Scenarios() {
		dry := s.Env["MODE"] == "dry_run"
		key := fmt.Sprint(s.Want.Reason, whatOf(s.Want), dry)
		if seen[key] > 0 || len(s.Files) > 0 || s.Before > 0 || s.Want.Reason == "" || s.Env["UPSTREAM_URL"] != "" {
			continue
		}
		seen[key]++
		environ := strings.Join(s.Environ(), "\n")
		byConfiguration[environ] = append(byConfiguration[environ], s)
	}
	// A relay to nobody fails; the others must go well for a debug line.
	port, err := gatetest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	relayed := gatetest.Scenario{Name: "failed relay", Command: "State.StateChange", Env: map[string]string{"UPSTREAM_URL": "http://127.0.0.1:" + port}}
	byConfiguration[strings.Join(relayed.Environ(), "\n")] = []gatetest.Scenario{relayed}

	lines := linesPutIn(t)
	for environ, scenarios := range byConfiguration {
		lines = append(lines, logged(t, binary, strings.Split(environ, "\n"), scenarios)...)
	}
	return lines
}

// logged runs the binary once, and sorts what it logs.
func logged(t *testing.T, binary string, environ []string, scenarios []gatetest.Scenario) []lived {
	t.Helper()
	function, err := gatetest.StartLambda(binary, t.TempDir(), environ)
	if err != nil {
		t.Fatal(err)
	}
	defer function.Close()
	wants := map[string]gatetest.Want{}
	for _, s := range scenarios {
		call := s.Call(time.Now())
		wants[call.RequestID] = s.Want
		payload, err := json.Marshal(gatetest.AWSForms[2].Encode(call))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := function.Invoke(call.RequestID, payload); err != nil {
			t.Fatalf("%s: %v", s.Name, err)
		}
	}
	log, err := function.Log()
	if err != nil {
		t.Fatal(err)
	}
	broken := scenarios[0].Broken
	var lines []lived
	for text := range bytes.Lines(log) {
		line := object{}
		if err := json.Unmarshal(text, &line); err != nil {
			t.Fatalf("not a line of JSON: %v: %s", err, text)
		}
		// What a line is, is told by the request that led to it, not by its fields:
		// those are what is on trial.
		what, reason := "start", ""
		if broken {
			what = "broken start"
		}
		for id, want := range wants {
			if bytes.Contains(text, []byte(`"`+id+`"`)) {
				what, reason = whatOf(want), want.Reason
				if reason == "" {
					what = "failed relay"
				}
			}
		}
		lines = append(lines, lived{line, what, reason})
	}
	if got, want := len(lines), len(scenarios)+1; got != want {
		t.Errorf("%v: %d lines, want %d: %s", environ, got, want, log)
	}
	return lines
}

// counted are the metrics that must count a line of each kind, sorted.
var counted = map[string]string{
	"config": "Undecidable", "body": "Undecidable", "oversized": "Undecidable",
	"command_mismatch": "Undecidable", "panic": "Undecidable", "deadline": "Undecidable",
	"sdk_app_id": "RefusedAuthentication", "sign_missing": "RefusedAuthentication", "sign_wrong": "RefusedAuthentication",
	"sign_stale": "RefusedAuthentication", "repeated": "RefusedAuthentication", "too_long": "RefusedAuthentication",
	"broken start": "BrokenStart", "failed relay": "FailedRelay",
	"created": "Created", "refused": "Refused", "frozen": "Frozen Refused", "stale": "Created Stale",
	"refused reload": "RefusedReload", "reload": "", "start": "",
	"slipped": "Slipped", "refused rename": "RefusedRename", "review": "", "unreadable review": "",
	"remedy": "Remedied", "failed remedy": "FailedRemedy", "skipped remedy": "FailedRemedy", "left": "",
}

// TestMetricFilters runs every filter of the templates over lines that the packaged
// function has written, and its alarms over what they count: a renamed field would be an
// alarm that never goes off.
func TestMetricFilters(t *testing.T) {
	lines := exercised(t)
	kinds := map[string]bool{}
	reasons := map[string]bool{}
	for _, l := range lines {
		kinds[l.what], reasons[l.reason] = true, true
		if _, ok := counted[l.what]; !ok {
			t.Errorf("nothing is said of a %s", l.what)
		}
	}
	for _, reason := range gate.Reasons {
		if !reasons[string(reason)] {
			t.Errorf("no line for the reason %s", reason)
		}
	}
	for kind := range counted {
		if !kinds[kind] {
			t.Errorf("no line was a %s", kind)
		}
	}
	for _, file := range []string{"template.yaml", "deploy/aws/canary.yaml"} {
		source, err := os.ReadFile(filepath.Join(repository, filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		for _, problem := range filterProblems(string(source), lines) {
			t.Errorf("%s: %s", file, problem)
		}
		for _, m := range []mutation{
			{`$.message = "start"`, `$.msg = "start"`, `a broken start counts in [], want BrokenStart`},
			{`"start" && $.level = "error"`, `"start" && $.level = "ERROR"`, `a broken start counts in [], want BrokenStart`},
			{`"start" && $.level = "error"`, `"start"`, `a start counts in [BrokenStart]`},
			{`"reload" && $.level = "error"`, `"reload"`, `a reload counts in [RefusedReload]`},
			{`$.message = "reload"`, `$.message = "reloaded"`, `a refused reload counts in [], want RefusedReload`},
			{`$.event = "created" && $.verdict`, `$.event = "create" && $.verdict`, `a slipped counts in [], want Slipped`},
			{`$.event = "created" && $.verdict = "refuse"`, `$.event = "created"`, `a review counts in [Slipped]`},
			{`$.event = "renamed" && `, ``, `a slipped counts in [RefusedRename Slipped]`},
			{`$.result = "done"`, `$.result = "did"`, `a remedy counts in [], want Remedied`},
			{` || $.message = "remedy_skipped"`, ``, `a skipped remedy counts in [], want FailedRemedy`},
			{`$.stale_s > 0`, `$.stale > 0`, `a stale counts in [Created], want Created Stale`},
			{`$.rule = "freeze"`, `$.rule = "frozen"`, `a frozen counts in [Refused], want Frozen Refused`},
			{`$.verdict = "allow" && (`, `$.verdict = "allowed" && (`, `a created counts in [], want Created`},
			{`$.verdict = "refuse" && (`, `(`, `a created counts in [Created Refused]`},
			{` || $.reason = "panic"`, ``, `a panic counts in [], want Undecidable`},
			{` || $.reason = "sign_stale"`, ` || $.reason = "stale"`, `a sign_stale counts in [], want RefusedAuthentication`},
			{`$.message = "relay" && `, `$.message = "*" && `, `counts in [FailedRelay Undecidable]`},
			{`$.status = "429"`, `$.status = 429`, `TurnedAway does not count`},
			{`"status":"$context.status"`, `"code":"$context.status"`, `TurnedAway does not count`},
			{`Threshold: !Ref RefusedAuthenticationsAlarm`, `Threshold: 0`, `goes off without a cause`},
		} {
			if strings.Count(string(source), m.old) != 1 {
				t.Errorf("%s holds %q %d times, and a mutation needs it once", file, m.old, strings.Count(string(source), m.old))
				continue
			}
			found := filterProblems(strings.Replace(string(source), m.old, m.broken, 1), lines)
			if !slices.ContainsFunc(found, func(p string) bool { return strings.Contains(p, m.want) }) {
				t.Errorf("%s with %q for %q: got %q, want a problem with %q", file, m.broken, m.old, found, m.want)
			}
		}
	}
}

// filterProblems lists what a template's filters and alarms get wrong about lines.
func filterProblems(source string, lines []lived) []string {
	template, err := parseYAML(source)
	if err != nil {
		return []string{err.Error()}
	}
	s := newStack(template, given(nil))
	patterns := map[string]pattern{}
	for metric, filter := range s.metricFilters() {
		if patterns[metric], err = parsePattern(filter.pattern); err != nil {
			return []string{err.Error()}
		}
	}
	sums := map[string]int{}
	for _, l := range lines {
		var got []string
		for _, metric := range slices.Sorted(maps.Keys(patterns)) {
			if metric != "TurnedAway" && patterns[metric](l.line) { // another log's
				got = append(got, metric)
				sums[metric]++
			}
		}
		if want := counted[l.what]; strings.Join(got, " ") != want {
			s.problem("a %s counts in %v, want %s: %v", l.what, got, want, l.line)
		}
	}

	// The front door's own log: a line of its format, for a callback that was let in and
	// for one that was not.
	format := text(s.properties("HttpApiStage"), "AccessLogSettings", "Format")
	for status, want := range map[string]bool{"200": false, "429": true} {
		written := contextVariable.ReplaceAllStringFunc(format, func(name string) string {
			return map[string]string{"$context.status": status}[name]
		})
		line := object{}
		if err := json.Unmarshal([]byte(written), &line); err != nil {
			s.problem("the access log is no JSON: %v: %s", err, written)
		}
		if turnedAway := patterns["TurnedAway"]; turnedAway == nil || turnedAway(line) != want {
			s.problem("TurnedAway does not count %s as it should", written)
		} else if want {
			sums["TurnedAway"]++
		}
	}

	for _, name := range s.active("AWS::CloudWatch::Alarm") {
		p := s.properties(name)
		metric, _ := s.watched(name)
		if _, ours := patterns[metric]; !ours || text(p, "ThresholdMetricId") != "" {
			continue
		}
		threshold, err := strconv.Atoi(text(p, "Threshold"))
		if err != nil || threshold < 1 {
			s.problem("%s goes off without a cause: %s", name, text(p, "Threshold"))
		}
		if sums[metric] < threshold {
			s.problem("%s does not go off at %d lines", name, sums[metric])
		}
	}
	return s.problems
}
