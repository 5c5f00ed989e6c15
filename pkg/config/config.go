// Package config turns the environment, and the files it names, into one validated
// Config: every variable is parsed on its own and every problem reported at once.
//
// The table in variables.go is the one truth about variables: parsing, the README's
// table and the suggestion for a misspelt name all come from it.
package config

import (
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
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

	Addr        string   // the server's listening address
	MetricsAddr string   // where it may be scraped; "" for nowhere
	Upstream    *url.URL // the handler that was there before; nil for none
	RedisURL    string   // where quotas are shared; "": each process counts its own

	Problems []string
	Warnings []string
}

// Broken reports whether anything must be put right before the gate can decide.
func (c *Config) Broken() bool { return len(c.Problems) > 0 }

// ShortDigest is the part of the digest that tells policies apart in a log; "" when
// broken.
func (c *Config) ShortDigest() string { return c.Digest[:min(12, len(c.Digest))] }

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
	// Function says that many processes serve at once, each with a memory of its own.
	Function bool
	// PolicyFile replaces POLICY and POLICY_FILE; "" does not.
	PolicyFile string
}

// Load reads the variables of an environment, given as os.Environ gives it.
func Load(environ []string, o Options) *Config {
	l := newLoader(environ)
	l.unknown()
	if o.PolicyFile != "" {
		delete(l.env, "POLICY")
		l.env["POLICY_FILE"] = o.PolicyFile
		if l.root != "" { // a person names it from where they are
			l.env["POLICY_FILE"], _ = filepath.Abs(o.PolicyFile)
		}
	}
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
	l.warnUpstream()
	l.compile(o)
}

// compile joins variables and policy into the effective policy: the rules that
// variables wrote, those of the file, and the quota after them all.
func (l *loader) compile(o Options) {
	c := l.config
	spec, written := l.policy, l.variableRules()
	l.override(&spec)
	clashes := map[string]bool{}
	for i, r := range spec.Rules {
		if v, taken := l.variableOf(r.Name); taken {
			clashes[r.Name] = true
			l.inFile = append(l.inFile, policy.Problem{Rule: r.Name, Path: fmt.Sprintf("rules[%d].name", i),
				Text: fmt.Sprintf("%s writes a rule of this name; unset it, or rename this one", Prefix+v)})
		}
	}
	before := len(written)
	if n := before; n > 0 && written[n-1].Quota != nil {
		before--
	}
	l.before, l.fromFile = before, len(spec.Rules)
	spec.Rules = slices.Concat(written[:before], spec.Rules, written[before:])
	c.Spec = spec.WithDefaults()
	compiled, problems, warnings := policy.Compile(c.Spec)
	for _, p := range problems {
		if _, key, _ := strings.Cut(p.Path, "."); key == "name" && clashes[p.Rule] {
			continue // reported, with the variable to unset
		}
		l.addCompileProblem(p)
	}
	if l.source != nil {
		l.source.Sort(l.inFile)
		for _, p := range l.inFile {
			c.Problems = append(c.Problems, l.source.Report(p))
		}
	}
	for _, w := range warnings {
		c.Warnings = append(c.Warnings, l.located(w))
	}
	if c.Broken() {
		c.Spec = usable(c.Spec)
		return
	}
	c.Policy, c.Digest = compiled, policy.Digest(c.Spec)
	if !compiled.Counts() || o.Offline {
		return
	}
	if o.Function && c.RedisURL == "" {
		l.warn("each instance counts its own quotas", Prefix+"REDIS_URL", "set it, for a limit that holds across instances")
	}
	if len(c.Tokens) == 0 {
		l.warn("anybody can use up a quota", Prefix+"TOKENS", "set it, so that only Chat's callbacks count")
	}
}

// override puts what variables say in place of the same setting in the file.
func (l *loader) override(s *policy.Spec) {
	v := &l.config.Spec
	if v.Govern != nil {
		s.Govern = v.Govern
	}
	if v.Mode != "" {
		s.Mode = v.Mode
	}
	if v.Default != "" {
		s.Default = v.Default
	}
	if v.OnError != "" {
		s.OnError = v.OnError
	}
	if v.Refusal.Code != 0 {
		s.Refusal.Code = v.Refusal.Code
	}
	if v.Refusal.Message != "" {
		s.Refusal.Message = v.Refusal.Message
	}
}

// usable is what a gate can answer by while the rest is broken.
func usable(s policy.Spec) policy.Spec {
	if s.Mode != policy.DryRun {
		s.Mode = policy.Enforce
	}
	if s.OnError != policy.Allow {
		s.OnError = policy.Refuse
	}
	s.Govern = slices.DeleteFunc(slices.Clone(s.Govern), func(g policy.Subject) bool { return g != policy.Topic && g != policy.Group })
	if len(s.Govern) == 0 {
		s.Govern = []policy.Subject{policy.Topic}
	}
	return s
}

// variableOf is a set variable that writes the rule of a name.
func (l *loader) variableOf(rule string) (name string, ok bool) {
	for i := range variables {
		v := &variables[i]
		if _, set := l.set[v.name]; set && v.rule != "" && v.rule == rule {
			return v.name, true
		}
	}
	return "", false
}

// addCompileProblem keeps a problem of the effective policy, unless something was
// wrong in reading the same place: that is the cause then.
func (l *loader) addCompileProblem(p policy.Problem) {
	path, inFile := l.filePath(p)
	where, byVariable := l.variable(p)
	switch {
	case byVariable:
		l.config.Problems = append(l.config.Problems, where)
	case !inFile:
		l.config.Problems = append(l.config.Problems, p.String())
	case !l.source.Explains(path):
		p.Path = path
		l.inFile = append(l.inFile, p)
	}
}

// filePath is the path in the policy file of a path in the effective policy.
func (l *loader) filePath(p policy.Problem) (string, bool) {
	if l.source == nil {
		return "", false
	}
	i, rest, ok := policy.CutRule(p.Path)
	if !ok {
		return p.Path, true
	}
	if i < l.before || i >= l.before+l.fromFile {
		return "", false
	}
	return fmt.Sprintf("rules[%d]%s", i-l.before, rest), true
}

// located is a warning of the policy as it is reported: under the variable that wrote
// the rule, or with its place in the file.
func (l *loader) located(p policy.Problem) string {
	if text, ok := l.variable(p); ok {
		return text
	}
	if path, inFile := l.filePath(p); inFile {
		p.Path = path
		return l.source.Report(p)
	}
	return p.String()
}

// variable reports a problem with what a variable wrote into the policy.
func (l *loader) variable(p policy.Problem) (text string, ok bool) {
	for i := range variables {
		v := &variables[i]
		value, set := l.set[v.name]
		if !set || v.key == "" || v.rule != p.Rule || !strings.Contains(p.Path, v.key) {
			continue
		}
		where := value.where
		if n, ok := itemIndex(p.Path); ok && value.file {
			if value.lines == nil {
				value.lines = policy.ItemLines(value.text)
				l.set[v.name] = value
			}
			if n < len(value.lines) {
				where = fmt.Sprintf("%s:%d", where, value.lines[n])
			}
		}
		_, text, _ := strings.Cut(p.Text, ": ") // the key, which is not how a variable is called
		quoted, _ := strconv.QuotedPrefix(text) // a value may hold any mark
		what, how := text, ""
		if i := strings.LastIndex(text[len(quoted):], "; "); i >= 0 { // before may be a placeholder
			what, how = text[:len(quoted)+i], text[len(quoted)+i+2:]
		}
		return report(what, where, how), true
	}
	return "", false
}

// itemIndex reads the list index that ends a path: match.operator.in[3].
func itemIndex(path string) (n int, ok bool) {
	index, ok := strings.CutSuffix(path[strings.LastIndexByte(path, '[')+1:], "]")
	n, err := strconv.Atoi(index)
	return n, ok && err == nil
}

// variableRules are the rules that variables wrote, in the documented order, which is
// that of the table: the quota comes last.
func (l *loader) variableRules() []policy.Rule {
	var rules []policy.Rule
	for i := range variables {
		name := variables[i].rule
		r, ok := l.shorthand[name]
		if !ok || slices.ContainsFunc(rules, func(other policy.Rule) bool { return other.Name == name }) {
			continue
		}
		if m := r.Match; m != nil && m.Name != nil && m.Name.Unless != nil && m.Name.Contains == nil {
			if !l.failed["BANNED_WORDS"] { // else that is what to put right
				l.problem("nothing to excuse from", Prefix+"EXEMPT_WORDS", "set "+Prefix+"BANNED_WORDS too, or unset this")
			}
			delete(l.shorthand, name) // a second variable writes the same rule
			continue
		}
		rules = append(rules, *r)
	}
	return rules
}
