package textfold

import (
	"strings"
	"unicode"
	"unicode/utf8"
	"unsafe"

	// publicsuffix (golang.org/x/net, BSD-3-Clause) is the Go project's copy of the list
	// that browsers ask, with several releases a year; it adds 90 KB and does nothing at
	// the start of a process.
	"golang.org/x/net/publicsuffix"
)

// A dot is how the labels of a host are parted.
type dot uint8

const (
	plainDot   dot = iota
	hiddenDot      // 。 or 点 between letters, [.]
	spelledDot     // dot or a full stop with spaces around it
	spacedDot      // with a space on one side only
)

// familiar are the suffixes that are believed whatever their dots are: those that are
// no words, and of which links in names are.
const familiar = " com net org cn cc xyz io co info biz edu gov hk tw jp kr uk de fr ru us tk vip club "

// files are suffixes of files that are suffixes of hosts too.
const files = " md rs sh py pl so ps ml zip mov tf hs pub mk ac pm gd mm do st bz fish cab dot inc map properties man vi la "

// wordSuffixes are suffixes that are words in names: let.it.be, made.in.
const wordSuffixes = " in is it so to no at be am as us by my he we id an al la es et se de "

// products end in a suffix and are no hosts.
const products = " asp.net vb.net ado.net ml.net paint.net socket.io sci.fi lo.fi hi.fi wi.fi "

// ownSuffixes are suffixes beyond ASCII, which the list has in Punycode, as far as they
// are not words that lists are made of.
const ownSuffixes = " 中国 公司 网络 网址 网店 中文网 商城 政务 公益 рф 한국 "

// listed reports whether a word is in a list of words with spaces around each.
func listed(list, word string) bool {
	for {
		at := strings.Index(list, word)
		if at < 0 {
			return false
		}
		if at > 0 && list[at-1] == ' ' && list[at+len(word)] == ' ' {
			return true
		}
		list = list[at+len(word):]
	}
}

// linkBytes are the bytes at which mayLink looks.
var linkBytes = [256]bool{'.': true, 't': true, 'T': true, '/': true, '\\': true, 0xE2: true, 0xE3: true, 0xE7: true, 0xE9: true, 0xEF: true}

// mayLink reports whether a name has any of what a link is made of, by its bytes.
func mayLink(name string) bool {
	for i := range len(name) {
		if !linkBytes[name[i]] {
			continue
		}
		switch name[i] {
		case '.':
			if i+1 < len(name) {
				return true
			}
		case 't', 'T':
			if i > 1 && (name[i-1]|0x20) == 'o' && (name[i-2]|0x20) == 'd' {
				return true
			}
		case '/', '\\':
			if i > 0 {
				return true
			}
		case 0xE2, 0xE3, 0xE7, 0xE9, 0xEF: // ․ 。 点 點 ． ｡ ﹒ ／
			if i+3 <= len(name) {
				switch name[i : i+3] {
				case "․", "。", "点", "點", "．", "｡", "﹒", "／":
					return true
				}
			}
		}
	}
	return false
}

// Link finds the first URL or host that is none of those excused and below none of
// them, and returns it as it was typed.
func Link(name string, excused []string) (what string, found bool) {
	if !mayLink(name) {
		return "", false
	}
	t := trace(name)
	defer t.release()
	for i := 0; i < len(t.runes); {
		start, end, ok := t.urlAt(i)
		if !ok {
			start, end, ok = t.bareAt(i)
		}
		if ok && !t.below(excused) {
			return t.written(start, end), true
		}
		i = max(i+1, end)
	}
	return "", false
}

// Host is a host as Link compares it, and whether it is one.
func Host(written string) (host string, ok bool) {
	t := trace(strings.TrimSuffix(written, "."))
	defer t.release()
	end := t.hostAt(0)
	return string(t.host), end > 0 && end == len(t.runes) && len(t.ends) > 1
}

// below reports whether the host at hand is one of some, or below one.
func (t *traced) below(hosts []string) bool {
	for _, host := range hosts {
		rest := len(t.host) - len(host)
		if rest >= 0 && string(t.host[rest:]) == host && (rest == 0 || t.host[rest-1] == '.') {
			return true
		}
	}
	return false
}

// schemes are what a URL begins with, disguised ones too.
var schemes = [...]string{"https", "http", "hxxps", "hxxp", "ftps", "ftp"}

// urlAt reads a URL with a scheme whose :// is at a place; the host at hand is its own.
// Where there is none, end is a place from which to look on.
func (t *traced) urlAt(i int) (start, end int, ok bool) {
	slash := func(r rune) bool { return r == '/' || r == '\\' }
	if t.runes[i] != ':' || !slash(t.rune(i+1)) || !slash(t.rune(i+2)) {
		return 0, 0, false
	}
	start = -1
	for _, scheme := range schemes {
		if t.reads(i-len(scheme), scheme) {
			start = i - len(scheme)
			break
		}
	}
	if start < 0 {
		return 0, 0, false
	}
	from := i + 3
	end = from
	for ; end < len(t.runes) && classOf(t.runes[end]) != classSpace; end++ {
		if r := t.runes[end]; slash(r) || r == '?' || r == '#' {
			break
		}
	}
	for at := from; at < end; at++ { // http://example.com@evil.com is at evil.com
		if t.runes[at] == '@' {
			from = at + 1
		}
	}
	if to := t.hostAt(from); to > from {
		end = to
	} else if end == from {
		return 0, end, false
	}
	return start, end, true
}

// bareAt reads a host whose first dot is at a place. Where there is none, end is a place
// from which to look on.
func (t *traced) bareAt(i int) (start, end int, ok bool) {
	size, kind := t.dotAt(i)
	if size == 0 {
		return 0, 0, false
	}
	start = t.labelBefore(i)
	if start == i {
		return 0, 0, false
	}
	last := t.hostAt(start)
	if t.rune(start-1) == '@' { // of an e-mail address
		return 0, last, false
	}
	for ; len(t.ends) > 1; t.dropLabel() {
		if end = t.ends[len(t.ends)-1]; t.isHost(start, end, kind) {
			return start, end, true
		}
	}
	return 0, last, false
}

// dotAt reads a dot, however it is written, and returns how many characters it takes.
func (t *traced) dotAt(i int) (size int, kind dot) {
	before, r, after := t.rune(i-1), t.rune(i), t.rune(i+1)
	switch r {
	case '.':
		if after == ' ' {
			return 2, spacedDot
		}
		return 1, plainDot
	case '。', '点':
		if isAlnum(before) && isAlnum(after) {
			return 1, hiddenDot
		}
	case '[', '(', '{', '【':
		return t.bracketedDot(i), hiddenDot
	case ' ':
		switch {
		case t.reads(i, " dot "):
			return 5, spelledDot
		case t.reads(i, " . "):
			return 3, spelledDot
		case after == '.' && isAlnum(t.rune(i+2)):
			return 2, spacedDot
		}
		if size = t.bracketedDot(i + 1); size > 0 {
			return size + 1, hiddenDot
		}
	}
	return 0, 0
}

// bracketedDot reads [.], (dot) or 【点】, and a space behind it.
func (t *traced) bracketedDot(i int) (size int) {
	if !strings.ContainsRune("[({【", t.rune(i)) {
		return 0
	}
	switch {
	case t.reads(i+1, "dot"):
		size = len("[dot]")
	case strings.ContainsRune(".。点", t.rune(i+1)):
		size = len("[.]")
	}
	if size == 0 || !strings.ContainsRune("])}】", t.rune(i+size-1)) {
		return 0
	}
	if t.rune(i+size) == ' ' {
		size++
	}
	return size
}

func isAlnum(r rune) bool { return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' }

// inLabel reports what a label is made of: ASCII, or letters of other scripts.
func inLabel(r rune, ascii bool) bool {
	if r < utf8.RuneSelf {
		return ascii && (isAlnum(r) || r == '-' || r == '_')
	}
	c := classOf(r)
	return !ascii && r != '点' && (c.alphanumeric() || c.mark())
}

// longestLabel is what the domain name system allows.
const longestLabel = 63

// labelBefore is where the label before a place begins.
func (t *traced) labelBefore(end int) (start int) {
	ascii := t.rune(end-1) < utf8.RuneSelf
	for start = end; start > 0 && end-start < longestLabel && inLabel(t.runes[start-1], ascii); {
		start--
	}
	return start
}

// hostAt reads labels and dots from a place on, and makes them the host at hand.
func (t *traced) hostAt(at int) (end int) {
	t.host, t.ends = t.host[:0], t.ends[:0]
	const most = 16 // no host that anybody types has more labels
	for len(t.ends) < most {
		start, ascii := at, t.rune(at) < utf8.RuneSelf
		for at < len(t.runes) && at-start < longestLabel && inLabel(t.runes[at], ascii) {
			at++
		}
		if at == start {
			break
		}
		if len(t.ends) > 0 {
			t.host = append(t.host, '.')
		}
		for _, r := range t.runes[start:at] {
			t.host = utf8.AppendRune(t.host, r)
		}
		t.ends = append(t.ends, at)
		end = at
		size, _ := t.dotAt(at)
		if size == 0 {
			break
		}
		at += size
	}
	return end
}

// hostText is the host at hand as a text, which is good as long as that: a copy would be
// the one allocation for a name in which no link is.
func (t *traced) hostText() string {
	return unsafe.String(unsafe.SliceData(t.host), len(t.host)) //nolint:gosec // nobody keeps it
}

// dropLabel takes the last label off the host at hand.
func (t *traced) dropLabel() {
	t.ends = t.ends[:len(t.ends)-1]
	for i := len(t.host) - 1; ; i-- {
		if t.host[i] == '.' {
			t.host = t.host[:i]
			return
		}
	}
}

// isHost reports whether the host at hand is meant as one.
func (t *traced) isHost(start, end int, kind dot) bool {
	for _, at := range t.ends[:len(t.ends)-1] {
		_, other := t.dotAt(at)
		kind = max(kind, other)
	}
	host := t.hostText()
	labels := strings.Count(host, ".") + 1
	at := strings.LastIndexByte(host, '.')
	first, suffix := host[:at], host[at+1:]
	if labels > 2 {
		first = first[strings.LastIndexByte(first, '.')+1:]
	}
	if suffix[0] >= utf8.RuneSelf {
		return kind == plainDot && listed(ownSuffixes, suffix) && utf8.RuneCountInString(first) > 1 && strings.ContainsFunc(first, isPlainLetter)
	}
	known := listed(familiar, suffix)
	path := (t.rune(end) == '/' || t.rune(end) == ':') && isAlnum(t.rune(end+1)) && strings.ContainsFunc(first, isPlainLetter)
	whole := strings.HasPrefix(host, "www.") && labels > 2
	switch {
	case suffix[0] <= '9', strings.IndexByte(suffix, '_') >= 0, inLabel(t.rune(end), true):
		return false
	case whole:
	case kind == spacedDot:
		if suffix != "com" || labels > 2 || !strings.ContainsFunc(first, isPlainLetter) || first == "dot" || !t.small(end-len(suffix), end) {
			return false
		}
	case kind == spelledDot:
		if !known || listed(" the a this that an of ", first) {
			return false
		}
	case kind == hiddenDot && !known:
		return false
	case path:
	case listed(files, suffix), listed(wordSuffixes, suffix), listed(products, host), strings.IndexByte(first, '_') >= 0:
		return false
	case strings.HasPrefix(host, "com."), strings.HasPrefix(host, "org."): // com.example.app
		return false
	case !strings.ContainsFunc(first, isPlainLetter):
		if !known || len(first) == 1 {
			return false
		}
	case len(first) == 1 && suffix != "com" && suffix != "cn" && host != "t.me":
		return false
	case !known && !t.small(end-len(suffix), end) && !t.capitals(start, end):
		return false
	}
	return isManaged(host)
}

// isPlainLetter reports letters, but no numerals of Han.
func isPlainLetter(r rune) bool {
	return classOf(r) >= classLatin && digitOf(r) < 0 && r != '十' && r != '百'
}

// isManaged reports whether a host is below a suffix of the public list. It is asked
// last: that the host is no IP address costs the list an allocation.
func isManaged(host string) bool {
	suffix, icann := publicsuffix.PublicSuffix(host)
	if !icann {
		return strings.Contains(suffix, ".")
	}
	return len(suffix) < len(host)
}

// small reports that what was typed has no capital: hello.World is no host.
func (t *traced) small(start, end int) bool {
	return !strings.ContainsFunc(t.written(start, end), unicode.IsUpper)
}

// capitals reports that what was typed has no small letter.
func (t *traced) capitals(start, end int) bool {
	return !strings.ContainsFunc(t.written(start, end), unicode.IsLower)
}
