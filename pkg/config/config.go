// Package config turns the environment, and the files it names, into one validated
// Config: every variable is parsed on its own and every problem reported at once.
//
// The table in variables.go is the one truth about variables: parsing, the README's
// table and the suggestion for a misspelt name all come from it.
package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"topicgate/pkg/policy"
)

// Prefix starts the name of every variable.
const Prefix = "TOPICGATE_"

// MaxTimeout leaves Chat's 2 seconds a margin for the network and for the platform.
const MaxTimeout = 1800 * time.Millisecond

// A Config is what topicgate runs with. When Problems is not empty it is broken: then
// Policy is nil, and of the rest only what says how to answer and log while broken
// is to be used: Spec's Govern, Mode and OnError, and the Log fields, each as it was
// readable, else its default.
type Config struct {
	AppIDs  []string // SDKAppIDs served
	Tokens  []string // any may sign; none: signatures are not checked
	Timeout time.Duration

	Spec   policy.Spec    // the effective policy
	Policy *policy.Policy // Spec compiled
	Digest string         // of Spec; "" when broken

	LogLevel    string
	LogPersonal Personal
	LogKey      []byte

	Addr string // the server's listening address

	Problems []string
	Warnings []string
}

// Broken reports whether anything must be put right before the gate can decide.
func (c *Config) Broken() bool { return len(c.Problems) > 0 }

// Personal says how much of people the log tells.
type Personal string

// The choices for operator, name, client_ip and detail in the log.
const (
	Full Personal = "full"
	Hash Personal = "hash" // keyed, so that lines can be matched but not read
	Off  Personal = "off"
)

// Options narrow what Load asks for.
type Options struct {
	// Offline is for tools that decide without serving: SDK_APP_IDS is not required
	// and missing tokens are no warning.
	Offline bool
}

// Load reads the variables of an environment, given as os.Environ gives it.
func Load(environ []string, o Options) *Config {
	l := newLoader(environ)
	l.unknown()
	for i := range variables {
		v := &variables[i]
		if value, ok := l.value(v); ok {
			v.parse(l, value)
		}
	}
	l.finish(o)
	return l.config
}

// finish checks what no variable can say alone, and compiles the policy.
func (l *loader) finish(o Options) {
	c := l.config
	if !o.Offline {
		if c.AppIDs == nil && !l.failed["SDK_APP_IDS"] {
			l.problem("no app is served", Prefix+"SDK_APP_IDS", "set it to the SDKAppID shown in the Chat console")
		}
		if c.Tokens == nil && !l.failed["TOKENS"] {
			l.warn("signatures are not checked", Prefix+"TOKENS", "set it to the callback authentication token of the Chat console")
		}
	}
	if c.LogPersonal == Hash && len(c.LogKey) == 0 && !l.failed["LOG_KEY"] {
		l.problem("hashing needs a key", Prefix+"LOG_KEY", "set it to a long random text, and keep it")
	}
	if c.LogLevel == "" {
		c.LogLevel = l.lambdaLogLevel()
	}
	c.Spec.Rules = l.rules()
	c.Spec = c.Spec.WithDefaults()
	compiled, problems, warnings := policy.Compile(c.Spec)
	for _, p := range problems {
		c.Problems = append(c.Problems, l.located(p))
	}
	for _, w := range warnings {
		c.Warnings = append(c.Warnings, l.located(w))
	}
	if !c.Broken() {
		c.Policy, c.Digest = compiled, policy.Digest(c.Spec)
	}
}

// located is a problem of the policy as it is reported: under the variable that
// wrote the rule.
func (l *loader) located(p policy.Problem) string {
	for i := range variables {
		v := &variables[i]
		value, set := l.set[v.name]
		if !set || v.key == "" || v.rule != p.Rule || !strings.Contains(p.Path, v.key) {
			continue
		}
		where := value.where
		if n, ok := itemIndex(p.Path); ok && n < len(value.lines) {
			where = fmt.Sprintf("%s:%d", where, value.lines[n])
		}
		_, text, _ := strings.Cut(p.Text, ": ") // the key, which is not how a variable is called
		what, how, _ := strings.Cut(text, "; ")
		return report(what, where, how)
	}
	return p.String()
}

// itemIndex reads the list index that ends a path: match.operator.in[3].
func itemIndex(path string) (n int, ok bool) {
	open := strings.LastIndexByte(path, '[')
	if open < 0 {
		return 0, false
	}
	_, err := fmt.Sscanf(path[open:], "[%d]", &n)
	return n, err == nil && strings.HasSuffix(path, "]")
}

// rules are the rules that variables wrote, in the documented order, which is that
// of the table.
func (l *loader) rules() []policy.Rule {
	var rules []policy.Rule
	for i := range variables {
		name := variables[i].rule
		r, ok := l.shorthand[name]
		if !ok || slices.ContainsFunc(rules, func(other policy.Rule) bool { return other.Name == name }) {
			continue
		}
		if m := r.Match; m != nil && m.Name != nil && m.Name.Unless != nil && m.Name.Contains == nil && !l.failed["BANNED_WORDS"] {
			l.problem("nothing to excuse from", Prefix+"EXEMPT_WORDS", "set "+Prefix+"BANNED_WORDS too, or unset this")
			continue
		}
		rules = append(rules, *r)
	}
	return rules
}
