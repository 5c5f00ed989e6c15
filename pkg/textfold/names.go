package textfold

import (
	"fmt"
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
	// The first name with a skeleton, of either kind.
	asWritten, folded map[string]int32
	// The same of names that are compared with all their signs; nil for none.
	signsAsWritten, signsFolded map[string]int32
}

// signs are what cleanBut leaves in a name.
type signs int

const (
	symbols  signs = iota
	allSigns       // symbols and punctuation
)

// NewNames compiles names. The error is an [*EmptyNameError].
func NewNames(names []string) (*Names, error) {
	n := &Names{
		names:     append([]string(nil), names...),
		asWritten: make(map[string]int32, len(names)),
		folded:    make(map[string]int32, len(names)),
	}
	var empty EmptyNameError
	for i, name := range names {
		text := clean(nil, name)
		if len(text) == 0 {
			empty.Names = append(empty.Names, name)
			continue
		}
		all := cleanBut(name, allSigns)
		if utf8.RuneCount(text) == 1 && len(all) > len(text) {
			if n.signsFolded == nil {
				n.signsAsWritten, n.signsFolded = map[string]int32{}, map[string]int32{}
			}
			reserve(n.signsAsWritten, n.signsFolded, all, i)
			continue
		}
		reserve(n.asWritten, n.folded, text, i)
		if hasSymbols(name) {
			reserve(n.asWritten, n.folded, cleanBut(name, symbols), i)
		}
	}
	if empty.Names != nil {
		return nil, &empty
	}
	return n, nil
}

// reserve keeps both skeletons of a clean name, where no name before has the same.
func reserve(asWritten, folded map[string]int32, text []byte, i int) {
	for _, kind := range []struct {
		fold  bool
		names map[string]int32
	}{{false, asWritten}, {true, folded}} {
		key := string(skeleton(nil, text, kind.fold))
		if _, taken := kind.names[key]; !taken {
			kind.names[key] = int32(i) //nolint:gosec // nobody reserves two thousand million names
		}
	}
}

// Find returns the first reserved name that name resembles, as the list
// writes it.
func (n *Names) Find(name string) (reserved string, found bool) {
	var room [512]byte // enough for most names
	first := find(n.asWritten, n.folded, clean(room[:0], name), len(n.names))
	if hasSymbols(name) {
		first = find(n.asWritten, n.folded, cleanBut(name, symbols), first)
	}
	if n.signsFolded != nil {
		first = find(n.signsAsWritten, n.signsFolded, cleanBut(name, allSigns), first)
	}
	if first == len(n.names) {
		return "", false
	}
	return n.names[first], true
}

// find returns the first name that a clean text resembles, if it comes before another.
func find(asWritten, folded map[string]int32, text []byte, before int) int {
	var room [512]byte
	for _, i := range [...]int{
		lookUp(asWritten, skeleton(room[:0], text, false)),
		lookUp(folded, skeleton(room[:0], text, true)),
	} {
		if i >= 0 {
			before = min(before, i)
		}
	}
	return before
}

func lookUp(names map[string]int32, key []byte) int {
	if i, found := names[string(key)]; found {
		return int(i)
	}
	return -1
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

// skeleton appends the case-folded skeleton of clean text, which may be
// case-folded first. Folding a prototype's case yields no marks, so that the
// tables hold both in one.
func skeleton(dst, text []byte, fold bool) []byte {
	start := len(dst)
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
		text = text[n:]
	}
	return dst[:start+len(orderMarks(dst[start:]))]
}

// orderMarks puts the combining marks of decomposed text in canonical order,
// in place, and drops those beyond a letter's 30th.
func orderMarks(text []byte) []byte {
	var marks [maxMarks]mark
	kept := 0
	for i := 0; i < len(text); {
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
