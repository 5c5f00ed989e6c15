package ui

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"topicgate/pkg/history/historytest"
)

// TestCompletion: what may stand at a place, in texts that are half written, is what the
// schema says.
func TestCompletion(t *testing.T) {
	d := newDesk(t, map[string]string{"policy.yaml": somePolicy}, nil)
	r := d.opens(t, 1400)
	r.sees("#problems-title", "No problems")
	historytest.Eval[bool](r.Tab, `(() => {
		Promise.all([import("/schema.js"), import("/api.js")]).then(async ([schema, api]) => {
			const complete = schema.completions((await api.ask("open")).schema)
			window.offered = text => (complete({pos: text.length, explicit: true, state: {sliceDoc: (a, b) => text.slice(a, b), doc: text}})?.options ?? []).map(one => one.label)
		})
		return true
	})()`)
	r.Until("!!window.offered")
	for _, tt := range []struct {
		text      string
		some, not []string
	}{
		{"", []string{"version", "rules", "lists"}, []string{"match"}},
		{"version: 1\nru", []string{"rules"}, []string{"version"}},
		{"mode: ", []string{"enforce", "dry_run"}, []string{"rules"}},
		{"freeze: ", []string{"true", "false"}, nil},
		{"rules:\n  - ", []string{"name", "match", "quota"}, []string{"rules"}},
		{"rules:\n  - name: x\n    action: re", []string{"refuse", "allow", "flag"}, nil},
		{"rules:\n  - name: x\n    action: refuse\n  - ", []string{"name", "action"}, nil},
		{"rules:\n- name: x\n  match:\n    any:\n      - name: {con", []string{"contains", "contacts"}, []string{"platform"}},
		{"rules:\n- name: x\n  match:\n    any:\n    - name:\n        contains: [a]\n        ", []string{"whole_word", "disguised"}, []string{"contains"}},
		{"lists:\n  staff: [a]\n  名单: {file: x}\nrules:\n  - name: x\n    match: {operator: {in: ", []string{"staff", "名单"}, nil},
		{"rules: [{name: x, quota: {limit: 5, per: ", []string{"operator", "client_ip", "app", "name"}, nil},
		{"rules:\n  - name: x # {\n    match: {time: {days: [", []string{"mon", "sun"}, nil},
		{"rules:\n  - name: x\n    message: >\n      hello {na", nil, []string{"name"}},
		{"# ver", nil, []string{"version"}},
		{"rules:\n  - {name: 'a # b', mat", []string{"match"}, []string{"name"}},
	} {
		quoted, err := json.Marshal(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		offered := historytest.Eval[[]string](r.Tab, "window.offered("+string(quoted)+")")
		for _, want := range tt.some {
			if !slices.Contains(offered, want) {
				t.Errorf("%q: %q is not offered: %q", tt.text, want, offered)
			}
		}
		for _, not := range tt.not {
			if slices.Contains(offered, not) {
				t.Errorf("%q: %q is offered", tt.text, not)
			}
		}
	}
	at := historytest.Eval[[]float64](r.Tab, `(() => {
		const content = document.querySelector("#policy-editor .cm-content"), view = content.cmTile?.view ?? content.cmView.rootView.view
		const box = view.coordsAtPos(view.state.doc.toString().indexOf("contains") + 3)
		return [box.left, (box.top + box.bottom) / 2]
	})()`)
	r.Point(at[0]-20, at[1])
	r.Point(at[0], at[1])
	r.sees(".about", "contains Words, compared folded")
	if got := r.text(".about"); !strings.HasPrefix(got, "contains ") {
		t.Errorf("got %q", got)
	}
}

// TestLook: who comes back to the page is shown what changed on disk meanwhile, or has it at
// once where nothing was edited.
func TestLook(t *testing.T) {
	d := newDesk(t, map[string]string{"policy.yaml": somePolicy}, nil)
	r := d.opens(t, 1400)
	r.sees("#problems-title", "No problems")
	d.write(t, "policy.yaml", somePolicy+"# theirs\n")
	back := "dispatchEvent(new Event('focus'))"
	historytest.Eval[bool](r.Tab, back)
	r.sees("#policy-editor .cm-content", "# theirs")
	r.Until("document.querySelector('#save').disabled")
	r.write("# ours", " and mine")
	r.Until("!document.querySelector('#save').disabled")
	d.write(t, "policy.yaml", somePolicy+"# again\n")
	historytest.Eval[bool](r.Tab, back)
	r.sees("#notice", "policy.yaml has changed on disk.")
	r.Click("#notice button")
	r.sees("#conflict-view", "# again")
}
