package history

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"topicgate/pkg/policy"
	"topicgate/pkg/textfold"
)

// WordUse is what a rule matched on, and how often.
type WordUse struct {
	Rule      string `json:"rule"`
	Word      string `json:"word,omitempty"` // "" of what is not told
	Times     int    `json:"times"`
	Disguised int    `json:"disguised"` // of these, where it was written in disguise
}

// Unused is what of a policy never matched.
type Unused struct {
	Rules     []string   `json:"rules"`
	Words     []RuleWord `json:"words"` // the first ones
	AllWords  int        `json:"all_words"`
	InAll     int        `json:"words_in_all"` // of the policy
	Decisions int        `json:"decisions"`    // by this very policy
	Unknown   bool       `json:"unknown"`      // the log does not hold what matched
}

// A RuleWord is a word of a rule.
type RuleWord struct {
	Rule string `json:"rule"`
	Word string `json:"word"`
}

type wordKey struct{ rule, word string }

type wordUse struct {
	disguised int
	known     bool // a word of the policy's
	personal  bool // as far as one can tell, it was always a whole name, or a person's
}

// A vocabulary is the words of a policy, by rule, each with whether it was found.
type vocabulary struct {
	spec   *policy.Spec
	digest string
	rules  map[string]map[string]bool
	untold map[string]bool // rules of whose matches the log does not always hold the word
}

func newVocabulary(p *policy.Spec) *vocabulary {
	if p == nil {
		return nil
	}
	v := &vocabulary{spec: p, digest: policy.Digest(*p), rules: map[string]map[string]bool{}, untold: map[string]bool{}}
	for i := range p.Rules {
		words := map[string]bool{}
		collect(p.Rules[i].Match, words)
		v.rules[p.Rules[i].Name] = words
	}
	return v
}

// looksAtNames reports whether a rule may have refused a name for what it is: one of which
// nothing is known may.
func (v *vocabulary) looksAtNames(rule string) bool {
	if v == nil {
		return true
	}
	for i := range v.spec.Rules {
		if r := &v.spec.Rules[i]; r.Name == rule {
			return r.Quota == nil && r.Match != nil && looksAtNames(r.Match)
		}
	}
	return true
}

func looksAtNames(m *policy.Match) bool {
	inside := func(m policy.Match) bool { return looksAtNames(&m) }
	return m.Name != nil || slices.ContainsFunc(m.All, inside) || slices.ContainsFunc(m.Any, inside) || m.Not != nil && looksAtNames(m.Not)
}

// collect finds the words that a match looks for. What must not be there never tells a word.
func collect(m *policy.Match, words map[string]bool) {
	if m == nil {
		return
	}
	if m.Name != nil {
		for _, word := range m.Name.Contains {
			words[textfold.BareWord(word)] = false
		}
		for _, word := range m.Name.Resembles {
			words[word] = false
		}
	}
	for i := range m.All {
		collect(&m.All[i], words)
	}
	for i := range m.Any {
		collect(&m.Any[i], words)
	}
}

// aLength is what a rule about lengths matches on; which it was tells nobody anything.
var aLength = regexp.MustCompile(`(^|; )[0-9]+( characters?| bytes?)\b`)

// aTime is what a rule about times matches on.
var aTime = regexp.MustCompile(`^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [0-2][0-9]:[0-5][0-9] [-+0-9A-Z]+$`)

// aboutName reports whether a detail may be about the name.
func aboutName(d *Decision) bool { return d.Detail != "" && !aTime.MatchString(d.Detail) }

// asWritten is what stands between a word and its disguise.
const asWritten = ", as "

// find tells which words of a rule a detail names, and which of them were disguised.
func (v *vocabulary) find(rule, detail string) (found []wordKey, disguised bool) {
	if v == nil || v.rules[rule] == nil {
		return nil, false
	}
	words := v.rules[rule]
	known := func(text string) bool {
		if _, ok := words[text]; ok {
			words[text] = true
			found = append(found, wordKey{rule, text})
			return true
		}
		return false
	}
	inDisguise := func(text string) bool {
		for at := strings.Index(text, asWritten); at >= 0; {
			if known(text[:at]) {
				disguised = true
				return true
			}
			next := strings.Index(text[at+1:], asWritten)
			if next < 0 {
				break
			}
			at += 1 + next
		}
		return false
	}
	if known(detail) || inDisguise(detail) {
		return found, disguised
	}
	for part := range strings.SplitSeq(detail, "; ") {
		_ = known(part) || inDisguise(part)
	}
	return found, disguised
}

// detailed is the rule of which a decision tells what it matched on: the one that decided,
// or the one that is on trial; "" where there are several, whose details are joined.
func detailed(d *Decision) string {
	switch {
	case d.Rule != "" || len(d.WouldRefuse) == 0:
		return d.Rule
	case len(d.WouldRefuse) > 2, len(d.WouldRefuse) == 2 && !d.dryRefusal():
		return ""
	}
	return d.WouldRefuse[0]
}

// untell remembers the rules that matched, and of which a decision does not tell on what.
func (v *vocabulary) untell(d *Decision, told string) {
	if v == nil {
		return
	}
	for _, rules := range [...][]string{d.WouldRefuse, d.Flags} {
		for _, rule := range rules {
			if rule != told {
				v.untold[rule] = true
			}
		}
	}
}

// withoutDisguise is what a rule matched on, without how it was written.
func withoutDisguise(detail string) string {
	word, _, _ := strings.Cut(detail, asWritten)
	return aLength.ReplaceAllString(word, "$1…$2")
}

// matched counts what the rule that decided matched on, or the one that is on trial.
func (r *Reporter) matched(d *Decision) {
	rule := detailed(d)
	r.vocab.untell(d, rule)
	if !aboutName(d) || d.Hashed || rule == "" || rule == policy.FreezeRule {
		return
	}
	found, disguised := r.vocab.find(rule, d.Detail)
	if r.allows(rule, d) {
		return
	}
	known := len(found) > 0
	if !known {
		found, disguised = []wordKey{{rule, withoutDisguise(d.Detail)}}, strings.Contains(d.Detail, asWritten)
	}
	for _, key := range found {
		w := r.words.add(key)
		personal := !known && (key.word == d.Name || key.word == d.Operator || key.word == d.ClientIP || d.IsCut("detail"))
		if w.times == 1 {
			w.value.personal = personal
		}
		w.value.personal = w.value.personal && personal
		w.value.known = w.value.known || known
		if disguised {
			w.value.disguised++
		}
	}
}

// allows reports whether a rule let pass: on whom is nobody's business, and no word.
func (r *Reporter) allows(rule string, d *Decision) bool {
	return d.Verdict == Allow && rule == d.Rule && !d.dryRefusal()
}

// wordUses are what rules matched on, most frequent first. What users wrote, and who they
// are, is not told with the words.
func (r *Reporter) wordUses(names bool) []WordUse {
	told := map[wordKey]*WordUse{}
	for key, c := range r.words.of {
		secret := c.value.personal
		if _, contact := textfold.Contact(key.word); contact && !c.value.known {
			secret = true
		}
		if secret && !names {
			key.word = ""
		}
		use := told[key]
		if use == nil {
			use = &WordUse{Rule: key.rule, Word: key.word}
			told[key] = use
		}
		use.Times += c.times
		use.Disguised += c.value.disguised
	}
	uses := make([]WordUse, 0, len(told))
	for _, use := range told {
		uses = append(uses, *use)
	}
	slices.SortFunc(uses, func(a, b WordUse) int {
		return cmp.Or(cmp.Compare(b.Times, a.Times), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Word, b.Word))
	})
	return uses[:min(len(uses), listed)]
}

// unused is what of the policy never matched; nil where there is no policy.
func (r *Reporter) unused() *Unused {
	v := r.vocab
	if v == nil || len(v.spec.Rules) == 0 {
		return nil
	}
	u := &Unused{Rules: []string{}, Words: []RuleWord{}, Unknown: r.hashed+r.withheld > 0}
	if p := r.policies.of[v.digest[:min(shortDigest, len(v.digest))]]; p != nil {
		u.Decisions = p.times
	}
	for i := range v.spec.Rules {
		rule := v.spec.Rules[i].Name
		if r.rules.of[rule] == nil {
			u.Rules = append(u.Rules, rule)
		}
		words := v.rules[rule]
		u.InAll += len(words)
		if v.untold[rule] {
			continue
		}
		before, alike := len(u.Words), map[string]bool{} // of words that fold alike, hits name one
		for word, found := range words {
			if found {
				alike[textfold.Fold(word)] = true
			}
		}
		for word, found := range words {
			if !found && !alike[textfold.Fold(word)] {
				u.AllWords++
				u.Words = append(u.Words, RuleWord{rule, word})
			}
		}
		slices.SortFunc(u.Words[before:], func(a, b RuleWord) int { return cmp.Compare(a.Word, b.Word) })
	}
	u.Words = u.Words[:min(len(u.Words), listed)]
	return u
}

// shortDigest is how many digits of a digest the log has.
const shortDigest = 12
