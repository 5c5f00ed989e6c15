package gate

// A Reason says in one stable word what decided.
type Reason string

// The reasons, in the order in which they are looked for.
const (
	ReasonConfig   Reason = "config"           // the configuration is broken
	ReasonRepeated Reason = "repeated"         // an authenticated parameter came twice
	ReasonAppID    Reason = "sdk_app_id"       // SdkAppid is missing or not ours
	ReasonMissing  Reason = "sign_missing"     // no Sign or RequestTime
	ReasonWrong    Reason = "sign_wrong"       // no token gives this Sign
	ReasonStale    Reason = "sign_stale"       // RequestTime is over 60 s off
	ReasonTooLong  Reason = "too_long"         // a name or an operator longer than any of Chat's
	ReasonDeadline Reason = "deadline"         // no decision in time
	ReasonOversize Reason = "oversized"        // the body is over 256 KiB
	ReasonBody     Reason = "body"             // the body cannot be read, or lacks a field
	ReasonMismatch Reason = "command_mismatch" // query and body name different commands
	ReasonPanic    Reason = "panic"            // a bug of ours
	ReasonRule     Reason = "rule"             // a rule matched
	ReasonDefault  Reason = "default"          // none did
)

// Reasons lists them all.
var Reasons = [...]Reason{
	ReasonConfig, ReasonRepeated, ReasonAppID, ReasonMissing, ReasonWrong, ReasonStale, ReasonTooLong,
	ReasonDeadline, ReasonOversize, ReasonBody, ReasonMismatch, ReasonPanic, ReasonRule, ReasonDefault,
}

// Undecidable reports whether on_error decided, for want of anything better.
func (r Reason) Undecidable() bool {
	switch r {
	case ReasonConfig, ReasonDeadline, ReasonOversize, ReasonBody, ReasonMismatch, ReasonPanic:
		return true
	}
	return false
}
