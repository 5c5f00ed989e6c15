package gate

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"time"

	"topicgate/pkg/callback"
	"topicgate/pkg/policy"
)

// body reads the request's body, once, unless it is too large to be a callback.
func (r *Request) body() (callback.Body, error) {
	if len(r.Body) > callback.MaxBody {
		return callback.Body{}, callback.ErrUnreadable
	}
	return callback.ParseBody(r.Body)
}

// queryCommand is the governed command that the query names, or "". A repeated
// parameter that names one among others counts: what only half looks like a governed
// callback must not pass as another.
func (g *Gate) queryCommand(p *callback.Params) callback.Command {
	for c := range p.Commands {
		if g.governs(c) {
			return c
		}
	}
	return ""
}

func (g *Gate) governs(c callback.Command) bool {
	return c == callback.BeforeCreateTopic && g.governTopic || c == callback.BeforeCreateGroup && g.governGroup
}

// authenticate returns why a callback is not to be believed, or "". The signature
// covers only the time, so everything else is checked as well.
func (g *Gate) authenticate(p *callback.Params, now time.Time) (Reason, string) {
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
	case callback.SignatureMissing:
		return ReasonMissing, ""
	case callback.SignatureWrong:
		return ReasonWrong, ""
	case callback.SignatureStale:
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

// describe and subject map Chat's callback onto what the policy decides about; the
// verdict maps its decision back. The two packages do not know each other.
func describe(c *policy.Creation, p *callback.Params, b *callback.Body) {
	c.Operator, c.Type, c.Name = b.Operator, b.Type, b.Name
	c.Platform, c.ClientIP = p.Platform, p.ClientIP
}

func subject(c callback.Command) policy.Subject {
	switch c {
	case callback.BeforeCreateTopic:
		return policy.Topic
	case callback.BeforeCreateGroup:
		return policy.Group
	}
	panic(fmt.Sprintf("command %q is not governed", c))
}

func verdict(d *policy.Decision) callback.Verdict {
	if d.Allowed {
		return callback.Allowed()
	}
	return callback.Refused(d.Code, d.Message)
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
func (g *Gate) BodyLimit(p *callback.Params) int {
	if g.Relay == nil || g.queryCommand(p) != "" {
		return callback.MaxBody
	}
	return MaxRelayed
}
