package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Digest identifies what a policy does: the SHA-256, in lower-case hexadecimal, of
// the canonical JSON of the effective spec. Fields come in the order of the types
// here, defaults filled in, lists expanded as written; comments, notes, paths and the
// form it was written in do not matter.
func Digest(s Spec) string {
	s = s.WithDefaults()
	for i := range s.Rules { // of which WithDefaults made a copy
		s.Rules[i].Note = ""
	}
	canonical, err := json.Marshal(s)
	if err != nil {
		panic(err) // texts, numbers and booleans only
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}
