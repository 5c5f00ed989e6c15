package policy

import "strings"

// NoRef stands in a message where its reference goes, as long as there is none: in the
// tools for good, for they leave nothing in a log that could be found by it.
const NoRef = "00000000"

// refEnd ends what nobody has written: whoever complains has something to name.
const refEnd = " Ref {{ref}}"

// Refer is a message with a reference, which is as long as NoRef, put in at its places.
func Refer(message string, places []int, ref string) string {
	if len(places) == 0 {
		return message
	}
	text := []byte(message)
	for _, at := range places {
		copy(text[at:at+len(NoRef)], ref)
	}
	return string(text)
}

// cutEnd is what a message ends with where all before its first reference is too long.
const cutEnd = "… " + NoRef

// cut shortens a message to what is sent, on a character, and gives the places of its
// references anew. The first reference is never lost: where the cut would take it, the
// text before it is cut shorter, and it stands at the end. No other is sent in part.
func cut(text string, refs []int) (sent string, places []int) {
	switch {
	case len(text) <= MaxMessage:
		return text, refs
	case len(refs) > 0 && refs[0]+len(NoRef) > MaxMessage:
		sent = strings.ToValidUTF8(text[:MaxMessage-len(cutEnd)], "") + cutEnd
		return sent, []int{len(sent) - len(NoRef)}
	}
	limit := MaxMessage
	for i, at := range refs {
		if at+len(NoRef) > MaxMessage {
			limit, refs = min(limit, at), refs[:i]
			break
		}
	}
	return strings.ToValidUTF8(text[:limit], ""), refs
}
