// How the page asks the server. The token comes in the address, once, and stays with this
// tab: it is asked for by a header, which pages of other sites cannot send.
const kept = "topicgate-token"
const given = new URLSearchParams(location.search).get("token")
if (given) {
  sessionStorage.setItem(kept, given)
  history.replaceState(null, "", location.pathname)
}
export const token = sessionStorage.getItem(kept)

// A Failed is an answer that says why something cannot be done.
export class Failed extends Error {
  constructor(status, answer) {
    super(answer.error)
    this.status = status
    this.now = answer.now // what a file holds that has changed on disk
  }
}

export async function ask(path, body, signal) {
  const response = await fetch("api/" + path, {
    method: "POST",
    headers: {"Authorization": "Bearer " + token, "Content-Type": "application/json"},
    body: JSON.stringify(body ?? {}),
    signal,
  })
  const text = await response.text()
  let answer
  try { answer = JSON.parse(text) } catch { answer = {error: text.trim()} }
  if (!response.ok) throw new Failed(response.status, answer)
  return answer
}

// A Latest asks so that the newest question alone is answered: one that comes meanwhile ends
// the one before, here and at the server. onfail is told what went wrong.
export class Latest {
  constructor(path, onanswer, onfail) {
    Object.assign(this, {path, onanswer, onfail})
  }
  async ask(body) {
    this.stop()
    const mine = this.abort = new AbortController()
    try {
      const answer = await ask(this.path, body, mine.signal)
      if (!mine.signal.aborted) this.onanswer(answer)
    } catch (error) {
      if (!mine.signal.aborted) this.onfail(error)
    }
  }
  stop() { this.abort?.abort() }
}
