package textfold

import (
	"strings"
	"unicode"
)

// Contact finds what leads out of the chat: a long number, an adding word or sign with
// a channel, a channel with an id, or an e-mail address; and returns it as it was typed.
func Contact(name string) (what string, found bool) {
	if !mayContact(name) {
		return "", false
	}
	t := trace(name)
	defer t.release()
	index := channels()
	for i, r := range t.runes {
		var start, end int
		ok := false
		switch r {
		case '加', '+', '➕', 'j':
			start = i
			end, ok = t.addedChannel(i)
		case '@', 'a':
			start, end, ok = t.emailAt(i)
		}
		if ok {
			return t.written(start, end), true
		}
		if !index.maybe(r) {
			continue
		}
		if end, ok = t.channelWithID(i); ok {
			return t.written(i, end), true
		}
	}
	return t.longNumber()
}

// mayContact reports whether a name has any of what contacts are made of.
func mayContact(name string) bool {
	const fewest = 5 // digits, of an id that has no letters
	digits, letters, announced := 0, false, false
	for i, r := range name {
		if r <= unicode.MaxASCII {
			switch r {
			case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '+', '@', '_', ':', '=':
				return true
			case 'a', 'A': // jia
				if i > 1 && name[i-1]|0x20 == 'i' && name[i-2]|0x20 == 'j' {
					return true
				}
			case 't', 'T': // name at host dot com
				if i > 1 && name[i-1]|0x20 == 'o' && name[i-2]|0x20 == 'd' {
					return true
				}
			}
			letters = true
			continue
		}
		switch {
		case r == '加' || r == '➕' || foldOf(r) >= foldEntry:
			return true
		case r == '号' || r == '是':
			announced = true
		case digitOf(r) >= 0:
			digits++
		}
	}
	return digits >= fewest || announced && letters
}

// providers are the hosts of addresses whose suffix people leave out.
const providers = " qq gmail 163 126 foxmail outlook hotmail yahoo icloud sina sohu protonmail "

// emailAt reads an e-mail address whose @ is at a place, or the word at.
func (t *traced) emailAt(i int) (start, end int, ok bool) {
	local, from, spelled := i, i+1, false
	switch {
	case t.runes[i] == '@':
		for t.rune(local-1) == ' ' && i-local < 2 {
			local--
		}
		for t.rune(from) == ' ' && from-i < 3 {
			from++
		}
	case t.reads(i, "at") && t.rune(i-1) == ' ' && t.rune(i+2) == ' ':
		local, from, spelled = i-1, i+3, true
	case t.reads(i, "at") && (t.rune(i-1) == '(' && t.rune(i+2) == ')' || t.rune(i-1) == '[' && t.rune(i+2) == ']'):
		local, from = i-1, i+3
		for t.rune(local-1) == ' ' && i-local < 3 {
			local--
		}
		for t.rune(from) == ' ' && from-i < 5 {
			from++
		}
	default:
		return 0, 0, false
	}
	const longest = 64
	for start = local; start > 0 && local-start < longest && (isAlnum(t.runes[start-1]) || strings.ContainsRune("._+-%", t.runes[start-1])); {
		start--
	}
	if start == local {
		return 0, 0, false
	}
	t.hostAt(from)
	for ; len(t.ends) > 1; t.dropLabel() {
		end = t.ends[len(t.ends)-1]
		if _, kind := t.dotAt(t.ends[len(t.ends)-2]); spelled && kind != spelledDot || kind == spacedDot {
			continue
		}
		if isManaged(t.hostText()) {
			return start, end, true
		}
	}
	if len(t.ends) == 1 && !spelled && from == i+1 && listed(providers, string(t.host)) {
		return start, t.ends[0], true
	}
	return 0, 0, false
}
