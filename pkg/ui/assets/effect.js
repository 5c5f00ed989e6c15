// What the edit would change about what was decided, as replay says it.
import {$, fill, h, nameOf} from "./dom.js"
import {Latest} from "./api.js"
import {number, t, when} from "./texts.js"

const kinds = {"newly refused": ["newly_refused", "group_refused"], "newly allowed": ["newly_allowed", "group_allowed"], "other": ["other", "group_other"]}

export class EffectView {
  // actions are what can be done with a name: excuse(rule, name, asked), keep(name, want, asked) and
  // tryIt(name, asked).
  constructor({policy, decisions, actions, failed}) {
    Object.assign(this, {policy, decisions, actions})
    this.replays = new Latest("effect", answer => {
      this.effect = answer.broken ? {...this.effect, broken: true} : answer
      this.waits = false
      this.render()
    }, error => { this.waits = false; failed(error) })
    $("compare").onchange = () => this.replay()
    $("compare").closest("label").hidden = decisions < 0
  }

  replay() {
    if (this.decisions < 0) return this.render()
    this.waits = true
    $("effect-result").classList.add("stale")
    this.replays.ask({text: this.policy.text, old: $("compare").value === "opened" ? this.policy.opened : null})
  }

  // stale notes that what is shown is of another text.
  stale() {
    this.replays.stop()
    $("effect-result").classList.add("stale")
  }

  render() {
    const e = this.effect
    const badge = $("effect-badge")
    badge.hidden = !e?.groups || e.broken || e.newly_refused + e.newly_allowed + e.other === 0
    if (this.decisions < 0) return fill($("effect-result"), h("p", {class: "quiet"}, t("no_logs")))
    if (!e?.groups) return fill($("effect-result"), h("p", {class: "quiet"}, e?.broken ? t("policy_broken") : t("replaying", {n: number(this.decisions)})))
    badge.textContent = number(e.newly_refused + e.newly_allowed + e.other)
    $("effect-result").classList.toggle("stale", !!e.broken || this.waits)
    const total = (key, n) => h("div", {class: "total " + key}, h("dt", {}, t(key)), h("dd", {}, number(n)))
    const notes = []
    if (e.not_replayed) notes.push(t("why", {n: number(e.not_replayed), why: Object.entries(e.why).sort((a, b) => b[1] - a[1]).map(([why, n]) => `${number(n)}: ${why}`).join("; ")}))
    if (e.resting) notes.push(t("resting", {n: number(e.resting)}))
    if (e.frozen) notes.push(t("frozen_note"))
    if (e.unlisted) notes.push(t("unlisted", {n: number(e.unlisted)}))
    fill($("effect-result"),
      e.broken && h("p", {class: "warn"}, t("policy_broken")),
      e.decisions > 0 && h("p", {class: "quiet"}, t("replayed", {n: number(e.decisions), from: when(e.from), to: when(e.to)})),
      h("dl", {class: "totals"}, total("newly_refused", e.newly_refused), total("newly_allowed", e.newly_allowed), total("other", e.other), total("stay", e.same), total("not_replayed", e.not_replayed)),
      e.groups.length === 0 && h("p", {class: "good"}, t("nothing_changes")),
      e.groups.map(group => this.group(group)),
      notes.map(note => h("p", {class: "quiet"}, note)))
  }

  group(g) {
    const by = answer => answer.rule ? t("rule", {rule: answer.rule}) : t("default")
    return h("section", {class: "group"},
      h("h3", {}, t(kinds[g.kind][1], {new: by(g.new), old: by(g.old), verdict: t(g.new.verdict)})),
      h("p", {class: "quiet"}, t("names_count", {names: number(g.of), times: number(g.times)})),
      h("ol", {class: "changed"}, g.names.map(one => h("li", {},
        h("div", {class: "what"}, nameOf(one.parts), one.word && one.word !== one.name && h("span", {class: "quiet"}, " ", t("on", {word: one.word})),
          h("span", {class: "quiet count"}, " ", t("times", {n: number(one.times)}), one.people > 1 && ", " + t("people", {n: number(one.people)}))),
        h("div", {class: "actions"},
          g.new.verdict === "refuse" && g.new.rule && h("button", {class: "excuse", title: t("excuse_title", {rule: g.new.rule}), onclick: () => this.actions.excuse(g.new.rule, one.name, one.asked)}, t("excuse")),
          h("button", {onclick: () => this.actions.keep(one.name, g.old.verdict, one.asked)}, t(g.old.verdict === "allow" ? "keep_allow" : "keep_refuse")),
          h("button", {onclick: () => this.actions.tryIt(one.name, one.asked)}, t("try_it")))))),
      g.of > g.names.length && h("p", {class: "quiet"}, t("more_names", {n: number(g.of - g.names.length)})))
  }
}
