// Package policy decides whether a topic or group may be created: a Spec, which a
// person writes, is compiled once into a Policy, which turns each Creation into a
// Decision.
//
// A Policy is immutable. Deciding cannot fail, does no I/O unless a quota rule is
// reached, and never panics on a name, whatever is in it: all that can be wrong with
// a policy is found when it is compiled, every problem at once.
//
// Each condition of the language is a value in a file of its own, match_*.go, headed by
// what it restricts; Conditions lists them. Package policyfile reads and writes what a
// person writes.
package policy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"
)

// A Spec is a policy as a person writes it, lists already expanded. Its zero value,
// with WithDefaults, allows everything.
//
// The order and names of the fields here are those of the digest: see Digest. A field
// with omitzero may be left out, which is the same as its zero value: to write that is a
// slip, and the loader says so.
type Spec struct {
	Version int       `json:"version,omitzero"`
	Govern  []Subject `json:"govern"`
	Mode    Mode      `json:"mode,omitzero"`
	Freeze  Freeze    `json:"freeze,omitzero"`
	Default Action    `json:"default,omitzero"`
	OnError Action    `json:"on_error,omitzero"`
	Refusal Refusal   `json:"refusal"`
	Rules   []Rule    `json:"rules"`
}

// Version is the version of the language that this package speaks.
const Version = 1

// A Subject is what can be created: the policy's name for a callback command.
type Subject string

// The subjects that can be governed.
const (
	Topic Subject = "topic"
	Group Subject = "group"
)

// Subjects lists them all.
var Subjects = [...]Subject{Topic, Group}

// Strings are the values of a kind of text.
func Strings[T ~string](values []T) []string {
	var texts []string
	for _, value := range values {
		texts = append(texts, string(value))
	}
	return texts
}

// A Mode says whether decisions are acted on.
type Mode string

// The modes of a policy or of one rule.
const (
	Enforce Mode = "enforce"
	DryRun  Mode = "dry_run" // log what would be refused, refuse nothing
)

// An Action is what a rule, the default or an error leads to.
type Action string

// The actions.
const (
	Allow  Action = "allow"
	Refuse Action = "refuse"
	Flag   Action = "flag" // of rules alone: decides nothing, marks, and goes on
)

// The codes of a refusal. Any other has no documented effect.
const (
	CodeRefused = 1     // the caller gets 10016 from Chat, and the message may not reach it
	CodeMin     = 10100 // from here to CodeMax the caller gets
	CodeMax     = 10200 // this very code and the message
)

// A Refusal is the code and message of rules that give none.
type Refusal struct {
	Code    int  `json:"code,omitzero"`    // 1 or 10100 to 10200
	Message Text `json:"message,omitzero"` // what the user sees
}

// A Rule is one line of defence: the first rule that matches decides.
type Rule struct {
	Name    string `json:"name"` // unique, kebab-case: the name in the log
	Match   *Match `json:"match,omitzero"`
	Quota   *Quota `json:"quota,omitzero"`
	Action  Action `json:"action"`
	Code    int    `json:"code,omitzero"`
	Message Text   `json:"message,omitzero"`
	Mode    Mode   `json:"mode,omitzero"`  // dry_run: log what it would do, go on
	Until   string `json:"until,omitzero"` // a date, or an RFC 3339 time: then it is passed over
	Zone    string `json:"zone,omitzero"`  // IANA name: where the date ends (UTC)
	Note    string `json:"note,omitzero"`  // for people; not in the digest

	Origin Origin `json:"-"` // where it is written, for reports
}

// A Match is a set of conditions that must all hold. An absent one matches
// anything; an empty one is an error, being a slip more often than an intention.
type Match struct {
	Command  *OneOf `json:"command,omitzero"`
	App      *OneOf `json:"app,omitzero"`
	Type     *OneOf `json:"type,omitzero"`
	Platform *OneOf `json:"platform,omitzero"`
	Operator *OneOf `json:"operator,omitzero"`
	ClientIP *OneOf `json:"client_ip,omitzero"`
	Name     *Name  `json:"name,omitzero"`
	Time     *Time  `json:"time,omitzero"`

	All []Match `json:"all,omitzero"`
	Any []Match `json:"any,omitzero"`
	Not *Match  `json:"not,omitzero"`
}

// Conditions are those of a match, in the order in which they are asked: what costs
// least comes first.
var Conditions = [...]Condition{
	command, app, groupType, platform, operator, clientIP,
	nameLength, nameInvisible, nameScripts, nameShouting, nameRepeats, nameLinks, nameContacts,
	nameContains, nameResembles, namePattern,
	timeOfWeek,
}

// A List is written in place, or as the name of one under lists.
type List []string

// OneOf asks whether a value is in one list and not in another. A nil list is a
// condition that was not written.
type OneOf struct {
	In    List `json:"in,omitzero"`
	NotIn List `json:"not_in,omitzero"`
}

// Name holds the conditions on the name that was asked for.
type Name struct {
	LengthOutside *Length  `json:"length_outside,omitzero"`
	Matches       string   `json:"matches,omitzero"`     // RE2, found anywhere
	NotMatches    string   `json:"not_matches,omitzero"` // RE2, found nowhere
	Folded        bool     `json:"folded,omitzero"`      // the two above look at the folded name
	Contains      List     `json:"contains,omitzero"`    // words
	Unless        List     `json:"unless_contains,omitzero"`
	WholeWord     bool     `json:"whole_word,omitzero"`
	IgnoreSeps    bool     `json:"ignore_separators,omitzero"`
	LookAlikes    bool     `json:"look_alikes,omitzero"`
	Disguised     bool     `json:"disguised,omitzero"`
	Resembles     List     `json:"resembles,omitzero"`
	Invisible     bool     `json:"invisible,omitzero"`
	ScriptsNotIn  []string `json:"scripts_not_in,omitzero"`
	Contacts      bool     `json:"contacts,omitzero"`
	Links         bool     `json:"links,omitzero"`
	UnlessLinks   List     `json:"unless_links,omitzero"` // hosts
	Repeats       int      `json:"repeats,omitzero"`
	Shouting      bool     `json:"shouting,omitzero"`
}

// Length holds the bounds of a name; zero is no bound.
type Length struct {
	MinChars int `json:"min_chars,omitzero"` // user-perceived characters
	MaxChars int `json:"max_chars,omitzero"`
	MaxBytes int `json:"max_bytes,omitzero"` // of UTF-8
}

// Time is a weekly window. Without Between it is whole days; without Days, every day.
type Time struct {
	Between string   `json:"between,omitzero"` // 23:00-07:00, end exclusive
	Days    []string `json:"days,omitzero"`    // mon … sun: the days on which the window starts
	Zone    string   `json:"zone,omitzero"`    // IANA name (UTC)
}

// A Quota limits creations in a window of time.
type Quota struct {
	Limit         int      `json:"limit"`
	Window        Duration `json:"window"`                  // or Day
	Zone          string   `json:"zone,omitzero"`           // of Day: IANA name (UTC)
	Per           string   `json:"per,omitzero"`            // operator, client_ip, app or name
	Exempt        List     `json:"exempt,omitzero"`         // names that are not counted by name
	Share         string   `json:"share,omitzero"`          // rules of one share have one count
	IfUnavailable string   `json:"if_unavailable,omitzero"` // skip or refuse
}

// The values of Quota.Per and Quota.IfUnavailable.
const (
	PerOperator = "operator"
	PerClientIP = "client_ip"
	PerApp      = "app"
	PerName     = "name"

	SkipRule   = "skip"
	RefuseRule = "refuse"
)

// A Duration is written as Go writes durations: 90s, 1h30m.
type Duration time.Duration

// Day is the Duration of a window that is the calendar day, which is written day. No
// duration of any other use is as long.
const Day Duration = math.MinInt64

// DurationPattern is how: each unit once at most, the largest first. Go reads more, and
// takes 1h1h, which nobody means, for two hours.
const DurationPattern = `^day$|^([0-9]+(\.[0-9]+)?h)?([0-9]+(\.[0-9]+)?m)?([0-9]+(\.[0-9]+)?s)?([0-9]+(\.[0-9]+)?ms)?([0-9]+(\.[0-9]+)?[uµμ]s)?([0-9]+ns)?$`

// ParseDuration reads what String writes, and all that Go reads.
func ParseDuration(s string) (Duration, error) {
	if s == Day.String() {
		return Day, nil
	}
	d, err := time.ParseDuration(s)
	if err == nil && Duration(d) == Day {
		err = fmt.Errorf("%q is out of range", s)
	}
	return Duration(d), err
}

// MarshalJSON writes the duration as a person would: 1h, not 1h0m0s.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// String is the shortest form that reads back as the same duration.
func (d Duration) String() string {
	if d == Day {
		return "day"
	}
	s := time.Duration(d).String()
	for _, tail := range [...]string{"m0s", "h0m"} {
		if len(s) > len(tail) && s[len(s)-len(tail):] == tail {
			s = s[:len(s)-2]
		}
	}
	return s
}

// utc is the zone of who names none.
const utc = "UTC"

// WithDefaults is the spec with every default written out: the effective spec.
func (s Spec) WithDefaults() Spec {
	s.Version = cmp.Or(s.Version, Version)
	if s.Govern == nil {
		s.Govern = []Subject{Topic}
	}
	s.Mode = cmp.Or(s.Mode, Enforce)
	s.Default = cmp.Or(s.Default, Allow)
	s.OnError = cmp.Or(s.OnError, Refuse)
	rules := make([]Rule, len(s.Rules)) // the caller's rules stay as they are
	for i, r := range s.Rules {
		r.Mode = cmp.Or(r.Mode, Enforce)
		r.Match = r.Match.withDefaults()
		if isDate(r.Until) {
			r.Zone = cmp.Or(r.Zone, "UTC")
		}
		if r.Quota != nil {
			q := *r.Quota
			q.Per = cmp.Or(q.Per, PerOperator)
			if q.Window == Day {
				q.Zone = cmp.Or(q.Zone, utc)
			}
			q.IfUnavailable = cmp.Or(q.IfUnavailable, SkipRule)
			r.Quota = &q
		}
		rules[i] = r
	}
	s.Rules = rules
	return s
}

// withDefaults is a copy of a match with every default written out, at every depth.
func (m *Match) withDefaults() *Match {
	if m == nil {
		return nil
	}
	filled := *m
	if m.Time != nil {
		t := *m.Time
		t.Zone = cmp.Or(t.Zone, utc)
		filled.Time = &t
	}
	filled.All, filled.Any, filled.Not = slices.Clone(m.All), slices.Clone(m.Any), m.Not.withDefaults()
	for _, members := range [][]Match{filled.All, filled.Any} {
		for i := range members {
			members[i] = *members[i].withDefaults()
		}
	}
	return &filled
}
