package textfold

import "testing"

func TestLatinDisguises(t *testing.T) {
	words := []string{"fuck", "shit", "porn", "ass", "asshole", "bitch", "pussy", "boob", "boobs", "cunt", "faggot", "bollocks", "kill", "casino", "nigger*", "*sex*", "tits", "mong"}
	s := mustSet(t, words, []string{"class"}, Options{WholeWord: true, Disguised: true})
	for name, want := range map[string]Hit{
		"p0rn": {"porn", "p0rn"}, "buy P0RN now": {"porn", "P0RN"}, "$h!t": {"shit", "$h!t"}, "f4ggot": {"faggot", "f4ggot"},
		"fuuuck": {"fuck", "fuuuck"}, "f*ck": {"fuck", "f*ck"}, "c^nt": {"cunt", "c^nt"}, "boll0cks": {"bollocks", "boll0cks"},
		"a55hole": {"asshole", "a55hole"}, "b!+ch": {"bitch", "b!+ch"}, "pu$$y": {"pussy", "pu$$y"}, "booobs": {"boobs", "booobs"},
		"c*nt": {"cunt", "c*nt"}, "f^^k": {"fuck", "f^^k"}, "ｆ＊ｃｋ": {"fuck", "ｆ＊ｃｋ"}, "fuuuuuck yoouuu": {"fuck", "fuuuuuck"},
		"n1gg3rs": {"nigger", "n1gg3r"}, "xxs3xxx": {}, "k1ll": {"kill", "k1ll"}, "ki11": {"kill", "ki11"}, "casin0": {"casino", "casin0"},
		"fück": {Word: "fuck"}, "fučk": {Word: "fuck"}, "Móng Cái": {}, "Mộng Hương": {}, "mong": {Word: "mong"}, "Mông mong": {Word: "mong"}, "shits": {Word: "shit"}, "bitch!!!": {Word: "bitch"}, "nothing": {},
		"A5's": {}, "a55": {}, "Don't I?": {}, "5h17": {}, "c1a55": {}, "sh!": {}, "C++": {}, "100% off": {}, "*hit*": {}, "Class 5": {}, "t1ts": {"tits", "t1ts"},
		"fu¢k": {}, "a*s": {"ass", "a*s"}, "#ass": {Word: "ass"}, "casino88": {Word: "casino"}, "essex girls": {Word: "sex"},
	} {
		got, found := findHit(s, name)
		if got != want || found != (want != Hit{}) {
			t.Errorf("%q: got %+v, %v, want %+v", name, got, found, want)
		}
	}
}

func findHit(s *Set, name string) (Hit, bool) {
	text := NewText(name)
	defer text.Release()
	return s.FindIn(text)
}

func TestHanDisguises(t *testing.T) {
	words := []string{"微信", "加微信", "赌博", "六合彩", "色情", "傻逼", "强奸", "枪支", "冰毒", "大麻", "包签证", "援交", "代开发票"}
	s := mustSet(t, words, []string{"大麻烦"}, Options{WholeWord: true, LookAlikes: true, IgnoreSeparators: true, Disguised: true})
	for name, want := range map[string]Hit{
		"加wei信": {"加微信", "加wei信"}, "du博": {"赌博", "du博"}, "jiaweixin": {"加微信", "jiaweixin"}, "jia wei xin": {"加微信", "jia wei xin"},
		"JIĀ WĒI XÌN": {"加微信", "JIĀ WĒI XÌN"}, "jia1wei1xin4": {"加微信", "jia1wei1xin4"},
		"六和采": {"六合彩", "六和采"}, "色q1ng": {"色情", "色q1ng"}, "liuhecai": {"六合彩", "liuhecai"}, "傻1逼": {"傻逼", "傻1逼"}, "色qing": {"色情", "色qing"},
		"病毒": {}, "大妈": {}, "担保签证": {}, "人员交流": {}, "weixin": {}, "加微信": {Word: "微信"}, "代k开f发票": {"代开发票", "代k开f发票"},
		"大abcd麻": {}, "大 ab 麻": {},
	} {
		got, found := findHit(s, name)
		if name == "加微信" {
			want.Word = "加微信"
		}
		if got != want || found != (want != Hit{}) {
			t.Errorf("%q: got %+v, %v, want %+v", name, got, found, want)
		}
	}
}
