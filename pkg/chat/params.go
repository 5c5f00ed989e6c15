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
}

// ParseQuery reads a raw URL query. It never fails: a parameter that is not
// Chat's is passed over, whatever its escapes, and a known one with a malformed
// escape keeps its raw value, which then is nobody's app, command or signature.
func ParseQuery(raw string) Params {
	var p Params
	add := p.Add // what Chat sends has no escape, which is looked for only once
	if hasEscape(raw) {
		add = p.AddEncoded
	}
	for raw != "" {
		var pair string
		pair, raw = cut(raw, '&')
		add(cut(pair, '='))
	}
	return p
}

// cut is strings.Cut for one byte, which takes two thirds of its time.
func cut(s string, separator byte) (before, after string) {
	if i := strings.IndexByte(s, separator); i >= 0 {
		return s[:i], s[i+1:]
	}
	return s, ""
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
	}
}

func lookUp(key string) (name, bool) {
	for n, known := range names {
		if len(known) == len(key) && equalFoldASCII(known, key) {
			return name(n), true
		}
	}
	return 0, false
}

// equalFoldASCII is not strings.EqualFold, for which U+017F (ſ) is an s: what a
// proxy passes as another parameter must not be taken for Sign. Both texts have the same
// length.
func equalFoldASCII(a, b string) bool {
	if a == b {
		return true
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}

// unescape decodes one name or value, and leaves it as it is when it cannot.
func unescape(s string) string {
	if !hasEscape(s) {
		return s
	}
	decoded, err := url.QueryUnescape(s)
	if err != nil {
		return s
	}
	return decoded
}

// hasEscape looks for one byte after the other: that takes less time than a look for both
// at once.
func hasEscape(s string) bool {
	return strings.IndexByte(s, '%') >= 0 || strings.IndexByte(s, '+') >= 0
}
