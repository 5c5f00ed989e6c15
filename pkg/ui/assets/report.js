// The page of topicgate report, in a frame that may run nothing.
import {Latest} from "./api.js"
import {$} from "./dom.js"
import {language, t} from "./texts.js"

export class ReportView {
  constructor({policy, failed}) {
    this.policy = policy
    this.reports = new Latest("report", answer => {
      $("report-page").src = answer.path
      $("report-page").hidden = false
    }, error => { $("report-state").textContent = ""; failed(error) })
    $("report-page").onload = () => { $("report-state").textContent = "" }
    $("tab-report").hidden = false
    addEventListener("see", event => { if (event.detail === "report") this.make() })
    for (const id of ["report-names", "report-operators"]) $(id).onchange = () => this.make()
  }

  // render makes the page, when it is looked at.
  render() { if (document.body.dataset.view === "report") this.make() }

  make() {
    $("report-state").textContent = t("reporting")
    this.reports.ask({text: this.policy.text, language, names: $("report-names").checked, operators: $("report-operators").checked})
  }
}
