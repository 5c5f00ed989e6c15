package textfold

import (
	"slices"
	"unicode/utf8"
)

// Fold returns the text that [Set] compares, but for its modifiers: name in
// NFKC and full case folding (Unicode's NFKC_Casefold), with Han characters in the
// traditional, a Japanese or another variant form as simplified ones, and without
// invisible and private-use characters and the combining marks of Latin letters
// and Han characters. A name that is folded already is returned as it is, without
// allocating; folding twice changes nothing.
//
// A letter keeps 30 marks at most, which is what Unicode's Stream-Safe Text
// Format (UAX #15) grants any writing system: so no name costs more than
// linear time.
func Fold(name string) string {
	t := NewText(name)
	defer t.Release()
	folded := t.read(false, false).text
	if string(folded) == name {
		return name
	}
	return string(folded)
}

// MaxGrowth is how many characters at most a name folds to, for each byte that it has:
// the three bytes of U+FDFA are a greeting of eighteen.
const MaxGrowth = 6

// AppendFold appends Fold(name) to dst.
func AppendFold(dst []byte, name string) []byte {
	f := folder{dst: slices.Grow(dst, len(name)), start: len(dst)}
	for _, r := range name {
		f.add(r)
	}
	return f.dst
}

// maxMarks is how many combining marks a letter keeps.
const maxMarks = 30

// A folder folds characters one after the other. Most stand for a string of
// their own, whatever is beside them; those that combine with what precedes
// them find it at the end of dst, composed.
type folder struct {
	dst   []byte
	start int  // where dst begins to be this folder's
	bare  bool // the last base character is a Latin letter or Han: its marks go
	iotas int  // how many ι at the end of dst were U+0345, which sorts behind all marks
}

// add folds one character.
func (f *folder) add(r rune) {
	switch v := foldOf(r); {
	case v <= foldHan:
		f.dst, f.bare, f.iotas = utf8.AppendRune(f.dst, r), v != foldCopy, 0
	case v <= foldPrivate:
	case v >= foldEntry:
		s, flags := entry(foldText, foldEntries[v-foldEntry])
		if flags == entrySlow {
			for _, r := range s {
				f.add(r)
			}
			return
		}
		f.dst, f.bare, f.iotas = append(f.dst, s...), flags&(entryLatin|entryHan) != 0, 0
		if flags == entryIota {
			f.iotas = 1
		}
	case v == foldJamo:
		f.addSecond(r)
	case f.bare:
		// A mark of a Latin letter or a Han character.
	case v == foldMark:
		f.dst, f.iotas = utf8.AppendRune(f.dst, r), 0
	case v == foldCompose:
		f.addSecond(r)
	default:
		f.addMark(r)
	}
}

// addSecond adds a character of combining class 0 that composes with some of
// those that it may follow directly.
func (f *folder) addSecond(r rune) {
	last, n := utf8.DecodeLastRune(f.dst[f.start:])
	if n > 0 {
		if c := compose(last, r); c != 0 {
			f.dst, r = f.dst[:len(f.dst)-n], c
		}
	}
	f.dst, f.bare, f.iotas = utf8.AppendRune(f.dst, r), false, 0
}

// A mark is a combining mark and its combining class, which is not 0.
type mark struct {
	r   rune
	ccc uint8
}

// addMark adds a combining mark whose class is not 0: it takes the character
// at the end of dst and its marks apart, puts the marks in canonical order
// and composes what composes.
func (f *folder) addMark(r rune) {
	end := len(f.dst) - f.iotas*len("ι")
	var marks [maxMarks + 1]mark
	n := 0
	insert := func(m mark) {
		i := n
		for ; i > 0 && marks[i-1].ccc > m.ccc; i-- {
			marks[i] = marks[i-1]
		}
		marks[i] = m
		n++
	}

	// The marks at the end, and before them the base, of whose own marks
	// those inside precede those outside.
	at, base := end, rune(0)
	for at > f.start {
		last, size := utf8.DecodeLastRune(f.dst[f.start:at])
		at -= size
		if combiningClass(last) == 0 {
			base = last
			break
		}
	}
	tail := f.dst[at:end]
	if base != 0 {
		tail = tail[utf8.RuneLen(base):]
		var inner [maxMarks]mark
		k := 0
		for {
			a, b := decompose(base)
			ccc := combiningClass(b)
			if a == 0 || ccc == 0 {
				break
			}
			base, inner[k] = a, mark{b, ccc}
			k++
		}
		for k > 0 {
			k--
			insert(inner[k])
		}
	}
	for len(tail) > 0 {
		m, size := utf8.DecodeRune(tail)
		insert(mark{m, combiningClass(m)})
		tail = tail[size:]
	}
	if n+f.iotas >= maxMarks {
		return
	}
	iotas := f.iotas
	if r == iotaSubscript {
		iotas++
	} else {
		insert(mark{r, combiningClass(r)})
	}

	kept, class := 0, uint8(0) // of the last one kept
	for _, m := range marks[:n] {
		// A mark composes with the base unless one of its class or a higher
		// one, which must be the last, stands between them.
		if base != 0 && class < m.ccc {
			if c := compose(base, m.r); c != 0 {
				base = c
				continue
			}
		}
		marks[kept] = m
		kept, class = kept+1, m.ccc
	}
	f.dst = f.dst[:at]
	if base != 0 {
		f.dst = utf8.AppendRune(f.dst, base)
	}
	for _, m := range marks[:kept] {
		f.dst = utf8.AppendRune(f.dst, m.r)
	}
	for range iotas {
		f.dst = append(f.dst, "ι"...)
	}
	f.bare, f.iotas = false, iotas
}

const iotaSubscript = '\u0345'
