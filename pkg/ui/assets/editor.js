// An editor of one of the two files: what stands in it, what of that is saved, and where
// problems are.
import {
  Compartment, EditorState, EditorView, autocompletion, bracketMatching, classHighlighter, closeBrackets, closeBracketsKeymap, completionKeymap,
  defaultKeymap, drawSelection, highlightActiveLine, highlightActiveLineGutter, highlightSelectionMatches, highlightSpecialChars,
  history, historyKeymap, indentUnit, keymap, lineNumbers, lintGutter, lintKeymap, search, searchKeymap, setDiagnostics, syntaxHighlighting, unifiedMergeView, yaml,
} from "./codemirror.js"
import {completions, hover} from "./schema.js"
import {h} from "./dom.js"
import {t} from "./texts.js"

export const nonce = document.querySelector("meta[name=nonce]").content
const dark = matchMedia("(prefers-color-scheme: dark)")

// phrases are CodeMirror's own words in the reader's language.
const phrases = () => EditorState.phrases.of({
  "Find": t("search_find"), "Replace": t("search_replace"), "next": t("search_next"), "previous": t("search_previous"), "all": t("search_all"),
  "match case": t("search_case"), "regexp": t("search_regexp"), "by word": t("search_word"), "replace": t("search_one"), "replace all": t("search_every"), "close": t("search_close"),
})

// common is what every view of a text has.
export const common = () => [EditorView.cspNonce.of(nonce), EditorView.darkTheme.of(dark.matches), yaml(), syntaxHighlighting(classHighlighter), lineNumbers(), highlightSpecialChars(), EditorView.lineWrapping]

export class Editor {
  // file is {file, text, version} as the server read it.
  constructor({parent, file, schema, label, onchange, onwrote}) {
    Object.assign(this, {file, opened: file.text, saved: file.text, version: file.version, onchange, onwrote, label})
    this.merging = new Compartment()
    this.words = new Compartment()
    const crlf = /\r\n/.test(file.text) && !/[^\r]\n/.test(file.text)
    this.view = new EditorView({
      parent,
      doc: file.text,
      extensions: [
        common(), lintGutter(), history(), drawSelection(), indentUnit.of("  "), bracketMatching(), closeBrackets(), highlightActiveLine(), highlightActiveLineGutter(),
        highlightSelectionMatches(), search({top: true}), crlf ? EditorState.lineSeparator.of("\r\n") : [],
        autocompletion({override: [completions(schema)]}), hover(schema),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...searchKeymap, ...historyKeymap, ...lintKeymap, ...defaultKeymap]),
        this.merging.of([]), this.words.of([phrases(), EditorView.contentAttributes.of({"aria-label": t(label)})]),
        EditorView.updateListener.of(update => { if (update.docChanged) onchange() }),
      ],
    })
  }

  get text() { return this.view.state.sliceDoc() }
  get dirty() { return this.text !== this.saved }

  // take makes the text another, by one change that can be undone and leaves the rest alone.
  take(text) {
    const now = this.text, state = this.view.state
    if (now === text) return
    if (state.lineBreak !== "\n") text = text.replaceAll("\r\n", "\n")
    const old = state.doc.toString()
    let from = 0, end = 0
    while (from < old.length && from < text.length && old[from] === text[from]) from++
    while (end < old.length - from && end < text.length - from && old[old.length - 1 - end] === text[text.length - 1 - end]) end++
    this.view.dispatch({changes: {from, to: old.length - end, insert: text.slice(from, text.length - end)}, userEvent: "input", scrollIntoView: false})
  }

  // speak says what the editor says in another language.
  speak() {
    this.view.dispatch({effects: this.words.reconfigure([phrases(), EditorView.contentAttributes.of({"aria-label": t(this.label)})])})
    if (this.showing) this.show(true)
  }

  // show shows what changed since the file was opened, within the text.
  show(changes) {
    this.showing = changes
    this.view.dispatch({effects: this.merging.reconfigure(changes ? unifiedMergeView({
      original: this.view.state.lineBreak === "\n" ? this.opened : this.opened.replaceAll("\r\n", "\n"),
      gutter: true,
      mergeControls: (type, action) => type === "reject" ? h("button", {class: "revert", onmousedown: action}, t("revert")) : h("span"),
    }) : [])})
  }

  // mark underlines problems: {here, line, column, what, warning}.
  mark(problems) {
    const doc = this.view.state.doc
    const found = problems.filter(p => p.here && p.line <= doc.lines).map(p => ({...this.range(p), severity: p.warning ? "warning" : "error", message: p.what}))
    this.view.dispatch(setDiagnostics(this.view.state, found))
  }

  // range is the word at which a problem is, or its line. Columns count characters.
  range({line, column}) {
    const at = this.view.state.doc.line(Math.max(line, 1))
    const text = at.text
    let from = text.length - text.trimStart().length
    if (column > 0) from = Math.min([...text].slice(0, column - 1).join("").length, text.length)
    const word = column > 0 ? /^("(?:[^"\\]|\\.)*"|'[^']*'|[^\s:,[\]{}#]+)/.exec(text.slice(from))?.[0].length ?? 1 : text.trimEnd().length - from
    return {from: at.from + from, to: Math.min(at.from + from + Math.max(word, 1), at.to)}
  }

  // go puts the cursor to a problem.
  go(problem) {
    const {from} = this.range(problem)
    this.view.dispatch({selection: {anchor: from}, effects: EditorView.scrollIntoView(from, {y: "center"})})
    this.view.focus()
  }

  // wrote notes what is on disk now.
  wrote({text, version}) {
    Object.assign(this, {saved: text, version})
    this.onwrote()
  }
}
