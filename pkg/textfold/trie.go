package textfold

// The tables are three-stage: blocks of values, each kept once, an index of blocks, cut
// into blocks that are kept once too, and an index of those. A third stage halves them.
// They are arrays of constants, which the linker lays out: a process pays nothing for
// them at its start.
const (
	blockBits = 3
	indexBits = 4
	// trieLimit is the first code point that the tables leave out. Above it
	// are unassigned code points, which stand for themselves, the invisible
	// ones of [ignorablePlane], and private use.
	trieLimit = len(foldTop) << (blockBits + indexBits)
)

// value looks a code point below trieLimit up.
func value[T uint8 | uint16](top, index []uint16, blocks []T, r rune) T {
	i := top[r>>(blockBits+indexBits)]
	b := index[int(i)<<indexBits|int(r>>blockBits&(1<<indexBits-1))]
	return blocks[int(b)<<blockBits|int(r&(1<<blockBits-1))]
}

// ignorablePlane reports whether r is one of the 4096 code points that Unicode
// keeps for tags and variation selectors, assigned or not.
func ignorablePlane(r rune) bool { return r>>12 == 0xE0 }

// foldOf returns how r folds: one of the fold kinds.
func foldOf(r rune) uint16 {
	if int(r) < trieLimit {
		return value(foldTop[:], foldIndex[:], foldBlocks[:], r)
	}
	switch {
	case ignorablePlane(r):
		return foldDelete
	case r >= 0xF0000 && r&0xFFFE != 0xFFFE: // the planes of private use, but for what is no character
		return foldPrivate
	}
	return foldCopy
}

// lookOf returns what r looks like: 0, or 1 + the index of its letters in
// lookText + 64 times its kind.
func lookOf(r rune) uint8 {
	if int(r) < trieLimit {
		return value(lookTop[:], lookIndex[:], lookBlocks[:], r)
	}
	return 0
}

// A class is the little that this package asks of a character's properties.
type class uint8

func classOf(r rune) class {
	if int(r) < trieLimit {
		return class(value(classTop[:], classIndex[:], classBlocks[:], r))
	}
	return classOther
}

// separator reports white space, punctuation and symbols, emoji among them.
func (c class) separator() bool { return classSpace <= c && c <= classEmoji }

func (c class) mark() bool { return c == classMark || c == classVirama }

// alphanumeric reports letters and numbers.
func (c class) alphanumeric() bool { return c == classNumber || c >= classLatin }

// unspaced reports characters of scripts that are written without spaces, and Hangul.
func (c class) unspaced() bool { return c == classHan || c == classUnspaced }

// combiningClass returns the canonical combining class of r.
func combiningClass(r rune) uint8 {
	switch v := foldOf(r); {
	case v == foldIota:
		return 240
	case foldCCC <= v && v < foldEntry:
		return foldClasses[v-foldCCC]
	}
	return 0
}

// entry returns the string and the flags of an element of the entries of text.
func entry(text string, e uint32) (s string, flags uint32) {
	at, n := e>>10, e>>4&(1<<6-1)
	return text[at : at+n], e & (1<<4 - 1)
}

// cleanOf, skeletonOf and foldedOf return 1 + an index in skeletonEntries, or
// 0 for a character that stands for itself.
func cleanOf(r rune) uint16 {
	if int(r) < trieLimit {
		return value(cleanTop[:], cleanIndex[:], cleanBlocks[:], r)
	}
	if ignorablePlane(r) {
		return cleanOf(zwj)
	}
	return 0
}

func skeletonOf(r rune) uint16 {
	if int(r) < trieLimit {
		return value(skeletonTop[:], skeletonIndex[:], skeletonBlocks[:], r)
	}
	return 0
}

func foldedOf(r rune) uint16 {
	if int(r) < trieLimit {
		return value(foldedTop[:], foldedIndex[:], foldedBlocks[:], r)
	}
	return 0
}
