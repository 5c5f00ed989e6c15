package textfold

import "testing"

func TestLatinDisguises(t *testing.T) {
	words := []string{"fuck", "shit", "porn", "ass", "asshole", "bitch", "pussy", "boob", "boobs", "cunt", "faggot", "bollocks", "kill", "casino", "nigger*", "*sex*", "tits"}
	s := mustSet(t, words, []string{"class"}, Options{WholeWord: true, Disguised: true})
	for name, want := range map[string]Hit{
		"p0rn": {"porn", "p0rn"}, "buy P0RN now": {"porn", "P0RN"}, "$h!t": {"shit", "$h!t"}, "f4ggot": {"faggot", "f4ggot"},
		"fuuuck": {"fuck", "fuuuck"}, "f*ck": {"fuck", "f*ck"}, "c^nt": {"cunt", "c^nt"}, "boll0cks": {"bollocks", "boll0cks"},
		"a55hole": {"asshole", "a55hole"}, "b!+ch": {"bitch", "b!+ch"}, "pu$$y": {"pussy", "pu$$y"}, "booobs": {"boobs", "booobs"},
		"c*nt": {"cunt", "c*nt"}, "f^^k": {"fuck", "f^^k"}, "ｆ＊ｃｋ": {"fuck", "ｆ＊ｃｋ"}, "fuuuuuck yoouuu": {"fuck", "fuuuuuck"},
		"n1gg3rs": {"nigger", "n1gg3r"}, "xxs3xxx": {}, "k1ll": {"kill", "k1ll"}, "ki11": {"kill", "ki11"}, "casin0": {"casino", "casin0"},
		"fück": {Word: "fuck"}, "shits": {Word: "shit"}, "bitch!!!": {Word: "bitch"}, "nothing": {},
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
