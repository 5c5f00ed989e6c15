// Saving: whole files, never over what somebody else wrote meanwhile.
import {EditorState, MergeView} from "./codemirror.js"
import {Failed, ask} from "./api.js"
import {$, fill, h, say} from "./dom.js"
import {common} from "./editor.js"
import {t} from "./texts.js"

// asks shows a question; the answer is whether it was said yes to.
function asks(text, yes) {
  $("ask-text").textContent = text
  $("ask-yes").textContent = yes
  return new Promise(answer => {
    $("ask-yes").onclick = () => { answer(true); $("ask").close() }
    $("ask-no").onclick = () => $("ask").close()
    $("ask").onclose = () => answer(false)
    $("ask").showModal()
  })
}

// conflict shows what is on disk beside the editor's text. Nothing is lost: what is taken
// from disk can be undone.
export function conflict(editor, now) {
  $("conflict-about").textContent = t("conflict_about", {file: editor.file.file})
  const view = new MergeView({
    a: {doc: now.text, extensions: [common(), EditorState.readOnly.of(true)]},
    b: {doc: editor.text, extensions: [common(), EditorState.readOnly.of(true)]},
    parent: $("conflict-view"), collapseUnchanged: {margin: 3, minSize: 6},
  })
  return new Promise(done => {
    const answer = what => () => { done(what); $("conflict").close() }
    $("conflict-mine").onclick = answer("mine")
    $("conflict-theirs").onclick = answer("theirs")
    $("conflict-later").onclick = answer("later")
    $("conflict").onclose = () => { view.destroy(); fill($("conflict-view")); done("later") }
    $("conflict").showModal()
  })
}

// settle lets somebody choose between what is on disk and the editor's text.
export async function settle(editor, now) {
  const chosen = await conflict(editor, now)
  if (chosen === "theirs") {
    editor.take(now.text)
    editor.wrote(now)
  } else if (chosen === "mine") {
    editor.version = now.version
    editor.saved = now.text
  }
  return chosen
}

// save saves an editor's file; true once it is on disk.
async function save(name, editor) {
  for (let anyway = false; ; ) {
    const text = editor.text
    try {
      editor.wrote(await ask("save", {file: name, text, version: editor.version, anyway}))
      return true
    } catch (error) {
      if (!(error instanceof Failed)) throw error
      if (error.now) {
        if (await settle(editor, error.now) !== "mine") return false
      } else if (error.status === 422 && name === "policy" && !anyway) {
        if (!await asks(t("broken_save") + "\n" + error.message, t("save_anyway"))) return false
        anyway = true
      } else throw error
    }
  }
}

// saveAll saves what is not saved: {policy, cases}.
export async function saveAll(editors, failed) {
  const written = []
  try {
    for (const [name, editor] of Object.entries(editors)) {
      if (editor.dirty && await save(name, editor)) written.push(editor.file.file)
    }
  } catch (error) {
    failed(error)
  }
  if (written.length) say(t("saved", {files: written.join(", ")}))
}

// look sees whether files have changed on disk, when somebody comes back to the page. What
// was not edited here is taken; else the reader is told.
export async function look(editors, notice) {
  const now = await ask("open")
  for (const [name, editor] of Object.entries(editors)) {
    if (now[name].version === editor.version) continue
    if (!editor.dirty) {
      editor.take(now[name].text)
      editor.wrote(now[name])
    } else notice(t("changed_on_disk", {file: editor.file.file}), h("button", {onclick: () => { notice(); settle(editor, now[name]) }}, t("look")))
  }
}
