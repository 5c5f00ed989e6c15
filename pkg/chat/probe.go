package chat

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// ProbeParameter is the parameter by which a deployment knows a probe of its owner's: what
// it answers to a probe is what it would answer anybody, but no alarm has to go off.
const ProbeParameter = "TopicgateProbe"

// ProbeMark is the parameter's value: the time, and what only a holder of a token can
// write beside it. A Sign is of no use for it, nor is it for a Sign.
func ProbeMark(token string, at time.Time) string {
	seconds := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("topicgate probe " + seconds))
	return seconds + "." + hex.EncodeToString(mac.Sum(nil))
}

// IsProbe reports whether a callback carries the mark that a holder of the token wrote
// within MaxSkew of now. Whoever else could have seen one could replay it for as long.
func (p *Params) IsProbe(token string, now time.Time) bool {
	seconds, _, _ := strings.Cut(p.Probe, ".")
	at, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || token == "" {
		return false
	}
	if skew := now.Sub(time.Unix(at, 0)); skew > MaxSkew || skew < -MaxSkew {
		return false
	}
	return hmac.Equal([]byte(ProbeMark(token, time.Unix(at, 0))), []byte(p.Probe))
}
