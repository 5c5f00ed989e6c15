// The policy: its problems below it, and the files that it names.
import {openSearchPanel, redo, undo} from "./codemirror.js"
import {$, fill, h} from "./dom.js"
import {number, t} from "./texts.js"

export class PolicyView {
  constructor(editor) {
    this.editor = editor
    $("undo").onclick = () => { undo(editor.view); editor.view.focus() }
    $("redo").onclick = () => { redo(editor.view); editor.view.focus() }
    $("find").onclick = () => openSearchPanel(editor.view)
    $("changes").onclick = () => {
      const show = $("changes").getAttribute("aria-pressed") !== "true"
      $("changes").setAttribute("aria-pressed", String(show))
      editor.show(show)
    }
  }

  // show shows what a check found.
  show(checked) {
    this.checked = checked
    this.editor.mark(checked.problems)
    this.render()
  }

  render() {
    const c = this.checked
    if (!c) return
    const warnings = c.problems.filter(p => p.warning).length, problems = c.problems.length - warnings
    $("problems-title").textContent = c.problems.length === 0 ? t("problems_none") : t("problems_some", {problems: number(problems), warnings: number(warnings)})
    $("problems-title").className = problems ? "bad" : warnings ? "warn" : "good"
    fill($("problems"), c.problems.map(p => {
      const place = p.here ? t("line", {n: p.line}) : p.where
      const text = [h("span", {class: p.warning ? "warn" : "bad"}, t(p.warning ? "warning" : "problem")), " ", h("span", {class: "place"}, place), " ", p.what]
      return h("li", {}, p.here ? h("button", {class: "problem", onclick: () => this.editor.go(p)}, text) : h("p", {class: "problem"}, text))
    }), c.more > 0 && h("li", {}, t("problems_more", {n: number(c.more)})))
    const parts = problems ? [] : [t("rules_summary", {n: number(c.rules.length), otherwise: t(c.default)})]
    if (c.mode === "dry_run") parts.push(t("dry_run"))
    if (c.frozen) parts.push(t("frozen"))
    if (c.digest) parts.push(c.digest)
    $("digest").textContent = parts.join(" · ")
    const open = new Set([...document.querySelectorAll("#lists details[open]")].map(one => one.dataset.file))
    const beside = this.editor.file.file.replace(/[^/\\]*$/, "") // the folder of the policy
    fill($("lists"), c.lists.length > 0 && h("details", {"data-file": "", open: open.has("")}, h("summary", {}, t("lists", {n: number(c.lists.length)})),
      c.lists.map(one => h("details", {"data-file": one.file, open: open.has(one.file)},
        h("summary", {}, one.file.startsWith(beside) ? one.file.slice(beside.length) : one.file), h("pre", {tabindex: "0"}, one.text, one.cut && "\n" + t("list_cut"))))))
  }
}
