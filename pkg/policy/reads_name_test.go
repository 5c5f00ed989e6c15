package policy

import "testing"

func TestReadsName(t *testing.T) {
	spam := Match{Name: &Name{Contains: []string{"spam"}}}
	troll := Match{Operator: &OneOf{In: []string{"troll"}}}
	tests := map[string]struct {
		match *Match
		want  bool
	}{
		"without-a-match":  {nil, false},
		"operator":         {&troll, false},
		"name":             {&spam, true},
		"in-all":           {&Match{All: []Match{troll, spam}}, true},
		"in-any":           {&Match{Any: []Match{troll, spam}}, true},
		"in-any-of-others": {&Match{Any: []Match{troll, troll}}, false},
		"in-not":           {&Match{Not: &spam}, true},
		"deep":             {&Match{Not: &Match{All: []Match{troll, {Any: []Match{troll, spam}}}}}, true},
	}
	spec := Spec{Freeze: Frozen}
	for name, tt := range tests {
		spec.Rules = append(spec.Rules, Rule{Name: name, Match: tt.match, Action: Refuse})
	}
	p := mustCompile(t, spec)
	for name, tt := range tests {
		if got := p.ReadsName(name); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
	for _, name := range []string{"", FreezeRule, "no-such-rule"} {
		if p.ReadsName(name) {
			t.Errorf("%q reads the name", name)
		}
	}
}

func TestReadsTime(t *testing.T) {
	day := Match{Time: &Time{Days: []string{"mon"}}}
	spam := Match{Name: &Name{Contains: []string{"spam"}}}
	for name, tt := range map[string]struct {
		match *Match
		want  bool
	}{
		"nothing": {nil, false},
		"time":    {&day, true},
		"name":    {&spam, false},
		"in any":  {&Match{Any: []Match{spam, {Not: &day}}}, true},
	} {
		if got := tt.match.ReadsTime(); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}
