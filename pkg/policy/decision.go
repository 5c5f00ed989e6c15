package policy

// A Decision is what the policy says of one Creation.
type Decision struct {
	Allowed bool
	Code    int    // of a refusal: 1 or 10100 to 10200
	Message string // of a refusal: what the user sees
	RefAt   []int  // where Message names its reference, which is NoRef until Refer puts one in
	Rule    string // the rule that decided, or FreezeRule; "" when none matched and the default did
	// Detail is what matched, for the log: a word, a length, a glob. Where no rule decided,
	// it is what matched in the dry-run rules that would refuse.
	Detail string

	// WouldRefuse names the dry-run rules that matched on the way and would refuse, and
	// WouldDetail says of each what matched.
	WouldRefuse, WouldDetail []string
	// Flags names the flagging rules that matched on the way.
	Flags []string
	// QuotaError says which quotas could not be asked, why, and what their
	// if_unavailable made of it. It is nil when all were.
	QuotaError error
}
