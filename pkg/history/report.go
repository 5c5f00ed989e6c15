package history

import (
	"time"

	"topicgate/pkg/policy"
)

// A Report says what the gate did. It holds of what is about people only what was asked
// for, so that nothing else can be shown by mistake.
type Report struct {
	From time.Time `json:"from"` // the first decision, and the last
	To   time.Time `json:"to"`

	Lines    int            `json:"lines"`
	Skipped  map[string]int `json:"skipped"` // what is no decision, by kind
	Verdicts                // of all
	Policies []PolicyUse    `json:"policies"` // that decided, in the order of the log
	Versions []Count        `json:"versions"`
	Modes    []Count        `json:"modes"`

	Findings []Finding `json:"findings"` // what to look at, the worst first
	Notes    []string  `json:"notes"`    // what is not in the report, and why

	Days       []Cell       `json:"days"`  // one after another, in UTC
	Hours      []Cell       `json:"hours"` // likewise, the last ones of a long log
	HoursOfDay [24]Verdicts `json:"hours_of_day"`

	Rules   []RuleUse   `json:"rules"`
	Reasons []ReasonUse `json:"reasons"`
	Words   []WordUse   `json:"words"`
	Names   []NameUse   `json:"names"`
	People  []PersonUse `json:"operators"`
	Persons int         `json:"operators_seen"` // at least

	Unused   *Unused   `json:"unused,omitempty"` // of the policy, where there is one
	Silences []Silence `json:"silences"`

	Latency Latency `json:"latency"`
	Cold    Latency `json:"cold_starts"`
	Bands   []Band  `json:"latency_bands"`

	Service Service `json:"service"`

	ShowsNames     bool `json:"-"`
	ShowsOperators bool `json:"-"`
}

// Verdicts are counts of decisions, as answered.
type Verdicts struct {
	Decisions   int `json:"decisions"`
	Allowed     int `json:"allowed"`
	Refused     int `json:"refused"`
	WouldRefuse int `json:"would_refuse"` // of those allowed: what a dry run would have refused
}

func (v *Verdicts) add(d *Decision) {
	v.Decisions++
	switch {
	case d.Verdict == Refuse:
		v.Refused++
	case len(d.WouldRefuse) > 0:
		v.WouldRefuse++
		fallthrough
	default:
		v.Allowed++
	}
}

func (v *Verdicts) plus(other Verdicts) {
	v.Decisions += other.Decisions
	v.Allowed += other.Allowed
	v.Refused += other.Refused
	v.WouldRefuse += other.WouldRefuse
}

// A Cell is what was decided in an hour, or on a day.
type Cell struct {
	From time.Time `json:"from"`
	Verdicts
}

// A Count is how often something came.
type Count struct {
	What  string `json:"what"`
	Times int    `json:"times"`
}

// PolicyUse is how long a policy decided.
type PolicyUse struct {
	Policy    string    `json:"policy"` // the digits of the log; "" of a broken configuration
	Decisions int       `json:"decisions"`
	First     time.Time `json:"first"`
	Last      time.Time `json:"last"`
}

// RuleUse is what a rule did; the rule "" is the default.
type RuleUse struct {
	Rule        string `json:"rule"`
	Allowed     int    `json:"allowed"`
	Refused     int    `json:"refused"`
	WouldRefuse int    `json:"would_refuse"`
	OnTrial     int    `json:"on_trial"` // of those that it would refuse: where the policy was enforced
	Flagged     int    `json:"flagged"`
}

func (r *RuleUse) all() int { return r.Allowed + r.Refused + r.WouldRefuse + r.Flagged }

// ReasonUse is what was decided for a reason.
type ReasonUse struct {
	Reason string `json:"reason"`
	Verdicts
}

// PersonUse is what was decided about one operator's.
type PersonUse struct {
	Operator string `json:"operator,omitempty"`
	Verdicts
	Last time.Time `json:"last"`
}

// Service is what the log says of the gate itself.
type Service struct {
	Starts         int   `json:"starts"`
	BrokenStarts   int   `json:"broken_starts"`
	Reloads        int   `json:"reloads"`
	RefusedReloads int   `json:"refused_reloads"`
	Dropped        int   `json:"dropped"`      // lines
	Unchecked      int   `json:"unchecked"`    // warnings that signatures are not checked
	RelayFailures  int   `json:"relay_errors"` // relayed callbacks that failed
	Stale          int   `json:"stale"`        // decisions by a policy that could not be looked for
	MostStaleS     int64 `json:"most_stale_s"`
	QuotaFailures  int   `json:"quota_errors"` // decisions for which a quota could not be asked
	Reviews        int   `json:"reviews"`
	ReviewsRefused int   `json:"reviews_refused"`
	Slipped        int   `json:"slipped"` // topics that exist although the policy refuses them
}

// What strangers may make up any number of is kept up to a bound.
const (
	keptNames  = 20_000
	keptPeople = 20_000
	keptWords  = 10_000
	keptOthers = 1_000        // rules, reasons, policies, versions
	keptCells  = 6 * 24 * 400 // of ten minutes

	shownHours = 14 * 24 // in a picture
	shownDays  = 400
	listed     = 1_000 // of names, people and words

	tenMinutes  = 10 * 60 // in seconds
	secondsHour = 60 * 60
	secondsDay  = 24 * secondsHour
)

// A Reporter sums up decisions, in one pass and bounded memory: Decision and Said are for
// Reader.Each, and Report says what was found.
type Reporter struct {
	all      Verdicts
	from, to time.Time
	policies *tally[string, PolicyUse]
	versions *tally[string, struct{}]
	modes    *tally[string, struct{}]
	cells    *tally[int64, Verdicts]
	rules    *tally[string, RuleUse]
	reasons  *tally[string, Verdicts]
	words    *tally[wordKey, wordUse]
	names    *tally[nameKey, nameUse]
	people   *tally[string, PersonUse]
	vocab    *vocabulary
	took     durations
	cold     durations
	bands    [len(latencyBands) + 1]int
	service  Service

	lastMode string // of the last decision
	visits   int    // that are kept, of all names
	hashed   int    // decisions whose names are
	withheld int    // or are not in the log at all
	named    int    // decisions by a rule or the default, which the log could name
	refusal  string // why a reload or a start was refused, the last one
}

// NewReporter begins a report. What rules matched on is told from what users wrote by the
// policy's words, and what never matched is found, where there is a valid policy; nil where
// there is none.
func NewReporter(p *policy.Spec) *Reporter {
	return &Reporter{
		policies: newTally[string, PolicyUse](keptOthers), versions: newTally[string, struct{}](keptOthers), modes: newTally[string, struct{}](keptOthers),
		cells: newTally[int64, Verdicts](keptCells), rules: newTally[string, RuleUse](keptOthers), reasons: newTally[string, Verdicts](keptOthers),
		words: newTally[wordKey, wordUse](keptWords), names: newTally[nameKey, nameUse](keptNames), people: newTally[string, PersonUse](keptPeople),
		vocab: newVocabulary(p),
	}
}

// Decision takes one decision.
func (r *Reporter) Decision(d *Decision) {
	r.all.add(d)
	if r.from.IsZero() || d.Time.Before(r.from) {
		r.from = d.Time
	}
	if !d.Time.Before(r.to) {
		r.to, r.lastMode = d.Time, d.Mode
	}
	r.decidedBy(d)
	r.modes.add(d.Mode)
	r.cells.add(floorDiv(d.Time.Unix(), tenMinutes)).value.add(d)
	r.reasons.add(d.Reason).value.add(d)
	r.took.add(d.Duration)
	if d.ColdStart {
		r.cold.add(d.Duration)
	}
	band := 0
	for band < len(latencyBands) && d.Duration > latencyBands[band] {
		band++
	}
	r.bands[band]++
	if d.StaleS > 0 {
		r.service.Stale++
		r.service.MostStaleS = max(r.service.MostStaleS, d.StaleS)
	}
	if !ruled(d) {
		return
	}
	if d.Error != "" {
		r.service.QuotaFailures++
	}
	r.rule(d)
	r.matched(d)
	r.about(d)
}

// ruled reports whether the policy decided.
func ruled(d *Decision) bool { return d.Reason == "rule" || d.Reason == "default" }

func (r *Reporter) decidedBy(d *Decision) {
	p := r.policies.add(d.Policy)
	if p.times == 1 {
		p.value = PolicyUse{Policy: d.Policy, First: d.Time, Last: d.Time}
	}
	if d.Time.Before(p.value.First) {
		p.value.First = d.Time
	}
	if d.Time.After(p.value.Last) {
		p.value.Last = d.Time
	}
}

// rule counts what rules did. Of a dry run the last that would refuse is also the one that
// decided.
func (r *Reporter) rule(d *Decision) {
	would, tried := d.WouldRefuse, d.dryRefusal()
	if tried {
		would = would[:len(would)-1]
		r.rules.add(d.Rule).value.WouldRefuse++
	} else if use := &r.rules.add(d.Rule).value; d.Verdict == Refuse {
		use.Refused++
	} else {
		use.Allowed++
	}
	for _, rule := range would {
		use := &r.rules.add(rule).value
		use.WouldRefuse++
		if d.Mode != string(policy.DryRun) {
			use.OnTrial++
		}
	}
	for _, rule := range d.Flags {
		r.rules.add(rule).value.Flagged++
	}
}

// about counts whom and what a decision is about.
func (r *Reporter) about(d *Decision) {
	r.named++
	switch {
	case d.Withheld:
		r.withheld++
		return
	case d.Hashed:
		r.hashed++
	}
	if d.Operator != "" {
		p := &r.people.add(d.Operator).value
		p.Operator = d.Operator
		p.add(d)
		if d.Time.After(p.Last) {
			p.Last = d.Time
		}
	}
	if d.Verdict == Refuse {
		r.name(d, d.Rule, NameRefused)
	}
	for i, rule := range d.WouldRefuse {
		if i == len(d.WouldRefuse)-1 && d.dryRefusal() {
			rule = d.Rule
		}
		r.name(d, rule, NameTried)
	}
	for _, rule := range d.Flags {
		r.name(d, rule, NameFlagged)
	}
}

// Said takes another line of the gate's.
func (r *Reporter) Said(message string, fields map[string]any) {
	s := &r.service
	wrong, _ := fields["errors"].([]any)
	switch message {
	case "start":
		s.Starts++
		if len(wrong) > 0 {
			s.BrokenStarts++
		}
		if version, ok := fields["version"].(string); ok {
			r.versions.add(version)
		}
	case "reload":
		s.Reloads++
		if len(wrong) > 0 {
			s.RefusedReloads++
		}
	case "dropped":
		if n, ok := fields["count"].(float64); ok && n > 0 && n < 1e15 {
			s.Dropped += int(n)
		}
	case "warning":
		s.Unchecked++
	case "relay":
		if fields["level"] == "warn" {
			s.RelayFailures++
		}
	case "review":
		s.Reviews++
		if fields["verdict"] == Refuse {
			s.ReviewsRefused++
		}
		if fields["slipped"] == true {
			s.Slipped++
		}
		return
	}
	if len(wrong) > 0 {
		if text, ok := wrong[len(wrong)-1].(string); ok {
			r.refusal = text
		}
	}
}
