package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"topicgate/pkg/policy"
)

// compile joins variables and policy into the effective policy.
func (l *loader) compile(o Options) {
	c := l.config
	spec := l.policy
	l.override(&spec)
	spec.Rules = l.effective(l.written(), spec.Rules)
	c.Spec = spec.WithDefaults()
	compiled, problems, warnings := policy.Compile(c.Spec)
	for _, p := range problems {
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
	for _, w := range append(warnings, policy.WarningsAt(c.Spec, time.Now())...) {
		w, _ = l.located(w)
		for i := range w.Examples {
			example, _ := l.located(policy.Problem{Path: w.Examples[i].Path})
			w.Examples[i].Where = example.Where
		}
		c.Warnings = append(c.Warnings, w)
	}
	for i, r := range c.Spec.Rules {
		l.warnApps(r.Name, r.Match, policy.PathOf("rules").Item(i).Key("match"))
	}
	l.checkRemedyName(compiled)
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
	if len(c.unchecked()) > 0 {
		l.warn("anybody can use up a quota", Prefix+"TOKENS", "set it, so that only Chat's callbacks count")
	}
}

// effective are the rules of the variables and those of the file in the order in which
// they are asked. A ban that somebody sets in a console holds for everybody, and trust
// that they set does; what a policy allows before it refuses anybody stays allowed
// whatever else a variable refuses, and what costs a quota is asked last.
func (l *loader) effective(written, file []policy.Rule) []policy.Rule {
	l.rename(written, file)
	var blocked, trusted, refusing, quota []policy.Rule
	for _, r := range written {
		turn := &refusing
		switch {
		case strings.HasPrefix(r.Name, "blocked-"):
			turn = &blocked
		case r.Action == policy.Allow:
			turn = &trusted
		case r.Quota != nil:
			turn = &quota
		}
		*turn = append(*turn, r)
	}
	first := slices.IndexFunc(file, func(r policy.Rule) bool { return r.Action == policy.Refuse && r.Mode != policy.DryRun })
	if first < 0 {
		first = len(file)
	}
	return slices.Concat(blocked, trusted, file[:first], refusing, file[first:], quota)
}

// rename gives those rules of variables another name whose own the file has: a variable
// that is set at night must neither break what worked nor drop a rule.
func (l *loader) rename(written, file []policy.Rule) {
	taken := map[string]*policy.Rule{}
	for i := range slices.Backward(file) { // of two of a name, the first stays
		taken[file[i].Name] = &file[i]
	}
	for i := range written {
		r := &written[i]
		other := taken[r.Name]
		if other == nil {
			continue
		}
		name := r.Name + "-variable"
		for n := 2; taken[name] != nil; n++ {
			name = fmt.Sprintf("%s-variable-%d", r.Name, n)
		}
		l.warn(fmt.Sprintf("%s has a rule %q too", other.Origin, r.Name), l.wrote(r.Origin).where.Variable,
			"both are asked, this one as "+name)
		r.Name = name
	}
}

// override puts what variables say in place of the same setting in the file.
func (l *loader) override(s *policy.Spec) {
	v := &l.config.Spec
	if v.Govern != nil {
		s.Govern = v.Govern
	}
	s.Mode = cmp.Or(v.Mode, s.Mode)
	if _, written := l.set["FREEZE"]; written {
		s.Freeze = v.Freeze
	}
	s.Default = cmp.Or(v.Default, s.Default)
	s.OnError = cmp.Or(v.OnError, s.OnError)
	s.Refusal.Code = cmp.Or(v.Refusal.Code, s.Refusal.Code)
	s.Refusal.Message = cmp.Or(v.Refusal.Message, s.Refusal.Message)
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
	rule := l.wrote(origin).row.rule
	for _, v := range l.set { // no two lead to the same place
		if v.row.path != nil && v.row.rule == rule && rest.Within(v.row.path) {
			if i, ok := p.Path.Index(); ok {
				v = v.item(i)
			}
			p.Where = v.where
			return p, false
		}
	}
	if l.source == nil || origin.Variable != "" {
		p.Where = origin
		return p, false
	}
	if inRule {
		p.Path = append(policy.PathOf("rules").Item(origin.Index), rest...)
	}
	p.Where = l.source.Locate(p.Path)
	return p, true
}

// wrote is what was written for the variable that an origin names, or nothing.
func (l *loader) wrote(origin policy.Origin) value {
	return l.set[strings.TrimPrefix(origin.Variable, Prefix)]
}

// written are the rules of variables that can be asked.
func (l *loader) written() []policy.Rule {
	return slices.DeleteFunc(l.shorthand, func(r policy.Rule) bool {
		useless := r.Match != nil && r.Match.Name != nil && r.Match.Name.Unless != nil && r.Match.Name.Contains == nil
		if useless {
			l.excusesNothing()
		}
		return useless
	})
}

// excusesNothing reports exempt words without banned ones. Beside a policy they break
// nothing: whoever set them had one of its words in mind.
func (l *loader) excusesNothing() {
	const what, variable = "nothing to excuse from", Prefix + "EXEMPT_WORDS"
	switch {
	case l.failed["BANNED_WORDS"]: // that is what to put right
	case l.source != nil:
		l.warn(what, variable, "it excuses no word of the policy's: write unless_contains there, or set "+Prefix+"BANNED_WORDS too")
	default:
		l.problem(what, variable, "set "+Prefix+"BANNED_WORDS too, or unset this")
	}
}
