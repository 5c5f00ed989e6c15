package textfold

import "unicode/utf8"

// IsUTF8 is utf8.ValidString in a third of the time for most Chinese and English text,
// which is what long lists are of: eight bytes at a time, as long as all characters have
// one byte or three. Those that E0 and ED begin it leaves to the library: not all of what
// follows there is UTF-8.
func IsUTF8(text string) bool {
	const high = 0x8080808080808080
	due := uint64(0) // the bytes that continue a character of the eight before
	i := 0
	for ; i+8 <= len(text); i += 8 {
		x := load64(text, i)
		// The high bit of each byte says whether it is the first of several, a later
		// one, or a first one that is not understood.
		first := x & (x << 1) & high
		later := x &^ (x << 1) & high
		b3, b2, b1, b0 := x<<4, x<<5, x<<6, x<<7
		other := first & (^(x << 2) | x<<3 | ^(b3 | b2 | b1 | b0) | b3&b2&^b1&b0)
		if other != 0 || later != first<<8|first<<16|due {
			break
		}
		due = first>>56 | first>>48
	}
	if due != 0 { // back to where that character begins
		for i--; !utf8.RuneStart(text[i]); {
			i--
		}
	}
	return utf8.ValidString(text[i:])
}
