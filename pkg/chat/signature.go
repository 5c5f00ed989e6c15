package chat

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strconv"
	"time"
)

// MaxSkew is how far RequestTime may be from now, either way.
const MaxSkew = 60 * time.Second

// signatureLength is that of every Sign that could be right.
const signatureLength = 2 * sha256.Size

// Sign is the signature that Chat computes for a RequestTime: the lower-case
// hexadecimal SHA-256 of token and time, concatenated. It is no HMAC, and covers
// neither body nor command nor app; hence all the other checks.
func Sign(token, requestTime string) string {
	sum := signature(token, requestTime)
	return string(sum[:])
}

func signature(token, requestTime string) [signatureLength]byte {
	var buf [128]byte // tokens are 32 characters, times 10: no allocation
	sum := sha256.Sum256(append(append(buf[:0], token...), requestTime...))
	var digits [signatureLength]byte
	hex.Encode(digits[:], sum[:])
	return digits
}

// A SignatureProblem says why a signature was not accepted.
type SignatureProblem int

// The problems, in the order in which they are looked for.
const (
	SignatureOK      SignatureProblem = iota
	SignatureMissing                  // Sign or RequestTime is absent or empty
	SignatureWrong                    // no token gives this Sign for this RequestTime
	SignatureStale                    // signed, but RequestTime is not within MaxSkew of now
)

// CheckSignature checks Sign against RequestTime, as received, under any of the
// tokens: during a rotation two are in use. For a stale one it also returns by how
// many seconds RequestTime is behind now (ahead, when negative); both are counted
// in whole seconds, as Chat does.
//
// The comparison takes the same time wherever a wrong Sign differs.
func (p *Params) CheckSignature(tokens []string, now time.Time) (problem SignatureProblem, behind int64) {
	if p.Sign == "" || p.RequestTime == "" {
		return SignatureMissing, 0
	}
	signed := 0
	for _, token := range tokens {
		want := signature(token, p.RequestTime)
		signed |= subtle.ConstantTimeCompare(want[:], []byte(p.Sign))
	}
	if signed == 0 {
		return SignatureWrong, 0
	}
	at, err := strconv.ParseInt(p.RequestTime, 10, 64)
	if err != nil || at < 0 { // signed by a holder of the token, yet no time
		return SignatureStale, now.Unix()
	}
	behind = now.Unix() - at
	if limit := int64(MaxSkew / time.Second); behind > limit || behind < -limit {
		return SignatureStale, behind
	}
	return SignatureOK, 0
}
