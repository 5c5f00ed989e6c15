package policyfile

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"topicgate/pkg/policy"
)

// YAML 1.1 and 1.2 take some plain texts for different things: 017 is fifteen or
// seventeen, 1_000 a thousand or a text, 1e400 a text or a number. The library reads 1.1,
// editors and most other tools 1.2. What both take for the same is understood here, the
// rest is a problem.
var (
	directive = lazy(`\A((?:[ \t]*(?:#.*)?\r?\n)*%YAML[ \t]+1\.)2\b`)

	durationForm = lazy(policy.DurationPattern)

	integerForm = lazy(`^([-+]?(0|[1-9][0-9]*)|0x[0-9a-fA-F]+|0o[0-7]+)$`)
	numberForm  = lazy(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
)

// lazy is an expression that is compiled when it is first asked for: most starts ask for
// few of them.
func lazy(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

// isNumber reports whether a plain text is a number to any reader.
func isNumber(text string) bool {
	return text != "" && strings.ContainsAny(text[:1], "+-.0123456789") && numberForm().MatchString(text)
}

// version11 is a text that the library reads: it knows the directive %YAML 1.1, and
// reads 1.2 all the same.
func version11(text string) string {
	if !strings.Contains(text, "%YAML") {
		return text
	}
	return directive().ReplaceAllString(text, "${1}1")
}

// most is the largest whole number that every reader of JSON can hold.
const most = 1<<53 - 1

// wholeNumber reads an integer. For JSON, and so for its schemas, 5.0 and 5e0 are 5.
func wholeNumber(text string) (n int64, ok bool) {
	if integerForm().MatchString(text) {
		n, err := strconv.ParseInt(text, 0, 64)
		return n, err == nil && -most <= n && n <= most
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !isNumber(text) || !strings.ContainsAny(text, ".eE") || f != math.Trunc(f) || math.Abs(f) > most {
		return 0, false
	}
	return int64(f), true
}

// text reads a text. A date is one, however it is written.
func (l *loading) text(at, node *yaml.Node, path policy.Path) (string, bool) {
	switch {
	case node.Kind != yaml.ScalarNode:
		l.problem(at, path, "", "is not a text")
		return "", false
	case node.Tag == "!!timestamp":
		return node.Value, true
	case node.Tag != "!!str" || node.Style == 0 && isNumber(node.Value):
		l.problem(at, path, "put it in quotes", "%s is not a text", node.Value)
		return "", false
	}
	return node.Value, true
}

// freeze reads true, false or a time; whether it is one, compiling finds.
func (l *loading) freeze(at, node *yaml.Node, path policy.Path) string {
	switch {
	case node.Tag == "!!bool" && strings.EqualFold(node.Value, "true"):
		return string(policy.Frozen)
	case node.Tag == "!!bool":
		return ""
	case node.Kind != yaml.ScalarNode || node.Tag != "!!str" && node.Tag != "!!timestamp":
		l.problem(at, path, "write true, false or a time such as 2026-01-31T18:30:00Z", "is neither true nor false nor a time")
	case node.Value == "" || node.Value == string(policy.Frozen):
		l.problem(at, path, "write true, without quotes", "%q is a text", node.Value)
	}
	return node.Value
}

// item reads an item of a list, or the name of a list. Numbers are taken as they are
// written: an SDKAppID is one. JSON has neither .inf nor .nan.
func (l *loading) item(at, node *yaml.Node, path policy.Path) (string, bool) {
	if node.Kind == yaml.ScalarNode {
		number := node.Tag == "!!int" || node.Tag == "!!float" || node.Style == 0 && isNumber(node.Value)
		if number && !strings.ContainsAny(node.Value, "nN") {
			return node.Value, true
		}
	}
	return l.text(at, node, path)
}
