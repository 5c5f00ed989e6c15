package policy

import (
	"regexp"
	"regexp/syntax"
	"slices"

	"topicgate/pkg/textfold"
)

// What a decision costs has a bound, so that it ends in time whatever a name holds, on a
// function with a tenth of a processor too. Expressions could cost the most: the time of
// one is at most its instructions times the characters that it looks at. They are
// counted, so that the same policy is fine on every machine or on none. A step takes 8 to
// 18 ns on one processor of a server of 2025.
const maxSteps = 4 << 20

// globSteps are as many steps of globs as take the time of one of an expression.
const globSteps = 8

// spend takes steps from what a decision may cost, and reports whether they are left.
func (c *compiler) spend(steps int) bool {
	if c.steps+steps > maxSteps {
		return false
	}
	c.steps += steps
	return true
}

// pattern is an expression compiled, or nil where none is written or it is none.
func (c *compiler) pattern(key, expression string, folded bool) *regexp.Regexp {
	if expression == "" {
		return nil
	}
	re, err := regexp.Compile(expression)
	if err != nil {
		c.problem(key, "", "%q is not a regular expression: %v", expression, err)
		return nil
	}
	parsed, _ := syntax.Parse(expression, syntax.Perl) // as Compile did, which does not show its program
	program, _ := syntax.Compile(parsed.Simplify())
	steps := len(program.Inst) * MaxName
	if folded {
		steps *= textfold.MaxGrowth
	}
	if !c.spend(steps) {
		c.problem(key, "repeat less ({0,30}), leave lengths to length_outside and words to contains",
			"takes too long on the longest name: %d steps, of which all expressions together may take %d", steps, maxSteps)
	}
	return re
}

// steps is the most that a glob may take on the longest UserID: what stands before its
// first star is compared once, what stands behind it at each character.
func (g glob) steps() int {
	before := slices.Index(g.tokens, anyRun)
	if before < 0 {
		return min(len(g.tokens), MaxOperator)
	}
	return before + (len(g.tokens)-before-1)*MaxOperator + 1
}
