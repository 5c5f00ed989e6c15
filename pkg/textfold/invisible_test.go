package textfold

import "testing"

func TestInvisible(t *testing.T) {
	const none = -1
	for _, test := range []struct {
		what, name string
		want       rune // none for no invisible character
	}{
		{"plain", "hiking", none},
		{"accents", "e\u0301 é ñ", none},
		{"not UTF-8", "a\xffb\xed\xa0\x80", none},
		{"replacement character", "a\uFFFDb", none},
		{"private use", "\uE000", none},
		{"white space", "a\u00A0b\u3000c\u2003d", none},
		{"NUL", "a\x00b", 0x00},
		{"tab", "a\tb", 0x09},
		{"line end", "a\nb", 0x0A},
		{"line separator", "a\u2028b", 0x2028},
		{"DEL", "a\x7Fb", 0x7F},
		{"C1 control", "a\u0085b", 0x85},
		{"bidi override", "a\u202Eb", 0x202E},
		{"bidi isolate", "a\u2066b", 0x2066},
		{"LRM", "a\u200Eb", 0x200E},
		{"zero-width space", "a\u200Bb", 0x200B},
		{"zero-width space in Thai", "กา\u200Bกา", 0x200B},
		{"word joiner", "a\u2060b", 0x2060},
		{"BOM", "\uFEFFa", 0xFEFF},
		{"soft hyphen", "a\u00ADb", 0xAD},
		{"grapheme joiner", "a\u034Fb", 0x34F},
		{"Hangul fillers", "\u3164", 0x3164},
		{"Hangul choseong filler", "\u115F", 0x115F},
		{"Hangul jungseong filler", "\u1160", 0x1160},
		{"half-width Hangul filler", "\uFFA0", 0xFFA0},
		{"Braille blank", "a\u2800", 0x2800},
		{"Braille", "⠓⠊", none},
		{"Khmer inherent vowel", "ក\u17B4", 0x17B4},
		{"unassigned ignorable", "a\u2065", 0x2065},
		{"unassigned ignorable of plane 14", "a\U000E0FFF", 0xE0FFF},
		{"first invisible", "a\u200Bb\u00AD", 0x200B},

		{"emoji", "😀👍🏽", none},
		{"family", "👨\u200D👩\u200D👧\u200D👦", none},
		{"pirate flag", "🏴\u200D☠\uFE0F", none},
		{"rainbow flag", "🏳\uFE0F\u200D🌈", none},
		{"detective", "🕵🏽\u200D♂\uFE0F", none},
		{"heart on fire", "❤\uFE0F\u200D🔥", none},
		{"text style", "☎\uFE0E", none},
		{"keycaps", "1\uFE0F\u20E3#\uFE0F\u20E3", none},
		{"digit with a selector", "1\uFE0F0", 0xFE0F},
		{"letter with a selector", "a\uFE0F", 0xFE0F},
		{"selector twice", "❤\uFE0F\uFE0F", 0xFE0F},
		{"selector at the start", "\uFE0Fa", 0xFE0F},
		{"joiner behind an emoji", "😀\u200D", 0x200D},
		{"joiner between an emoji and a letter", "😀\u200Da", 0x200D},
		{"joiner between a letter and an emoji", "a\u200D😀", 0x200D},
		{"joiner before an emoji", "\u200D😀", 0x200D},
		{"two joiners", "😀\u200D\u200D😀", 0x200D},
		{"England", "🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F", none},
		{"tags that do not end", "🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067", 0xE0067},
		{"too many tags", "🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E0067\U000E0067\U000E0067\U000E007F", 0xE0067},
		{"tags without a flag", "a\U000E0067\U000E0062", 0xE0067},
		{"tags after another emoji", "😀\U000E0067\U000E0062\U000E0065\U000E007F", 0xE0067},
		{"country flags", "🇨🇳🇺🇸", none},

		{"Persian", "می\u200Cخواهم", none},
		{"Persian after a letter that does not join", "کار\u200Cها", none},
		{"Persian abbreviation", "۱۴۰۰ ه\u200D.ش", none},
		{"Arabic at the start", "\u200Cا", 0x200C},
		{"Arabic at the end", "ب\u200C", 0x200C},
		{"Hindi", "क्\u200Dष क्\u200Cष", none},
		{"Hindi without a virama", "क\u200Dष", 0x200D},
		{"Hindi that ends", "क्\u200D", none},
		{"Hindi that ends apart", "क्\u200C", 0x200C},
		{"Sinhala", "ශ්\u200Dරී", none},
		{"Bengali", "র\u200D্যাব", none},
		{"Malayalam", "ന്\u200D", none},
		{"Latin", "a\u200Db", 0x200D},
		{"Latin apart", "a\u200Cb", 0x200C},
		{"Chinese", "加\u200D微", 0x200D},

		{"ideographic variant", "葛\U000E0100飾", none},
		{"compatibility variant", "舘\uFE00", none},
		{"variant of a letter", "a\U000E0100", 0xE0100},
		{"two variants", "葛\U000E0100\U000E0101", 0xE0101},
		{"Chinese with a stray selector", "周末\uFE0F徒步", none},
		{"Chinese with a stray text selector", "周末\uFE0E", none},
		{"kana with a stray selector", "テスト\uFE0Fの", none},
		{"Hangul with a stray selector", "한국\uFE0F", none},
		{"symbol with a stray selector", "★\uFE0F→\uFE0E", none},
		{"punctuation with a stray selector", "你好！\uFE0F", none},
		{"ASCII punctuation with a selector", "a!\uFE0F", 0xFE0F},
		{"Cyrillic with a selector", "клуб\uFE0F", 0xFE0F},
		{"Chinese with two selectors", "周\uFE0F\uFE0F", 0xFE0F},
		{"object replacement", "sp\uFFFCam", 0xFFFC},
		{"hieroglyph joiner in a word", "sp\U00013430am", 0x13430},
		{"hieroglyph blank in a word", "微\U00013441信", 0x13441},
		{"hieroglyph control, unassigned", "a\U0001345Fb", 0x1345F},
		{"hieroglyph damage on a letter", "a\U00013447", 0x13447},
		{"hieroglyphs joined", "\U00013000\U00013430\U00013001", none},
		{"hieroglyph controls apart from any", "\U00013000\U00013437a\U00013430\U00013430b", 0x13430},
		{"interlinear annotation", "a\uFFF9b", 0xFFF9},
		{"shorthand control", "a\U0001BCA0b", 0x1BCA0},
		{"musical control", "a\U0001D173b", 0x1D173},
		{"Arabic number sign", "\u060012", none},
		{"Mongolian", "ᠭ\u180Bᠠ\u180E", none},
		{"Mongolian selector alone", "a\u180Bb", 0x180B},
		{"mathematical variant", "∩\uFE00", none},
		{"punctuation variant", "、\uFE00。\uFE01", none},
	} {
		t.Run(test.what, func(t *testing.T) {
			got, found := Invisible(test.name)
			if found != (test.want != none) || found && got != test.want {
				t.Errorf("Invisible(%+q) = %U %v, want %U", test.name, got, found, test.want)
			}
			clean := StripInvisible(test.name)
			if r, found := Invisible(clean); found {
				t.Errorf("StripInvisible(%+q) = %+q, which has %U", test.name, clean, r)
			}
			if test.want == none && clean != test.name {
				t.Errorf("StripInvisible(%+q) = %+q, want it unchanged", test.name, clean)
			}
		})
	}
}

func TestStripInvisible(t *testing.T) {
	for _, test := range []struct{ name, want string }{
		{"", ""},
		{"s\u200Bp\x00am\u202E", "spam"},
		{"\u2800", ""},
		{"👨\u200D👩\xff", "👨\u200D👩\xff"},
		{"👨\u200D👩\u200B\xff", "👨\u200D👩\uFFFD"},
		{"\xe2\x80\x00\x8b", "\uFFFD\uFFFD\uFFFD"},
		{"❤\uFE0F\uFE0F a\uFE0F", "❤\uFE0F a"},
	} {
		if got := StripInvisible(test.name); got != test.want {
			t.Errorf("StripInvisible(%+q) = %+q, want %+q", test.name, got, test.want)
		}
	}
}

func FuzzInvisible(f *testing.F) {
	for _, seed := range []string{"", "a\u200Bb", "❤\uFE0F\u200D🔥", "क्\u200Dष", "1\uFE0F\u20E3", "🏴\U000E0067\U000E0062\U000E0065\U000E007F", "\xff\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		_, found := Invisible(name)
		clean := StripInvisible(name)
		if found == (clean == name) {
			t.Errorf("%+q: Invisible says %v, StripInvisible %+q", name, found, clean)
		}
		if r, found := Invisible(clean); found {
			t.Errorf("StripInvisible(%+q) = %+q, which has %U", name, clean, r)
		}
		if got, want := Fold(clean), Fold(name); got != want {
			t.Errorf("Fold(StripInvisible(%+q)) = %+q, want %+q", name, got, want)
		}
	})
}
