package textfold

import (
	"encoding/binary"
	"slices"
	"sync"
	"unicode/utf8"
)

// Fold returns the text that [Set] compares, but for its modifiers: name in
// NFKC and full case folding (Unicode's NFKC_Casefold), with traditional Han
// characters as simplified ones and without invisible characters and the
// combining marks of Latin letters. A name that is folded already is returned
// as it is, without allocating; folding twice changes nothing.
//
// A letter keeps 30 marks at most, which is what Unicode's Stream-Safe Text
// Format (UAX #15) grants any writing system: so no name costs more than
// linear time.
func Fold(name string) string {
	s := scratches.Get().(*scratch)
	defer s.release()
	s.text = AppendFold(s.text[:0], name)
	if string(s.text) == name {
		return name
	}
	return string(s.text)
}

// AppendFold appends Fold(name) to dst.
func AppendFold(dst []byte, name string) []byte {
	dst, _ = appendFold(dst, name)
	return dst
}

// appendFold is AppendFold, and reports whether name is plain: ASCII and Han
// characters, of which none is a look-alike.
func appendFold(dst []byte, name string) (_ []byte, plain bool) {
	f := folder{start: len(dst)}
	dst, plain = slices.Grow(dst, len(name)), true
	latin, iotas := false, 0 // of f, which has them only while it works
	for i := 0; i < len(name); {
		c := name[i]
		switch {
		// Most of most names: ASCII, eight characters at a time where there
		// are as many, and Han characters.
		case c < utf8.RuneSelf:
			if i+8 <= len(name) {
				if x, ok := foldASCII(load64(name, i)); ok {
					dst = binary.LittleEndian.AppendUint64(dst, x)
					last := byte(x >> 56)
					latin, iotas = 'a' <= last && last <= 'z', 0
					i += 8
					continue
				}
			}
			i++
			if 'a' <= c|0x20 && c|0x20 <= 'z' {
				dst, latin, iotas = append(dst, c|0x20), true, 0
			} else if ' ' <= c && c != 0x7F {
				dst, latin, iotas = append(dst, c), false, 0
			}
			continue
		case 0xE3 < c && c < 0xEA && i+3 <= len(name) && name[i+1]>>6 == 2 && name[i+2]>>6 == 2:
			r := rune(c&0xF)<<12 | rune(name[i+1]&0x3F)<<6 | rune(name[i+2]&0x3F)
			v := foldOf(r)
			if v == foldCopy {
				dst = append(dst, c, name[i+1], name[i+2])
				latin, iotas = false, 0
				i += 3
				continue
			}
			if simplified, ok := foldHan(v); ok {
				dst = append(dst, simplified...)
				latin, iotas = false, 0
				i += 3
				continue
			}
		}
		r, n := utf8.DecodeRuneInString(name[i:])
		f.dst, f.latin, f.iotas = dst, latin, iotas
		f.add(r)
		dst, latin, iotas = f.dst, f.latin, f.iotas
		plain = false
		i += n
	}
	return dst, plain
}

// foldHan returns the simplified form of a Han character that folds as v.
func foldHan(v uint16) (simplified string, ok bool) {
	if v < foldEntry {
		return "", false
	}
	simplified, flags := entry(foldText, foldEntries[v-foldEntry])
	return simplified, flags == 0
}

func load64(s string, i int) uint64 {
	_ = s[i+7]
	return uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
		uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
}

// foldASCII folds eight characters at once, if they are visible ASCII.
func foldASCII(x uint64) (folded uint64, ok bool) {
	const each, high = 0x0101010101010101, 0x8080808080808080
	if (x|(x-' '*each)|(x+each))&high != 0 { // one beyond ASCII, one below space, or DEL
		return 0, false
	}
	capital := ((x + (0x80-'A')*each) &^ (x + (0x80-'Z'-1)*each)) & high
	return x | capital>>2, true // 0x80>>2 is the bit that tells a from A
}

// A scratch is what a search needs while it runs.
type scratch struct {
	text  []byte // folded
	flags []byte // of each byte of text, where somebody asks
}

var scratches = sync.Pool{New: func() any {
	return &scratch{text: make([]byte, 0, 512), flags: make([]byte, 0, 512)}
}}

// release makes s available again, unless it grew so much that keeping it
// would cost more than it saves.
func (s *scratch) release() {
	if cap(s.text) <= 1<<20 {
		scratches.Put(s)
	}
}

// maxMarks is how many combining marks a letter keeps.
const maxMarks = 30

// A folder folds characters one after the other. Most stand for a string of
// their own, whatever is beside them; those that combine with what precedes
// them find it at the end of dst, composed.
type folder struct {
	dst   []byte
	start int  // where dst begins to be this folder's
	latin bool // the last base character is a Latin letter: its marks go
	iotas int  // how many ι at the end of dst were U+0345, which sorts behind all marks
}

// add folds one character.
func (f *folder) add(r rune) {
	switch v := foldOf(r); {
	case v <= foldLatin:
		f.dst, f.latin, f.iotas = utf8.AppendRune(f.dst, r), v == foldLatin, 0
	case v == foldDelete:
	case v >= foldEntry:
		s, flags := entry(foldText, foldEntries[v-foldEntry])
		if flags == entrySlow {
			for _, r := range s {
				f.add(r)
			}
			return
		}
		f.dst, f.latin, f.iotas = append(f.dst, s...), flags == entryLatin, 0
		if flags == entryIota {
			f.iotas = 1
		}
	case v == foldJamo:
		f.addSecond(r)
	case f.latin:
		// A mark of a Latin letter.
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
	f.dst, f.latin, f.iotas = utf8.AppendRune(f.dst, r), false, 0
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
	f.latin, f.iotas = false, iotas
}

const iotaSubscript = '\u0345'
