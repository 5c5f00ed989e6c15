package policy

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"topicgate/pkg/textfold"
)

// A Text is what a user reads: one for everybody, or several by language. Which of them is
// told by the writing of the name that was asked for, for nobody is known here; Default is
// for every other writing, Latin letters among them, and for languages without a text.
type Text struct {
	Zh      string `json:"zh,omitzero"`
	Ja      string `json:"ja,omitzero"`
	Ko      string `json:"ko,omitzero"`
	Ru      string `json:"ru,omitzero"`
	Ar      string `json:"ar,omitzero"`
	Th      string `json:"th,omitzero"`
	Hi      string `json:"hi,omitzero"`
	He      string `json:"he,omitzero"`
	El      string `json:"el,omitzero"`
	Default string `json:"default,omitzero"`
}

// A language is one that a text may be in.
type language struct {
	key     string
	about   string
	scripts []*unicode.RangeTable
	text    func(*Text) string
}

// languages are those of a Text, in its order, each told by a script. Of Japanese that is
// the kana: Han, which it shares with Chinese, is a part of it where a name has both.
var languages = [...]language{
	{"zh", "Han characters", []*unicode.RangeTable{unicode.Han}, func(t *Text) string { return t.Zh }},
	{"ja", "kana, with Han characters or without", []*unicode.RangeTable{unicode.Hiragana, unicode.Katakana}, func(t *Text) string { return t.Ja }},
	{"ko", "Hangul", []*unicode.RangeTable{unicode.Hangul}, func(t *Text) string { return t.Ko }},
	{"ru", "Cyrillic letters", []*unicode.RangeTable{unicode.Cyrillic}, func(t *Text) string { return t.Ru }},
	{"ar", "Arabic letters", []*unicode.RangeTable{unicode.Arabic}, func(t *Text) string { return t.Ar }},
	{"th", "Thai letters", []*unicode.RangeTable{unicode.Thai}, func(t *Text) string { return t.Th }},
	{"hi", "Devanagari letters", []*unicode.RangeTable{unicode.Devanagari}, func(t *Text) string { return t.Hi }},
	{"he", "Hebrew letters", []*unicode.RangeTable{unicode.Hebrew}, func(t *Text) string { return t.He }},
	{"el", "Greek letters", []*unicode.RangeTable{unicode.Greek}, func(t *Text) string { return t.El }},
}

// MarshalJSON writes one text as a text.
func (t Text) MarshalJSON() ([]byte, error) {
	if t.Plain() {
		return json.Marshal(t.Default)
	}
	type byLanguage Text // without this method
	return json.Marshal(byLanguage(t))
}

// Plain reports whether a text is one for everybody.
func (t Text) Plain() bool { return t == Text{Default: t.Default} }

// to is the text for whoever asked for a name: that of the script which most of its
// letters are of. Latin letters do not count, for they stand in names of every language.
func (t *Text) to(name string) string {
	if t.Plain() {
		return t.Default
	}
	var letters [len(languages)]int
	for _, r := range name {
		for i := range languages {
			if unicode.In(r, languages[i].scripts...) {
				letters[i]++
				break
			}
		}
	}
	const zh, ja = 0, 1
	if letters[ja] > 0 {
		letters[ja], letters[zh] = letters[ja]+letters[zh], 0
	}
	most := slices.Max(letters[:])
	if most == 0 {
		return t.Default
	}
	return cmp.Or(languages[slices.Index(letters[:], most)].text(t), t.Default)
}

// each calls f for each text of a message at a path, with its key as reports name it.
func (t *Text) each(at Path, f func(at Path, key, text string)) {
	if t.Plain() {
		f(at, "message", t.Default)
		return
	}
	for i := range languages {
		f(at.Key(languages[i].key), "message."+languages[i].key, languages[i].text(t))
	}
	f(at.Key("default"), "message.default", t.Default)
}

// fill is a message of a rule's refusal with its placeholders filled, the places in it
// that hold the reference, and the names of those that cannot be filled. What a user wrote
// is put in as it is, without invisible characters; nothing in it is looked at again. What
// is not UTF-8 is replaced, as JSON would do after: three bytes for one.
func (r *Rule) fill(message string, cr *Creation, h hit) (filled string, refs []int, unknown []string) {
	var b strings.Builder
	put := func(text string) { b.WriteString(strings.ToValidUTF8(text, "\uFFFD")) }
	for text := message; ; {
		literal, rest, opened := strings.Cut(text, "{{")
		name, after, closed := strings.Cut(rest, "}}")
		if !opened || !closed {
			put(text)
			return b.String(), refs, unknown
		}
		put(literal)
		switch name = strings.TrimSpace(name); {
		case name == "word":
			put(h.word)
		case name == "name":
			put(textfold.StripInvisible(cr.Name))
		case name == "operator":
			put(cr.Operator)
		case name == "ref":
			refs = append(refs, b.Len())
			b.WriteString(NoRef)
		case name == "limit" && r.Quota != nil:
			b.WriteString(strconv.Itoa(r.Quota.Limit))
		default:
			unknown = append(unknown, name)
		}
		text = after
	}
}

// message reports the placeholders of a message that cannot be filled, and languages
// without a text for all others.
func (c *compiler) message(r *Rule) {
	if !r.Message.Plain() && r.Message.Default == "" {
		c.problem("message", "write default, too: it is for names in every other writing", "has no default")
	}
	r.Message.each(c.path.Key("message"), func(at Path, key, text string) {
		_, _, unknown := r.fill(text, &Creation{}, hit{})
		for _, name := range unknown {
			if name == "limit" {
				c.add(at, key, "", "{{limit}} needs a quota in the same rule")
				continue
			}
			c.add(at, key, "use {{word}}, {{name}}, {{operator}}, {{ref}} or, beside a quota, {{limit}}", "{{%s}} is not known", name)
		}
	})
}

// MaxMessage is the most of a message that is sent, in bytes of UTF-8.
const MaxMessage = 256

// refuse is what a refusal says: the message filled, and cut where it becomes too long;
// and the places in it of the reference.
func (r *Rule) refuse(cr *Creation, h hit) (message string, refs []int) {
	text, refs, _ := r.fill(r.Message.to(cr.Name), cr, h)
	return cut(text, refs)
}

// warnLong looks for texts of a message at a path of which users see only the beginning:
// whatever the name and the operator are, or with the longest of some words.
func (c *compiler) warnLong(at Path, r *Rule, word string) {
	const how = "shorten it; the rest is cut off"
	r.Message.each(at, func(at Path, key, text string) {
		without, _, _ := r.fill(text, &Creation{}, hit{})
		with, _, _ := r.fill(text, &Creation{}, hit{word: word})
		switch {
		case len(without) > MaxMessage:
			c.warn(at, key, how, "is %d bytes long, of which %d are sent", len(without), MaxMessage)
		case len(with) > MaxMessage:
			c.warn(at, key, how, "is %d bytes long with the word %q, of which %d are sent", len(with), word, MaxMessage)
		}
	})
}

// longestWord is the longest that {{word}} can be in the message of a rule, and longest
// for none that is longer.
func longestWord(m *Match, longest string) string {
	if m == nil {
		return longest
	}
	if m.Name != nil {
		for _, list := range []List{m.Name.Contains, m.Name.Resembles} {
			for _, word := range list {
				if len(word) > len(longest) {
					longest = word
				}
			}
		}
	}
	for _, members := range [][]Match{m.All, m.Any} {
		for i := range members {
			longest = longestWord(&members[i], longest)
		}
	}
	return longest
}

// builtIn is what a rule says when nobody wrote a message: the sentence of its most
// telling condition.
func builtIn(r Rule) string {
	switch {
	case r.Name == FreezeRule:
		return "Nothing can be created at the moment. Please try again later."
	case r.Quota != nil:
		return "Too many were created in a short time. Please try again later."
	}
	told := &Condition{Sentence: "This cannot be created."}
	keys := written(r.Match)
	for i := range Conditions {
		if condition := &Conditions[i]; condition.Telling > told.Telling && condition.in(keys) {
			told = condition
		}
	}
	return told.Sentence
}
