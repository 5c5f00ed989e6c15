package chat

import (
	"net/url"
	"strings"
)

// Params are the query parameters that Chat puts on a callback's URL. Only the
// ones topicgate acts on are kept; of the four that authentication depends on, it
// also remembers whether they came more than once.
//
// Names compare without ASCII case: the wire says SdkAppid, vendor samples say
// SDKAppID and sdkappid. Two spellings of one name are a repeat.
type Params struct {
	Command     Command // CallbackCommand, the first one
	SDKAppID    string  // SdkAppid
	Sign        string  // Sign
	RequestTime string  // RequestTime, Unix seconds as received
	ClientIP    string  // ClientIP: the end user's address, often absent or junk
	Platform    string  // OptPlatform
	Probe       string  // not Chat's: what marks a probe of our own tool's, see IsProbe

	seen     [nameCount]bool
	repeated [nameCount]bool
	// The commands after the first: a repeat must not hide a governed command.
	moreCommands []Command
}

type name int

const (
	nameCommand name = iota
	nameSDKAppID
	nameSign
	nameRequestTime
	nameClientIP
	namePlatform
	nameProbe
	nameCount
)

// names spells each known parameter as Chat does.
var names = [nameCount]string{
	nameCommand:     "CallbackCommand",
	nameSDKAppID:    "SdkAppid",
	nameSign:        "Sign",
	nameRequestTime: "RequestTime",
	nameClientIP:    "ClientIP",
	namePlatform:    "OptPlatform",
	nameProbe:       ProbeParameter,
}

// ParseQuery reads a raw URL query. It never fails: a parameter that is not
// Chat's is passed over, whatever its escapes, and a known one with a malformed
// escape keeps its raw value, which then is nobody's app, command or signature.
func ParseQuery(raw string) Params {
	var p Params
	for pair := range strings.SplitSeq(raw, "&") {
		key, value, _ := strings.Cut(pair, "=")
		p.AddEncoded(key, value)
	}
	return p
}

// Add takes one parameter, already decoded, as an event that carries a map has it.
func (p *Params) Add(key, value string) {
	if n, ok := lookUp(key); ok {
		p.set(n, value)
	}
}

// AddEncoded takes one parameter that is still URL-encoded.
func (p *Params) AddEncoded(key, value string) { p.Add(unescape(key), unescape(value)) }

// Repeated returns the name of the first authenticated parameter that came more
// than once, or "". A proxy and a handler that disagree about which of two values
// counts are how signatures get bypassed, so none of them counts.
func (p *Params) Repeated() string {
	for _, n := range [...]name{nameCommand, nameSDKAppID, nameSign, nameRequestTime} {
		if p.repeated[n] {
			return names[n]
		}
	}
	return ""
}

// Commands calls yield for each CallbackCommand in the query, until it returns false.
func (p *Params) Commands(yield func(Command) bool) {
	if !p.seen[nameCommand] || !yield(p.Command) {
		return
	}
	for _, c := range p.moreCommands {
		if !yield(c) {
			return
		}
	}
}

func (p *Params) set(n name, value string) {
	if p.seen[n] {
		p.repeated[n] = true
		if n == nameCommand {
			p.moreCommands = append(p.moreCommands, Command(value))
		}
		return
	}
	p.seen[n] = true
	switch n {
	case nameCommand:
		p.Command = Command(value)
	case nameSDKAppID:
		p.SDKAppID = value
	case nameSign:
		p.Sign = value
	case nameRequestTime:
		p.RequestTime = value
	case nameClientIP:
		p.ClientIP = value
	case namePlatform:
		p.Platform = value
	case nameProbe:
		p.Probe = value
	}
}

// lookUp compares without ASCII case. To EqualFold alone ſ (U+017F) is an s, and what a
// proxy passes on as another parameter must not be taken for Sign; but as all names are
// ASCII, one that is as long has no such letter.
func lookUp(key string) (name, bool) {
	for n, known := range names {
		if len(known) == len(key) && strings.EqualFold(known, key) {
			return name(n), true
		}
	}
	return 0, false
}

// Reveals reports whether a text that a caller chose holds one of Chat's parameters, the
// signature of this very query, or what could be another's. A proxy that puts a query into
// a header, or one that separates parameters at other places, would otherwise bring a
// signature into a log.
func (p *Params) Reveals(text string) bool {
	if len(text) >= signatureLength {
		if holdsDigest(text) || len(p.Sign) == signatureLength && strings.Contains(strings.ToLower(text), strings.ToLower(p.Sign)) {
			return true
		}
	}
	return holdsParameter(text) || strings.Contains(text, "%") && holdsParameter(unescape(text))
}

// holdsDigest is true of a text with as many hexadecimal digits in a row as a signature
// has, no more and no less.
func holdsDigest(text string) bool {
	for digits := range strings.FieldsFuncSeq(text, notHexadecimal) {
		if len(digits) == signatureLength {
			return true
		}
	}
	return false
}

func notHexadecimal(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF", r) }

func holdsParameter(text string) bool {
	if !strings.Contains(text, "=") {
		return false
	}
	text = strings.ToLower(text)
	for _, known := range names {
		if strings.Contains(text, strings.ToLower(known)+"=") {
			return true
		}
	}
	return false
}

// unescape decodes one name or value, and leaves it as it is when it cannot.
func unescape(s string) string {
	decoded, err := url.QueryUnescape(s)
	if err != nil {
		return s
	}
	return decoded
}
