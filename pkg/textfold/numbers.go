package textfold

import (
	"strings"
	"unicode"
)

// fewestDigits is how many digits in a row are a number to reach somebody at.
const fewestDigits = 7

// digitOf returns the digit that a folded character stands for, and -1 for others. Of Han
// characters these are numerals, formal numerals, and what is said on the telephone.
func digitOf(r rune) int {
	if r <= unicode.MaxASCII {
		if '0' <= r && r <= '9' {
			return int(r - '0')
		}
		return -1
	}
	switch r {
	case '〇', '零', '⓿', '🄋', '🄌':
		return 0
	case '一', '壹', '幺', '❶', '➀', '➊', '⓵':
		return 1
	case '二', '贰', '弍', '❷', '➁', '➋', '⓶':
		return 2
	case '三', '叁', '❸', '➂', '➌', '⓷':
		return 3
	case '四', '肆', '❹', '➃', '➍', '⓸':
		return 4
	case '五', '伍', '❺', '➄', '➎', '⓹':
		return 5
	case '六', '陆', '❻', '➅', '➏', '⓺':
		return 6
	case '七', '柒', '❼', '➆', '➐', '⓻':
		return 7
	case '八', '捌', '❽', '➇', '➑', '⓼':
		return 8
	case '九', '玖', '❾', '➈', '➒', '⓽':
		return 9
	}
	if classOf(r) == classNumber {
		for _, digits := range unicode.Nd.R16 { // ranges of ten, or several tens
			if rune(digits.Lo) <= r && r <= rune(digits.Hi) {
				return int(r-rune(digits.Lo)) % 10
			}
		}
	}
	return -1
}

// standsForDigit reports whether a folded character stands for a digit.
func standsForDigit(r rune) bool {
	if r <= unicode.MaxASCII {
		return '0' <= r && r <= '9'
	}
	return digitOf(r) >= 0
}

// A group is some digits with nothing between.
type group struct {
	start, end int
	value      int  // of those that are short enough to mean something
	same       bool // one digit throughout
	steps      bool // each is one more than the one before, or each one less
	round      bool // zeros from the third on
}

func (g group) digits() int { return g.end - g.start }

// within reports a group of at most so many digits that is worth no less and no more.
func (g group) within(digits, least, most int) bool {
	return g.digits() <= digits && least <= g.value && g.value <= most
}

func (g group) year() bool { return g.digits() == 4 && 1900 <= g.value && g.value <= 2099 }

// groupAt reads the digits at a place.
func (t *traced) groupAt(start int) group {
	g := group{start: start, end: start, same: true, steps: true, round: true}
	first, last, step := digitOf(t.runes[start]), -1, 0
	for g.end < len(t.runes) {
		d := digitOf(t.runes[g.end])
		if d < 0 {
			break
		}
		n := g.digits()
		g.same = g.same && d == first
		g.round = g.round && (n < 2 || d == 0)
		if n == 1 {
			step = d - last
		}
		g.steps = g.steps && (n == 0 || d-last == step && (step == 1 || step == -1))
		if n < 15 {
			g.value = g.value*10 + d
		}
		last = d
		g.end++
	}
	return g
}

// longNumber finds seven digits and more with at most three separators between two, and
// excuses what is written in digits for other reasons than to be dialled.
func (t *traced) longNumber() (what string, found bool) {
	for i := 0; i < len(t.runes); i++ {
		if !standsForDigit(t.runes[i]) {
			continue
		}
		end, digits := t.digitsAt(i)
		if digits >= fewestDigits {
			t.group(i, end)
			if !t.excused() {
				return t.written(i, end), true
			}
		}
		i = end
	}
	return "", false
}

// digitsAt is where the digits at a place end, those behind separators too, and how many
// they are.
func (t *traced) digitsAt(start int) (end, digits int) {
	const between = 3
	apart := 0
	for at := start; at < len(t.runes) && apart <= between; at++ {
		if standsForDigit(t.runes[at]) {
			end, digits, apart = at+1, digits+1, 0
		} else if c := classOf(t.runes[at]); c.separator() || c.mark() {
			apart++
		} else {
			break
		}
	}
	return end, digits
}

// group reads the groups of digits in a part.
func (t *traced) group(start, end int) {
	t.groups = t.groups[:0]
	for at := start; at < end; at++ {
		if standsForDigit(t.runes[at]) {
			g := t.groupAt(at)
			t.groups = append(t.groups, g)
			at = g.end
		}
	}
}

// excused reports whether too few digits are left of the groups at hand without those
// that have another meaning. The numbers of mobile telephones have none.
func (t *traced) excused() bool {
	left := 0
	for i := range t.groups {
		if t.mobile(i) {
			return false
		}
	}
	if t.counts() {
		return true
	}
	for i := 0; i < len(t.groups); {
		n := 0
		for _, meaning := range meanings {
			if n = meaning(t, i); n > 0 {
				break
			}
		}
		if n == 0 {
			left += t.groups[i].digits()
			n = 1
		}
		i += n
	}
	return left < fewestDigits
}

// mobile reports a Chinese mobile number, as it is grouped in writing.
func (t *traced) mobile(i int) bool {
	digits := [3]int{}
	for n := range digits {
		if i+n < len(t.groups) {
			digits[n] = t.groups[i+n].digits()
		}
	}
	head := t.groups[i]
	prefix := digitOf(t.runes[head.start]) == 1 && head.digits() >= 2 && digitOf(t.runes[head.start+1]) >= 3
	return prefix && (digits[0] == 11 || digits == [3]int{3, 4, 4} || digits[0] == 3 && digits[1] == 8)
}

// counts reports that all groups go up, or all go down: 1、3、5、7 and 100/200/400 are
// lists of something.
func (t *traced) counts() bool {
	if len(t.groups) < 3 {
		return false
	}
	up, down := true, true
	for i, g := range t.groups {
		listed := g.value%10 == 0 || t.between(i-1, "、,/|&")
		if g.digits() > 3 || g.digits() == 3 && !listed {
			return false
		}
		if i > 0 {
			up = up && t.groups[i-1].value < g.value
			down = down && t.groups[i-1].value > g.value
		}
	}
	return up || down
}

// between reports whether one of some characters is all that stands behind a group,
// spaces aside, before the next.
func (t *traced) between(i int, some string) bool {
	if i < 0 || i+1 >= len(t.groups) {
		return false
	}
	at, to := t.groups[i].end, t.groups[i+1].start
	for at < to-1 && t.runes[at] == ' ' {
		at++
	}
	for at < to-1 && t.runes[to-1] == ' ' {
		to--
	}
	return to == at+1 && strings.ContainsRune(some, t.runes[at])
}

// chained is how many groups from one on are joined by the character alone, of as many
// as mean something.
func (t *traced) chained(i int, by rune) int {
	const longest = 8
	n := 1
	for n < longest && i+n < len(t.groups) && t.groups[i+n].start == t.groups[i+n-1].end+1 && t.runes[t.groups[i+n-1].end] == by {
		n++
	}
	return n
}

// meanings are what groups of digits can mean. Each returns how many groups, from one
// on, it takes: 0 when they mean something else.
var meanings = [...]func(t *traced, i int) int{
	catalogued, address, date, clock, price, thousands, size, decimal, lucky,
}

// catalogued: ISBN 978-7-02-000872-8, 第20190201期.
func catalogued(t *traced, i int) int {
	const furthest = 6
	start := t.groups[i].start
	if t.rune(start-1) == '第' && t.groups[i].digits() <= 8 {
		return 1
	}
	var before [furthest]byte
	n := 0
	for at := start - 1; at >= 0 && n < furthest && start-at <= 2*furthest; at-- {
		if r := t.runes[at]; 'a' <= r && r <= 'z' {
			n++
			before[furthest-n] = byte(r)
		} else if n > 0 || !classOf(r).separator() {
			break
		}
	}
	switch string(before[furthest-n:]) {
	case "isbn", "issn", "doi", "arxiv", "cas":
	default:
		return 0
	}
	digits := 0
	for n = 0; i+n < len(t.groups) && (n == 0 || t.between(i+n-1, "-. /")) && digits+t.groups[i+n].digits() <= 13; n++ {
		digits += t.groups[i+n].digits()
	}
	return n
}

// address: 192.168.1.1 and its port; and versions, which are written alike: 10.0.19041.
func address(t *traced, i int) int {
	n := t.chained(i, '.')
	if n != 3 && n != 4 || i > 0 && t.chained(i-1, '.') > 1 {
		return 0
	}
	octets := n == 4
	for _, g := range t.groups[i : i+n] {
		octets = octets && g.within(3, 0, 255)
	}
	if octets {
		if t.chained(i+3, ':') > 1 {
			n++
		}
		return n
	}
	if t.groups[i].digits() <= 3 && t.groups[i+1].digits() <= 2 {
		return n
	}
	return 0
}

// date: 2024-05-01, 20240501, 01/05/24, 5/1, 1998.
func date(t *traced, i int) int {
	month := func(i int) bool { return t.groups[i].within(2, 1, 12) }
	day := func(i int) bool { return t.groups[i].within(2, 1, 31) }
	for _, by := range [...]string{"-", "/", ".", " "} {
		if !t.between(i, by) {
			continue
		}
		if t.between(i+1, by) {
			switch {
			case t.groups[i].year() && month(i+1) && day(i+2),
				(t.groups[i+2].year() || by != " " && t.groups[i+2].digits() == 2) &&
					(month(i) && day(i+1) || day(i) && month(i+1)):
				return 3
			}
		}
		if by == "/" && (month(i) && day(i+1) || day(i) && month(i+1)) {
			return 2
		}
	}
	g := t.groups[i]
	if g.year() {
		return 1
	}
	v := g.value
	switch g.digits() { // with the time behind the day
	case 14:
		v /= 1e6
	case 12:
		v /= 1e4
	case 8:
	default:
		return 0
	}
	if y, m, d := v/10000, v/100%100, v%100; 1900 <= y && y <= 2099 && 1 <= m && m <= 12 && 1 <= d && d <= 31 {
		return 1
	}
	return 0
}

// clock: 12:30, 12:30:45, 0900-1800.
func clock(t *traced, i int) int {
	n := t.chained(i, ':')
	if (n == 2 || n == 3) && t.groups[i].within(2, 0, 24) {
		for _, g := range t.groups[i+1 : i+n] {
			if g.digits() != 2 || g.value > 59 {
				return 0
			}
		}
		return n
	}
	hour := func(g group) bool { return g.digits() == 4 && g.value <= 2400 && g.value%100 <= 59 }
	if t.between(i, "-~–—") && hour(t.groups[i]) && hour(t.groups[i+1]) {
		return 2
	}
	return 0
}

// currencies stand before or behind a price.
const currencies = "¥$€£₩₽₹₫฿₱元块圆円원刀"

// price: ¥1,299,000, 1000000元.
func price(t *traced, i int) int {
	n := max(t.chained(i, ','), t.chained(i, '.'))
	before, after := t.groups[i].start-1, t.groups[i+n-1].end
	if t.rune(before) == ' ' {
		before--
	}
	if t.rune(after) == ' ' {
		after++
	}
	if strings.ContainsRune(currencies, t.rune(before)) || strings.ContainsRune(currencies, t.rune(after)) {
		return n
	}
	for _, code := range [...]string{"usd", "rmb", "cny", "eur", "jpy", "krw"} {
		if t.reads(after, code) || t.reads(before-len(code)+1, code) {
			return n
		}
	}
	return 0
}

// thousands: 1,299,000; and 1 000 000, where the zeros tell.
func thousands(t *traced, i int) int {
	n := t.chained(i, ',')
	zeros := n == 1
	if zeros {
		n = max(t.chained(i, ' '), t.chained(i, '.'))
	}
	if n == 1 || t.groups[i].digits() > 3 {
		return 0
	}
	for _, g := range t.groups[i+1 : i+n] {
		if g.digits() != 3 || zeros && g.value != 0 {
			return 0
		}
	}
	return n
}

// size: 1920×1080.
func size(t *traced, i int) int {
	if t.between(i, "×*") && t.groups[i].digits() <= 5 && t.groups[i+1].digits() <= 5 {
		return 2
	}
	return 0
}

// decimal: 3.14159265, and the degrees of a place.
func decimal(t *traced, i int) int {
	if t.chained(i, '.') != 2 || t.groups[i].digits() > 3 || t.groups[i+1].digits() > 10 ||
		i > 0 && t.rune(t.groups[i].start-1) == '.' {
		return 0
	}
	return 2
}

// lucky: 6666666, 1234567, 1500000: nobody's number.
func lucky(t *traced, i int) int {
	if g := t.groups[i]; g.digits() >= 5 && (g.same || g.steps || g.round) {
		return 1
	}
	return 0
}
