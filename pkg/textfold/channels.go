package textfold

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// How much an id beside a channel must look like one: the less a channel is written for
// any other purpose, the less.
type channelKind uint8

const (
	letterChannel  channelKind = iota // v, q: needs a sign between, and a digit in the id
	wordChannel                       // line, telegram: companies that people speak of too
	plainChannel                      // 微信, qq
	evasiveChannel                    // 薇信, vx: written to give an id, or to evade
)

// A channel is a way to reach somebody, by one of its names.
type channel struct {
	name  []rune // folded; '·' is where separators may stand
	kind  channelKind
	added bool // 加 before it is enough, without an id
}

const optional = '·'

// channelNames are what channels are called, longer ones before what they begin with.
var channelNames = [...]struct {
	kind  channelKind
	added bool
	names []string
}{
	{evasiveChannel, true, []string{
		"v·信", "w·信", "薇·信", "薇", "威·信", "徽·信", "维·信", "微·芯", "微·x", "微·v", "vx", "wx", "wei·xin", "扣·扣", "叩·叩", "抠·抠", "🐧",
	}},
	{plainChannel, true, []string{"微·信", "q·q", "qq", "tg", "电报", "纸飞机", "企鹅", "球球", "微", "✈"}},
	{wordChannel, true, []string{"飞机", "wechat", "telegram", "whatsapp", "抖音", "line"}},
	{wordChannel, false, []string{"威", "kakao", "kakaotalk", "zalo", "skype", "viber", "snapchat", "instagram", "快手"}},
	{letterChannel, true, []string{"v", "q"}},
}

// likeXin are what 信 is written as where it should not be read.
const likeXin = "信芯心欣❤♥"

// A channelIndex finds the channels whose name begins with a character, the longest first.
type channelIndex struct {
	some   [256]bool // by the last byte of the character, which spares most of the look-ups
	begins map[rune][]channel
}

var channels = sync.OnceValue(func() *channelIndex {
	index := &channelIndex{begins: map[rune][]channel{}}
	all := index.begins
	for _, row := range channelNames {
		for _, name := range row.names {
			runes := []rune(name)
			of := all[runes[0]]
			index.some[byte(runes[0])] = true
			at := len(of)
			for at > 0 && len(of[at-1].name) < len(runes) {
				at--
			}
			all[runes[0]] = append(of[:at:at], append([]channel{{runes, row.kind, row.added}}, of[at:]...)...)
		}
	}
	return index
})

// maybe reports whether a channel's name may begin with a character.
func (x *channelIndex) maybe(r rune) bool { return x.some[byte(r)] } //nolint:gosec // the last byte is meant

// separators is where the separators at a place end: a few of them.
func (t *traced) separators(at, most int) int {
	for end := at + most; at < len(t.runes) && at < end && classOf(t.runes[at]).separator(); {
		at++
	}
	return at
}

// channelAt reads a channel at a place.
func (t *traced) channelAt(start int) (found channel, end int, ok bool) {
	r := t.rune(start)
	index := channels()
	if !index.maybe(r) {
		return channel{}, 0, false
	}
	for _, c := range index.begins[r] {
		if end, ok = t.spells(start, c.name); ok {
			return c, end, true
		}
	}
	return channel{}, 0, false
}

// spells reports whether the name of a channel stands at a place, and where it ends.
func (t *traced) spells(at int, name []rune) (end int, ok bool) {
	const between = 2
	for i, want := range name {
		if want == optional {
			for skipped := 0; skipped < between && !stands(name[i+1], t.rune(at)) && classOf(t.rune(at)).separator(); skipped++ {
				at++
			}
			continue
		}
		if !stands(want, t.rune(at)) {
			return 0, false
		}
		at++
	}
	return at, !isLatin(name[len(name)-1]) || !isLatin(t.rune(at))
}

// stands reports whether a character stands for one of a channel's name.
func stands(want, got rune) bool {
	return got == want || want == '信' && strings.ContainsRune(likeXin, got)
}

// addingBefore are characters with which 加 makes a word that adds nobody: 参加, 增加.
const addingBefore = "参增更附施强累外叠追倍越愈递渗掺"

// addingAfter are characters that go on after a channel was given: 加V看片, 加Q群.
// Others make it another thing: QQ音乐, 微量, V领, Q版.
const addingAfter = "号群看领进聊拉送咨私备免约了找入我你好就即来详谈购买卖办拿给抢撩"

// givenAfter are what 领 takes where it is no collar: 加V领取, 加V领资料.
const givenAfter = "取资红福礼奖免优券"

// fillers may stand between an adding word and the channel, the longest first.
var fillers = [...]string{"管理员", "我们", "我的", "一下", "客服", "老师", "群主", "助理", "小编", "本人", "博主", "我", "个", "下", "你", "他", "她"}

// addedChannel reads an adding word or sign at a place, and a channel behind it.
func (t *traced) addedChannel(start int) (end int, ok bool) {
	sign := false
	at := start + 1
	switch t.runes[start] {
	case '加':
		if strings.ContainsRune(addingBefore, t.rune(start-1)) || t.rune(start-2) == '微' && t.rune(start-1) == '博' {
			return 0, false
		}
	case '+', '➕':
		sign = true
		before := start - 1
		for before >= 0 && start-before < 4 && (t.runes[before] == ' ' || t.runes[before] == '+') {
			before--
		}
		// Ctrl+V, C++, Google+.
		if r := t.rune(before); r == '+' || isLatin(r) || '0' <= r && r <= '9' {
			return 0, false
		}
	case 'j':
		if !t.reads(start, "jia") || isLatin(t.rune(start-1)) {
			return 0, false
		}
		at += len("ia")
	default:
		return 0, false
	}
	at = t.toWord(at)
	for range 2 {
		for _, filler := range fillers {
			if t.reads(at, filler) {
				at = t.toWord(at + utf8.RuneCountInString(filler))
				break
			}
		}
	}
	c, end, ok := t.channelAt(at)
	if !ok || !c.added || sign && c.kind == wordChannel && isLatin(c.name[0]) {
		return 0, false
	}
	return end, t.endsAdded(c, end)
}

// toWord skips a few separators before a channel, which may be an emoji itself.
func (t *traced) toWord(at int) int {
	const most = 3
	for range most {
		if _, _, ok := t.channelAt(at); ok || !classOf(t.rune(at)).separator() {
			break
		}
		at++
	}
	return at
}

// endsAdded reports whether what follows a channel leaves it one.
func (t *traced) endsAdded(c channel, end int) bool {
	switch r := t.rune(end); {
	case r == '领' && c.kind == letterChannel && !strings.ContainsRune(givenAfter, t.rune(end+1)):
		return false
	case end == len(t.runes) || strings.ContainsRune(addingAfter, r):
		return true
	case digitOf(r) >= 0:
		return t.groupAt(end).digits() >= 5
	case !classOf(r).separator():
		return false
	}
	// Line art and QQ Music, but not: 加 vx abc.
	next := t.rune(t.separators(end, 3))
	return c.kind == evasiveChannel || !isLatin(c.name[0]) || !isLatin(next) || t.rune(end) != ' '
}

// reads reports whether a text stands at a place.
func (t *traced) reads(at int, text string) bool {
	for _, r := range text {
		if t.rune(at) != r {
			return false
		}
		at++
	}
	return true
}

// markers may follow a channel and say that an id comes.
var markers = [...]string{"号码", "群号", "账号", "帐号", "号", "群", "id"}

// peopleAfter are characters with which digits count something: 微信10000人群.
const peopleAfter = "人个元万亿年月日级届名位粉"

// channelWithID reads a channel at a place, and an id behind it.
func (t *traced) channelWithID(start int) (end int, ok bool) {
	if isLatin(t.runes[start]) && (isLatin(t.rune(start-1)) || standsForDigit(t.rune(start-1))) {
		return 0, false // amid a word
	}
	c, at, ok := t.channelAt(start)
	if !ok {
		return 0, false
	}
	marked, pointed, addressed := false, false, false
	for _, marker := range markers {
		if next := t.separators(at, 2); t.reads(next, marker) {
			marked = true
			at = next + utf8.RuneCountInString(marker)
			break
		}
	}
	from := t.separators(at, 4)
	for _, r := range t.runes[at:from] {
		pointed = pointed || r == ':' || r == '=' || r == '→' || r == '👉'
		addressed = r == '@'
	}
	if t.rune(from) == '是' {
		from, pointed = t.separators(from+1, 2), true
	}
	i := id{marked: marked, pointed: pointed, addressed: addressed}
	end = t.readID(from, &i)
	if from == at && c.kind < plainChannel && !marked {
		return 0, false // v8, line1
	}
	return end, t.isID(c, from, end, i)
}

// An id is what stands behind a channel: what it is made of, and what is before it.
type id struct {
	letters, digits, lines     int
	marked, pointed, addressed bool // 号, a colon, @
}

// readID counts what an id at a place is made of, and returns where it ends.
func (t *traced) readID(from int, i *id) (end int) {
	const longest = 32
	for end = from; end < len(t.runes) && end-from < longest; end++ {
		switch r := t.runes[end]; {
		case 'a' <= r && r <= 'z':
			i.letters++
		case digitOf(r) >= 0:
			i.digits++
		case r == '_', r == '-' && end > from:
			i.lines++
		default:
			return end
		}
	}
	return end
}

// isID reports whether what stands behind a channel is an id and no word.
func (t *traced) isID(c channel, from, end int, i id) bool {
	length := i.letters + i.digits + i.lines
	sure := i.marked || i.pointed
	switch {
	case length < 4, length < 5 && !i.addressed:
		return false
	case i.letters == 0:
		if i.lines > 0 || strings.ContainsRune(peopleAfter, t.rune(t.separators(end, 1))) || t.groupAt(from).round {
			return false
		}
		return sure || c.kind >= plainChannel
	case digitOf(t.runes[from]) >= 0 || isLatin(t.rune(end)):
		return false // 1080p, and words with a letter beyond ASCII
	case i.addressed:
		return c.kind != letterChannel || i.digits > 0
	case c.kind == letterChannel:
		return sure && i.digits > 0
	case i.digits+i.lines > 0:
		return sure || i.digits >= 3 || slices.Contains(t.runes[from:end], '_') || c.kind == evasiveChannel && i.digits > 1
	case c.kind == evasiveChannel:
		return sure
	default: // letters alone: 微信号 zhangsan, and 微信：zhangsan where no more follows
		return length >= 6 && c.kind == plainChannel && (i.marked && t.runes[from-1] != '群' || i.pointed && end == len(t.runes))
	}
}
