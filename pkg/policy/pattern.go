package policy

import (
	"math/bits"
	"regexp"
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// A pattern is a regular expression with what a text must have for it to match. Most
// names lack it, and are passed over twenty times as fast as the expression itself says
// no (see BenchmarkPattern).
type pattern struct {
	*regexp.Regexp

	first charset // a match that must begin the text begins with one of them
	need  charset // a match has at least one of them
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
// charsetOf says of it.
func (p *pattern) mayMatch(text string, has *charset) bool {
	if p.first != anything && (text == "" || !p.first.has(text[0])) {
		return false
	}
	return p.need == anything || p.need.intersects(has)
}

// A charset is a set of ASCII characters, by their bytes. All others are in it, or none
// is: then so are the bytes that they are made of.
type charset [4]uint64

var (
	anything = charset{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
	notASCII = charset{2: ^uint64(0), 3: ^uint64(0)}
)

// charsetOf is what a text is made of. What is not UTF-8 is another character, as it is
// to a regular expression.
func charsetOf(text string) charset {
	var low, high uint64
	ascii := true
	for i := range len(text) {
		switch b, bit := text[i], uint64(1)<<(text[i]&63); {
		case b < 64:
			low |= bit
		case b < utf8.RuneSelf:
			high |= bit
		default:
			ascii = false
		}
	}
	c := charset{low, high}
	if !ascii {
		c.add(notASCII)
	}
	return c
}

// has reports whether a character that begins with a byte may be in the set.
func (c *charset) has(b byte) bool { return c[b>>6]>>(b&63)&1 != 0 }

func (c *charset) intersects(d *charset) bool {
	return c[0]&d[0]|c[1]&d[1]|c[2]&d[2]|c[3]&d[3] != 0
}

func (c *charset) add(d charset) {
	for i := range c {
		c[i] |= d[i]
	}
}

func (c *charset) size() int {
	n := 0
	for _, word := range c {
		n += bits.OnesCount64(word)
	}
	return n
}

// need is a set of which each match has a character: the one that most names have none
// of, and anything where there is no such set.
func need(re *syntax.Regexp) charset {
	switch re.Op {
	case syntax.OpNoMatch:
		return charset{}
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
		var either charset
		for _, sub := range re.Sub {
			either.add(need(sub))
		}
		return either
	}
	return anything
}

// rarer is the smaller set; characters beyond ASCII are in most names.
func rarer(a, b charset) charset {
	if b.size() < a.size() {
		return b
	}
	return a
}

// first are the characters that a match can begin with; empty says that a match can be
// empty.
func first(re *syntax.Regexp) (c charset, empty bool) {
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
			if c.add(next); !empty {
				return c, false
			}
		}
		return c, true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			next, nothing := first(sub)
			c.add(next)
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
func literal(r rune, flags syntax.Flags) charset {
	c := class([]rune{r, r})
	if flags&syntax.FoldCase != 0 {
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			c.add(class([]rune{other, other}))
		}
	}
	return c
}

// class is a set of ranges, each its first and last character.
func class(ranges []rune) (c charset) {
	for i := 0; i < len(ranges); i += 2 {
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			if r >= utf8.RuneSelf {
				c.add(notASCII)
				break
			}
			c[r>>6] |= 1 << (r & 63)
		}
	}
	return c
}
