package ui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"topicgate/pkg/history/historytest"
)

const moderated = `# Rules of our community. Ask Li before you change the order.
version: 1
lists:
  staff: [administrator, "mod-*"]   # people we know
  adverts: {file: adverts.txt}

rules:
  - name: staff
    match: {operator: {in: staff}}
    action: allow

  # Words that nobody needs.
  - name: banned-words
    match: {name: {contains: [fuck, 加微信], whole_word: true, disguised: true}}
    action: refuse
    code: 10102
    message: {zh: '名称里不能有“{{word}}”', default: 'Please leave "{{word}}" out.'}

  - name: adverts
    match: {name: {contains: adverts}}  # see adverts.txt
    action: refuse
    code: 10103
`

// write puts the cursor behind a text in the policy, and types.
func (r reader) write(behind, keys string) {
	r.t.Helper()
	r.put(behind, "")
	r.Press(keys)
}

// put selects a text in the policy behind another, and puts the focus there.
func (r reader) put(behind, text string) {
	r.t.Helper()
	r.edit(behind, text, "")
}

// insert writes a text as if it were pasted.
func (r reader) insert(behind, text string) {
	r.t.Helper()
	r.edit(behind, "", text)
}

func (r reader) edit(behind, selected, pasted string) {
	r.t.Helper()
	if !historytest.Eval[bool](r.Tab, fmt.Sprintf(`(() => {
		const view = document.querySelector("#policy-editor .cm-content").cmTile.view ?? document.querySelector("#policy-editor .cm-content").cmView.rootView.view
		const at = view.state.doc.toString().indexOf(%q)
		if (at < 0) return false
		if (%[3]q) view.dispatch({changes: {from: at + %[1]q.length, insert: %[3]q}})
		else view.dispatch({selection: {anchor: at + %[1]q.length, head: at + %[1]q.length + %[2]q.length}, scrollIntoView: true})
		view.focus()
		return true
	})()`, behind, selected, pasted)) {
		r.t.Fatalf("the policy has no %q", behind)
	}
}

// TestPath is a moderator's way from opening to saving.
func TestPath(t *testing.T) {
	names := map[string]int{"hello": 30, "周末爬山": 20, "f*ck": 3}
	for i := range 12 {
		names[fmt.Sprint("casino night ", i)] = i + 1
	}
	d := newDesk(t, map[string]string{"policy.yaml": moderated, "adverts.txt": "buy followers\n"}, memoryOf(t, names))
	r := d.opens(t, 1400)
	r.sees("#problems-title", "No problems")
	r.sees("#lists", "adverts.txt")
	r.sees("#lists pre", "buy followers")
	r.sees("#effect-result", "Nothing changes.")
	if !historytest.Eval[bool](r.Tab, "document.querySelector('#save').disabled") {
		t.Error("there is something to save")
	}

	// A slip is underlined, in the tool's own words, at its place; what is shown stays.
	r.put("disg", "uised")
	r.Press("uizd")
	r.sees("#problems", `rule "banned-words": disguizd: unknown key; did you mean disguised?`)
	r.sees("#problems", "line 14")
	r.Until("document.querySelector('.cm-lintRange-error')?.textContent === 'disguizd'")
	r.shot("problem")
	r.Type("#names", "f*ck\n加wei信\nhello")
	r.sees("#tried", "The policy has problems")

	// It is mended.
	r.put("disg", "uizd")
	r.Press("uised")
	r.sees("#problems-title", "No problems")
	r.Until("!document.querySelector('.cm-lintRange-error')")
	r.sees("#tried", `Please leave "fuck" out.`)
	r.sees("#tried", `名称里不能有“加微信”`)
	for i, want := range []string{"refused f*ck", "refused 加wei信", "allowed hello"} {
		if got := r.text(fmt.Sprintf("#tried article:nth-of-type(%d) h3", i+1)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := r.text("#tried article:nth-of-type(2) mark"); got != "加wei信" {
		t.Errorf("marked: %q", got)
	}
	r.Click("#tried article:nth-of-type(1) summary")
	r.sees("#tried article:nth-of-type(1) .decides", "name contains: fuck, as f*ck")
	r.shot("try")

	// Two cases are kept, of which one does not hold.
	r.Click("#tried article:nth-of-type(1) .keep-refuse")
	r.sees("#cases-summary", "All 1 cases hold.")
	r.Click("#tried article:nth-of-type(3) .keep-refuse")
	r.sees("#cases-summary", "1 of 2 cases do not hold.")
	r.sees("#cases-results", "got allow (no rule matched), want refuse")

	// An edit newly refuses twelve names of the log.
	r.write("contains: [fuck, ", "casino, ")
	r.sees("#effect-badge", "78")
	r.Click("#tab-effect")
	r.sees("#effect-result", "Newly refused by rule banned-words, before allowed by the default")
	r.sees("#effect-result", "names: 12, decisions: 78")
	if got := historytest.Eval[int](r.Tab, "document.querySelectorAll('.changed > li').length"); got != 12 {
		t.Errorf("%d names are listed", got)
	}
	if got := r.text(".changed > li .what"); !strings.Contains(got, "casino night 11 on casino × 12, 3 people") {
		t.Errorf("the first: %q", got)
	}
	r.shot("effect")

	// One of them is excused, and that can be undone.
	r.Click(".changed > li:first-child .excuse")
	r.sees("#effect-result", "names: 11, decisions: 66")
	r.Click("#undo")
	r.sees("#effect-result", "names: 12, decisions: 78")
	r.Click("#redo")
	r.sees("#effect-result", "names: 11, decisions: 66")

	// What changed is seen; the broken case is taken back; all is saved.
	r.Click("#changes")
	r.Until("!!document.querySelector('.cm-deletedChunk')")
	r.shot("changes")
	r.Click("#changes")
	r.Click("#tab-try")
	r.Click("#cases-details > summary")
	historytest.Eval[bool](r.Tab, "document.querySelector('#cases-editor .cm-content').focus() || true")
	r.Press("z", chromedp.ModifierCtrl)
	r.sees("#cases-summary", "All 1 cases hold.")
	r.Press("s", chromedp.ModifierCtrl)
	r.sees("#status", "Saved: ")
	r.Until("document.querySelector('#save').disabled")

	want := strings.Replace(moderated, "[fuck, 加微信]", `[fuck, casino, 加微信], unless_contains: ["casino night 11"]`, 1)
	if got := d.read(t, "policy.yaml"); got != want {
		t.Errorf("on disk: %s", got)
	}
	if got := d.read(t, "cases.yaml"); got != "cases:\n  - {name: \"f*ck\", want: refuse}\n" {
		t.Errorf("cases on disk: %s", got)
	}
	if errors := r.Errors(); len(errors) > 0 {
		t.Errorf("the console: %q", errors)
	}
	for _, address := range r.Requests() {
		if !strings.HasPrefix(address, "http://"+d.hosts[0]+"/") && !strings.HasPrefix(address, "data:") {
			t.Errorf("it asked for %s", address)
		}
	}
	if got := historytest.Eval[string](r.Tab, "location.href"); strings.Contains(got, "token") {
		t.Errorf("the token stays in %s", got)
	}
}

// TestConflict: a policy that changed on disk meanwhile is shown beside the editor's text,
// which stays.
func TestConflict(t *testing.T) {
	d := newDesk(t, map[string]string{"policy.yaml": somePolicy}, nil)
	r := d.opens(t, 1400)
	r.sees("#problems-title", "No problems")
	r.write("# ours", " and mine")
	r.Until("!document.querySelector('#save').disabled")
	theirs := somePolicy + "# theirs\n"
	d.write(t, "policy.yaml", theirs)
	r.Click("#save")
	r.Until("document.querySelector('#conflict').open")
	r.sees("#conflict-about", "Nothing is lost")
	r.sees("#conflict-view", "# theirs")
	r.sees("#conflict-view", "# ours and mine")
	r.shot("conflict")
	r.Press(kb.Escape)
	r.Until("!document.querySelector('#conflict').open")
	r.sees("#policy-editor .cm-content", "# ours and mine")
	if got := d.read(t, "policy.yaml"); got != theirs {
		t.Errorf("written over: %q", got)
	}
	// Once more, taking theirs, and back again.
	r.Click("#save")
	r.Until("document.querySelector('#conflict').open")
	r.Click("#conflict-theirs")
	r.sees("#policy-editor .cm-content", "# theirs")
	r.Until("document.querySelector('#save').disabled")
	r.Click("#undo")
	r.sees("#policy-editor .cm-content", "# ours and mine")
	// And with ours over theirs.
	d.write(t, "policy.yaml", theirs+"# again\n")
	r.Click("#save")
	r.Until("document.querySelector('#conflict').open")
	r.Click("#conflict-mine")
	r.Until("document.querySelector('#save').disabled")
	if got, want := d.read(t, "policy.yaml"), strings.Replace(somePolicy, "# ours", "# ours and mine", 1); got != want {
		t.Errorf("on disk: %q", got)
	}
	// One with problems is saved only to who says so.
	r.write("contains", "x")
	r.sees("#problems", "containsx: unknown key")
	r.Click("#save")
	r.Until("document.querySelector('#ask').open")
	r.Click("#ask-no")
	if strings.Contains(d.read(t, "policy.yaml"), "containsx") {
		t.Error("a broken policy was written unasked")
	}
	r.Click("#save")
	r.Until("document.querySelector('#ask').open")
	r.Click("#ask-yes")
	r.Until("document.querySelector('#save').disabled")
	if !strings.Contains(d.read(t, "policy.yaml"), "containsx") {
		t.Error("it was not written when asked")
	}
}
