package history

import (
	"fmt"
	"strings"
)

// Texts are what a report says, by what it is about, as formats. Where one is for a single
// thing and one for several, they stand beside one another; the first number chooses.
type Texts map[string]string

func (t Texts) say(id string, args ...any) string {
	format, ok := t[id]
	if !ok {
		panic("a report has no text " + id) // which a test would have found
	}
	if one, many, two := strings.Cut(format, "|"); two {
		format = many
		if len(args) > 0 && args[0] == 1 {
			format = one
		}
	}
	return fmt.Sprintf(format, args...)
}

// English is what a report says in English. A translation has all of it.
var English = Texts{
	"lang": "en", "title": "What the gate did", "utc": "All times are UTC.",
	"decisions": "%d decision|%d decisions", "period": "from %s to %s", "people": "%d person|%d people",
	"totals":   "%d allowed, %d refused, %d allowed that a dry run would have refused",
	"policies": "Policies: %s", "policy": "%s (%d)", "no policy": "none", "versions": "Versions: %s", "modes": "Modes: %s",
	"skipped": "Skipped: %s", "skip": "%d %s", "and more": "and %d more", "next": "Next:",

	"look": "What to look at", "nothing": "Nothing stands out.", "notes": "What is not in here",
	"days": "By day", "hours": "By hour", "hours of the day": "By hour of the day", "rules": "By rule", "reasons": "By reason",
	"words": "What rules matched on", "names": "Names", "operators": "Operators", "unused": "What never matched",
	"silences": "Silences", "latency": "How long decisions took (Chat waits for 2 s)", "service": "The gate itself",

	"rule": "rule", "default": "default", "reason": "reason", "word": "matched on", "name": "name", "operator": "operator", "day": "day", "hour": "hour",
	"times": "times", "disguised": "in disguise", "allowed": "allowed", "refused": "refused", "tried": "would be refused", "flagged": "flagged",
	"all": "all", "what": "what", "from": "from", "until": "until", "expected": "expected", "first": "first", "last": "last",
	"persons": "people", "in an hour": "in one hour", "became": "became", "not told": "(not told)", "numbers": "The numbers",
	"took": "took", "up to": "up to %s", "over": "over %s", "every": "all decisions", "cold": "cold starts",

	"day picture": "Decisions by day, %s: at most %d on one day", "hour picture": "Decisions by hour, %s: at most %d in one hour",

	"find broken starts": "The gate started once with a configuration that is broken, and decided nothing by rules.|The gate started %d times with a configuration that is broken, and decided nothing by rules.",
	"find undecidable":   "%d callback could not be decided (%s), and on_error answered.|%d callbacks could not be decided (%s), and on_error answered.",
	"find late":          "%d decision took longer than the 2 s that Chat waits (the longest %s): its topic may be there whatever was decided.|%d decisions took longer than the 2 s that Chat waits (the longest %s): their topics may be there whatever was decided.",
	"find slow":          "One decision in a hundred took %s or longer, of the 2 s that Chat waits.",
	"find reloads":       "A change of the configuration was refused, and the last good one went on: %[2]s|%d changes of the configuration were refused, and the last good one went on, lastly: %s",
	"find stale":         "%d decision was made by a policy that could not be looked for (up to %s).|%d decisions were made by a policy that could not be looked for (up to %s).",
	"find quotas":        "For %d decision a quota could not be asked.|For %d decisions a quota could not be asked.",
	"find dropped":       "%d line of the log was dropped, because nobody read it in time: this report lacks it.|%d lines of the log were dropped, because nobody read them in time: this report lacks them.",
	"find unchecked":     "Callbacks are signed, and no token is set to check them by: anybody can play Chat.",
	"find strangers":     "%d callback did not come from your app as it should (%s).|%d callbacks did not come from your app as they should (%s).",
	"find relays":        "%d relayed callback failed.|%d relayed callbacks failed.",
	"find silence":       "Nothing was decided from %s to %s, where about %d decisions were to be expected.",
	"find raid":          "%[3]s %[5]s to %[1]d people within one hour, by %[2]s: perhaps a raid.",
	"find innocent":      "%[3]s %[5]s to %[1]d people over %[4]d days, by %[2]s: perhaps it is innocent.",
	"find more names":    "%d more name was refused to many people.|%d more names were refused to many people.",
	"find person":        "%[2]s was refused %[1]d times.",
	"find dry run":       "The gate is in dry run: it refuses nobody, and would have refused %d.",
	"find trial":         "Rule %[2]s is on trial, and would have refused %[1]d of %[3]d decisions.",
	"find flag":          "Rule %[2]s flagged %[1]d of %[3]d decisions.",
	"find slipped":       "%d topic is there although the policy refuses it.|%d topics are there although the policy refuses them.",
	"find unused rules":  "%d rule of the policy never matched: %s.|%d rules of the policy never matched: %s.",
	"find unused words":  "%d of %d words of the policy never matched.",
	"find freeze":        "A freeze refused %d decision.|A freeze refused %d decisions.",

	"fact starts": "starts", "fact broken starts": "starts with a broken configuration", "fact reloads": "changes while it served",
	"fact refused reloads": "changes that were refused", "fact dropped": "lines dropped", "fact unchecked": "warnings that signatures are not checked",
	"fact relay failures": "relayed callbacks that failed", "fact stale": "decisions by a policy that could not be looked for",
	"fact quota failures": "decisions for which a quota could not be asked", "fact reviews": "reviews", "fact reviews refused": "reviews that the policy refuses",
	"fact slipped": "topics that are there although the policy refuses them",

	"kind refused": "refused", "kind would be refused": "would be refused", "kind flagged": "flagged",
	"empty": "(empty)", "scale": "at most %d", "the whole rule": "(the whole rule)", "longest": "longest",

	"one name": "One name", "no name": "The empty name", "was refused": "was refused", "was would be refused": "would have been refused", "one person": "One person",

	"note names":     "Names are not shown; -names shows them.",
	"note operators": "Operators are not shown; -operators shows them.",
	"note hashed":    "In %d decision names and operators are hashed: they can be told apart, and not be read.|In %d decisions names and operators are hashed: they can be told apart, and not be read.",
	"note withheld":  "%d decision holds nothing about people.|%d decisions hold nothing about people.",
	"note unknown":   "What rules matched on is hashed or left out in this log, so nothing is said of words that never matched.",
	"note no policy": "No policy is given: -policy finds what of it never matched, and tells its words from what users wrote.",
	"note other":     "The policy given (%s) decided nothing in this log: what never matched is to be taken with care.",
	"note part":      "The policy given decided %d of %d decisions: what never matched is told of all of them.",
	"note forgot":    "There are too many different %s to keep: rare ones are left out, and counts of some may be too low.",
	"note long":      "The pictures show the last %d days and the last %d hours.",
	"note untold":    "Rule %s flagged or was on trial, of which the log does not always tell the word: nothing is said of its words that never matched.",
	"note first":     "Of several words in one name the log holds the first one.",
}
