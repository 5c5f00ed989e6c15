package policy

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A Policy is a compiled Spec. It is immutable and safe for concurrent use.
type Policy struct {
	rules    []rule
	fallback rule // what happens when no rule matches
	freeze   *freeze
}

// rule is a Rule compiled, with the code and message of its refusal filled in. Most are
// asked and do not match: what only those need that do stands elsewhere.
type rule struct {
	*Rule
	tests []line // all must hold
	count *count // of its quota
}

// Compile turns a spec into a policy. Problems of the first list make it unusable,
// and the policy nil; those of the second are warnings. The policy keeps the lists of
// the spec, which must not change any more.
func Compile(spec Spec) (p *Policy, problems, warnings []Problem) {
	spec = spec.WithDefaults()
	c := &compiler{spec: spec, seen: map[string]bool{}, noted: map[noted]bool{}}
	c.settings()
	p = &Policy{fallback: rule{Rule: c.refusal(Rule{Action: spec.Default})}, freeze: c.freeze()}
	for i, r := range spec.Rules {
		c.below(PathOf("rules").Item(i), func() { p.rules = append(p.rules, c.compile(r)) })
	}
	c.shares(p.rules)
	c.warnIdle()
	c.warnLongMessages()
	c.warnUnreachable()
	c.warnEarlyQuota()
	if len(c.problems) > 0 {
		return nil, c.problems, c.warnings
	}
	return p, nil, c.warnings
}

type compiler struct {
	spec     Spec
	path     Path            // the place at hand
	seen     map[string]bool // names of rules so far
	steps    int             // that the conditions so far may take
	noted    map[noted]bool  // what was said of lists
	problems []Problem
	warnings []Problem
	exempt   []*exemptions
}

// problem reports what is wrong at a key below the place at hand, and how to put it
// right where What does not say it already.
func (c *compiler) problem(key, how, what string, args ...any) {
	c.add(c.path.Key(key), key, how, what, args...)
}

// itemProblem reports what is wrong with an item of a list below the place at hand.
func (c *compiler) itemProblem(key string, i int, how, what string, args ...any) {
	c.add(c.path.Key(key).Item(i), key, how, what, args...)
}

// add reports what is wrong at a path, about a key as reports name it.
func (c *compiler) add(at Path, key, how, what string, args ...any) {
	c.problems = append(c.problems, c.told(at, key, how, what, args...))
}

// warn is problem for what can be used all the same.
func (c *compiler) warn(at Path, key, how, what string, args ...any) {
	c.warnings = append(c.warnings, c.told(at, key, how, what, args...))
}

func (c *compiler) told(at Path, key, how, what string, args ...any) Problem {
	p := Problem{Path: at, Key: key, What: fmt.Sprintf(what, args...), How: how}
	if i, _, ok := at.InRule(); ok {
		p.Rule = c.spec.Rules[i].Name
	}
	return p
}

// below runs f with the place at hand further down.
func (c *compiler) below(at Path, f func()) {
	outer := c.path
	c.path = at
	f()
	c.path = outer
}

// oneOfTexts reports a value that is none of those allowed.
func (c *compiler) oneOfTexts(at Path, key, value string, allowed []string) {
	if !slices.Contains(allowed, value) {
		c.add(at, key, "", "%q is not one of %s", value, strings.Join(allowed, ", "))
	}
}

// choice reports a value at a key that is none of those allowed.
func choice[T ~string](c *compiler, key string, value T, allowed ...T) {
	c.oneOfTexts(c.path.Key(key), key, string(value), Strings(allowed))
}

// settings checks what stands outside the rules.
func (c *compiler) settings() {
	s := &c.spec
	if s.Version != Version {
		c.problem("version", fmt.Sprintf("this topicgate speaks version %d", Version), "%d is not known", s.Version)
	}
	if len(s.Govern) == 0 {
		c.problem("govern", "write [topic], [group] or [topic, group]", "names nothing")
	}
	for i, g := range s.Govern {
		c.oneOfTexts(PathOf("govern").Item(i), "govern", string(g), Strings(Subjects[:]))
	}
	choice(c, "mode", s.Mode, Enforce, DryRun)
	choice(c, "default", s.Default, Allow, Refuse)
	choice(c, "on_error", s.OnError, Allow, Refuse)
	c.below(c.path.Key("refusal"), func() {
		c.refusalCode(s.Refusal.Code, s.Refusal.Message)
		c.message(&Rule{Message: s.Refusal.Message})
	})
}

// kebab is what a rule's name looks like, so that it reads well in a log and in a metric.
var kebab = regexp.MustCompile(kebabPattern)

func (c *compiler) compile(r Rule) rule {
	compiled := rule{Rule: c.refusal(r)}
	switch {
	case r.Name == "":
		c.problem("name", "every rule needs one, such as no-adverts", "is missing")
	case !kebab.MatchString(r.Name):
		c.problem("name", "use lower-case letters, digits and single hyphens", "%q is not kebab-case", r.Name)
	case r.Name == FreezeRule:
		c.problem("name", "write another", "freeze is what a freeze is called in the log")
	case c.seen[r.Name]:
		c.problem("name", "rename one of them", "another rule above has this name")
	}
	c.seen[r.Name] = true
	if r.Action == "" {
		c.problem("action", "write allow, refuse or flag", "is missing")
	} else {
		choice(c, "action", r.Action, Allow, Refuse, Flag)
	}
	choice(c, "mode", r.Mode, Enforce, DryRun)
	if does := r.permits(); does != "" && (r.Code != 0 || r.Message != (Text{})) {
		c.add(c.path.Key("action"), "", "", "code and message belong to a refusal; this rule %s", does)
	}
	if r.Action == Flag && r.Mode == DryRun {
		c.problem("mode", "leave it out", "dry_run means nothing to a rule that flags, which refuses nobody")
	}
	c.refusalCode(r.Code, r.Message)
	compiled.tests = linesOf(c.until(&r), 0)
	if r.Match != nil {
		c.below(c.path.Key("match"), func() { compiled.tests = append(compiled.tests, c.match(r.Match)...) })
	}
	if r.Quota != nil {
		c.below(c.path.Key("quota"), func() { compiled.count = c.quota(r) })
	}
	c.message(&r)
	return compiled
}

// permits is what a rule does that refuses nothing; "" of others.
func (r *Rule) permits() string {
	return map[Action]string{Allow: "allows", Flag: "flags"}[r.Action]
}

func (c *compiler) refusalCode(code int, message Text) {
	if code != 0 && code != CodeRefused && (code < CodeMin || code > CodeMax) {
		c.problem("code", fmt.Sprintf("use %d or %d to %d", CodeRefused, CodeMin, CodeMax), "%d means nothing to Chat", code)
	}
	if code == CodeRefused && message != (Text{}) {
		c.warn(c.path.Key("code"), "code", fmt.Sprintf("use %d to %d", CodeMin, CodeMax), "1 is written with a message, which may not reach the user")
	}
}

// refusal is a rule with what its refusal says: its own code and message, else the
// policy's, else what the kind of rule suggests.
func (c *compiler) refusal(r Rule) *Rule {
	r.Message = cmp.Or(r.Message, c.spec.Refusal.Message)
	r.Code = cmp.Or(r.Code, c.spec.Refusal.Code)
	switch {
	case r.Code != 0:
	case r.Message != Text{}:
		r.Code = CodeMin
	default:
		r.Code = CodeRefused
	}
	if r.Message == (Text{}) && r.Code != CodeRefused {
		r.Message = Text{Default: builtIn(r) + refEnd}
	}
	return &r
}

// warnLongMessages looks at each message where it is written.
func (c *compiler) warnLongMessages() {
	longest := "" // word in the rules that say what all say
	for i := range c.spec.Rules {
		r := &c.spec.Rules[i]
		switch {
		case r.Action != Refuse:
		case r.Message == Text{}:
			longest = longestWord(r.Match, longest)
		default:
			c.warnLong(PathOf("rules").Item(i).Key("message"), r, longestWord(r.Match, ""))
		}
	}
	c.warnLong(PathOf("refusal", "message"), &Rule{Message: c.spec.Refusal.Message}, longest)
}

// warnUnreachable looks for a rule that always decides, now and later, and names what
// stands behind it. Nothing subtler is attempted.
func (c *compiler) warnUnreachable() {
	rules := c.spec.Rules
	always := slices.IndexFunc(rules, func(r Rule) bool {
		return r.Match == nil && r.Quota == nil && r.Until == "" && r.Mode == Enforce && r.Action != Flag
	})
	if always < 0 {
		return
	}
	for i := always + 1; i < len(rules); i++ {
		c.warn(PathOf("rules").Item(i).Key("name"), "", "", "is never reached: rule %q before it matches everything", rules[always].Name)
	}
}

// warnEarlyQuota looks for a quota that is asked before rules that cost nothing: it
// counts, and waits for, names that those would have refused anyway. Where the rules of
// variables stand is nobody's choice.
func (c *compiler) warnEarlyQuota() {
	rules := c.spec.Rules
	later := 0 // the next rule that costs nothing
	for i := range rules {
		if rules[i].Quota == nil {
			continue
		}
		for later = max(later, i+1); later < len(rules) && (rules[later].Quota != nil || rules[later].Action == Flag || rules[later].Origin.Variable != ""); {
			later++
		}
		if later == len(rules) {
			return
		}
		c.warn(PathOf("rules").Item(i).Key("quota"), "quota", "put it after", "stands before rule %q, which costs nothing", rules[later].Name)
	}
}
