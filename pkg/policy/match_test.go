package policy

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A fixture is a match and a creation for which it holds, or does not.
type fixture struct {
	name     string
	match    Match
	creation Creation
	holds    bool
	detail   string // of the decision, when it holds
}

// fixtures are all of them: each file of conditions adds its own.
var fixtures []fixture

func fixturesOf(own []fixture) []fixture {
	fixtures = append(fixtures, own...)
	return own
}

func runFixtures(t *testing.T, fixtures []fixture) {
	t.Helper()
	for _, f := range fixtures {
		t.Run(f.name, func(t *testing.T) {
			d := mustCompile(t, rules(Rule{Name: "r", Match: &f.match, Action: Refuse})).Decide(t.Context(), f.creation, nil, false)
			if got := d.Rule == "r"; got != f.holds {
				t.Fatalf("holds = %v, want %v; detail %q", got, f.holds, d.Detail)
			}
			if d.Detail != f.detail {
				t.Errorf("detail = %q, want %q", d.Detail, f.detail)
			}
		})
	}
}

// rules is a spec with nothing but rules.
func rules(r ...Rule) Spec { return Spec{Rules: r} }

func mustCompile(t *testing.T, s Spec) *Policy {
	t.Helper()
	p, problems, _ := Compile(s)
	if problems != nil {
		t.Fatalf("Compile: %v", problems)
	}
	return p
}

// lines prints problems with their paths.
func lines(problems []Problem) []string {
	var lines []string
	for _, p := range problems {
		p.Rule = "" // it has its own test
		lines = append(lines, p.Path.String()+" | "+p.String())
	}
	return lines
}

// problemsOf are the problems of a match, with paths below it.
func problemsOf(m Match) []string {
	_, problems, _ := Compile(rules(Rule{Name: "r", Match: &m, Action: Refuse}))
	var below []string
	for _, line := range lines(problems) {
		line, _ = strings.CutPrefix(line, "rules[0].match")
		below = append(below, strings.TrimPrefix(line, "."))
	}
	return below
}

// A problemCase is a match that cannot be compiled, and everything that is said of it.
type problemCase struct {
	name  string
	match Match
	want  []string
}

func runProblems(t *testing.T, cases []problemCase) {
	t.Helper()
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, problemsOf(tt.match)); diff != "" {
				t.Errorf("problems -want +got:\n%s", diff)
			}
		})
	}
}

// TestFixturesAreWhole fails when a condition or a modifier of the language has no
// fixture for which it holds, or none for which it does not.
func TestFixturesAreWhole(t *testing.T) {
	held, failed := map[string]bool{}, map[string]bool{}
	for _, f := range fixtures {
		seen := failed
		if f.holds {
			seen = held
		}
		keysOf(reflect.ValueOf(f.match), "", func(path string) { seen[path] = true })
	}
	paths := conditionPaths(reflect.TypeFor[Match](), "")
	if len(paths) < 30 { // 6 fields with in and not_in, 13 of names, 3 of times, 3 groups
		t.Fatalf("only %d conditions found: %q", len(paths), paths)
	}
	for _, path := range paths {
		if !held[path] {
			t.Errorf("no fixture with %s holds", path)
		}
		if !failed[path] {
			t.Errorf("no fixture with %s fails to hold", path)
		}
	}
}

// conditionPaths are the keys of a struct's leaves: name.length_outside.min_chars.
func conditionPaths(typ reflect.Type, path string) []string {
	var paths []string
	for i := range typ.NumField() {
		field := typ.Field(i)
		key, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		key = strings.TrimPrefix(path+"."+key, ".")
		inner := field.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct && inner != typ { // not: is a Match in a Match
			paths = append(paths, conditionPaths(inner, key)...)
		} else {
			paths = append(paths, key)
		}
	}
	return paths
}

// keysOf visits the keys that are written in a struct, below groups too.
func keysOf(v reflect.Value, path string, visit func(string)) {
	for i := range v.NumField() {
		field := v.Field(i)
		if field.IsZero() {
			continue
		}
		key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		key = strings.TrimPrefix(path+"."+key, ".")
		visit(key)
		if field.Kind() == reflect.Pointer && field.Elem().Kind() == reflect.Struct && field.Elem().Type() != v.Type() {
			keysOf(field.Elem(), key, visit)
		}
	}
}

// hostile are names that have broken filters before. None may make a policy panic,
// or hang.
var hostile = []string{
	"",
	"\x00",
	"a\x00b",
	"\u200B\u200C\u200D\u2060\uFEFF",  // nothing but zero-width
	"ad\u200Bmin",                     // zero-width space
	"\u202Enimda\u202C",               // right-to-left override
	"\u2066a\u2069\u061C\u200E\u200F", // isolates and marks
	"ａｄｍｉｎ，１",                         // full-width
	"аdmіn",                           // Cyrillic а and і
	"👨‍👩‍👧‍👦👩🏽‍🚀❤️🏳️‍🌈🇩🇪",                                           // sequences of emoji
	"🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F", // a flag of tags
	"e\u0301\u0301\u0301" + strings.Repeat("\u0336", 500),           // combining marks
	"\u0301a",                  // a mark with nothing to stand on
	"\u3164\u2800\u115F\u00AD", // blanks that are letters and symbols
	"\xff\xfe\xc3",             // not UTF-8
	"a\xe4\xb8",                // cut inside a character
	"\xed\xa0\xbd",             // a surrogate in UTF-8
	"\xc0\x80",                 // NUL, too long
	"\U0010FFFF\uFFFD\uFFFF",   // the last character, and two that are none
	"ﷺ",                        // 18 characters once folded
	"ßŉǰΐﬃİ",                   // longer once folded
	"\r\n\t\v\u0085\u2028",     // line ends
	strings.Repeat("界", 50),    // 150 bytes: the most that Chat sends
	strings.Repeat("a", 4096),
	strings.Repeat("((((", 1000),
}

// TestHostileNames puts every hostile name before every fixture's match, and its
// opposite: of the two exactly one holds.
func TestHostileNames(t *testing.T) {
	for _, f := range fixtures {
		p := mustCompile(t, rules(
			Rule{Name: "r", Match: &f.match, Action: Refuse},
			Rule{Name: "opposite", Match: &Match{Not: &f.match}, Action: Refuse},
		))
		for _, name := range hostile {
			cr := Creation{Subject: Subject(name), App: name, Operator: name, Type: name, Name: name, Platform: name, ClientIP: name}
			if d := p.Decide(context.Background(), cr, nil, false); d.Allowed {
				t.Errorf("%s: of %+q: neither the match nor its opposite holds", f.name, name)
			}
		}
	}
}

var (
	likesWeb  = Match{Platform: &OneOf{In: []string{"Web"}}}
	isLeckie  = Match{Operator: &OneOf{In: []string{"leckie"}}}
	isMallory = Match{Operator: &OneOf{In: []string{"mallory"}}}
)

var groupFixtures = fixturesOf([]fixture{
	{"all hold", Match{All: []Match{likesWeb, isLeckie}}, Creation{Platform: "Web", Operator: "leckie"}, true, "Web; leckie"},
	{"one of all does not", Match{All: []Match{likesWeb, isLeckie}}, Creation{Platform: "Web", Operator: "bob"}, false, ""},
	{"any, the first", Match{Any: []Match{isMallory, isLeckie}}, Creation{Operator: "mallory"}, true, "mallory"},
	{"any, the last", Match{Any: []Match{isMallory, isLeckie}}, Creation{Operator: "leckie"}, true, "leckie"},
	{"any, none", Match{Any: []Match{isMallory, isLeckie}}, Creation{Operator: "bob"}, false, ""},
	{"not", Match{Not: &isMallory}, Creation{Operator: "leckie"}, true, ""},
	{"not, but it does", Match{Not: &isMallory}, Creation{Operator: "mallory"}, false, ""},
	{"not both, one holds", Match{Not: &Match{Platform: likesWeb.Platform, Operator: isLeckie.Operator}}, Creation{Platform: "Web"}, true, ""},
	{"not both, both hold", Match{Not: &Match{Platform: likesWeb.Platform, Operator: isLeckie.Operator}}, Creation{Platform: "Web", Operator: "leckie"}, false, ""},
	{"beside each other, both hold", Match{Platform: likesWeb.Platform, Any: []Match{isMallory, isLeckie}, Not: &isMallory}, Creation{Platform: "Web", Operator: "leckie"}, true, "Web; leckie"},
	{"beside each other, one does not", Match{Platform: likesWeb.Platform, Any: []Match{isMallory, isLeckie}, Not: &isMallory}, Creation{Platform: "Web", Operator: "mallory"}, false, ""},
	{"nested", Match{Not: &Match{Any: []Match{{All: []Match{isMallory}}, {Not: &likesWeb}}}}, Creation{Platform: "Web"}, true, ""},
	{"nested, but it does", Match{Not: &Match{Any: []Match{{All: []Match{isMallory}}, {Not: &likesWeb}}}}, Creation{}, false, ""},
})

func TestMatchGroups(t *testing.T) { runFixtures(t, groupFixtures) }

func TestMatchProblems(t *testing.T) {
	const empty = " | match: is empty; leave it out to match everything"
	runProblems(t, []problemCase{
		{"empty", Match{}, []string{empty}},
		{"all without a member", Match{All: []Match{}}, []string{"all | all: is empty; give it at least one match"}},
		{"any without a member", Match{Any: []Match{}, Not: &isLeckie}, []string{"any | any: is empty; give it at least one match"}},
		{"empty members", Match{All: []Match{isLeckie, {}}, Any: []Match{{}}, Not: &Match{}}, []string{"all[1]" + empty, "any[0]" + empty, "not" + empty}},
		{"deep", Match{Not: &Match{All: []Match{{Any: []Match{{Command: &OneOf{In: []string{"topics"}}}}}}}},
			[]string{`not.all[0].any[0].command.in[0] | in[0]: "topics" is not one of topic, group`}},
	})
}

// A problem elsewhere must not hide that a match is empty: all are reported at once.
func TestEmptyMatchAfterAnotherProblem(t *testing.T) {
	_, problems, _ := Compile(rules(
		Rule{Name: "Bad Name", Action: Refuse, Match: &isLeckie},
		Rule{Name: "empty", Action: Refuse, Match: &Match{}},
	))
	want := []string{
		`rules[0].name | name: "Bad Name" is not kebab-case; use lower-case letters, digits and single hyphens`,
		"rules[1].match | match: is empty; leave it out to match everything",
	}
	if diff := cmp.Diff(want, lines(problems)); diff != "" {
		t.Errorf("problems -want +got:\n%s", diff)
	}
}

func at(t string) time.Time {
	parsed, err := time.Parse(time.RFC3339, t)
	if err != nil {
		panic(fmt.Sprintf("fixture: %v", err))
	}
	return parsed
}
