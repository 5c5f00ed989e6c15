package gate

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
	"unicode"

	"topicgate/pkg/policy"
)

// inRefs are the digits of Crockford's base 32 (https://www.crockford.com/base32.html): a
// user reads a reference to somebody, who types it.
const inRefs = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var refs = base32.NewEncoding(inRefs).WithPadding(base32.NoPadding)

// newRef is a reference that no other refusal has: 40 random bits.
func newRef() string {
	var bits [5]byte
	_, _ = rand.Read(bits[:]) // which never fails
	return refs.EncodeToString(bits[:])
}

// ParseRef reads a reference as people type it: in small letters, with hyphens, the
// letters that are not in it for the digits that they look like.
func ParseRef(typed string) (ref string, ok bool) {
	ref = strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(typed))
	return ref, len(ref) == len(policy.NoRef) && strings.Trim(ref, inRefs) == ""
}

// FindRefs are the references in what somebody pastes: one as ParseRef reads it, else the
// words of a message that can be one. Those that are none are of no decision.
func FindRefs(pasted string) (refs []string) {
	if ref, ok := ParseRef(strings.TrimSpace(pasted)); ok {
		return []string{ref}
	}
	for word := range strings.FieldsFuncSeq(pasted, func(r rune) bool {
		return r != '-' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	}) {
		if ref, ok := ParseRef(word); ok {
			refs = append(refs, ref)
		}
	}
	return refs
}

// refer gives a refusal that the policy has decided its reference, for the message and the
// log. No other needs one: nobody reads it.
func (o *Outcome) refer() {
	if o.Verdict.Allows() || o.Reason != ReasonRule && o.Reason != ReasonDefault {
		return
	}
	o.Ref = newRef()
	o.Verdict.Message = policy.Refer(o.Verdict.Message, o.refAt, o.Ref)
}
