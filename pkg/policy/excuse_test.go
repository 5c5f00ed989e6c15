package policy

import (
	"context"
	"slices"
	"testing"
	"time"
)

func TestExcuse(t *testing.T) {
	contains := func(words ...string) *Name { return &Name{Contains: words, Disguised: true} }
	for _, test := range []struct {
		what, name string
		rule       Rule
		key, item  string
		refused    bool
	}{
		{"a word", "classic casino", Rule{Match: &Match{Name: contains("casino")}}, "unless_contains", "classic casino", true},
		{"a word in disguise", "f*ck it", Rule{Match: &Match{Name: contains("fuck")}}, "unless_contains", "f*ck it", true},
		{"a word, deep inside", "casino", Rule{Match: &Match{All: []Match{{Any: []Match{{Name: &Name{Shouting: true}}, {Name: contains("casino")}}}}}}, "unless_contains", "casino", true},
		{"a link", "see example.com", Rule{Match: &Match{Name: &Name{Links: true}}}, "unless_links", "example.com", true},
		{"a link among others", "example.org or http://Docs.Example.com:8080/x?y", Rule{Match: &Match{Platform: in("Web"), Any: []Match{{Name: &Name{Shouting: true}}, {Name: &Name{Links: true, UnlessLinks: List{"example.org"}}}}}}, "unless_links", "Docs.Example.com", true},
		{"two links", "example.org or example.com", Rule{Match: &Match{Name: &Name{Links: true}}}, "", "", true},
		{"a quota by name", "general", Rule{Quota: &Quota{Limit: 1, Window: Duration(time.Hour), Per: PerName}}, "exempt", "general", true},
		{"a quota by person", "general", Rule{Quota: &Quota{Limit: 1, Window: Duration(time.Hour), Per: PerOperator}}, "", "", true},
		{"a length", "ab", Rule{Match: &Match{Name: &Name{LengthOutside: &Length{MinChars: 3}}}}, "", "", true},
		{"a word, and not another", "casino", Rule{Match: &Match{Name: &Name{Matches: "(casino)+ ?$"}}}, "", "", true},
		{"a name with all that expressions obey", `a.*(b)[c]\d^$|{2}?+`, Rule{Match: &Match{Name: &Name{Repeats: 0, Contains: List{"zz"}}}}, "", "", false},
		{"no match", "chess", Rule{Match: &Match{Name: contains("casino")}}, "", "", false},
		{"on trial", "casino", Rule{Mode: DryRun, Match: &Match{Name: contains("casino")}}, "unless_contains", "casino", true},
	} {
		r := test.rule
		r.Name, r.Action = "asked", Refuse
		spec := Spec{Rules: []Rule{{Name: "excused", Action: Flag, Match: &Match{Name: &Name{Shouting: true}}}, r}}
		c := Creation{Name: test.name, Operator: "leckie", Platform: "Web", App: "1400000000", Subject: Topic, At: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)}
		e, ok := spec.Excuse(c, "asked")
		if ok != test.refused || e.Key != test.key || e.Item != test.item {
			t.Errorf("%s: %v %+v", test.what, ok, e)
			continue
		}
		if !ok || e.Key != "" {
			continue
		}
		// The rule of its own lets this name pass, and no other.
		if e.Allow.Name != "excused-2" {
			t.Errorf("%s: a rule's name is taken: %s", test.what, e.Allow.Name)
		}
		spec.Rules = slices.Insert(spec.Rules, 1, e.Allow)
		p, problems, _ := Compile(spec.WithDefaults())
		if problems != nil {
			t.Fatal(test.what, problems)
		}
		if d := p.Decide(context.Background(), c, usedUp{}, false); !d.Allowed || d.Rule != e.Allow.Name {
			t.Errorf("%s: not excused: %+v", test.what, d)
		}
		for _, other := range []string{test.name + "x", "x" + test.name, test.name + "\n", ""} {
			c.Name = other
			if d := p.Decide(context.Background(), c, usedUp{}, false); d.Rule == e.Allow.Name {
				t.Errorf("%s: %q is excused too", test.what, other)
			}
		}
	}
	spec := Spec{Rules: []Rule{{Name: "staff", Action: Allow}}}
	for _, rule := range []string{"staff", "none", ""} {
		if _, ok := spec.Excuse(Creation{Name: "x"}, rule); ok {
			t.Errorf("%q: is no rule that refuses", rule)
		}
	}
}
