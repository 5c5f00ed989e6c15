package textfold

import (
	"fmt"
	"unicode/utf8"
)

// An EmptyNameError lists the reserved names of which nothing is left without
// invisible characters, white space, punctuation and emoji.
type EmptyNameError struct {
	Names []string
}

func (e *EmptyNameError) Error() string {
	return fmt.Sprintf("names %+q have nothing to resemble", e.Names)
}

// Names are reserved names, compiled for telling which one a name resembles.
//
// Whole names are compared, clean: in NFKC, without invisible characters,
// white space, punctuation and emoji. Two resemble each other when the
// skeletons of UTS #39 agree without case, those of the clean names or those
// of the clean names case-folded: the first sees that PaypaI is Paypal, the
// second that PАYРАL with Cyrillic capitals is paypal.
type Names struct {
	names []string
	// The first name with a skeleton, of either kind.
	asWritten, folded map[string]int32
}

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
		for _, kind := range []struct {
			fold  bool
			names map[string]int32
		}{{false, n.asWritten}, {true, n.folded}} {
			key := string(skeleton(nil, text, kind.fold))
			if _, taken := kind.names[key]; !taken {
				kind.names[key] = int32(i)
			}
		}
	}
	if empty.Names != nil {
		return nil, &empty
	}
	return n, nil
}

// Find returns the first reserved name that name resembles, as the list
// writes it.
func (n *Names) Find(name string) (reserved string, found bool) {
	var room, more [512]byte // enough for most names
	text := clean(room[:0], name)
	i, found := n.asWritten[string(skeleton(more[:0], text, false))]
	if j, also := n.folded[string(skeleton(more[:0], text, true))]; also && (!found || j < i) {
		i, found = j, true
	}
	if !found {
		return "", false
	}
	return n.names[i], true
}

// clean appends to dst what of name counts, decomposed: NFD of its NFKC.
func clean(dst []byte, name string) []byte {
	start := len(dst)
	for _, r := range name {
		switch v := cleanOf(r); {
		case v != 0:
			s, _ := entry(skeletonText, skeletonEntries[v-1])
			dst = append(dst, s...)
		case hangulBase <= r && r < hangulEnd:
			r -= hangulBase
			dst = utf8.AppendRune(dst, leadBase+r/finals/vowels)
			dst = utf8.AppendRune(dst, vowelBase+r/finals%vowels)
			if r%finals > 0 {
				dst = utf8.AppendRune(dst, finalBase+r%finals)
			}
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst[:start+len(orderMarks(dst[start:]))]
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
