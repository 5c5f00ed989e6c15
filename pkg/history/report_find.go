package history

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"topicgate/pkg/policy"
	"topicgate/pkg/textfold"
)

// A Finding is something to look at, in a sentence, with the command to run next.
type Finding struct {
	Kind    string   `json:"kind"`
	Grave   bool     `json:"grave"` // the gate did not do what it is there for
	Text    string   `json:"text"`
	Command []string `json:"command"`
}

// A ReportOptions says what of a report is shown, and how it was asked for.
type ReportOptions struct {
	Names, Operators bool
	Policy           string   // the file of the policy; "" where there is none
	Logs             []string // as the next commands name them
	Texts            Texts    // nil: English
}

// The reasons for which no rule was asked: of callbacks that are not Chat's, or not right,
// and of those that could not be decided.
var (
	strangers   = []string{"sdk_app_id", "sign_missing", "sign_wrong", "sign_stale", "repeated", "too_long"}
	undecidable = []string{"config", "deadline", "oversized", "body", "command_mismatch", "panic"}
)

// A finder puts together what to look at.
type finder struct {
	*Report
	*Reporter
	o     ReportOptions
	found []Finding
}

func (f *finder) say(id string, args ...any) string { return f.o.Texts.say(id, args...) }

// add adds a finding, with the command: its words, to which the policy and the logs are
// added where it reads them.
func (f *finder) add(kind, text string, command ...string) {
	switch command[0] {
	case "find", "report":
		command = append(f.withPolicy(command...), f.o.Logs...)
	}
	f.found = append(f.found, Finding{kind, grave[kind], text, append([]string{"topicgate"}, command...)})
}

// grave are the findings that say that the gate does not do what it is there for.
var grave = map[string]bool{
	"broken starts": true, "undecidable": true, "late": true, "reloads": true, "stale": true, "dropped": true, "unchecked": true,
	"quotas": true, "silence": true, "slipped": true, "raid": true,
}

// withPolicy are the words of a command that takes the policy.
func (f *finder) withPolicy(words ...string) []string {
	if f.o.Policy != "" {
		words = append(words, "-policy", f.o.Policy)
	}
	return words
}

// count adds a finding that begins with a number, unless that is none.
func (f *finder) count(n int, kind string, args []any, command ...string) {
	if n > 0 {
		f.add(kind, f.say("find "+kind, append([]any{n}, args...)...), command...)
	}
}

func (f *finder) findings() []Finding {
	s := &f.service
	check := f.withPolicy("check")
	f.count(s.BrokenStarts, "broken starts", nil, check...)
	n, which := f.by(undecidable)
	f.count(n, "undecidable", []any{which}, check...)
	probe := []string{"probe", "-url", "https://CALLBACK-URL/"}
	f.count(f.bands[len(f.bands)-1], "late", []any{short(f.took.most)}, probe...)
	if p99 := f.took.within(99); f.took.n >= 100 && p99 >= ChatWaits/4 {
		f.add("slow", f.say("find slow", short(p99)), probe...)
	}
	f.count(s.RefusedReloads, "reloads", []any{textfold.Quoted(f.refusal)}, check...)
	f.count(s.Stale, "stale", []any{short(time.Duration(s.MostStaleS) * time.Second)}, check...)
	f.count(s.QuotaFailures, "quotas", nil, check...)
	f.count(s.Slipped, "slipped", nil, "audit")
	f.count(s.Dropped, "dropped", nil, probe...)
	if s.Unchecked > 0 {
		f.add("unchecked", f.say("find unchecked"), check...)
	}
	n, which = f.by(strangers)
	f.count(n, "strangers", []any{which}, probe...)
	f.count(s.RelayFailures, "relays", nil, probe...)
	for _, quiet := range f.Silences[:min(len(f.Silences), someFindings)] {
		f.add("silence", f.say("find silence", stamp(quiet.From), stamp(quiet.To), quiet.Expected), probe...)
	}
	f.names()
	f.persons()
	f.trials()
	f.never()
	return f.found
}

// someFindings is how many of one kind are told one by one.
const someFindings = 5

// by is how many decisions there are for some reasons, and for which.
func (f *finder) by(reasons []string) (n int, which string) {
	var parts []string
	for i := range f.Reasons {
		if use := &f.Reasons[i]; slices.Contains(reasons, use.Reason) {
			n += use.Decisions
			parts = append(parts, fmt.Sprintf("%s: %d", use.Reason, use.Decisions))
		}
	}
	return n, strings.Join(parts, ", ")
}

// names tells of names that were refused to many people.
func (f *finder) names() {
	more := 0
	for _, kind := range []struct {
		id  string
		has func(*NameUse) bool
	}{{"raid", (*NameUse).raid}, {"innocent", func(n *NameUse) bool { return !n.raid() && n.innocent() && f.vocab.looksAtNames(n.Rule) }}} {
		told := 0
		for i := range f.Names {
			n := &f.Names[i]
			if !kind.has(n) {
				continue
			}
			if told++; told > someFindings {
				more++
				continue
			}
			people := n.People
			if kind.id == "raid" {
				people = n.InHour
			}
			name := f.say("one name")
			switch {
			case f.o.Names && n.Name == "":
				name = f.say("no name")
			case f.o.Names:
				name = textfold.Quoted(n.Name)
			}
			f.add(kind.id, f.say("find "+kind.id, people, f.ruleName(n.Rule), name, n.Days, f.say("was "+string(n.Kind))), f.finds(n)...)
		}
	}
	f.count(more, "more names", nil, "report", "-names")
}

// finds is the command that finds a name: by the name where it may be shown and can be
// typed, else by a reference.
func (f *finder) finds(n *NameUse) []string {
	switch {
	case f.o.Names && f.hashed == 0 && len(n.Name) < shortestCut && !strings.ContainsFunc(n.Name, textfold.Hidden):
		return []string{"find", "-name", n.Name}
	case n.Ref != "":
		return []string{"find", n.Ref}
	}
	return []string{"report", "-names"}
}

func (f *finder) ruleName(rule string) string {
	if rule == "" {
		return f.say("default")
	}
	return textfold.Printable(rule)
}

// muchRefused is how often one person is refused before that is something to look at.
const muchRefused = 20

func (f *finder) persons() {
	told := 0
	for i := range f.People {
		p := &f.People[i]
		if p.Refused < muchRefused || told == someFindings {
			return // the most refused come first
		}
		told++
		who, command := f.say("one person"), []string{"report", "-operators"}
		if f.o.Operators {
			who = textfold.Quoted(p.Operator)
			if !strings.ContainsFunc(p.Operator, textfold.Hidden) {
				command = []string{"find", "-operator", p.Operator, "-at", p.Last.UTC().Format(time.RFC3339)}
			}
		}
		f.add("person", f.say("find person", p.Refused, who), command...)
	}
}

// trials tells what dry runs and flags would do. A replay against the same policy would tell
// nothing: what enforcing would have answered stays.
func (f *finder) trials() {
	command := []string{"report", "-names"}
	if f.lastMode == string(policy.DryRun) {
		f.add("dry run", f.say("find dry run", f.all.WouldRefuse), command...)
	}
	told := 0
	for i := range f.Rules {
		use := &f.Rules[i]
		if use.Rule == policy.FreezeRule {
			f.count(use.Refused, "freeze", nil, f.withPolicy("check")...)
			continue
		}
		if told == someFindings {
			return
		}
		if use.OnTrial > 0 {
			told++
			f.add("trial", f.say("find trial", use.OnTrial, f.ruleName(use.Rule), f.all.Decisions), command...)
		}
		if use.Flagged > 0 {
			told++
			f.add("flag", f.say("find flag", use.Flagged, f.ruleName(use.Rule), f.all.Decisions), command...)
		}
	}
}

// never tells what of the policy never matched.
func (f *finder) never() {
	if f.Unused == nil || f.all.Decisions == 0 {
		return
	}
	show := f.withPolicy("policy")
	rules := f.Unused.Rules[:min(len(f.Unused.Rules), 2*someFindings)]
	var shown []string
	for _, rule := range rules {
		shown = append(shown, textfold.Printable(rule))
	}
	if more := len(f.Unused.Rules) - len(rules); more > 0 {
		shown = append(shown, f.say("and more", more))
	}
	f.count(len(f.Unused.Rules), "unused rules", []any{strings.Join(shown, ", ")}, show...)
	if !f.Unused.Unknown {
		f.count(f.Unused.AllWords, "unused words", []any{f.Unused.InAll}, show...)
	}
}
