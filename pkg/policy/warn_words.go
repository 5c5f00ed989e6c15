package policy

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"topicgate/pkg/textfold"
)

// What is odd about a word of a list: it is rarely what its author meant, and says
// nothing until somebody is refused, or nobody is.
type oddity int

const (
	commented oddity = iota // // spam
	tabbed                  // spam<TAB>3
	joinedUp                // a,b,c
	starred                 // *
	single                  // a
	unsigned                // s&m, found as sm
	contained               // ass, in class
	repeated                // spam, SPAM
	idle                    // an exemption that excuses nothing
	oddities
)

// wording is how each is reported, of one word and of several, and put right.
var wording = [oddities]struct{ one, many, how string }{
	commented: {"word looks like a comment", "words look like comments", "begin comments with #"},
	tabbed:    {"word holds a tab", "words hold a tab", "write one word a line, and nothing behind it"},
	joinedUp:  {"word holds commas", "words hold commas", "write one word a line"},
	starred:   {"word is nothing but stars", "words are nothing but stars", "a star is found as it is written; leave the match out to match everything"},
	single:    {"word is a single letter", "words are single letters", "names are full of them: remove it, or write a longer word"},
	unsigned:  {"word loses its signs to ignore_separators", "words lose their signs to ignore_separators", "write it without, or in a rule without ignore_separators"},
	contained: {"short word is found inside longer ones", "short words are found inside longer ones", "add whole_word: true, or list what is innocent under unless_contains"},
	repeated:  {"word is written twice", "words are written twice", "remove one of them; case, width and the like make no other word"},
	idle:      {"exemption excuses nothing", "exemptions excuse nothing", "write a longer word that holds one of contains"},
}

// warnWords looks for what is odd in the lists of a name's conditions.
func (c *compiler) warnWords(n *Name, set *textfold.Set) {
	var found [oddities]textfold.Some
	matters := [oddities]bool{commented: true, tabbed: true, joinedUp: true, starred: true, single: true,
		unsigned:  n.IgnoreSeps && !c.byVariable(),                    // which cannot say less
		contained: !n.WholeWord && n.Unless == nil && !c.byVariable(), // which cannot say more
	}
	for i, word := range n.Contains {
		if odd, ok := oddOf(word); ok && matters[odd] {
			found[odd].Add(i)
		}
	}
	found[repeated] = set.Repeated()
	c.warnList(c.path.Key("contains"), n.Contains, &found)

	if len(n.Unless) == 0 {
		return
	}
	found = [oddities]textfold.Some{}
	used := c.exemptionsOf(n.Unless)
	for i, word := range n.Unless {
		if odd, ok := oddOf(word); ok && odd < single {
			found[odd].Add(i)
			used.excuses[i] = true
		} else if !used.excuses[i] {
			used.excuses[i] = set.Excuses(word)
		}
	}
	c.warnList(c.path.Key("unless_contains"), n.Unless, &found)
}

// exemptions are a list of exempt words and which of them excuse something, wherever the
// list is used: one list may go with several lists of words.
type exemptions struct {
	path    Path // of its first use
	list    []string
	excuses []bool
}

func (c *compiler) exemptionsOf(list []string) *exemptions {
	for _, e := range c.exempt {
		if &e.list[0] == &list[0] {
			return e
		}
	}
	e := &exemptions{c.path.Key("unless_contains"), list, make([]bool, len(list))}
	c.exempt = append(c.exempt, e)
	return e
}

// warnIdle reports the exempt words that excuse nothing anywhere.
func (c *compiler) warnIdle() {
	for _, e := range c.exempt {
		var found [oddities]textfold.Some
		for i, excuses := range e.excuses {
			if !excuses {
				found[idle].Add(i)
			}
		}
		c.warnList(e.path, e.list, &found)
	}
}

// byVariable reports whether a variable wrote the rule at hand.
func (c *compiler) byVariable() bool {
	i, _, ok := c.path.InRule()
	return ok && c.spec.Rules[i].Origin.Variable != ""
}

// oddOf is the first oddity that a word has by itself.
func oddOf(word string) (odd oddity, ok bool) {
	for _, comment := range [...]string{"//", "/*", "<!--", "--", ";"} {
		if strings.HasPrefix(word, comment) {
			return commented, true
		}
	}
	switch {
	case strings.Contains(word, "\t"):
		return tabbed, true
	case strings.Trim(word, "*") == "":
		return starred, true
	}
	word = strings.TrimPrefix(strings.TrimSuffix(word, "*"), "*") // stars at its ends say that it goes on
	commas, letters, ascii, signs := 0, 0, 0, 0
	before := ' '
	for i, r := range word {
		switch {
		case r|0x20 >= 'a' && r|0x20 <= 'z':
			ascii++
			letters++
		case strings.ContainsRune(",，、;；|", r):
			next, _ := utf8.DecodeRuneInString(word[i+utf8.RuneLen(r):])
			if before != ' ' && next != ' ' && next != utf8.RuneError {
				commas++
			}
			signs++
		case strings.ContainsRune(" -_.'’·・\u3000", r), r < utf8.RuneSelf && unicode.IsDigit(r):
		case unicode.IsPunct(r), unicode.IsSymbol(r):
			signs++
		default:
			letters++
		}
		before = r
	}
	switch length := utf8.RuneCountInString(word); {
	case commas > 1:
		return joinedUp, true
	case length == 1 && isSpaced(before):
		return single, true
	case signs > 0 && letters > 0:
		return unsigned, true
	case ascii == length && length <= 3:
		return contained, true
	}
	return 0, false
}

// isSpaced reports whether r is a letter or digit of a script that writes words of
// several, with spaces between them.
func isSpaced(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsNumber(r)) &&
		!unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// warnList reports what is odd in a list: one warning of each kind, with the first words.
// A list that several rules use is reported once.
func (c *compiler) warnList(at Path, list []string, found *[oddities]textfold.Some) {
	for odd, some := range found {
		if some.Count == 0 || c.noted[noted{&list[0], oddity(odd)}] {
			continue
		}
		c.noted[noted{&list[0], oddity(odd)}] = true
		words := wording[odd].many
		if some.Count == 1 {
			words = wording[odd].one
		}
		p := c.told(at.Item(some.First[0]), at.Last(), wording[odd].how, "%d %s", some.Count, words)
		p.More = some.Count > len(some.First)
		for _, i := range some.First {
			p.Examples = append(p.Examples, Example{Text: list[i], Path: at.Item(i)})
		}
		c.warnings = append(c.warnings, p)
	}
}

// noted is what was said of a list, which is known by where it begins.
type noted struct {
	list *string
	odd  oddity
}
