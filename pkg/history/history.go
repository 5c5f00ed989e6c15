// Package history reads back the log that the gate writes, and asks what a policy would
// have made of what happened. A Reader takes logs as they come from where they are kept:
// plain, or wrapped by what carried them.
package history

import (
	"slices"
	"time"
)

// A Decision is one line of a log with the message "decision", as far as the tools use it.
type Decision struct {
	Time      time.Time // when it was decided: the timestamp less the duration
	Timestamp time.Time // when the line was written

	RequestID, Ref, App, Command   string
	Operator, Type, Name, Platform string
	ClientIP                       string

	Verdict              string // allow or refuse, as answered
	Code                 int    // as answered
	Rule, Reason, Detail string
	Mode                 string
	WouldRefuse, Flags   []string
	Policy               string // the first digits of the digest of the policy that decided
	Duration             time.Duration
	ColdStart            bool
	StaleS               int64
	Error                string

	// What became of what is about people, as far as one can tell by looking at it.
	Cut      []string // keys whose values are as long as the gate cuts them
	Hashed   bool     // what is about people looks hashed
	Withheld bool     // the line holds nothing about people
}

// IsCut reports whether a value may go on where the log ends it.
func (d *Decision) IsCut(key string) bool { return slices.Contains(d.Cut, key) }

// The kinds of what is skipped. What another message of the gate's says is counted under
// that message.
const (
	SkippedText    = "no JSON"  // lines of a platform's, of other programs
	SkippedBroken  = "broken"   // JSON that ends too early, or is none
	SkippedTooLong = "too long" // more than any line of the gate's
	SkippedOther   = "not ours" // JSON of somebody else's
	SkippedDeep    = "nested too deeply"
)

// Counts says how much was read.
type Counts struct {
	Lines     int // or events, or rows, of a file that has such
	Decisions int
	Skipped   map[string]int // what is no decision, by kind
}

// Skips is how much was skipped in all.
func (c *Counts) Skips() (n int) {
	for _, one := range c.Skipped {
		n += one
	}
	return n
}
