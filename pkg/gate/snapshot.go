package gate

import (
	"slices"
	"time"

	"github.com/rs/zerolog"

	"topicgate/pkg/chat"
	"topicgate/pkg/policy"
)

// A Snapshot is everything that a request asks of the configuration. Each request takes
// one and goes by it to its end, so that no callback is decided by half of two. It must
// not change once a gate has it.
type Snapshot struct {
	Apps    map[string][]string // SDKAppIDs served, each with the tokens that may sign; none: not checked
	Govern  []policy.Subject
	Mode    policy.Mode
	OnError policy.Action
	Timeout time.Duration // from a callback's arrival to its verdict

	// Review are the events of what is governed that are looked at afterwards. What Admin
	// does by the REST API is our own, and is not.
	Review []chat.Event
	Admin  string
	Remedy Remedy // acts on what slipped past; nil only reports

	Policy *policy.Policy // nil when broken
	Digest string         // tells policies apart in a log; "" when broken
	Rules  int            // that were read

	// When there are problems, nothing can be decided, and OnError answers.
	Problems []string
	Warnings []string

	LogLevel zerolog.Level
	Personal Personal
	LogKey   []byte // of Personal Hash
}

// Broken reports whether anything must be put right before the gate can decide.
func (s *Snapshot) Broken() bool { return len(s.Problems) > 0 }

func (s *Snapshot) dryRun() bool { return s.Mode == policy.DryRun }

func (s *Snapshot) governs(c chat.Command) bool {
	subject := c.Subject()
	return subject != "" && slices.Contains(s.Govern, policy.Subject(subject))
}
