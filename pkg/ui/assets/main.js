// The workbench: what happens when somebody writes, and which view is seen.
import {Failed, Latest, ask, token} from "./api.js"
import {$, fill, say} from "./dom.js"
import {EffectView} from "./effect.js"
import {Editor} from "./editor.js"
import {PolicyView} from "./policy.js"
import {ReportView} from "./report.js"
import {look, saveAll} from "./saving.js"
import {language, speak, t} from "./texts.js"
import {TryView} from "./try.js"

// notice stands on top until it is taken back; what has failed, until something works.
let failing = false
function notice(text, ...more) {
  failing = false
  $("notice").hidden = !text
  fill($("notice"), text, " ", more)
}

function failed(error) {
  notice(error instanceof Failed ? error.message : error instanceof TypeError ? t("gone") : String(error))
  failing = true
}

// Writing starts what it asks for only once somebody pauses, and what was asked before ends.
const pause = 150

async function start() {
  const opened = await ask("open")
  const editors = {}
  const changed = name => () => { unsaved(); later(name) }
  let saving // once at a time
  const save = () => saving ??= saveAll(editors, failed).then(() => { saving = undefined; unsaved() })
  const editor = (name, schema) => editors[name] = new Editor({parent: $(name + "-editor"), file: opened[name], schema, label: name, onchange: changed(name), onwrote: () => unsaved()})
  const policy = editor("policy", opened.schema), cases = editor("cases", opened.cases_schema)

  const policyView = new PolicyView(policy)
  const tryView = new TryView({policy, cases, failed})
  const effectView = new EffectView({policy, decisions: opened.decisions, failed, actions: {
    keep: (...about) => tryView.keep(...about),
    tryIt(name, asked) {
      $("names").value = name
      for (const field of ["operator", "platform", "client_ip", "type", "app"]) $(field).value = asked[field] ?? ""
      $("command").value = asked.command === "group" ? "group" : ""
      $("at").value = asked.at ? new Date(new Date(asked.at) - new Date().getTimezoneOffset() * 60000).toISOString().slice(0, 19) : ""
      see("try")
      tryView.try()
    },
    async excuse(rule, name, asked) {
      try {
        policy.take((await ask("excuse", {text: policy.text, rule, name, asked})).text)
        say(t("excused", {rule}))
      } catch (error) {
        failed(error)
      }
    },
  }})
  const reportView = opened.reports && new ReportView({policy, failed})
  const checks = new Latest("check", answer => { if (failing) notice(); policyView.show(answer) }, failed)

  const timers = {}
  function later(name) {
    if (name === "policy") effectView.stale()
    clearTimeout(timers[name])
    timers[name] = setTimeout(() => name === "policy" ? all() : tryView.run(), pause)
  }
  function all() {
    checks.ask({text: policy.text})
    tryView.try()
    tryView.run()
    effectView.replay()
  }
  function unsaved() {
    const files = Object.values(editors).filter(one => one.dirty)
    $("save").disabled = files.length === 0
    $("unsaved").hidden = files.length === 0
    $("unsaved").textContent = "● " + t("unsaved")
  }

  for (const name of ["policy", "cases"]) {
    $(name + "-file").textContent = opened[name].file.replace(/^.*[/\\]/, "")
    $(name + "-file").title = opened[name].file
  }
  document.title = $("policy-file").textContent + " – topicgate"
  $("save").onclick = save
  $("language").onchange = () => {
    speak($("language").value)
    for (const one of Object.values(editors)) one.speak()
    for (const view of [policyView, tryView, effectView, reportView].filter(Boolean)) view.render()
    tryView.renderCases()
    unsaved()
  }
  addEventListener("keydown", event => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault()
      save()
    }
  })
  addEventListener("beforeunload", event => { if (Object.values(editors).some(one => one.dirty)) event.preventDefault() })
  addEventListener("focus", () => look(editors, notice).catch(failed))
  tryView.render()
  effectView.render()
  all()
}

// see shows a view. On a wide screen the policy is always seen, beside another.
function see(view) {
  document.body.dataset.view = view
  for (const tab of document.querySelectorAll("[role=tab]")) {
    tab.setAttribute("aria-selected", String(tab.dataset.view === view))
    tab.tabIndex = tab.dataset.view === view ? 0 : -1
  }
  dispatchEvent(new CustomEvent("see", {detail: view}))
}

const tabs = document.querySelector("[role=tablist]")
tabs.addEventListener("click", event => {
  const tab = event.target.closest("[role=tab]")
  if (tab) see(tab.dataset.view)
})
tabs.addEventListener("keydown", event => {
  const shown = [...tabs.querySelectorAll("[role=tab]")].filter(tab => tab.offsetParent !== null)
  const i = shown.indexOf(document.activeElement)
  const to = {ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: shown.length - 1}[event.key]
  if (to === undefined || i < 0) return
  const tab = shown[(to + shown.length) % shown.length]
  see(tab.dataset.view)
  tab.focus()
  event.preventDefault()
})

speak()
$("language").value = language
see(matchMedia("(min-width: 60rem)").matches ? "try" : "policy")
if (token) start().catch(failed)
else notice(t("no_token"))
