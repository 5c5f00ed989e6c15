package textfold

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/encoding/simplifiedchinese"
)

func TestFoldHanVariants(t *testing.T) {
	for _, tt := range []struct{ what, names, want string }{
		{"Japanese new forms", "売銭舎沢竜変圧拠経鉱発薬図広検読", "卖钱舍泽龙变压据经矿发药图广检读"},
		{"what they stood for", "賣錢舍澤龍變壓據經鑛發藥圖廣檢讀", "卖钱舍泽龙变压据经矿发药图广检读"},
		{"Hong Kong and Taiwan", "裏裡麵偽啟衞峯羣臺台為爲說説溫", "里里面伪启卫峰群台台为为说说温"},
		{"variants", "囯伱悳栢咲徃氷朶朢旹悊塲", "国你德柏笑往冰朵望时哲场"},
		{"radicals", "⻢⻋⾦⺼⻓", "马车金肉长"},
		{"not what today's Chinese tells apart", "著着乾幺么于於藉瞭咤舡船疋匹扌手亻人亼集匋陶喿噪", "著着干幺么于于藉瞭咤舡船疋匹扌手亻人亼集匋陶喿噪"},
		{"not what stands for several", "牠祂她他它弁辨佰仟", "牠祂她他它弁辨佰仟"},
		{"not Japan's own", "込働畑峠辻喰", "込働畑峠辻喰"},
		{"not look-alikes", "未末己已巳日曰土士", "未末己已巳日曰土士"},
		{"著 in its word", "著名作家 顯著", "著名作家 显著"},
	} {
		if got := Fold(tt.names); got != tt.want {
			t.Errorf("%s: Fold(%s) = %s, want %s", tt.what, tt.names, got, tt.want)
		}
	}
}

// gb2312 returns the 6763 characters of GB 2312, the standard of simplified Chinese
// before today's, which has all of them that are still written.
func gb2312(t *testing.T) (all []rune) {
	t.Helper()
	for row := byte(0xB0); row <= 0xF7; row++ {
		for cell := byte(0xA1); cell <= 0xFE; cell++ {
			s, err := simplifiedchinese.GBK.NewDecoder().String(string([]byte{row, cell}))
			if err != nil {
				t.Fatal(err)
			}
			if r := []rune(s)[0]; unicode.Is(unicode.Han, r) {
				all = append(all, r)
			}
		}
	}
	if len(all) != 6763 {
		t.Fatalf("got %d characters, want 6763", len(all))
	}
	return all
}

func TestFoldKeepsSimplifiedCharactersApart(t *testing.T) {
	// These OpenCC takes for traditional ones.
	const traditional = "乾菸薹捱摺後徵夥於麴醣麽拚吒榘袷"
	for _, r := range gb2312(t) {
		if f := Fold(string(r)); f != string(r) && !strings.ContainsRune(traditional, r) {
			t.Errorf("%c folds to %s, another character", r, f)
		}
	}
}

func TestFoldMarksOnHanAndPrivateUse(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"加\uABED微\uABED信", "加微信"},
		{"加\u0336微\u0336信\u0336", "加微信"},
		{"賭\u20DD場\u0301\u0323", "赌场"},
		{"加\u200B\u0336微", "加微"},
		{"㊊\u0301㍻\u0336", "月平成"},
		{"々\u0301〇\u0301", "々〇"},
		{"漢\u302A字\u3099", "汉字"},
		{"か\u3099き\u0301", "がき\u0301"}, // kana keep theirs
		{"한\u0301", "한\u0301"},         // and Hangul
		{"й\u0323", "й\u0323"},         // and Cyrillic letters
		{"，\u0301", ",\u0301"},
		{"代\uE65C开发票", "代开发票"},
		{"sp\uF8FFam\uE000", "spam"},
		{"微\U000F0000信\U0010FFFD", "微信"},
		{"a\uE000\u0301b", "ab"},
		{"\uFDD0\U000FFFFE\U0010FFFF", "\uFDD0\U000FFFFE\U0010FFFF"}, // no characters at all
	} {
		got := Fold(tt.name)
		if got != tt.want {
			t.Errorf("Fold(%+q) = %+q, want %+q", tt.name, got, tt.want)
		}
		if again := Fold(got); again != got {
			t.Errorf("Fold(Fold(%+q)) = %+q, want %+q", tt.name, again, got)
		}
	}
	for _, name := range []string{"\uE65C", "a\U000F0000", "\U0010FFFDb"} {
		if r, found := Invisible(name); found {
			t.Errorf("%U in %+q is called invisible, and shows a box", r, name)
		}
	}
}

func TestLookAlikesAcrossPrivateUse(t *testing.T) {
	s := mustSet(t, []string{"spam"}, nil, Options{LookAlikes: true})
	if _, found := s.Find("ѕр\uE000аm"); !found {
		t.Error("a private-use character parts a run of look-alikes")
	}
}
