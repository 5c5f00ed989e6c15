package textfold

// Bytes are the bytes that a text is made of. What is not in them is not in the text,
// which tells most names from most short lists before anything is searched.
type Bytes [4]uint64

// BytesOf returns the bytes of a text.
func BytesOf[T string | []byte](text T) Bytes {
	var a, b, c, d uint64
	for i := range len(text) {
		switch bit := uint64(1) << (text[i] & 63); text[i] >> 6 {
		case 0:
			a |= bit
		case 1:
			b |= bit
		case 2:
			c |= bit
		default:
			d |= bit
		}
	}
	return Bytes{a, b, c, d}
}

// Has reports whether a byte is in the set.
func (b *Bytes) Has(one byte) bool { return b[one>>6]>>(one&63)&1 != 0 }

// Union puts all of another set into the set.
func (b *Bytes) Union(other Bytes) {
	for i := range b {
		b[i] |= other[i]
	}
}

// Intersects reports whether two sets have a byte in common.
func (b *Bytes) Intersects(other *Bytes) bool {
	return b[0]&other[0]|b[1]&other[1]|b[2]&other[2]|b[3]&other[3] != 0
}

// Within reports whether another set has all of the set.
func (b *Bytes) Within(other *Bytes) bool {
	return b[0]&^other[0]|b[1]&^other[1]|b[2]&^other[2]|b[3]&^other[3] == 0
}
