package textfold

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// A searcher finds which of many words begin at a place of a text.
//
// A word's key is its beginning of 1, 2, 3, 4, 6 or 8 bytes, the longest that
// it has. Words are grouped in buckets by the hash of their keys, and sorted
// within a bucket by a tag of the hash and then as they are; a place of a text
// is looked up once for each length of key, and a small filter on three bytes
// tells which lengths are worth it.
//
// Among the words of a tag, those that a text begins with are the last word
// that sorts no higher than the text and the words that this one begins with.
// A binary search finds the former and parent leads to the latter: however
// many words share a key, a look-up takes logarithmic time.
type searcher struct {
	words []string // as the list writes them

	// Key i is arena[ends[i-1]:ends[i]], the folding of word i; keys beyond
	// len(words) are further readings of the words in extra.
	arena []byte
	ends  []uint32
	extra []extraKey

	filter      []uint8 // by a hash of three bytes, which lengths may follow
	filterShift uint
	buckets     []uint32 // bucket b is order[buckets[b]:buckets[b+1]]
	bucketShift uint
	order       []uint32 // keys with their tags, sorted within each bucket
	parent      []uint32 // 1 + the place in order of the longest word that a word begins with
	repeated    Some     // words that fold as one before does
}

type extraKey struct {
	word uint32
	// Foreign: a word without a Latin letter, read as wholly Latin. The
	// Russian рак is not in Pakistan, but it is in pаk with a Russian а.
	foreign bool
	// Halves: a word with characters written as their two halves.
	halves bool
}

// The lengths of keys, longest first, and how many of a length's leading
// bytes a little-endian word keeps.
var keyLengths = [...]uint8{8, 6, 4, 3, 2, 1}

// lengthOf returns the index in keyLengths for a word of n bytes.
func lengthOf(n int) uint8 {
	return [9]uint8{5, 5, 4, 3, 2, 2, 1, 1, 0}[min(n, 8)]
}

func keep(word uint64, length uint8) uint64 {
	return word & (^uint64(0) >> (64 - 8*keyLengths[length]))
}

// hashOf returns a hash of the key of a length that word begins with. Its
// first bits select a bucket, its last are the tag.
func hashOf(word uint64, length uint8) uint32 {
	high, low := bits.Mul64(keep(word, length)^uint64(length+1)<<56, 0x9E3779B97F4A7C15)
	return uint32((high ^ low) * 0xD6E8FEB86659FD93 >> 32)
}

// Order holds the number of a key, and above it the tag of its hash, which
// tells without a look at the key that a text, or a word, has another.
const (
	numberBits = 24
	number     = 1<<numberBits - 1
)

func tagOf(hash uint32) uint32 { return hash << numberBits }

// newSearcher compiles words. It returns those that fold to nothing.
func newSearcher(words []string, o Options) (s *searcher, empty []string) {
	s = &searcher{words: words}
	if empty = s.fold(o); len(empty) > 0 {
		return s, empty
	}
	if o.Disguised {
		s.addHalves()
	}
	s.arena = append(s.arena, padding...)
	hashes := s.group()
	s.sort(hashes)
	return s, nil
}

// fold fills the arena, and returns the words that fold to nothing.
func (s *searcher) fold(o Options) (empty []string) {
	size := len(padding) + 1024 // a few letters fold to longer ones
	for _, w := range s.words {
		size += len(w)
	}
	arena := make([]byte, 0, size)
	ends := make([]uint32, 0, len(s.words))
	var looks []uint32 // the words that have any
	size = 0           // of those
	for i, w := range s.words {
		start := len(arena)
		arena = AppendFold(arena, w)
		if o.IgnoreSeparators {
			arena = joinKey(arena, start)
		}
		ends = append(ends, uint32(len(arena))) //nolint:gosec // NewSet limits the bytes of a list
		if len(arena) == start {
			empty = append(empty, w)
		}
		if o.LookAlikes && hasLooks(w) {
			looks = append(looks, uint32(i))
			size += len(w)
		}
	}
	s.arena, s.ends = arena, ends
	if len(looks) > 0 {
		s.arena = slices.Grow(s.arena, 2*size)
		s.ends = slices.Grow(s.ends, 2*len(looks))
		s.extra = make([]extraKey, 0, 2*len(looks))
	}
	for _, i := range looks {
		s.addReadings(i, s.words[i], o)
	}
	return empty
}

// addKey adds a key of a word, for searchers that are given keys.
func (s *searcher) addKey(word uint32, key []byte) {
	s.arena = append(s.arena, key...)
	s.ends = append(s.ends, uint32(len(s.arena))) //nolint:gosec // NewSet limits the bytes of a list
	s.extra = append(s.extra, extraKey{word: word})
}

// finish makes a searcher that was given its keys ready.
func (s *searcher) finish() {
	s.arena = append(s.arena, padding...)
	s.sort(s.group())
}

// joinKey leaves the separators out of the key that ends the arena.
func joinKey(arena []byte, start int) []byte {
	key, _ := joinParts(arena[start:], nil, false)
	return arena[:start+len(key)]
}

// keys returns how many keys there are.
func (s *searcher) keys() uint32 {
	return uint32(len(s.ends)) //nolint:gosec // NewSet limits the words of a list
}

// addReadings adds the look-alike readings of a word as keys of their own: as
// a name is read, and with all look-alikes as Latin, as the word is read when
// a name mixes Latin letters into it.
func (s *searcher) addReadings(word uint32, w string, o Options) {
	var flags [64]byte // which nobody asks here
	for _, everywhere := range []bool{false, true} {
		key, start := s.keys(), len(s.arena)
		s.arena, _, _ = appendLook(s.arena, flags[:0], w, everywhere)
		if o.IgnoreSeparators {
			s.arena = joinKey(s.arena, start)
		}
		s.ends = append(s.ends, uint32(len(s.arena))) //nolint:gosec // NewSet limits the bytes of a list
		same := bytes.Equal(s.key(key), s.key(word))
		if len(s.extra) > 0 && s.extra[len(s.extra)-1].word == word {
			same = same || bytes.Equal(s.key(key), s.key(key-1))
		}
		if same || len(s.key(key)) == 0 {
			s.ends = s.ends[:key]
			s.arena = s.arena[:s.start(key)]
			continue
		}
		foreign := !hasLatin(s.key(word)) && isASCII(s.key(key))
		s.extra = append(s.extra, extraKey{word: word, foreign: foreign})
	}
}

func hasLatin(text []byte) bool {
	for _, r := range string(text) {
		if classOf(r) == classLatin {
			return true
		}
	}
	return false
}

func isASCII(text []byte) bool {
	return !slices.ContainsFunc(text, func(c byte) bool { return c >= utf8.RuneSelf })
}

func (s *searcher) start(key uint32) int {
	if key == 0 {
		return 0
	}
	return int(s.ends[key-1])
}

func (s *searcher) key(key uint32) []byte { return s.arena[s.start(key):s.ends[key]] }

// number is the word that a key is of.
func (s *searcher) number(key uint32) uint32 {
	if n := len(s.words); int(key) >= n {
		return s.extra[int(key)-n].word
	}
	return key
}

// foreign reports whether key counts only where a look-alike was read.
func (s *searcher) foreign(key uint32) bool {
	n := len(s.words)
	return int(key) >= n && s.extra[int(key)-n].foreign
}

func (s *searcher) filterSlot(word uint64) uint64 {
	return (word & 0xFFFFFF * 0x9E3779B97F4A7C15) >> s.filterShift
}

// group fills the filter, and the buckets by counting. It returns the hash of each key.
func (s *searcher) group() (hashes []uint32) {
	n := len(s.ends)
	short := 0 // words of two bytes, which take a slot for each third one
	for i := range s.keys() {
		if len(s.key(i)) == 2 {
			short++
		}
	}
	bucketBits := min(max(4, bits.Len(uint(n))), numberBits)
	s.bucketShift = uint(32 - bucketBits)
	filterBits := min(max(8, bits.Len(uint(n+256*short))+5), 16)
	s.filterShift = uint(64 - filterBits)
	s.filter = make([]uint8, 1<<filterBits)
	s.buckets = make([]uint32, 1<<bucketBits+1)
	s.order = make([]uint32, n)

	hashes = make([]uint32, n)
	start := uint32(0)
	for i, end := range s.ends {
		word := binary.LittleEndian.Uint64(s.arena[start:])
		length := lengthOf(int(end - start))
		s.allow(word, length)
		hashes[i] = hashOf(word, length)
		s.buckets[hashes[i]>>s.bucketShift]++
		start = end
	}
	total := uint32(0)
	for b, count := range s.buckets {
		total += count
		s.buckets[b] = total
	}
	for i, hash := range hashes {
		b := hash >> s.bucketShift
		s.buckets[b]--
		s.order[s.buckets[b]] = uint32(i) | tagOf(hash)
	}
	return hashes
}

// allow makes the filter pass on a key.
func (s *searcher) allow(word uint64, length uint8) {
	switch keyLengths[length] {
	case 1: // rare: any slot may have its first byte
		for i := range s.filter {
			s.filter[i] |= 1 << length
		}
	case 2:
		for third := range uint64(256) {
			s.filter[s.filterSlot(word&0xFFFF|third<<16)] |= 1 << length
		}
	default:
		s.filter[s.filterSlot(word)] |= 1 << length
	}
}

// sort sorts each bucket, drops repeats, and finds the parents. For those it takes
// room, if there are any.
func (s *searcher) sort(room []uint32) {
	kept := uint32(0)
	from := s.buckets[0]
	for b := range len(s.buckets) - 1 {
		keys := s.order[from:s.buckets[b+1]]
		from = s.buckets[b+1]
		s.buckets[b] = kept
		if len(keys) == 2 && s.compare(keys[0], keys[1]) > 0 {
			keys[0], keys[1] = keys[1], keys[0]
		} else if len(keys) > 2 {
			slices.SortFunc(keys, s.compare)
		}
		for i, k := range keys {
			if i > 0 && sameTag(keys[i-1], k) {
				parent, same := s.findParent(k, kept)
				if same {
					if word := int(k & number); word < len(s.words) {
						s.repeated.Add(word)
					}
					continue
				}
				if parent != 0 && s.parent == nil {
					s.parent = room
					clear(room)
				}
				if parent != 0 {
					s.parent[kept] = parent
				}
			}
			s.order[kept] = k
			kept++
		}
	}
	s.buckets[len(s.buckets)-1] = kept
	s.order = s.order[:kept]
}

// sameTag reports whether two elements of order have the same tag.
func sameTag(i, j uint32) bool { return i^j <= number }

func (s *searcher) compare(i, j uint32) int {
	if sameTag(i, j) {
		if c := bytes.Compare(s.key(i&number), s.key(j&number)); c != 0 {
			return c
		}
	}
	return cmp.Compare(i, j)
}

// findParent finds the parent of a key, given that order[next-1] sorts right before it
// and has its tag; 0 for none. Same reports that this is the very same key.
func (s *searcher) findParent(k, next uint32) (parent uint32, same bool) {
	key := s.key(k & number)
	for p := next; p > 0; p = s.parent[p-1] {
		if other := s.key(s.order[p-1] & number); bytes.HasPrefix(key, other) {
			return p, len(key) == len(other)
		}
		if s.parent == nil {
			break
		}
	}
	return 0, false
}

// next returns the first place from at on where a word may begin, and
// len(text) for none. Padding must follow text.
func (s *searcher) next(text []byte, at int) int {
	padded := text[:len(text)+len(padding)]
	for ; at < len(text); at++ {
		if s.filter[s.filterSlot(uint64(binary.LittleEndian.Uint32(padded[at:])))] != 0 {
			return at
		}
	}
	return at
}

// at returns the words that begin at a place.
func (s *searcher) at(text []byte, at int) matches {
	word := binary.LittleEndian.Uint64(text[at : at+8 : len(text)+len(padding)])
	return matches{s: s, text: text, at: at, word: word, lengths: s.filter[s.filterSlot(word)]}
}

// Matches are the words that begin at a place, from the longest on.
type matches struct {
	s       *searcher
	text    []byte
	at      int
	word    uint64
	lengths uint8  // of keys, yet to be looked up
	length  uint8  // the one looked up last
	place   uint32 // 1 + the place in order of the word to try next

	key uint32 // found
	end int    // where it ends in text
}

// find finds the next word, and reports whether there is one.
func (m *matches) find() bool {
	s, rest := m.s, m.text[m.at:]
	for {
		for m.place != 0 {
			place := m.place - 1
			m.place = 0
			if s.parent != nil {
				m.place = s.parent[place]
			}
			k := s.order[place] & number
			key := s.key(k)
			// A bucket may have words whose keys have another length.
			if lengthOf(len(key)) == m.length && bytes.HasPrefix(rest, key) {
				m.key, m.end = k, m.at+len(key)
				return true
			}
		}
		if m.lengths == 0 {
			return false
		}
		m.length = uint8(bits.TrailingZeros8(m.lengths)) //nolint:gosec // 8 at most
		m.lengths &= m.lengths - 1
		hash := hashOf(m.word, m.length)
		b, tag := hash>>s.bucketShift, tagOf(hash)
		first, high := s.buckets[b], s.buckets[b+1]
		low := first
		for low < high { // the first word that sorts above rest
			middle := (low + high) / 2
			k := s.order[middle]
			if k < tag || sameTag(k, tag) && bytes.Compare(s.key(k&number), rest) <= 0 {
				low = middle + 1
			} else {
				high = middle
			}
		}
		if low > first && sameTag(s.order[low-1], tag) {
			m.place = low
		}
	}
}
