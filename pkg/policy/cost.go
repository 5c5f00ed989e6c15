package policy

import (
	"regexp"
	"regexp/syntax"

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

// patternSteps is the most that a search with an expression may take.
func patternSteps(expression string, folded bool) int {
	characters := MaxName
	if folded {
		characters = MaxName * textfold.MaxGrowth
	}
	return instructions(expression) * characters
}

// instructions is how long the program of an expression is.
func instructions(expression string) int {
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return 0 // reported already
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return 0
	}
	return len(program.Inst)
}

// pattern is an expression compiled, or nil where none is written or it is none.
func (c *compiler) pattern(key, expression string, folded bool) *regexp.Regexp {
	if expression == "" {
		return nil
	}
	re, err := regexp.Compile(expression)
	switch steps := patternSteps(expression, folded); {
	case err != nil:
		c.problem(key, "", "%q is not a regular expression: %v", expression, err)
		return nil
	case !c.spend(steps):
		c.problem(key, "repeat less ({0,30}), leave lengths to length_outside and words to contains",
			"takes too long on the longest name: %d steps, of which all expressions together may take %d", steps, maxSteps)
	}
	return re
}

// steps is the most that a glob may take on the longest UserID: what stands before its
// first star is compared once, what stands behind it at each character.
func (g glob) steps() int {
	for i, token := range g.tokens {
		if token == anyRun {
			return i + (len(g.tokens)-i-1)*MaxOperator + 1
		}
	}
	return min(len(g.tokens), MaxOperator)
}
