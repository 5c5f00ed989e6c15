package gate

import (
	"strconv"
	"time"

	"topicgate/pkg/chat"
	"topicgate/pkg/policy"
)

// authenticate returns why a callback is not to be believed, or "". The signature
// covers only the time, so everything else is checked as well.
func (s *Snapshot) authenticate(p *chat.Params, now time.Time) (Reason, string) {
	if name := p.Repeated(); name != "" {
		return ReasonRepeated, name
	}
	tokens, served := s.Apps[p.SDKAppID]
	if !served {
		return ReasonAppID, ""
	}
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

// probed reports whether a holder of any of the tokens probes, whatever app and signature
// the probe tries: what comes of it is nobody's topic, and no attack.
func (s *Snapshot) probed(p *chat.Params, now time.Time) bool {
	if p.Probe == "" {
		return false
	}
	for _, tokens := range s.Apps {
		for _, token := range tokens {
			if p.IsProbe(token, now) {
				return true
			}
		}
	}
	return false
}

func seconds(behind int64) string {
	if behind < 0 {
		return strconv.FormatInt(-behind, 10) + " s ahead"
	}
	return strconv.FormatInt(behind, 10) + " s behind"
}

// TooLong returns why a callback's fields cannot be Chat's, or "": they are longer than
// any of Chat's, by far. Tools that ask a policy ask this first, as the gate does.
func TooLong(operator, name string) (Reason, string) {
	switch {
	case len(name) > policy.MaxName:
		return ReasonTooLong, "Name of " + strconv.Itoa(len(name)) + " bytes"
	case len(operator) > policy.MaxOperator:
		return ReasonTooLong, "Operator_Account of " + strconv.Itoa(len(operator)) + " bytes"
	}
	return "", ""
}
