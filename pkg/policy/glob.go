package policy

import (
	"errors"
	"slices"
)

// A glob is a pattern over a whole UserID: * is any run of characters, ? any one,
// and \ takes the next one literally. It is not path.Match, for which / stops a
// star and [ opens a class: both are ordinary in a UserID.
type glob struct {
	written string
	tokens  []rune // characters, anyOne and anyRun
}

// Wildcards stand in a glob's tokens as values that no character has.
const (
	anyOne rune = -1
	anyRun rune = -2
)

var errTrailingBackslash = errors.New(`ends in a backslash with nothing to escape`)

func compileGlob(pattern string) (glob, error) {
	g := glob{written: pattern}
	escaped := false
	for _, r := range pattern {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
			continue
		case r == '?':
			r = anyOne
		case r == '*':
			if n := len(g.tokens); n > 0 && g.tokens[n-1] == anyRun {
				continue
			}
			r = anyRun
		}
		g.tokens = append(g.tokens, r)
	}
	if escaped {
		return glob{}, errTrailingBackslash
	}
	return g, nil
}

func (g glob) literal() bool {
	return !slices.ContainsFunc(g.tokens, func(token rune) bool { return token < 0 })
}

// text is what a literal glob matches.
func (g glob) text() string { return string(g.tokens) }

// match takes time at most the product of both lengths: on a mismatch only the
// last star is tried again, one character further.
func (g glob) match(s string) bool {
	text := []rune(s)
	token, at := 0, 0
	star, resume := -1, 0
	for at < len(text) {
		switch {
		case token < len(g.tokens) && g.tokens[token] == anyRun:
			star, resume = token, at
			token++
		case token < len(g.tokens) && (g.tokens[token] == text[at] || g.tokens[token] == anyOne):
			token, at = token+1, at+1
		case star < 0:
			return false
		default:
			resume++
			token, at = star+1, resume
		}
	}
	rest := g.tokens[token:]
	return len(rest) == 0 || len(rest) == 1 && rest[0] == anyRun
}
