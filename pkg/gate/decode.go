package gate

import (
	"encoding/base64"
	"slices"
	"strconv"
	"time"

	"topicgate/pkg/chat"
	"topicgate/pkg/policy"
)

// body reads the request's body, once, unless it is too large to be a callback.
func (r *Request) body() (chat.Body, error) {
	if len(r.Body) > chat.MaxBody {
		return chat.Body{}, chat.ErrUnreadable
	}
	return chat.ParseBody(r.Body)
}

// queryCommand is the governed command that the query names, or "". A repeated
// parameter that names one among others counts: what only half looks like a governed
// callback must not pass as another.
func (g *Gate) queryCommand(p *chat.Params) chat.Command {
	for c := range p.Commands {
		if g.governs(c) {
			return c
		}
	}
	return ""
}

func (g *Gate) governs(c chat.Command) bool {
	subject := c.Subject()
	return subject != "" && slices.Contains(g.Config.Spec.Govern, policy.Subject(subject))
}

// authenticate returns why a callback is not to be believed, or "". The signature
// covers only the time, so everything else is checked as well.
func (g *Gate) authenticate(p *chat.Params, now time.Time) (Reason, string) {
	if g.Unauthenticated {
		return "", ""
	}
	if name := p.Repeated(); name != "" {
		return ReasonRepeated, name
	}
	if !slices.Contains(g.Config.AppIDs, p.SDKAppID) {
		return ReasonAppID, ""
	}
	if len(g.Config.Tokens) == 0 {
		return "", ""
	}
	switch problem, behind := p.CheckSignature(g.Config.Tokens, now); problem {
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

// describe maps Chat's callback onto what the policy decides about; verdict maps its decision back. The two packages do not know each other.
func describe(c *policy.Creation, p *chat.Params, b *chat.Body) {
	c.Operator, c.Type, c.Name = b.Operator, b.Type, b.Name
	c.Platform, c.ClientIP = p.Platform, p.ClientIP
}

func verdict(d *policy.Decision) chat.Verdict {
	if d.Allowed {
		return chat.Allowed()
	}
	return chat.Refused(d.Code, d.Message)
}

// EventBody is the body that a function's event carries: as it is, or in base64,
// which says nothing about what Chat sent. It is nil when it cannot be decoded.
func EventBody(text string, isBase64 bool) []byte {
	if !isBase64 {
		return []byte(text)
	}
	body, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return body
}

// BodyLimit is how many bytes of a request's body a transport needs to read, before
// it knows them: more for what may be relayed than for what is decided here.
func (g *Gate) BodyLimit(p *chat.Params) int {
	if g.Relay == nil || g.queryCommand(p) != "" {
		return chat.MaxBody
	}
	return MaxRelayed
}
