package policy

import "time"

// MaxName is the longest name that rules are asked about, in bytes. Chat lets through 150
// at most; what is longer by far is none of its callbacks, and up to here every decision
// ends in time.
const MaxName = 1024

// MaxOperator is the longest operator that rules are asked about, in bytes. Chat's UserIDs
// have 32 at most.
const MaxOperator = 256

// A Creation is the request to create one topic or group, as the rules see it.
// Every value comes from outside: none is trusted, any may be empty.
type Creation struct {
	Subject  Subject
	App      string // SDKAppID
	Operator string // UserID of who asks
	Type     string // Community, Public, …
	Name     string
	Platform string    // RESTAPI, Web, iOS, …
	ClientIP string    // the end user's address, or junk, or nothing
	At       time.Time // when it was asked
}
