package textfold

import (
	"fmt"
	"math"
	"unicode/utf8"
)

// An EmptyNameError lists the reserved names of which nothing is left without
// invisible characters, white space, punctuation, symbols and emoji.
type EmptyNameError struct {
	Names []string
}

func (e *EmptyNameError) Error() string {
	return fmt.Sprintf("names %+q have nothing to resemble", e.Names)
}

// Names are reserved names, compiled for telling which one a name resembles.
//
// Whole names are compared, clean: in NFKC, without invisible characters,
// white space, punctuation, symbols and emoji. Two resemble each other when the
// skeletons of UTS #39 agree without case, those of the clean names or those
// of the clean names case-folded: the first sees that PaypaI is Paypal, the
// second that PАYРАL with Cyrillic capitals is paypal.
//
// A symbol can be a letter, too: Paypa| is Paypal. So names with symbols are
// also compared with them. And of a name such as C++ or C# too little is left
// without its signs: these are compared with all of them, and C is another name.
type Names struct {
	names []string
	bare  skeletons
	// Of names that are compared with all their signs.
	signs skeletons
}

// signs are what cleanBut leaves in a name.
type signs int

const (
	symbols  signs = iota
	allSigns       // symbols and punctuation
)

// skeletons tell the first name with a skeleton.
type skeletons struct {
	asWritten, folded map[string]int32
	longest           int // of the prototypes of which skeletons are made, in bytes
}

// NewNames compiles names. The error is an [*EmptyNameError].
func NewNames(names []string) (*Names, error) {
	n := &Names{names: append([]string(nil), names...)}
	var empty EmptyNameError
	for i, name := range names {
		text := clean(nil, name)
		if len(text) == 0 {
			empty.Names = append(empty.Names, name)
			continue
		}
		all := cleanBut(name, allSigns)
		if utf8.RuneCount(text) == 1 && len(all) > len(text) {
			n.signs.reserve(all, i)
			continue
		}
		n.bare.reserve(text, i)
		if hasSymbols(name) {
			n.bare.reserve(cleanBut(name, symbols), i)
		}
	}
	if empty.Names != nil {
		return nil, &empty
	}
	return n, nil
}

// reserve keeps both skeletons of a clean name, where no name before has the same.
func (s *skeletons) reserve(text []byte, i int) {
	for _, kind := range []struct {
		fold  bool
		names *map[string]int32
	}{{false, &s.asWritten}, {true, &s.folded}} {
		if *kind.names == nil {
			*kind.names = map[string]int32{}
		}
		whole, _ := prototypes(nil, text, kind.fold, math.MaxInt)
		s.longest = max(s.longest, len(whole))
		key := string(orderMarks(whole))
		if _, taken := (*kind.names)[key]; !taken {
			(*kind.names)[key] = int32(i) //nolint:gosec // nobody reserves two thousand million names
		}
	}
}

// Find returns the first reserved name that name resembles, as the list
// writes it.
func (n *Names) Find(name string) (reserved string, found bool) {
	var room [512]byte // enough for most names
	first := n.bare.find(clean(room[:0], name), len(n.names))
	if hasSymbols(name) {
		first = n.bare.find(cleanBut(name, symbols), first)
	}
	if n.signs.longest > 0 {
		first = n.signs.find(cleanBut(name, allSigns), first)
	}
	if first == len(n.names) {
		return "", false
	}
	return n.names[first], true
}

// find returns the first name that a clean text resembles, if it comes before another.
func (s *skeletons) find(text []byte, before int) int {
	var room [512]byte
	for _, kind := range [...]struct {
		fold  bool
		names map[string]int32
	}{{false, s.asWritten}, {true, s.folded}} {
		if all, short := prototypes(room[:0], text, kind.fold, s.longest); short {
			if i, found := kind.names[string(orderMarks(all))]; found {
				before = min(before, int(i))
			}
		}
	}
	return before
}

// hasSymbols reports whether a clean name lacks symbols that a name has.
func hasSymbols(name string) bool {
	for _, r := range name {
		if isDropped(r) && classOf(r) == classSymbol {
			return true
		}
	}
	return false
}

// isDropped reports whether a clean name has nothing of r.
func isDropped(r rune) bool {
	v := cleanOf(r)
	return v != 0 && skeletonEntries[v-1]>>4&(1<<6-1) == 0
}

// cleanBut is clean, but for signs that stay, folded.
func cleanBut(name string, stay signs) []byte {
	var dst []byte
	for _, r := range name {
		switch c := classOf(r); {
		case isDropped(r) && (c == classSymbol || c == classPunctuation && stay == allSigns):
			dst = AppendFold(dst, string(r))
		default:
			dst = appendClean(dst, r)
		}
	}
	return orderMarks(dst)
}

// clean appends to dst what of name counts, decomposed: NFD of its NFKC.
func clean(dst []byte, name string) []byte {
	start := len(dst)
	for _, r := range name {
		dst = appendClean(dst, r)
	}
	return dst[:start+len(orderMarks(dst[start:]))]
}

func appendClean(dst []byte, r rune) []byte {
	switch v := cleanOf(r); {
	case v != 0:
		s, _ := entry(skeletonText, skeletonEntries[v-1])
		return append(dst, s...)
	case hangulBase <= r && r < hangulEnd:
		r -= hangulBase
		dst = utf8.AppendRune(dst, leadBase+r/finals/vowels)
		dst = utf8.AppendRune(dst, vowelBase+r/finals%vowels)
		if r%finals > 0 {
			dst = utf8.AppendRune(dst, finalBase+r%finals)
		}
		return dst
	}
	return utf8.AppendRune(dst, r)
}

// prototypes appends what clean text looks like without case; it may be case-folded
// first. Folding a prototype's case yields no marks, so that the tables hold both in one.
// With its marks in order that is the skeleton. Short is false, and the rest left out,
// when it is longer than the most that is of interest.
func prototypes(dst, text []byte, fold bool, most int) (_ []byte, short bool) {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		v := uint16(0)
		if fold {
			v = foldedOf(r)
		}
		if v == 0 {
			v = skeletonOf(r)
		}
		if v != 0 {
			s, _ := entry(skeletonText, skeletonEntries[v-1])
			dst = append(dst, s...)
		} else {
			dst = append(dst, text[:n]...)
		}
		if len(dst) > most {
			return dst, false
		}
		text = text[n:]
	}
	return dst, true
}

// orderMarks puts the combining marks of decomposed text in canonical order,
// in place, and drops those beyond a letter's 30th.
func orderMarks(text []byte) []byte {
	var marks [maxMarks]mark
	kept := 0
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			text[kept] = text[i]
			kept, i = kept+1, i+1
			continue
		}
		n := 0
		for i < len(text) {
			r, size := utf8.DecodeRune(text[i:])
			ccc := combiningClass(r)
			if ccc == 0 {
				break
			}
			i += size
			if n == maxMarks {
				continue
			}
			j := n
			for ; j > 0 && marks[j-1].ccc > ccc; j-- {
				marks[j] = marks[j-1]
			}
			marks[j] = mark{r, ccc}
			n++
		}
		for _, m := range marks[:n] {
			kept += utf8.EncodeRune(text[kept:], m.r)
		}
		if i < len(text) {
			_, size := utf8.DecodeRune(text[i:])
			kept += copy(text[kept:], text[i:i+size])
			i += size
		}
	}
	return text[:kept]
}
