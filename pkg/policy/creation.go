package policy

import "time"

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
