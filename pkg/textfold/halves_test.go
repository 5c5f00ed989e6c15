package textfold

import (
	"slices"
	"strings"
	"testing"
)

func halvesIn(r rune) string {
	var pairs []string
	for left, right := range halvesOf(r) {
		pairs = append(pairs, string([]rune{left, right}))
	}
	return strings.Join(pairs, " ")
}

func TestHalvesOf(t *testing.T) {
	for _, tt := range []struct {
		whole rune
		want  string
	}{
		{'赌', "贝者"}, {'强', "弓虽"}, {'奸', "女干"}, {'枪', "木仓"}, {'钱', "金戋 钅戋"}, {'的', "白勺"},
		{'打', "手丁 扌丁"}, {'骗', "马扁"}, {'嫖', "女票"}, {'娼', "女昌"}, {'约', "丝勺 纟勺"}, {'加', "力口"}, {'银', "金艮 钅艮"},
		{'杏', ""}, {'会', ""}, {'国', ""}, {'微', ""}, {'一', ""}, {'賭', ""}, {'a', ""}, {0, ""}, {'\U00020000', ""}, {0x10FFFF, ""},
	} {
		if got := halvesIn(tt.whole); got != tt.want {
			t.Errorf("the halves of %c are %q, want %q", tt.whole, got, tt.want)
		}
	}
	for left := range halvesOf('打') { // whose second way is not asked for
		if left != '手' {
			t.Errorf("打 begins with %c", left)
		}
		break
	}
}

func TestHalvesRecombine(t *testing.T) {
	wholes := map[string][]rune{}
	most := 0
	for i := range halfWhole {
		whole, pair := rune(halfWhole[i]), string([]rune{rune(halfLeft[i]), rune(halfRight[i])})
		if i > 0 && halfWhole[i-1] > halfWhole[i] {
			t.Fatalf("%c is out of order", whole)
		}
		for _, s := range []string{string(whole), pair} {
			if f := Fold(s); f != s {
				t.Errorf("%s, of %c, folds to %s", s, whole, f)
			}
		}
		if strings.ContainsRune(pair, whole) || slices.Contains(wholes[pair], whole) {
			t.Errorf("%c is written as %s", whole, pair)
		}
		wholes[pair] = append(wholes[pair], whole)
		most = max(most, strings.Count(halvesIn(whole), " ")+1)
	}
	if most != 2 {
		t.Errorf("a character has %d ways to halve it, want two at most", most)
	}
	several := 0
	for _, of := range wholes {
		if len(of) > 1 {
			several++
		}
	}
	if len(wholes) < 5000 || several > 20 {
		t.Errorf("got %d pairs, %d of them of several characters", len(wholes), several)
	}
}
