package gate

import (
	"slices"
	"strconv"
	"time"

	"topicgate/pkg/chat"
)

// authenticate returns why a callback is not to be believed, or "". The signature
// covers only the time, so everything else is checked as well.
func (s *Snapshot) authenticate(p *chat.Params, now time.Time) (Reason, string) {
	if name := p.Repeated(); name != "" {
		return ReasonRepeated, name
	}
	if !slices.Contains(s.Apps, p.SDKAppID) {
		return ReasonAppID, ""
	}
	tokens := s.tokensFor(p.SDKAppID)
	if len(tokens) == 0 {
		return "", ""
	}
	switch problem, behind := p.CheckSignature(tokens, now); problem {
	case chat.SignatureMissing:
		return ReasonMissing, ""
	case chat.SignatureWrong:
		return ReasonWrong, ""
	case chat.SignatureStale:
		return ReasonStale, seconds(behind)
	}
	return "", ""
}

func seconds(behind int64) string {
	if behind < 0 {
		return strconv.FormatInt(-behind, 10) + " s ahead"
	}
	return strconv.FormatInt(behind, 10) + " s behind"
}
