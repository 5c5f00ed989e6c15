package textfold

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Vietnamese writes marks on most of its syllables, and the fold takes them away: Móng
// Cái then has the word mong. Its spelling is strict, though: a syllable is an onset
// and a rime of these tables, written apart from the next, one tone at most. What
// people put marks on to hide it is hardly ever one: fučk and śpàm have letters that
// Vietnamese lacks, càsino and nazí more than one syllable, and in bìtch or cúnt is no rime.
//
// Of words that are Vietnamese syllables when they have marks (cum, gay, mong), the
// marked forms go unfound: cúm is the flu.

const (
	// vietnameseVowels are the vowels in the order of Vietnamese, each without a tone
	// and with huyền, sắc, hỏi, ngã and nặng.
	vietnameseVowels = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵ"
	tones            = 6

	vietnameseOnsets = " b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x "

	vietnameseRimes = " a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây" +
		" e ec em en eng eo ep et ê êch êm ên êng ênh êp êt êu i ia ich im in inh ip it iu" +
		" iêc iêm iên iêng iêp iêt iêu o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt" +
		" oc oe oem oen oeo oet oi om on ong ooc oong op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt" +
		" u ua uân uâng uât uây uc uê uêch uênh ui um un ung uôc uôi uôm uôn uông uôt uơ up ut" +
		" uy uya uych uyên uyêt uyn uynh uyp uyt uyu ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu" +
		" y ych yêm yên yêng yêt yêu yn ynh yp yt yu "
)

// The tones that a syllable which ends in c, ch, p or t can have.
const toneSac, toneNang = 2, 5

// isVietnamese reports whether token, a word as it is written in a name, is a syllable
// of Vietnamese that no other language would spell so: it has a tone, or one of ă, â, đ,
// ê, ô, ơ and ư. A plain hit of a Latin word that the list writes without marks is none
// where the token around it is Vietnamese.
func isVietnamese(token string) bool {
	const longest = 7 // letters: nghiêng
	letters := make([]rune, 0, longest)
	tone, marked := 0, false
	for _, r := range token {
		t := toneMark(r)
		if t == 0 {
			if last := len(letters) - 1; unicode.IsMark(r) && last >= 0 {
				if letters[last] = shaped(letters[last], r); letters[last] == 0 {
					return false
				}
				marked = true
				continue
			}
			r = unicode.ToLower(r)
			if !unicode.IsLetter(r) || len(letters) == longest {
				return false
			}
			if at := strings.IndexRune(vietnameseVowels, r); at >= 0 {
				i := utf8.RuneCountInString(vietnameseVowels[:at])
				r, _ = utf8.DecodeRuneInString(vietnameseVowels[at:])
				if t = i % tones; t != 0 {
					r = []rune(vietnameseVowels)[i-t]
				}
			}
			letters = append(letters, r)
			marked = marked || r >= utf8.RuneSelf
		}
		if t != 0 {
			if tone != 0 || len(letters) == 0 {
				return false
			}
			tone, marked = t, true
		}
	}
	return marked && vietnameseSyllable(string(letters), tone)
}

// toneMark returns the tone of a combining mark, and 0 for none.
func toneMark(r rune) int {
	switch r {
	case '\u0300':
		return 1
	case '\u0301':
		return toneSac
	case '\u0309':
		return 3
	case '\u0303':
		return 4
	case '\u0323':
		return toneNang
	}
	return 0
}

// shaped returns the vowel that r is with a circumflex, breve or horn, and 0 for none.
func shaped(r, mark rune) rune {
	var from, to string
	switch mark {
	case '\u0302':
		from, to = "aeo", "âêô"
	case '\u0306':
		from, to = "a", "ă"
	case '\u031B':
		from, to = "ou", "ơư"
	}
	if i := strings.IndexRune(from, r); i >= 0 {
		return []rune(to)[i]
	}
	return 0
}

// vietnameseSyllable reports whether letters, without its tone, is an onset and a rime.
func vietnameseSyllable(letters string, tone int) bool {
	for at := range len(letters) {
		onset, rime := letters[:at], letters[at:]
		if onset != "" && !listed(vietnameseOnsets, onset) ||
			!listed(vietnameseRimes, rime) {
			continue
		}
		first, _ := utf8.DecodeRuneInString(rime)
		front := strings.ContainsRune("eêiy", first)
		switch onset {
		case "c", "ng":
			if front {
				continue
			}
		case "k", "gh", "ngh":
			if !front {
				continue
			}
		case "g":
			if front && first != 'i' {
				continue
			}
		case "qu":
			if strings.ContainsRune("ouư", first) {
				continue
			}
		}
		stop := strings.HasSuffix(rime, "ch") || strings.ContainsRune("cpt", rune(rime[len(rime)-1]))
		return !stop || tone == toneSac || tone == toneNang
	}
	return false
}

// onlyVietnamese reports whether a name holds the letters of a word only where it spells
// a syllable of Vietnamese: the mong of Móng Cái.
func onlyVietnamese(name string, word []byte) bool {
	if !strings.ContainsFunc(name, isMarkedLatin) {
		return false // as nearly all names
	}
	vietnamese := false
	for token := range strings.FieldsFuncSeq(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }) {
		if isASCII([]byte(token)) && len(token) != len(word) || !strings.EqualFold(Fold(token), string(word)) {
			continue
		}
		if !isVietnamese(token) {
			return false
		}
		vietnamese = true
	}
	return vietnamese
}

// isMarkedLatin reports letters that have a mark, and marks.
func isMarkedLatin(r rune) bool {
	return r >= utf8.RuneSelf && (unicode.Is(unicode.Latin, r) || unicode.IsMark(r))
}
