package policy

import "testing"

var operatorFixtures = fixturesOf([]fixture{
	{"operator in", Match{Operator: in("bob", "leckie")}, Creation{Operator: "leckie"}, true, "leckie"},
	{"operator in another case is another", Match{Operator: in("leckie")}, Creation{Operator: "Leckie"}, false, ""},
	{"operator with white space is another", Match{Operator: in("leckie")}, Creation{Operator: "leckie "}, false, ""},
	{"operator by a glob", Match{Operator: in("bob", "ops-*")}, Creation{Operator: "ops-7"}, true, "ops-*"},
	{"operator by a glob, in another case", Match{Operator: in("ops-*")}, Creation{Operator: "OPS-7"}, false, ""},
	{"the whole name is told before a glob", Match{Operator: in("*", "leckie")}, Creation{Operator: "leckie"}, true, "leckie"},
	{"a glob is of the whole UserID", Match{Operator: in("op?")}, Creation{Operator: "ops-7"}, false, ""},
	{"an escaped star", Match{Operator: in(`a\*`)}, Creation{Operator: "a*"}, true, "a*"},
	{"an escaped star is no wildcard", Match{Operator: in(`a\*`)}, Creation{Operator: "ab"}, false, ""},
	{"a star covers an absent operator", Match{Operator: in("*")}, Creation{}, true, "*"},
	{"a question mark does not", Match{Operator: in("?*")}, Creation{}, false, ""},
	{"operator not_in", Match{Operator: notIn("administrator", "ops-*")}, Creation{Operator: "leckie"}, true, "leckie"},
	{"operator not_in, but it is", Match{Operator: notIn("administrator", "ops-*")}, Creation{Operator: "ops-"}, false, ""},
	{"operator not_in an empty list", Match{Operator: &OneOf{NotIn: []string{}}}, Creation{Operator: "leckie"}, true, "leckie"},
	{"a look-alike is another operator", Match{Operator: in("admin")}, Creation{Operator: "аdmin"}, false, ""},
	{"a zero-width character makes another operator", Match{Operator: in("admin")}, Creation{Operator: "ad\u200Bmin"}, false, ""},
})

func TestMatchOperator(t *testing.T) { runFixtures(t, operatorFixtures) }

func TestMatchOperatorProblems(t *testing.T) {
	runProblems(t, []problemCase{
		{"trailing backslashes", Match{Operator: &OneOf{In: []string{"a", `b\`}, NotIn: []string{`\`}}}, []string{
			"operator.in[1] | in: `b\\` ends in a backslash with nothing to escape; write \\\\ for a backslash",
			"operator.not_in[0] | not_in: `\\` ends in a backslash with nothing to escape; write \\\\ for a backslash",
		}},
	})
}
