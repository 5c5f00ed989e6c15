package textfold

import (
	"math/rand/v2"
	"strings"
	"testing"
)

const syllables = len(syllableText) / maxSyllable

func join(ids []uint16) string {
	var parts []string
	for _, id := range ids {
		parts = append(parts, syllable(id))
	}
	return strings.Join(parts, " ")
}

func TestSyllableOf(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"加微信", "jia wei xin"},
		{"赌博机", "du bo ji"},
		{"六合彩六和采", "liu he cai liu he cai"},
		{"冰毒病毒", "bing du bing du"},
		{"女略绿旅", "nv lve lv lv"},
		{"裸聊约炮", "luo liao yue pao"},
		{"儿二哦啊", "er er o a"},
	} {
		var ids []uint16
		for _, r := range tt.text {
			ids = append(ids, syllableOf(r))
		}
		if got := join(ids); got != tt.want {
			t.Errorf("%s reads %q, want %q", tt.text, got, tt.want)
		}
	}
	for _, r := range "賭々〇aあ한、\uE000\U000F0000\U0010FFFF" {
		if id := syllableOf(r); id != 0 && r != '〇' {
			t.Errorf("%c reads %s, want nothing", r, syllable(id))
		}
	}
}

func TestEverySimplifiedCharacterHasASyllable(t *testing.T) {
	for _, r := range gb2312(t) {
		// The reading of 嗯 is ng.
		if syllableOf(r) == 0 && Fold(string(r)) == string(r) && r != '嗯' {
			t.Errorf("%c has no syllable", r)
		}
	}
}

func TestEverySyllableParses(t *testing.T) {
	if syllables < 400 || syllables > 420 {
		t.Fatalf("there are %d syllables, want some 410", syllables)
	}
	for id := uint16(1); int(id) <= syllables; id++ {
		letters := syllable(id)
		for _, tone := range []string{"", "1", "2", "3", "4", "5"} {
			got, ok := cutSyllables(nil, []byte(letters+tone))
			if !ok || len(got) != 1 || got[0] != id {
				t.Errorf("cutSyllables(%s%s) = %s, %v, want itself", letters, tone, join(got), ok)
			}
		}
		other := otherSpelling(letters)
		if strings.Contains(letters, "v") && !strings.Contains(other, "u") {
			t.Errorf("%s is folded to %q", letters, other)
		}
		if other != "" && allSpelled().ids[pack(other)] == 0 {
			t.Errorf("%s, for %s, is no syllable", other, letters)
		}
	}
	if got := syllable(0); got != "" {
		t.Errorf("syllable(0) = %q, want nothing", got)
	}
}

func TestCutSyllables(t *testing.T) {
	for _, tt := range []struct{ run, want string }{
		{"jiaweixin", "jia wei xin"},
		{"jia1wei1xin4", "jia wei xin"},
		{"jiawei1xin", "jia wei xin"},
		{"duboji", "du bo ji"},
		{"liuhecai", "liu he cai"},
		{"xian", "xian"},
		{"xi1an", "xi an"},
		{"fangan", "fang an"},
		{"fangangu", "fang an gu"},
		{"nanan", "nan an"},
		{"zhuanqian", "zhuan qian"},
		{"gangu", "gan gu"}, // not gang, which leaves a u
		{"xianganu", "xiang a nu"},
		{"lvnv", "lv nv"},
		{"lunu", "lu nu"},
		{"luenue", "lve nve"},
		{"jvqvxvyv", "ju qu xu yu"},
		{"jveqvan", "jue quan"},
		{"banana", "ban an a"},
	} {
		ids, ok := cutSyllables(nil, []byte(tt.run))
		if got := join(ids); !ok || got != tt.want {
			t.Errorf("cutSyllables(%s) = %q, %v, want %q", tt.run, got, ok, tt.want)
		}
	}
	before := []uint16{7}
	for _, run := range []string{
		"", "1", "wechat", "fuck", "titanic", "classics", "mongodb", "jia6", "jia11", "jiaw", "vx", "ng", "hm", "bv", "JIA",
		"jiā", "jia wei", strings.Repeat("a", maxRun+1), strings.Repeat("a", maxRun-1) + "z",
	} {
		if ids, ok := cutSyllables(before, []byte(run)); ok || len(ids) != 1 {
			t.Errorf("cutSyllables(%q) = %q, %v, want nothing", run, join(ids[1:]), ok)
		}
	}
	if ids, ok := cutSyllables(nil, []byte(strings.Repeat("a", maxRun))); !ok || len(ids) != maxRun {
		t.Errorf("the longest run is cut into %d, %v", len(ids), ok)
	}
}

func isSyllable(letters string) bool {
	isLetters := strings.Trim(letters, "abcdefghijklmnopqrstuvwxyz") == ""
	return len(letters) <= maxSyllable && isLetters && allSpelled().ids[pack(letters)] != 0
}

// naiveCut tells whether run is all syllables, by the definition.
func naiveCut(run string) bool {
	can := make([]bool, len(run)+1)
	can[0] = true
	for end := 1; end <= len(run); end++ {
		for at := max(0, end-maxSyllable-1); at < end; at++ {
			letters := run[at:end]
			if n := len(letters); n > 1 && '1' <= letters[n-1] && letters[n-1] <= '5' {
				letters = letters[:n-1]
			}
			can[end] = can[end] || can[at] && isSyllable(letters)
		}
	}
	return can[len(run)]
}

func TestCutSyllablesAgainstNaiveCut(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	whole := 0
	for range 20000 {
		var b strings.Builder
		for range 1 + rnd.IntN(8) {
			b.WriteString(syllable(uint16(1 + rnd.IntN(syllables))))
			if rnd.IntN(3) == 0 {
				b.WriteByte("123456"[rnd.IntN(6)])
			}
		}
		run := []byte(b.String())
		if rnd.IntN(2) == 0 {
			run[rnd.IntN(len(run))] = "abeghinouvxz"[rnd.IntN(12)]
		}
		ids, ok := cutSyllables(nil, run)
		if want := naiveCut(string(run)); ok != want {
			t.Errorf("cutSyllables(%s) = %q, %v, want %v", run, join(ids), ok, want)
		}
		if ok {
			whole++
		}
	}
	t.Logf("%d of 20000 runs are syllables", whole)
}
