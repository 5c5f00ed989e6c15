package textfold

import (
	"slices"
	"sync"
	"unicode/utf8"
)

// A Text is a name that several sets search. Each reading of it is made once, by the
// first set that asks for it. It serves one goroutine.
type Text struct {
	name     string
	readings [4]reading // by looks and joined, see read
	scratch  scratch
	found    place // of the hit that was found last
}

// A reading is one way to take a name.
type reading struct {
	made   bool
	absent bool   // a look-alike reading that is the plain one
	text   []byte // folded; padding follows
	flags  []byte // of each byte of text, or none when no flag is set
}

// padding follows every searched text, so that 8 bytes can be read anywhere.
const padding = "\x00\x00\x00\x00\x00\x00\x00\x00"

// texts keeps the memory of readings: without it a decision on a policy with two kinds
// of word lists makes eleven allocations, of which eight are the most that it may.
var texts = sync.Pool{New: func() any { return new(Text) }}

// NewText makes a text of a name. It is good until its Release.
func NewText(name string) *Text {
	t := texts.Get().(*Text)
	t.name = name
	return t
}

// Release ends the use of a text. Its memory is used again, unless a very long name has
// made that large.
func (t *Text) Release() {
	t.name = "" // which a pool need not keep alive
	for i := range t.readings {
		if r := &t.readings[i]; cap(r.text) > 1<<16 {
			*r = reading{}
		} else {
			r.made = false
		}
	}
	texts.Put(t)
}

// read returns a reading: with look-alikes as Latin, without separators, or both.
func (t *Text) read(looks, joined bool) *reading {
	i := 0
	if looks {
		i |= 1
	}
	if joined {
		i |= 2
	}
	r := &t.readings[i]
	if !r.made {
		t.prepare(r, looks, joined)
	}
	return r
}

func (t *Text) prepare(r *reading, looks, joined bool) {
	r.made, r.absent = true, false
	r.text, r.flags = r.text[:0], r.flags[:0]
	switch {
	case joined:
		apart := t.read(looks, false)
		if r.absent = apart.absent; !r.absent {
			r.text, r.flags = joinParts(append(r.text, apart.text...), append(r.flags, apart.flags...), true)
		}
	case looks:
		if r.absent = !hasLooks(t.name); !r.absent {
			var looked bool
			r.text, r.flags, looked = appendLook(r.text, r.flags, t.name, false)
			r.absent = !looked
		}
	default:
		r.text = AppendFold(r.text, t.name)
	}
	n := len(r.text)
	r.text = append(r.text, padding...)[:n]
}

// joinParts drops the separators of folded text, and the marks on them. With
// mark it flags the bytes that followed one.
func joinParts(text, flags []byte, mark bool) (_, _ []byte) {
	if mark && len(flags) == 0 {
		flags = slices.Grow(flags, len(text))[:len(text)]
		clear(flags)
	}
	kept, dropped := 0, false
	for i := 0; i < len(text); {
		r, n := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(text[i:])
		}
		c := classOf(r)
		if c.separator() || dropped && c.mark() {
			dropped = true
			i += n
			continue
		}
		if kept < i { // something was dropped
			copy(text[kept:], text[i:i+n])
			if len(flags) > 0 {
				copy(flags[kept:], flags[i:i+n])
				if dropped {
					flags[kept] |= flagAfter
				}
			}
		}
		dropped = false
		kept += n
		i += n
	}
	return text[:kept], flags[:min(kept, len(flags))]
}
