package policy

import "time"

// MaxName and MaxOperator are the most bytes that a name and an operator may have for a
// policy to be asked about them. Chat sends 150 and 32 at most: what is longer is no
// callback of Chat's, and is not to be decided. Every decision ends in time because of
// them: what a policy may cost is reckoned with a name of MaxName.
const (
	MaxName     = 1024
	MaxOperator = 256
)

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
