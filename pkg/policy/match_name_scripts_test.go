package policy

import "testing"

func onlyIn(scripts ...string) Match { return onName(Name{ScriptsNotIn: scripts}) }

var scriptFixtures = fixturesOf([]fixture{
	{"both scripts", onlyIn("Han", "Latin"), named("客服Club"), false, ""},
	{"a third script", onlyIn("Han", "Latin"), named("Clуb"), true, "'у' is Cyrillic"},
	{"ASCII letters are Latin", onlyIn("Han"), named("客服C"), true, "'C' is Latin"},
	{"full-width letters are Latin", onlyIn("Latin"), named("Ｃｌｕｂ"), false, ""},
	{"full-width letters are not Han", onlyIn("Han"), named("Ｃ"), true, "'Ｃ' is Latin"},
	{"kana is not Han", onlyIn("Han"), named("客の"), true, "'の' is Hiragana"},
	{"digits, punctuation, spaces and controls belong to none", onlyIn("Han"), named("7 ４，。!?@[`{~\t\x00\x7f\u00A0"), false, ""},
	{"emoji belong to none", onlyIn("Han"), named("👨‍👩‍👧‍👦🇩🇪1️⃣❤️"), false, ""},
	{"combining marks are inherited", onlyIn("Latin"), named("e\u0301\u0336\u200D"), false, ""},
	{"invisible characters belong to none", onlyIn("Latin"), named("a\u200B\u202E\uFEFF"), false, ""},
	{"a blank letter is Hangul", onlyIn("Latin"), named("\u3164"), true, `'ㅤ' is Hangul`},
	{"not UTF-8 belongs to none", onlyIn("Latin"), named("a\xff"), false, ""},
	{"no character at all", onlyIn("Latin"), named("\u0378"), true, `'\u0378' is of no known script`},
	{"the first is told", onlyIn("Latin"), named("aжの"), true, "'ж' is Cyrillic"},
	{"empty", onlyIn("Latin"), named(""), false, ""},
})

func TestNameScripts(t *testing.T) { runFixtures(t, scriptFixtures) }

func TestNameScriptsProblems(t *testing.T) {
	const tail = " is no Unicode script; write Han, Latin, Cyrillic, Hiragana, …"
	runProblems(t, []problemCase{
		{"unknown", onlyIn("Latin", "Chinese", "han", ""), []string{
			`name.scripts_not_in[1] | scripts_not_in: "Chinese"` + tail,
			`name.scripts_not_in[2] | scripts_not_in: "han"` + tail,
			`name.scripts_not_in[3] | scripts_not_in: ""` + tail,
		}},
	})
}

// Written empty, it would refuse every name that has a letter.
func TestNameScriptsEmpty(t *testing.T) {
	runProblems(t, []problemCase{
		{"empty", Match{Name: &Name{ScriptsNotIn: []string{}}}, []string{"name.scripts_not_in | scripts_not_in: the list is empty"}},
	})
}
