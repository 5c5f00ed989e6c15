package ui

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"topicgate/pkg/history"
)

// TestCheck: problems and warnings are the tool's own, at their lines; files of lists are
// shown.
func TestCheck(t *testing.T) {
	d := newDesk(t, map[string]string{"policy.yaml": somePolicy, "words.txt": "casino\n"}, nil)
	check := func(text string) (c checked) {
		if status := d.asks(t, "check", m{"text": text}, &c); status != 200 {
			t.Fatalf("%q: %d", text, status)
		}
		return c
	}
	if c := check(somePolicy); len(c.Problems) != 0 || len(c.Rules) != 1 || c.Rules[0].Name != "words" || len(c.Digest) != 12 || c.Default != "allow" {
		t.Errorf("fine: %+v", c)
	}
	c := check(strings.Replace(somePolicy, "contains", "containz", 1))
	if len(c.Problems) != 1 || len(c.Rules) != 0 {
		t.Fatalf("a slip: %+v", c)
	}
	if p := c.Problems[0]; !p.Here || p.Warning || p.Line != 5 || p.Column != 20 || p.What != `rule "words": containz: unknown key; did you mean contains?` {
		t.Errorf("a slip: %+v", p)
	}
	c = check("lists:\n  bad: {file: words.txt}\n  none: [a]\nrules: [{name: a, match: {name: {contains: bad}}, action: refuse}]\n")
	if len(c.Problems) != 1 || !c.Problems[0].Warning || c.Problems[0].Line != 3 || len(c.Lists) != 1 || c.Lists[0].Text != "casino\n" || c.Lists[0].File != d.path("words.txt") {
		t.Errorf("a warning, and a list: %+v", c)
	}
	d.write(t, "words.txt", "fine\n😀\u200b\n\u200b\n")
	c = check("lists:\n  bad: {file: words.txt}\nrules: [{name: b, match: {name: {contains: bad}}, action: refuse}]\n")
	if len(c.Problems) != 1 || c.Problems[0].Here || c.Problems[0].Where != d.path("words.txt")+":3" {
		t.Errorf("in a list: %+v", c.Problems)
	}
	if c := check("rules:\n" + strings.Repeat("  - {nama: a}\n", 300)); len(c.Problems) > 2*mostProblems || c.More < 200 {
		t.Errorf("many: %d, and %d more", len(c.Problems), c.More)
	}
	if c := check("\uFEFFversion: 1\r\nrules: [\r\n"); len(c.Problems) != 1 || !strings.HasPrefix(c.Problems[0].What, "is not YAML: ") || c.Problems[0].Line < 2 {
		t.Errorf("no YAML: %+v", c.Problems)
	}
}

func TestTry(t *testing.T) {
	d := newDesk(t, map[string]string{"policy.yaml": somePolicy}, nil)
	var got tried
	names := []string{"f*ck", "加wei信", "<img src=x onerror=alert(1)>", "加\u200b微\u202e信 \U000E0041", "ＦＵＣＫ off", strings.Repeat("x", 1025)}
	if status := d.asks(t, "try", m{"text": somePolicy, "names": names}, &got); status != 200 || got.Broken || len(got.Names) != len(names) {
		t.Fatalf("%d %+v", status, got)
	}
	shown := make([]string, len(names))
	for i, one := range got.Names {
		var b strings.Builder
		for _, p := range one.Parts {
			switch {
			case p.Hidden:
				b.WriteString("<" + p.Text + ">")
			case p.Found:
				b.WriteString("[" + p.Text + "]")
			default:
				b.WriteString(p.Text)
			}
		}
		shown[i] = one.Verdict + " " + one.Rule + " " + b.String()
	}
	want := []string{"refuse words [f*ck]", "refuse words [加wei信]", "allow  <img src=x onerror=alert(1)>", "refuse words [加]<U+200B>[微]<U+202E>[信] <U+E0041>", "refuse words [ＦＵＣＫ] off", "refuse  " + strings.Repeat("x", 1025)}
	if !slices.Equal(shown, want) {
		t.Errorf("got  %q\nwant %q", shown, want)
	}
	if one := got.Names[0]; one.Code != 10102 || one.Detail != "fuck, as f*ck" || one.Rules[0].Conditions[0].Condition != "name contains" || !strings.Contains(one.Message, "not allowed") {
		t.Errorf("%+v", one)
	}
	if one := got.Names[5]; one.Reason != "too_long" || len(one.Rules) != 0 {
		t.Errorf("%+v", one)
	}
	night := "rules: [{name: night, match: {time: {between: '23:00-07:00'}, operator: {in: [li]}, platform: {in: [iOS]}}, action: refuse}]"
	for at, verdict := range map[string]string{"2026-01-01T23:30:00Z": "refuse", "2026-01-01T12:00:00Z": "allow"} {
		got = tried{}
		d.asks(t, "try", m{"text": night, "names": []string{"a"}, "asked": m{"at": at, "operator": "li", "platform": "iOS"}}, &got)
		if len(got.Names) != 1 || got.Names[0].Verdict != verdict {
			t.Errorf("at %s: %+v", at, got)
		}
	}
	if status := d.asks(t, "try", m{"text": night, "names": []string{"a"}, "asked": m{"at": "noon"}}, nil); status != 400 {
		t.Errorf("no time: %d", status)
	}
	got = tried{}
	if d.asks(t, "try", m{"text": "rulse: []", "names": []string{"a"}}, &got); !got.Broken || len(got.Names) != 0 {
		t.Errorf("broken: %+v", got)
	}
	got = tried{}
	if d.asks(t, "try", m{"text": "version: 1", "names": slices.Repeat([]string{"a"}, mostNames+3)}, &got); len(got.Names) != mostNames || got.More != 3 {
		t.Errorf("many: %d, and %d more", len(got.Names), got.More)
	}
}

func TestCases(t *testing.T) {
	d := newDesk(t, map[string]string{"policy.yaml": somePolicy}, nil)
	var kept edited
	if status := d.asks(t, "keep", m{"cases": "# ours\ncases:\n- {name: hello, want: refuse}\n", "name": "f*ck", "want": "refuse", "asked": m{"operator": "li"}}, &kept); status != 200 ||
		kept.Text != "# ours\ncases:\n- {name: hello, want: refuse}\n- {name: \"f*ck\", operator: li, want: refuse}\n" {
		t.Fatalf("%d %q", status, kept.Text)
	}
	var got ran
	if status := d.asks(t, "cases", m{"text": somePolicy, "cases": kept.Text}, &got); status != 200 || len(got.Results) != 2 || len(got.Results[1].Missed) != 0 ||
		!slices.Equal(got.Results[0].Missed, []string{"got allow (no rule matched), want refuse"}) || got.Results[0].Line != 3 {
		t.Errorf("%d %+v", status, got)
	}
	for _, tt := range []struct {
		text, cases string
		want        ran
	}{
		{somePolicy, "", ran{}}, {somePolicy, "cases: [{nama: a}]", ran{Problems: make([]problem, 2)}}, {"rulse: []", kept.Text, ran{Broken: true}},
	} {
		got := ran{}
		if d.asks(t, "cases", m{"text": tt.text, "cases": tt.cases}, &got); got.Broken != tt.want.Broken || (len(got.Problems) > 0) != (len(tt.want.Problems) > 0) || len(got.Results) != 0 {
			t.Errorf("%q, %q: %+v", tt.text, tt.cases, got)
		}
	}
}

// memoryOf are decisions about names, each of which was made so many times, all allowed.
func memoryOf(t *testing.T, names map[string]int) *history.Memory {
	t.Helper()
	memory := &history.Memory{}
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range names {
			if !yield(name) {
				return
			}
		}
	}) {
		for i := range names[name] {
			at = at.Add(time.Minute)
			if err := memory.Keep(&history.Decision{
				Time: at, Command: "Group.CallbackBeforeCreateTopic", App: "1400000000", Operator: fmt.Sprint("user-", i%3), Type: "Community", Name: name, Platform: "Web",
				Verdict: "allow", Reason: "default", Mode: "enforce", Policy: "000000000000",
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return memory
}

func TestEffect(t *testing.T) {
	d := newDesk(t, map[string]string{"policy.yaml": somePolicy}, memoryOf(t, map[string]int{"f*ck": 4, "casino": 2, "hello": 5}))
	var got effect
	if status := d.asks(t, "effect", m{"text": strings.Replace(somePolicy, "fuck", "casino", 1), "old": somePolicy}, &got); status != 200 {
		t.Fatal(status)
	}
	if got.Decisions != 11 || got.NewlyRefused != 2 || got.NewlyAllowed != 4 || got.Same != 5 || len(got.Groups) != 2 {
		t.Fatalf("%+v", got)
	}
	refused, allowed := got.Groups[0], got.Groups[1]
	if one := refused.Names[0]; refused.New.Rule != "words" || one.Name != "casino" || one.Times != 2 || one.People != 2 || !one.Parts[0].Found || one.Asked.Operator != "user-0" || one.Asked.At == "" {
		t.Errorf("%+v", refused)
	}
	if one := allowed.Names[0]; allowed.Old.Rule != "words" || one.Name != "f*ck" || one.Times != 4 || one.People != 3 || !one.Parts[0].Found {
		t.Errorf("%+v", allowed)
	}
	got = effect{}
	if d.asks(t, "effect", m{"text": somePolicy}, &got); got.NewlyRefused != 4 || got.Same != 7 { // against the log itself
		t.Errorf("against the log: %+v", got)
	}
	got = effect{}
	if d.asks(t, "effect", m{"text": somePolicy, "old": "rulse: []"}, &got); got.NewlyRefused != 4 { // which cannot be asked
		t.Errorf("against what is broken: %+v", got)
	}
	got = effect{}
	if d.asks(t, "effect", m{"text": "rulse: []", "old": somePolicy}, &got); !got.Broken || got.Decisions != 0 {
		t.Errorf("broken: %+v", got)
	}
}

func TestExcuse(t *testing.T) {
	d := newDesk(t, map[string]string{"policy.yaml": somePolicy, "fine.txt": "a\n"}, nil)
	var got edited
	want := strings.Replace(somePolicy, "[fuck, 加微信]", `[fuck, 加微信], unless_contains: ["f*ck"]`, 1)
	if status := d.asks(t, "excuse", m{"text": somePolicy, "rule": "words", "name": "f*ck"}, &got); status != 200 || got.Text != want {
		t.Errorf("%d %q", status, got.Text)
	}
	// What is refused for another reason, and to somebody, is excused as well.
	web := "rules: [{name: web, match: {platform: {in: [Web]}, name: {shouting: true}}, action: refuse}]"
	want = strings.Replace(web, "{name: web", `{name: excused, match: {name: {matches: "^GOOD NEWS TODAY$"}}, action: allow}, {name: web`, 1)
	about := m{"text": web, "rule": "web", "name": "GOOD NEWS TODAY", "asked": m{"operator": "leckie", "platform": "Web"}}
	if status := d.asks(t, "excuse", about, &got); status != 200 || got.Text != want {
		t.Errorf("%d %q", status, got.Text)
	}
	var failed struct{ Error string }
	text := "lists: {fine: {file: fine.txt}}\n" + strings.Replace(somePolicy, "[fuck, 加微信]", "[fuck], unless_contains: fine", 1)
	if status := d.asks(t, "excuse", m{"text": text, "rule": "words", "name": "f*ck"}, &failed); status != 422 || !strings.Contains(failed.Error, d.path("fine.txt")+", which is not written here") {
		t.Errorf("%d %q", status, failed.Error)
	}
}

// TestReport: the page is the tool's, in a frame that may run nothing.
func TestReport(t *testing.T) {
	d := newDesk(t, map[string]string{"policy.yaml": somePolicy}, nil)
	line := `{"level":"info","timestamp":"2026-03-01T00:00:00.000Z","message":"decision","command":"Group.CallbackBeforeCreateTopic","operator":"<b>li","type":"Community","name":"<script>alert(1)</script>","platform":"Web","verdict":"refuse","code":10102,"rule":"words","reason":"rule","detail":"fuck","mode":"enforce","policy":"0","duration_us":9}`
	d.write(t, "gate.log", strings.Repeat(line+"\n", 3))
	var failed struct{ Error string }
	if status := d.asks(t, "report", m{"text": somePolicy, "language": "en"}, &failed); status != 404 || failed.Error == "" {
		t.Errorf("without logs: %d", status)
	}
	d.options.Logs = []string{d.path("gate.log")}
	for language, title := range map[string]string{"en": history.English["title"], "zh": chinese["title"]} {
		var made struct{ Path string }
		if status := d.asks(t, "report", m{"text": somePolicy, "language": language, "names": true, "operators": true}, &made); status != 200 {
			t.Fatal(status)
		}
		response, page := d.do(t, asking{method: "GET", path: "/" + made.Path, mode: "navigate"})
		csp := response.Header.Get("Content-Security-Policy")
		if response.StatusCode != http.StatusOK || !strings.Contains(page, title) || strings.Contains(page, "<script>") || !strings.Contains(page, "&lt;script&gt;") ||
			!strings.HasSuffix(csp, "; sandbox") || !strings.HasPrefix(csp, "default-src 'none'; ") || strings.Contains(csp, "script-src") {
			t.Errorf("%s: %d, %s: %.500s", language, response.StatusCode, csp, page)
		}
		if response, _ := d.do(t, asking{method: "GET", path: "/" + made.Path, token: nothing}); response.StatusCode != http.StatusUnauthorized {
			t.Errorf("the page without a token: %d", response.StatusCode)
		}
	}
	for key := range history.English {
		if chinese[key] == "" {
			t.Errorf("a report has no Chinese text %q", key)
		}
	}
	for key := range chinese {
		if _, ok := history.English[key]; !ok {
			t.Errorf("a report has no text %q", key)
		}
	}
}

// TestTexts: each text is there in both languages, with the same values in it, and all that
// the page says is there, and no more.
func TestTexts(t *testing.T) {
	var table map[string]map[string]string
	if err := json.Unmarshal(assets["texts.json"], &table); err != nil {
		t.Fatal(err)
	}
	values := regexp.MustCompile(`\{\w+\}`)
	for key, texts := range table {
		en, zh := values.FindAllString(texts["en"], -1), values.FindAllString(texts["zh"], -1)
		slices.Sort(en)
		slices.Sort(zh)
		if len(texts) != 2 || texts["en"] == "" || texts["zh"] == "" || !slices.Equal(en, zh) {
			t.Errorf("%s: %q", key, texts)
		}
	}
	files, err := filepath.Glob("assets/*")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{"allow": true, "refuse": true, "flag": true} // actions
	word := regexp.MustCompile(`["'](\w+)["']`)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if name := filepath.Base(file); name != "codemirror.js" && name != "texts.json" {
			for _, match := range word.FindAllStringSubmatch(string(data), -1) {
				said[match[1]] = true
			}
			for _, match := range regexp.MustCompile(`\bt\("(\w+)"|data-(?:t|label|title)="(\w+)"`).FindAllStringSubmatch(string(data), -1) {
				if key := match[1] + match[2]; table[key] == nil {
					t.Errorf("%s says %q, which is no text", name, key)
				}
			}
		}
	}
	for key := range table {
		if !said[key] {
			t.Errorf("nobody says %q", key)
		}
	}
}

// TestAssets: nothing is loaded from elsewhere, and what comes from people is never HTML.
func TestAssets(t *testing.T) {
	for name, data := range assets {
		if strings.HasPrefix(strings.ToLower(name), "codemirror") {
			continue
		}
		text := string(data)
		for _, never := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", " style=", " onclick="} {
			if strings.Contains(text, never) {
				t.Errorf("%s has %q", name, never)
			}
		}
		for _, url := range regexp.MustCompile(`https?://[^"' )]+`).FindAllString(text, -1) {
			if url != "http://www.w3.org/2000/svg" {
				t.Errorf("%s names %s", name, url)
			}
		}
	}
}
