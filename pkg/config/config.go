// Package config turns the environment, and the files it names, into one validated
// Config: every variable is parsed on its own and every problem reported at once.
//
// The table in variables.go is the one truth about variables: parsing, the README's
// table and the suggestion for a misspelt name all come from it.
package config

import (
	"net/url"
	"path/filepath"
	"slices"
	"time"

	"topicgate/pkg/policy"
)

// Prefix starts the name of every variable.
const Prefix = "TOPICGATE_"

// Unchecked warns of callbacks that are signed while no token is set to check them by:
// authentication was switched on in the console, and whoever did that believes that it
// protects.
const Unchecked = "callbacks are signed, and no signature is checked: " + Prefix + "TOKENS: " + setTokens

const setTokens = "set it to the callback authentication token of the Chat console"

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

	Problems []policy.Problem // each says where
	Warnings []policy.Problem
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
			l.warn("signatures are not checked", Prefix+"TOKENS", setTokens)
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
			path := policy.PathOf("rules").Item(i).Key("name")
			l.inFile = append(l.inFile, policy.Problem{Where: l.source.Locate(path), Rule: r.Name, Path: path,
				What: Prefix + v + " writes a rule of this name", How: "unset it, or rename this one"})
		}
	}
	last := len(written)
	if last > 0 && written[last-1].Quota != nil {
		last--
	}
	spec.Rules = slices.Concat(written[:last], spec.Rules, written[last:])
	c.Spec = spec.WithDefaults()
	compiled, problems, warnings := policy.Compile(c.Spec)
	for _, p := range problems {
		if _, rest, ok := p.Path.InRule(); ok && rest.String() == "name" && clashes[p.Rule] {
			continue // reported, with the variable to unset
		}
		switch p, inFile := l.located(p); {
		case !inFile:
			c.Problems = append(c.Problems, p)
		case !l.source.Explains(p.Path): // else something could not be read, and that is the cause
			l.inFile = append(l.inFile, p)
		}
	}
	if l.source != nil {
		l.source.Sort(l.inFile)
		c.Problems = append(c.Problems, l.inFile...)
	}
	for _, w := range warnings {
		w, _ = l.located(w)
		for i := range w.Examples {
			example, _ := l.located(policy.Problem{Path: w.Examples[i].Path})
			w.Examples[i].Where = example.Where
		}
		c.Warnings = append(c.Warnings, w)
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
	s.Govern = slices.DeleteFunc(slices.Clone(s.Govern), func(g policy.Subject) bool { return !slices.Contains(policy.Subjects[:], g) })
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

// located is a problem of the effective policy with the place where a person wrote what
// is wrong: a variable, or the policy file, in which its path leads to it then.
func (l *loader) located(p policy.Problem) (_ policy.Problem, inFile bool) {
	var origin policy.Origin
	i, rest, inRule := p.Path.InRule()
	if inRule {
		origin = l.config.Spec.Rules[i].Origin
	} else {
		rest = p.Path
	}
	for j := range variables {
		v := &variables[j]
		value, set := l.set[v.name]
		if set && v.path != nil && v.rule == l.ruleOf(origin) && rest.Within(v.path) {
			p.Where = value.item(p.Path)
			return p, false
		}
	}
	if l.source == nil || origin.Variable != "" {
		return p, false
	}
	if inRule {
		p.Path = append(policy.PathOf("rules").Item(origin.Index), rest...)
	}
	p.Where = l.source.Locate(p.Path)
	return p, true
}

// ruleOf is the rule that a variable writes, or "".
func (l *loader) ruleOf(origin policy.Origin) string {
	for i := range variables {
		if Prefix+variables[i].name == origin.Variable {
			return variables[i].rule
		}
	}
	return ""
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
