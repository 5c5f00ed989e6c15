// Any name: what becomes of it, what every rule finds in it, and a case of it; and whether
// the cases hold.
import {$, fill, h, nameOf, say} from "./dom.js"
import {Failed, Latest, ask} from "./api.js"
import {number, t} from "./texts.js"

const fields = ["operator", "platform", "client_ip", "type", "app", "command"]

export class TryView {
  constructor({policy, cases, failed}) {
    Object.assign(this, {policy, cases, failed, open: new Set()})
    this.tries = new Latest("try", answer => { this.tried = answer.broken ? {...this.tried, broken: true} : answer; this.render() }, error => this.wrong(error))
    this.runs = new Latest("cases", answer => { this.ran = answer; this.cases.mark(answer.problems); this.renderCases() }, failed)
    let timer
    $("asked").addEventListener("input", () => {
      clearTimeout(timer)
      timer = setTimeout(() => this.try(), 150)
    })
    $("asked").addEventListener("submit", event => event.preventDefault())
  }

  // asked is who asks, as the form says.
  asked() {
    const asked = {}
    for (const field of fields) {
      const value = $(field).value.trim()
      if (value) asked[field] = value
    }
    if (asked.command === "topic") delete asked.command
    if ($("at").value) asked.at = new Date($("at").value).toISOString()
    return asked
  }

  names() { return $("names").value.split(/\r?\n/).filter(name => name !== "") }

  try() {
    if (this.names().length === 0) {
      this.tries.stop()
      this.tried = undefined
      this.render()
      return
    }
    this.tries.ask({text: this.policy.text, names: this.names(), asked: this.asked()})
  }

  run() { this.runs.ask({text: this.policy.text, cases: this.cases.text}) }

  wrong(error) {
    if (!(error instanceof Failed) || error.status >= 500 || error.status === 401) return this.failed(error)
    fill($("tried"), h("p", {class: "bad"}, error.message))
  }

  // keep writes a case, which is on disk once it is saved.
  async keep(name, want, asked) {
    try {
      this.cases.take((await ask("keep", {cases: this.cases.text, name, want, asked})).text)
      say(t("kept"))
    } catch (error) {
      this.failed(error)
    }
  }

  render() {
    const tried = this.tried
    if (!tried?.names) {
      fill($("tried"), h("p", {class: "quiet"}, t(tried?.broken ? "policy_broken" : "try_hint")))
      return
    }
    fill($("tried"), tried.broken && h("p", {class: "warn"}, t("policy_broken")),
      tried.names.map((one, i) => this.card(one, i)), tried.more > 0 && h("p", {class: "quiet"}, t("names_more", {n: number(tried.more)})))
    $("tried").classList.toggle("stale", !!tried.broken)
  }

  card(one, i) {
    const refused = one.code !== 0
    const by = one.reason ? t("too_long") : one.rule ? t("by_rule", {rule: one.rule}) : t("by_default")
    const rules = h("details", {open: this.open.has(i), ontoggle: () => { this.open[rules.open ? "add" : "delete"](i); if (rules.open) list() }}, h("summary", {}, t("all_rules")))
    const list = () => { if (!rules.querySelector("ol")) rules.append(h("ol", {class: "rules"}, one.rules.map(step => this.step(step, one)))) }
    if (rules.open) list()
    return h("article", {class: "card " + one.verdict},
      h("h3", {}, h("span", {class: "verdict " + one.verdict}, t(one.verdict)), " ", nameOf(one.parts)),
      h("p", {}, by, one.detail && one.rule && [" · ", t("on", {word: one.detail})], refused && [" · ", t("code", {code: one.code})]),
      refused && h("p", {class: "message"}, one.message ? [h("span", {class: "quiet"}, t("message_sent")), " ", h("q", {}, one.message)] : h("span", {class: "quiet"}, t("message_none"))),
      refused && one.mode === "dry_run" && h("p", {class: "warn"}, t("dry_run_answer")),
      one.folded !== one.name && one.folded !== one.name.toLowerCase() && h("p", {class: "quiet"}, t("compared_as"), " ", h("code", {}, h("bdi", {}, one.folded))),
      h("div", {class: "actions"},
        h("button", {class: "keep-allow", onclick: () => this.keep(one.name, "allow", this.asked())}, t("keep_allow")),
        h("button", {class: "keep-refuse", onclick: () => this.keep(one.name, "refuse", this.asked())}, t("keep_refuse"))),
      one.rules.length > 0 && rules)
  }

  step(step, one) {
    const action = t(step.action)
    let mark = "no", what = t("rule_no")
    if (step.decides) [mark, what] = ["decides", t("rule_decides", {action})]
    else if (one.flags?.includes(step.rule)) [mark, what] = ["flags", t("rule_flags")]
    else if (step.matched && step.mode === "dry_run") [mark, what] = ["trial", t("rule_trial", {action})]
    else if (step.matched) [mark, what] = ["too", t("rule_too", {action})]
    return h("li", {class: mark}, h("strong", {}, step.rule), " ", what,
      step.conditions && h("ul", {}, step.conditions.map(found => h("li", {}, h("span", {class: found.matched ? "yes" : "quiet"}, t(found.matched ? "yes" : "no")), " ", found.condition,
        found.detail && [": ", h("bdi", {}, found.detail)]))))
  }

  renderCases() {
    const ran = this.ran
    if (!ran) return
    const failed = ran.results.filter(one => one.missed.length > 0)
    let summary = t("cases_none"), mood = "quiet"
    if (ran.problems.length) [summary, mood] = [t("cases_broken"), "bad"]
    else if (ran.broken && this.cases.text.trim()) [summary, mood] = [t("policy_broken"), "warn"]
    else if (failed.length) [summary, mood] = [t("cases_fail", {failed: number(failed.length), n: number(ran.results.length)}), "bad"]
    else if (ran.results.length) [summary, mood] = [t("cases_pass", {n: number(ran.results.length)}), "good"]
    $("cases-summary").textContent = summary
    $("cases-summary").className = mood
    const go = line => { $("cases-details").open = true; this.cases.go({line, column: 0}) }
    fill($("cases-results"),
      ran.problems.map(p => h("li", {}, h("button", {class: "problem", onclick: () => go(p.line)}, h("span", {class: "place"}, t("line", {n: p.line})), " ", p.what))),
      failed.map(one => h("li", {}, h("button", {class: "problem", onclick: () => go(one.line)}, h("span", {class: "place"}, t("line", {n: one.line})), " ", nameOf(one.parts), " ", one.missed.join("; ")))))
  }
}
