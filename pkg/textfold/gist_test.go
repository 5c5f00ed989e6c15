package textfold

import (
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"topicgate/pkg/textfold/textfoldtest"
)

// Variations of one text have one gist, as those who flood a community make them.
func TestGistOfVariations(t *testing.T) {
	for what, variations := range map[string][]string{
		"case":           {"Join us now", "join us now", "JOIN US NOW", "jOiN uS nOw"},
		"digits":         {"Join us now", "Join us now 4711", "007 Join us now", "Join 2 us 9 now", "joinus2026now", "Join us now ①", "Join us now ٤٢", "Join us now 1️⃣", "Join us now ²"},
		"punctuation":    {"Join us now", "Join us now!!!", "[Join us, now]", "join.us.now", "join_us_now", "¡Join us now!", "Join us now…", "ｊｏｉｎ｜ｕｓ｜ｎｏｗ"},
		"spaces":         {"Join us now", "Joinusnow", " J o i n  u s  n o w ", "Join\u00a0us\u3000now", "Join\tus now"},
		"emoji":          {"Join us now", "🔥Join us now🔥", "Join❤️us now 👨‍👩‍👧", "Join us now 🇨🇳", "Join us 🇺🇸🇨🇳 now", "Join us now ✨™"},
		"full width":     {"Join us now", "ＪＯＩＮ　ＵＳ　ＮＯＷ", "Ｊoin ｕs now４２"},
		"ornament":       {"Join us now", "𝕁𝕠𝕚𝕟 𝕦𝕤 𝕟𝕠𝕨", "𝓙𝓸𝓲𝓷 𝓾𝓼 𝓷𝓸𝔀", "ⓙⓞⓘⓝ ⓤⓢ ⓝⓞⓦ", "🅹🅾🅸🅽 🆄🆂 🅽🅾🆆", "ᴊᴏɪɴ ᴜꜱ ɴᴏᴡ"},
		"look-alikes":    {"Join us now", "Jоin us nоw", "Јоіn uѕ nоw", "JΟΙΝ us now", "Joιn us nοw", "Jᴑin us now"},
		"more of them":   {"Big gifts", "Вig ɡіfts", "Bіց ԍiƒtѕ", "ВΙԌ ԌΙϜТЅ", "ʙɪɢ ɢɪꜰᴛꜱ"},
		"I for l":        {"Please follow", "PIease foIIow", "PLEASE FOLLOW", "pIease foilow"},
		"stretched":      {"Join us now", "Joooin us now", "JJJoin uuuuus nooowww", "Joiin us nоow"},
		"zero width":     {"Join us now", "Jo\u200bin us now", "J\u2060oin\u200d us no\u00adw", "\u202eJoin us now", "Join us now\ufeff"},
		"accents":        {"Join us now", "Jóin üs ñow", "J̷o̷i̷n̷ us now", "Join\u0336 u\u0489s now"},
		"Chinese":        {"加群领红包", "加 群 领 红 包", "【加群领红包】", "加群领红包8848", "加-群-领-红-包🧧", "加群領紅包", "加加群领红包包包", "加\u200b群领红包", "加群领红包㊗️"},
		"Japanese":       {"フォローして", "フォローして!!", "ﾌｫﾛｰして", "フォローーーして", "フォロ一して"},
		"Korean":         {"지금 가입하세요", "지금가입하세요", "지금 가입하세요 33", "지금\u200b가입하세요~"},
		"Russian":        {"Вступай в чат", "ВСТУПАЙ В ЧАТ", "Вступай в чат 77", "Bcтупай в чaт", "вступай-в-чат", "Вступаааай в чат"},
		"Russian, mixed": {"Вступай в Telegram", "ВСТУПАЙ В TELEGRAM", "вступай в telegram!"},
		"Greek":          {"Ελάτε όλοι", "ΕΛΆΤΕ ΌΛΟΙ", "ελατε-ολοι"},
		"Arabic":         {"مرحبا بكم", "مـــرحبا بكم", "مَرْحَبًا بكم", "مرحبا بكم ٢٣"},
		"digits only":    {"2026", "２０２６", "2-0-2-6", "2026!"},
		"signs only":     {"🔥🔥", "🔥", "🔥 🔥 🔥", "🔥\ufe0f\u200b🔥"},
	} {
		want := Gist(variations[0])
		if want == "" {
			t.Errorf("%s: %q has no gist", what, variations[0])
		}
		for _, name := range variations[1:] {
			if got := Gist(name); got != want {
				t.Errorf("%s: Gist(%q) = %q, want %q, as of %q", what, name, got, want, variations[0])
			}
		}
	}
}

// No two of these are one text, however near they are.
func TestGistKeepsApart(t *testing.T) {
	of := map[string]string{}
	for _, name := range []string{
		"Weekend hiking", "Weekend biking", "Weekend hikers", "Weekday hiking", "General", "Genera", "Generals", "Announcements", "Off topic",
		"公告", "公吿栏", "闲聊", "闲聊区", "新手", "新手村", "老手", "かき", "がき", "カギ", "한국", "한곡", "Привет", "Пример", "हिन्दी", "हन्दी", "กา", "กี",
		"2026", "2027", "1", "+1 day", "🔥", "❤️", "🔥❤️", "now", "won", "van", "nav", "hat", "cat", "cut", "C", "D", "fine", "five",
	} {
		gist := Gist(name)
		if other, taken := of[gist]; taken {
			t.Errorf("%q and %q have one gist, %q", name, other, gist)
		}
		of[gist] = name
	}
}

func TestGistOfNothing(t *testing.T) {
	for _, name := range []string{"", "\u200b", " ", "\u3000\t\n", "\u2060\ufeff\u202e", "\u0007"} {
		if got := Gist(name); got != "" {
			t.Errorf("Gist(%q) = %q, want nothing", name, got)
		}
	}
}

// innocentNames are those of the corpus in this repository.
func innocentNames(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/innocent.txt")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "[") {
			names = append(names, line)
		}
	}
	return names
}

// Whatever a name is, it may be varied in any of these ways, and in all of them.
func TestGistOfVariedNames(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	between := func(name string, what ...string) string {
		var b strings.Builder
		for i, r := range name {
			if i > 0 && random.IntN(2) == 0 && !unicode.IsMark(r) && r != zwj && !strings.HasSuffix(b.String(), "\u200d") {
				b.WriteString(what[random.IntN(len(what))])
			}
			b.WriteRune(r)
		}
		return b.String()
	}
	ways := map[string]func(string) string{
		"digits":     func(name string) string { return between(name, "7", "42", "０") + " 8848" },
		"separators": func(name string) string { return between(name, " ", "-", ".", "｜", "\u3000", "·") },
		"emoji":      func(name string) string { return "🎉" + between(name, "🔥", "❤", "🇨🇳") + "👍🏽" },
		"invisible":  func(name string) string { return between(name, "\u200b", "\u2060", "\u00ad", "\ufeff") },
	}
	varied := 0
	for _, name := range innocentNames(t) {
		want := Gist(name)
		if !strings.ContainsFunc(want, unicode.IsLetter) {
			continue // of signs or digits alone, in which more of them make another
		}
		all := name
		for what, vary := range ways {
			all = vary(all)
			if got := Gist(vary(name)); got != want {
				t.Errorf("%s: Gist of a variation of %q is %q, want %q", what, name, got, want)
			}
			varied++
		}
		if got := Gist(all); got != want {
			t.Errorf("Gist(%q) = %q, want %q, as of %q", all, got, want, name)
		}
	}
	if varied < 500 {
		t.Errorf("%d variations, want 500 at least", varied)
	}
}

// TestGistOfRealNames: of real names, words of dictionaries most of them, hardly any two
// have one gist, but for those whose letters are the same.
func TestGistOfRealNames(t *testing.T) {
	const most = 0.05
	for language, names := range textfoldtest.Innocent(t) {
		texts := map[string]map[string]bool{} // by gist
		for _, name := range names {
			letters := strings.Map(func(r rune) rune {
				if classOf(r) < classLatin && !classOf(r).mark() {
					return -1
				}
				return r
			}, Fold(name))
			gist := Gist(name)
			if texts[gist] == nil {
				texts[gist] = map[string]bool{}
			}
			texts[gist][letters] = true
		}
		met, all := 0, 0
		var examples []string
		for _, gist := range slices.Sorted(maps.Keys(texts)) {
			all += len(texts[gist])
			if len(texts[gist]) > 1 {
				met += len(texts[gist])
				if len(examples) < 5 {
					examples = append(examples, strings.Join(slices.Sorted(maps.Keys(texts[gist])), "="))
				}
			}
		}
		share := float64(met) / float64(all)
		t.Logf("%s: %d of %d texts, %.2f %%, have the gist of another: %s", language, met, all, 100*share, strings.Join(examples, " "))
		if share > most {
			t.Errorf("%s: %.2f %% of the texts have the gist of another, want %.0f %% at most", language, 100*share, 100*most)
		}
	}
}

// No name costs more than another of its length, or has a gist that grows beyond bounds.
func FuzzGist(f *testing.F) {
	for _, name := range []string{"Join US now! 4711", "加微信", strings.Repeat("\ufdfa", 300), "е\u0301\u0301", "\xff\xf0", "İıſ", "🇨🇳🅰", "ΝΊΚΗ x", strings.Repeat("a\u0323\u0301", 400), "mmm", "ٱـ"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		gist := Gist(name)
		if !utf8.ValidString(gist) {
			t.Errorf("Gist(%+q) = %+q is no UTF-8", name, gist)
		}
		if n := utf8.RuneCountInString(gist); n > 4*MaxGrowth*max(len(name), 1) {
			t.Errorf("Gist(%+q) has %d characters", name, n)
		}
		if again := Gist(name); again != gist {
			t.Errorf("Gist(%+q) = %+q, and then %+q", name, gist, again)
		}
		hasLetters := strings.ContainsFunc(gist, func(r rune) bool { return unicode.IsLetter(r) && r != tatweel })
		if hasLetters && utf8.ValidString(name) {
			if got := Gist(name + " 47 🔥"); got != gist {
				t.Errorf("with digits and signs behind it the gist of %+q is %+q, not %+q", name, got, gist)
			}
		}
	})
}

func BenchmarkGist(b *testing.B) {
	names := maps.Clone(cleanNames)
	names["longest"] = strings.Repeat("\ufdfa", 1024/3)
	for kind, name := range names {
		b.Run(kind, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Gist(name)
			}
		})
	}
}
