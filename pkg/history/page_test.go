package history

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"topicgate/pkg/chat"
	"topicgate/pkg/gate"
	"topicgate/pkg/history/historytest"
	"topicgate/pkg/quota"
	"topicgate/pkg/textfold"
)

// hostileNames are what people could send to whoever reads a page.
var hostileNames = []string{
	`</script><img src=x onerror=alert(1)>`, `</style><style>*{display:none}</style>`, `</title><svg onload=alert(2)>`, `<img src="https://example.invalid/x.png">`,
	"\u202egnp.exe\u2066\u200b", "a\x1b[31m\x07\r\n\u2028b", `'"><a href="javascript:alert(3)">x</a>`, "{{.}} {{say}} &lt;&amp;", "<!--", "]]>", "سلام شباب",
	strings.Repeat("界", 85) + "x", strings.Repeat("w", 256), " lead and trail ", "\u0336s\u0336t\u0336r\u0336u\u0336c\u0336k",
}

// hostileLog is what a gate writes of them, over days, and a line that no gate writes.
func hostileLog(t testing.TB) []byte {
	t.Helper()
	var log bytes.Buffer
	c := loaded(t, "rules: [{name: seen, action: flag}, {name: banned, match: {name: {contains: [img, w, 界], look_alikes: true}}, action: refuse, code: 10102}, {name: trial, match: {name: {links: true}}, action: refuse, mode: dry_run}, {name: flood, quota: {limit: 3, window: 10m}, action: refuse}]")
	g := newTestedGate(c, &log, quota.NewMemory())
	g.now = noon
	g.LogStart("v1.2.3", nil)
	for i := range 40 * len(hostileNames) {
		at := noon.Add(time.Duration(i*i) * time.Second)
		seconds := strconv.FormatInt(at.Unix(), 10)
		body, err := json.Marshal(map[string]string{"CallbackCommand": string(chat.BeforeCreateTopic), "Operator_Account": fmt.Sprint("<b>", i%7), "Type": "Community", "Name": hostileNames[i%len(hostileNames)]})
		if err != nil {
			t.Fatal(err)
		}
		r := gate.Request{Method: "POST", Body: body, RequestID: "1", Received: at, Params: chat.Params{Command: chat.BeforeCreateTopic, SDKAppID: "1400000000", RequestTime: seconds, Sign: chat.Sign(replayToken, seconds)}}
		if i%19 == 0 {
			r.Params.Sign = ""
		}
		g.asked(t.Context(), r)
	}
	return append(log.Bytes(), strings.ReplaceAll(someLine("of a stranger"), `"0a1b2c3d4e5f"`, `"<i>x</i>","rule":"<u>rule</u>","detail":"<s>"`)+"\n"...)
}

// written is a page in a file, and its address.
func written(t testing.TB, r *Report, o PageOptions) (address string) {
	t.Helper()
	var page bytes.Buffer
	if err := Page(&page, r, o); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, page.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return (&url.URL{Scheme: "file", Path: file}).String()
}

// faint finds texts whose contrast with what is behind them is under WCAG's AA, in the
// browser's own colours.
const faint = `(() => {
	const channel = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
	const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
	const rgb = text => text.match(/[\d.]+/g).map(Number);
	const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
	const found = [];
	for (const e of document.body.querySelectorAll('*')) {
		const fill = e.matches('rect.mark') ? getComputedStyle(e).fill : '';
		const text = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && !e.closest('svg');
		if (!text && !fill) continue;
		const [a, b] = [light(rgb(fill || getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
		if ((a + 0.05) / (b + 0.05) < (fill ? 3 : 4.5)) found.push(e.tagName + '.' + (e.getAttribute('class') || '') + ' ' + ((a + 0.05) / (b + 0.05)).toFixed(2));
	}
	return [...new Set(found)];
})()`

// tooWide finds what stands beyond the window.
const tooWide = `[...document.body.querySelectorAll('*')].filter(e => !e.closest('svg *') && !e.closest('thead') && e.getBoundingClientRect().right > innerWidth + 1)
	.map(e => e.tagName + '.' + (e.getAttribute('class') || '') + ' ' + Math.round(e.getBoundingClientRect().right))
	.concat(document.documentElement.scrollWidth > innerWidth ? ['the page ' + document.documentElement.scrollWidth] : [])`

// TestPage opens a report in a real browser, and looks at what is there.
func TestPage(t *testing.T) {
	report := reportOf(t, hostileLog(t), "rules: [{name: banned, match: {name: {contains: [img, '<unheard>']}}, action: refuse}, {name: never, match: {name: {shouting: true}}, action: refuse}]",
		ReportOptions{Names: true, Operators: true, Policy: "a policy.yaml", Logs: []string{"a $(log)"}})
	tab := historytest.Open(t)
	address := written(t, report, PageOptions{})
	tab.Go(address)

	if diff := cmp.Diff([]string{address}, tab.Requests()); diff != "" {
		t.Errorf("requests: -want +got:\n%s", diff)
	}
	if got := historytest.Eval[[]int](tab, `[document.images.length, document.scripts.length, document.links.length, document.styleSheets.length, document.querySelectorAll('iframe, object, embed, link, form, b, i, u, s, a').length]`); !slices.Equal(got, []int{0, 0, 0, 1, 0}) {
		t.Errorf("images, scripts, links, styles, others: %v", got)
	}
	names := historytest.Eval[[]string](tab, `[...document.querySelectorAll('.name')].map(e => e.innerText)`)
	for _, name := range hostileNames {
		if want := textfold.Shown(chat.Cut(name, 256), ""); !slices.Contains(names, want) {
			t.Errorf("%q does not show as text", name)
		}
	}
	text := historytest.Eval[string](tab, `document.body.innerText`)
	for _, want := range []string{"What to look at", "v1.2.3", "<i>x</i>", "<u>rule</u>", "<b>3", "<unheard>", "topicgate find -name", "'a $(log)'", "never"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, r := range text {
		if r != '\n' && r != '\t' && textfold.Hidden(r) {
			t.Fatalf("%U is in the page", r)
		}
	}
	marks(t, tab, report)

	if got := historytest.Eval[[]string](tab, `[...document.querySelectorAll('[role=img]')].map(e => document.getElementById(e.getAttribute('aria-labelledby')).textContent)`); len(got) != 2 || !strings.Contains(got[0], "at most") {
		t.Errorf("pictures are called %q", got)
	}
	if got := historytest.Eval[int](tab, `[...document.querySelectorAll('svg:not([role=img])')].filter(e => !e.closest('[aria-hidden=true]')).length`); got > 0 {
		t.Errorf("%d pictures are neither named nor hidden from those who cannot see them", got)
	}
	if got := historytest.Eval[[]string](tab, `[...document.querySelectorAll('figure')].filter(f => f.querySelectorAll('tbody tr').length < 2).map(f => f.innerText)`); len(got) > 0 {
		t.Errorf("pictures without numbers: %q", got)
	}

	papers := map[string]bool{}
	for _, look := range []struct{ medium, scheme string }{{"screen", "light"}, {"screen", "dark"}, {"print", "dark"}} {
		tab.Media(look.medium, look.scheme)
		for _, width := range []int64{1280, 768, 360, 320} {
			tab.Resize(width, 900)
			if got := historytest.Eval[[]string](tab, tooWide); len(got) > 0 {
				t.Errorf("%v at %d pixels: too wide: %v", look, width, got)
			}
		}
		if got := historytest.Eval[[]string](tab, faint); len(got) > 0 {
			t.Errorf("%v: faint: %v", look, got)
		}
		paper := historytest.Eval[string](tab, `getComputedStyle(document.body).backgroundColor`)
		papers[paper] = true
		if look.medium == "print" && paper != "rgb(255, 255, 255)" {
			t.Errorf("printed on %s", paper)
		}
	}
	if len(papers) != 2 {
		t.Errorf("light and dark are alike: %v", papers)
	}
	if got := tab.Errors(); len(got) > 0 {
		t.Errorf("the console says %q", got)
	}
	if diff := cmp.Diff([]string{address}, tab.Requests()); diff != "" {
		t.Errorf("requests: -want +got:\n%s", diff)
	}
}

// marks holds the pictures to the numbers: one mark for each, of a size, within the picture.
func marks(t *testing.T, tab *historytest.Tab, r *Report) {
	t.Helper()
	parts := func(numbers ...int) (n int) {
		for _, number := range numbers {
			if number > 0 {
				n++
			}
		}
		return n
	}
	want := map[string]int{}
	for id, cells := range map[string][]Cell{"day-chart": r.Days, "hour-chart": r.Hours} {
		for _, c := range cells {
			want[id] += parts(c.Allowed-c.WouldRefuse, c.WouldRefuse, c.Refused)
		}
	}
	for i := range r.Rules {
		use := &r.Rules[i]
		want["rule-bars"] += parts(use.Allowed, use.Refused, use.WouldRefuse, use.Flagged)
	}
	for _, b := range r.Bands {
		want["latency-bars"] += parts(b.Decisions)
	}
	for id, n := range want {
		if got := historytest.Eval[int](tab, fmt.Sprintf(`document.querySelectorAll('#%s rect.mark').length`, id)); got != n || n == 0 {
			t.Errorf("%s has %d marks, want %d", id, got, n)
		}
	}
	if got := historytest.Eval[int](tab, `[...document.querySelectorAll('rect.mark')].filter(e => {
		const b = e.getBBox(), v = e.ownerSVGElement.viewBox.baseVal;
		return !(b.width > 0 && b.height > 0 && b.x >= 0 && b.y >= 0 && b.x + b.width <= v.width + 0.1 && b.y + b.height <= v.height + 0.1);
	}).length`); got > 0 {
		t.Errorf("%d marks have no size, or stand beside their picture", got)
	}
}

// TestBrowserTells: what TestPage would find is told by the browser.
func TestBrowserTells(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bad.html")
	if err := os.WriteFile(file, []byte(`<!DOCTYPE html><p style="color:#999;width:2000px">x</p><img src="missing.png"><script>console.error("x")</script>`), 0o600); err != nil {
		t.Fatal(err)
	}
	tab := historytest.Open(t)
	tab.Go("file://" + file)
	if len(tab.Requests()) != 2 || len(tab.Errors()) == 0 {
		t.Errorf("requests %q, errors %q", tab.Requests(), tab.Errors())
	}
	if got := historytest.Eval[[]string](tab, tooWide); len(got) < 2 {
		t.Errorf("too wide: %q", got)
	}
	if got := historytest.Eval[[]string](tab, faint); len(got) != 1 {
		t.Errorf("faint: %q", got)
	}
}

// TestPageAlone: a page that stands alone says that nothing may be loaded; whoever embeds one
// may say something else. Of nothing there is a page, too.
func TestPageAlone(t *testing.T) {
	for _, tt := range []struct{ csp, want string }{{"", PageCSP}, {"default-src 'self'", "default-src 'self'"}} {
		var page bytes.Buffer
		if err := Page(&page, NewReporter(nil).Report(Counts{}, ReportOptions{}), PageOptions{CSP: tt.csp}); err != nil {
			t.Fatal(err)
		}
		want := `<meta http-equiv="Content-Security-Policy" content="` + strings.ReplaceAll(tt.want, "'", "&#39;") + `">`
		if !strings.Contains(page.String(), want) || !strings.HasSuffix(strings.TrimSpace(page.String()), "</html>") || !strings.Contains(page.String(), "Nothing stands out.") {
			t.Errorf("got %.300s, want %s", page.String(), want)
		}
	}
}
