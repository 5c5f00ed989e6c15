package policy

import (
	"math/bits"
	"regexp"
	"regexp/syntax"
	"slices"
	"unicode"

	"topicgate/pkg/textfold"
)

// A pattern is a regular expression with what a text must have for it to match. Most
// names lack it, and are passed over twenty times as fast as the expression itself says
// no (see BenchmarkPattern).
type pattern struct {
	*regexp.Regexp

	first textfold.Bytes // a match that must begin the text begins with one of them
	need  textfold.Bytes // a match has at least one of them
}

func compilePattern(expression string) (pattern, error) {
	re, err := regexp.Compile(expression)
	if err != nil {
		return pattern{}, err
	}
	p := pattern{Regexp: re, first: anything}
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return pattern{}, err // regexp.Compile has parsed it
	}
	p.need = need(parsed)
	if beginsText(parsed) {
		if first, empty := first(parsed); !empty {
			p.first = first
		}
	}
	return p, nil
}

// mayMatch is false of a text that the expression surely does not match. has is what
// textfold.BytesOf says of it.
func (p *pattern) mayMatch(text string, has *textfold.Bytes) bool {
	if p.first != anything && (text == "" || !p.first.Has(text[0])) {
		return false
	}
	return p.need == anything || p.need.Intersects(has)
}

// The sets of an expression have all bytes beyond ASCII, or none: to it, what is not
// UTF-8 is a character too.
var (
	anything = textfold.Bytes{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
	notASCII = textfold.Bytes{2: ^uint64(0), 3: ^uint64(0)}
)

// need is a set of which each match has a character: the one that most names have none
// of, and anything where there is no such set.
func need(re *syntax.Regexp) textfold.Bytes {
	switch re.Op {
	case syntax.OpNoMatch:
		return textfold.Bytes{}
	case syntax.OpLiteral:
		rarest := anything
		for _, r := range re.Rune {
			rarest = rarer(rarest, literal(r, re.Flags))
		}
		return rarest
	case syntax.OpCharClass:
		return class(re.Rune)
	case syntax.OpCapture, syntax.OpPlus:
		return need(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return need(re.Sub[0])
		}
	case syntax.OpConcat:
		rarest := anything
		for _, sub := range re.Sub {
			rarest = rarer(rarest, need(sub))
		}
		return rarest
	case syntax.OpAlternate:
		var either textfold.Bytes
		for _, sub := range re.Sub {
			either.Union(need(sub))
		}
		return either
	}
	return anything
}

func size(b textfold.Bytes) (n int) {
	for _, word := range b {
		n += bits.OnesCount64(word)
	}
	return n
}

// rarer is the smaller set; characters beyond ASCII are in most names.
func rarer(a, b textfold.Bytes) textfold.Bytes {
	if size(b) < size(a) {
		return b
	}
	return a
}

// first are the characters that a match can begin with; empty says that a match can be
// empty.
func first(re *syntax.Regexp) (c textfold.Bytes, empty bool) {
	switch re.Op {
	case syntax.OpNoMatch:
		return c, false
	case syntax.OpLiteral:
		return literal(re.Rune[0], re.Flags), false
	case syntax.OpCharClass:
		return class(re.Rune), false
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return anything, false
	case syntax.OpCapture, syntax.OpPlus:
		return first(re.Sub[0])
	case syntax.OpStar, syntax.OpQuest, syntax.OpRepeat:
		c, empty = first(re.Sub[0])
		return c, empty || re.Op != syntax.OpRepeat || re.Min == 0
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			next, empty := first(sub)
			if c.Union(next); !empty {
				return c, false
			}
		}
		return c, true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			next, nothing := first(sub)
			c.Union(next)
			empty = empty || nothing
		}
		return c, empty
	}
	return c, true // a place between characters
}

// beginsText reports whether every match begins where the text does.
func beginsText(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpBeginText:
		return true
	case syntax.OpCapture, syntax.OpConcat:
		return beginsText(re.Sub[0])
	case syntax.OpAlternate:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !beginsText(sub) })
	}
	return false
}

// literal is a character of an expression, in any case where it says so: k is also K
// and the Kelvin sign.
func literal(r rune, flags syntax.Flags) textfold.Bytes {
	c := class([]rune{r, r})
	if flags&syntax.FoldCase != 0 {
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			c.Union(class([]rune{other, other}))
		}
	}
	return c
}

// class is a set of ranges, each its first and last character.
func class(ranges []rune) (c textfold.Bytes) {
	for pair := range slices.Chunk(ranges, 2) {
		for r := pair[0]; r <= min(pair[1], unicode.MaxASCII); r++ {
			c[r>>6] |= 1 << (r & 63)
		}
		if pair[1] > unicode.MaxASCII {
			c.Union(notASCII)
		}
	}
	return c
}
