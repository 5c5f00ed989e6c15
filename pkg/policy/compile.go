package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Problem is something in a Spec that a person should put right.
type Problem struct {
	Rule string // the rule's name; "" outside the rules
	Path string // where in the spec: rules[2].match.name.matches
	Text string
}

// String is the problem as it is printed after a file and line.
func (p Problem) String() string {
	if p.Rule == "" {
		return p.Text
	}
	return fmt.Sprintf("rule %q: %s", p.Rule, p.Text)
}

// A Policy is a compiled Spec. It is immutable and safe for concurrent use.
type Policy struct {
	rules    []rule
	fallback rule // what happens when no rule matches
	counts   bool // some rule has a quota
}

// rule is a Rule compiled.
type rule struct {
	conditions []condition // all must hold
	Rule
	code    int
	message message
}

// A condition is one line of a match, compiled.
type condition struct {
	label string // how explain calls it: name contains
	test  func(*question) (hit, bool)
}

// A hit is what made a condition hold.
type hit struct {
	detail string // for the log
	word   string // of a word list, as the list writes it: {{word}}
}

// Compile turns a spec into a policy. Problems of the first list make it unusable,
// and the policy nil; those of the second are warnings. The policy keeps the lists of
// the spec, which must not change any more.
func Compile(spec Spec) (p *Policy, problems, warnings []Problem) {
	spec = spec.WithDefaults()
	c := &compiler{spec: spec, seen: make(map[string]bool, len(spec.Rules))}
	p = &Policy{}
	c.settings()
	for i, r := range spec.Rules {
		c.rule, c.path = r.Name, item("rules", i)
		p.rules = append(p.rules, c.compile(r))
		p.counts = p.counts || r.Quota != nil
	}
	c.rule, c.path = "", ""
	p.fallback = c.fallback()
	c.warnUnreachable()
	c.warnEarlyQuota()
	if len(c.problems) > 0 {
		return nil, c.problems, c.warnings
	}
	return p, nil, c.warnings
}

// Rules is the number of rules.
func (p *Policy) Rules() int { return len(p.rules) }

type compiler struct {
	spec     Spec
	rule     string          // the rule at hand
	path     string          // its place, and below it
	seen     map[string]bool // names of rules so far
	problems []Problem
	warnings []Problem
}

// problem reports what is wrong at a key below the place at hand.
func (c *compiler) problem(key, format string, args ...any) {
	c.problems = append(c.problems, c.at(key, format, args...))
}

func (c *compiler) warn(key, format string, args ...any) {
	c.warnings = append(c.warnings, c.at(key, format, args...))
}

func (c *compiler) at(key, format string, args ...any) Problem {
	return Problem{Rule: c.rule, Path: join(c.path, key), Text: fmt.Sprintf(format, args...)}
}

func join(path, key string) string {
	switch {
	case path == "":
		return key
	case key == "" || strings.HasPrefix(key, "["):
		return path + key
	}
	return path + "." + key
}

// item is the key of one entry of a list.
func item(key string, i int) string { return key + "[" + strconv.Itoa(i) + "]" }

// below runs f with the place at hand one key deeper.
func (c *compiler) below(key string, f func()) {
	outer := c.path
	c.path = join(outer, key)
	f()
	c.path = outer
}

// oneOf reports a value that is none of those allowed.
func oneOf[T ~string](c *compiler, key string, value T, allowed ...T) {
	if slices.Contains(allowed, value) {
		return
	}
	texts := make([]string, len(allowed))
	for i, a := range allowed {
		texts[i] = string(a)
	}
	c.problem(key, "%s: %q is not one of %s", key, value, strings.Join(texts, ", "))
}

// settings checks what stands outside the rules.
func (c *compiler) settings() {
	s := &c.spec
	if s.Version != Version {
		c.problem("version", "version: %d is not known; this topicgate speaks version %d", s.Version, Version)
	}
	if len(s.Govern) == 0 {
		c.problem("govern", "govern: names nothing; write [topic], [group] or [topic, group]")
	}
	for i, g := range s.Govern {
		if g != Topic && g != Group {
			c.problem(item("govern", i), "govern: %q is not one of %s, %s", g, Topic, Group)
		}
	}
	oneOf(c, "mode", s.Mode, Enforce, DryRun)
	oneOf(c, "default", s.Default, Allow, Refuse)
	oneOf(c, "on_error", s.OnError, Allow, Refuse)
	c.below("refusal", func() {
		c.refusalCode(s.Refusal.Code, s.Refusal.Message)
		c.message(s.Refusal.Message, nil)
	})
}

// isKebab reports whether a rule's name reads well in a log and in a metric.
func isKebab(name string) bool {
	for word := range strings.SplitSeq(name, "-") {
		if word == "" || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			return false
		}
	}
	return true
}

func (c *compiler) compile(r Rule) rule {
	compiled := rule{Rule: r}
	switch {
	case r.Name == "":
		c.problem("name", "name: is missing; every rule needs one, such as no-adverts")
	case !isKebab(r.Name):
		c.problem("name", "name: %q is not kebab-case; use lower-case letters, digits and single hyphens", r.Name)
	case c.seen[r.Name]:
		c.problem("name", "name: another rule above has this name; rename one of them")
	}
	c.seen[r.Name] = true
	if r.Action == "" {
		c.problem("action", "action: is missing; write allow or refuse")
	} else {
		oneOf(c, "action", r.Action, Allow, Refuse)
	}
	oneOf(c, "mode", r.Mode, Enforce, DryRun)
	if r.Action == Allow && (r.Code != 0 || r.Message != "") {
		c.problem("action", "code and message belong to a refusal; this rule allows")
	}
	c.refusalCode(r.Code, r.Message)
	if r.Match != nil {
		c.below("match", func() { compiled.conditions = c.match(r.Match) })
	}
	if r.Quota != nil {
		c.below("quota", func() { c.quota(r) })
	}
	compiled.code, compiled.message = c.refusal(r)
	return compiled
}

func (c *compiler) refusalCode(code int, message string) {
	if code != 0 && code != CodeRefused && (code < CodeMin || code > CodeMax) {
		c.problem("code", "code: %d means nothing to Chat; use 1 or %d to %d", code, CodeMin, CodeMax)
	}
	if code == CodeRefused && message != "" {
		c.warn("code", "code: 1 is written with a message, which may not reach the user; use %d to %d", CodeMin, CodeMax)
	}
}

// refusal is what a rule's refusal says: its own code and message, else the
// policy's, else what the kind of rule suggests.
func (c *compiler) refusal(r Rule) (int, message) {
	code, text := r.Code, r.Message
	if text == "" {
		text = c.spec.Refusal.Message
	}
	if code == 0 {
		code = c.spec.Refusal.Code
	}
	switch {
	case code != 0:
	case text != "":
		code = CodeMin
	default:
		code = CodeRefused
	}
	if text == "" && code != CodeRefused {
		text = builtIn(r)
	}
	if r.Message == "" { // checked where it was written, if it was written at all
		c = &compiler{}
	}
	return code, c.message(text, r.Quota)
}

// fallback is the default as a rule.
func (c *compiler) fallback() rule {
	r := rule{Rule: Rule{Action: c.spec.Default}}
	r.code, r.message = c.refusal(r.Rule)
	return r
}

// warnUnreachable looks for a rule that always decides, and names what stands
// behind it. Nothing subtler is attempted.
func (c *compiler) warnUnreachable() {
	for i, r := range c.spec.Rules {
		if r.Match != nil || r.Quota != nil || r.Mode != Enforce {
			continue
		}
		for j, unreached := range c.spec.Rules[i+1:] {
			c.rule, c.path = unreached.Name, item("rules", i+1+j)
			c.warn("name", "is never reached: rule %q before it matches everything", r.Name)
		}
		return
	}
}

// warnEarlyQuota looks for a quota that is asked before rules that cost nothing: it
// counts, and waits for, names that those would have refused anyway.
func (c *compiler) warnEarlyQuota() {
	for i, r := range c.spec.Rules {
		if r.Quota == nil {
			continue
		}
		for _, later := range c.spec.Rules[i+1:] {
			if later.Quota == nil {
				c.rule, c.path = r.Name, item("rules", i)
				c.warn("quota", "quota: stands before rule %q, which costs nothing; put it after", later.Name)
				break
			}
		}
	}
}
