package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"topicgate/pkg/history/historytest"
)

// hostile are names that would be something else than text, were they not shown as text.
var hostile = []string{"<img src=x onerror=\"document.title='hit'\">", "<script>document.title='hit'</script>", "\u202e\u2066evil\u200b", "a\x00b\x1b[31m", "'\"`${document.title='hit'}", "&lt;b&gt;", strings.Repeat("长名字", 40)}

// moderatedDesk serves the policy for a moderated community, with a log.
func moderatedDesk(t *testing.T) *desk {
	t.Helper()
	const from = "../../deploy/policies/"
	files := map[string]string{}
	for _, name := range []string{"moderated-community.yaml", "moderated-community.cases.yaml"} {
		data, err := os.ReadFile(from + name)
		if err != nil {
			t.Fatal(err)
		}
		files[map[bool]string{true: "cases.yaml", false: "policy.yaml"}[strings.Contains(name, "cases")]] = string(data)
	}
	names := map[string]int{"周末一起去爬山": 40, "casino royale fans": 12, "Guild meeting": 31, "读书会": 18, "二手相机交流": 9, "Photos of cats": 22, "new in town": 4, "Looking for a team": 7}
	for _, name := range hostile {
		names[name] = 2
	}
	d := newDesk(t, files, memoryOf(t, names))
	if err := os.Mkdir(d.path("words"), 0o700); err != nil {
		t.Fatal(err)
	}
	lists, err := filepath.Glob(from + "words/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range lists {
		data, err := os.ReadFile(list)
		if err != nil {
			t.Fatal(err)
		}
		d.write(t, "words/"+filepath.Base(list), string(data))
	}
	line := `{"level":"info","timestamp":"2026-03-0%dT%02d:00:00.000Z","message":"decision","command":"Group.CallbackBeforeCreateTopic","operator":"user-%d","type":"Community","name":"<b>casino</b> %d","platform":"Web","verdict":"refuse","code":10103,"rule":"banned-words-en","reason":"rule","detail":"casino","mode":"enforce","policy":"0","duration_us":900}`
	var log strings.Builder
	for i := range 60 {
		fmt.Fprintf(&log, line+"\n", i%7+1, i%24, i%9, i%5)
	}
	d.write(t, "gate.log", log.String())
	d.options.Logs = []string{d.path("gate.log")}
	return d
}

// faint finds texts that are seen and whose contrast with what is behind them is under WCAG's
// AA, in the browser's own colours.
const faint = `(() => {
	const channel = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4
	const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2])
	const rgb = text => text.match(/[\d.]+/g).map(Number)
	const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0.5) return c } return [255, 255, 255] }
	const found = []
	for (const e of document.body.querySelectorAll('*')) {
		const box = e.getBoundingClientRect()
		if (!e.checkVisibility({visibilityProperty: true, opacityProperty: true}) || box.width < 2 || e.closest(':disabled, option, datalist, iframe')) continue
		if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue
		const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x)
		if ((a + 0.05) / (b + 0.05) < 4.5) found.push(e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 20) + ' ' + ((a + 0.05) / (b + 0.05)).toFixed(2))
	}
	return [...new Set(found)]
})()`

// tooWide finds what stands beyond the window; what is within something that scrolls does not.
const tooWide = `[...document.body.querySelectorAll('*')].filter(e => e.checkVisibility() && !e.closest('.skip, .visually-hidden, .cm-scroller, pre, nav, .cm-panels') && e.getBoundingClientRect().right > innerWidth + 1)
	.map(e => e.tagName + '.' + e.className + ' ' + Math.round(e.getBoundingClientRect().right))
	.concat(document.documentElement.scrollWidth > innerWidth ? ['the page ' + document.documentElement.scrollWidth] : [])`

// nameless finds what can be used and says nothing of itself to who does not see it.
const nameless = `[...document.querySelectorAll('button, input:not([type=hidden]), select, textarea, iframe, [contenteditable=true]')].filter(e => e.checkVisibility() &&
	!(e.textContent.trim() || e.getAttribute('aria-label') || e.title || e.labels?.length)).map(e => e.outerHTML.slice(0, 80))`

// TestViews goes through all views, light and dark, in both languages, wide and narrow: all
// can be read, nothing is cut off, and names are text whatever they hold.
func TestViews(t *testing.T) {
	d := moderatedDesk(t)
	r := d.opens(t, 1400)
	r.sees("#problems-title", "No problems")
	r.sees("#cases-summary", "cases hold")
	r.insert("exempt: {file: words/exempt.txt}", "\n  new: [casino, team, spare]")
	r.insert("message: 名称含有不允许的词语。\n", "\n  - name: new-words\n    match: {name: {contains: new, whole_word: true}}\n    action: refuse\n    code: 10109\n")
	r.sees("#problems-title", "No problems")
	r.sees("#effect-result", "new-words")
	r.Type("#names", "f*ck\n加wei信\nСasino рoyale\n加 V 13800138000\nhello\n<b>&amp;")
	historytest.Eval[bool](r.Tab, `(() => { const names = document.querySelector("#names"); names.value += "\n" + `+jsString(strings.Join(hostile, "\n"))+`; names.dispatchEvent(new Event("input", {bubbles: true})); return true })()`)
	r.sees("#tried", "evil")
	r.Click("#tried article:nth-of-type(1) summary")
	r.Click("#changes")
	r.Until("!!document.querySelector('.cm-changedLine, .cm-deletedChunk')")
	r.put("new: [casino, team, spare]", "") // so that a change is seen
	for _, language := range []string{"en", "zh"} {
		historytest.Eval[bool](r.Tab, `(() => { const one = document.querySelector("#language"); one.value = "`+language+`"; one.dispatchEvent(new Event("change", {bubbles: true})); return true })()`)
		for _, scheme := range []string{"light", "dark"} {
			r.Media("screen", scheme)
			for _, width := range []int64{1400, 360} {
				r.Resize(width, 900)
				for _, view := range []string{"policy", "try", "effect", "report"} {
					if view == "policy" && width > 1000 {
						continue // it is beside each of them
					}
					r.Click("#tab-" + view)
					if view == "report" {
						r.Until("document.querySelector('#report-state').textContent === '' && !document.querySelector('#report-page').hidden")
					}
					name := fmt.Sprint(view, "-", language, "-", scheme, "-", width)
					for what, expression := range map[string]string{"faint": faint, "too wide": tooWide, "nameless": nameless} {
						if found := historytest.Eval[[]string](r.Tab, expression); len(found) > 0 {
							t.Errorf("%s: %s: %.20q", name, what, found)
						}
					}
					r.shot(name)
				}
			}
		}
	}
	if title := historytest.Eval[string](r.Tab, "document.title"); title != "policy.yaml – topicgate" {
		t.Errorf("a name was taken for more than text: %q", title)
	}
	if errors := r.Errors(); len(errors) > 0 {
		t.Errorf("the console: %q", errors)
	}
}

func jsString(text string) string {
	var b strings.Builder
	for _, r := range text {
		fmt.Fprintf(&b, `\u{%x}`, r)
	}
	return `"` + b.String() + `"`
}

// TestKeyboard: all of it without a mouse, and where one is can be seen.
func TestKeyboard(t *testing.T) {
	d := newDesk(t, map[string]string{"policy.yaml": somePolicy}, memoryOf(t, map[string]int{"f*ck": 2}))
	r := d.opens(t, 1400)
	r.sees("#problems-title", "No problems")
	reached := map[string]bool{}
	for range 40 {
		r.Press(kb.Tab)
		// CodeMirror takes a moment to show it.
		r.Until(`(() => { const e = document.activeElement, s = getComputedStyle(e.closest(".editor") ?? e)
			return e === document.body || parseFloat(s.outlineWidth) >= 2 && s.outlineStyle !== "none" })()`)
		reached[historytest.Eval[string](r.Tab, "document.activeElement.id || document.activeElement.className || document.activeElement.tagName")] = true
	}
	for _, id := range []string{"tab-try", "undo", "changes", "find", "cm-content cm-lineWrapping", "names", "operator", "language"} {
		if !reached[id] {
			t.Errorf("%s cannot be reached: %v", id, reached)
		}
	}
	historytest.Eval[bool](r.Tab, "document.querySelector('#tab-try').focus() ?? true")
	r.Press(kb.ArrowRight)
	r.Until("document.body.dataset.view === 'effect' && document.activeElement.id === 'tab-effect'")
	r.Press(kb.ArrowLeft)
	r.Until("document.body.dataset.view === 'try'")
	// Completion, and the next problem.
	r.put("contains: [fuck, 加微信], dis", "")
	r.Press(" ", chromedp.ModifierCtrl)
	r.sees(".cm-tooltip-autocomplete", "disguised")
	r.Press(kb.Escape)
	r.put("contains: [fuck, 加微信], ", "")
	r.Press("whole")
	r.sees(".cm-tooltip-autocomplete", "whole_word")
	r.Until("document.querySelector('.cm-tooltip-autocomplete [aria-selected]')?.textContent.includes('whole_word')")
	time.Sleep(200 * time.Millisecond) // so soon after it appears, Enter is not meant for it
	r.Press(kb.Enter)
	r.sees("#policy-editor .cm-content", "whole_word: disguised")
}
