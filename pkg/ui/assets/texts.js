// The texts in the reader's language: one table, texts.json, in which a test finds each key
// in both.
const table = await (await fetch("texts.json")).json()
const kept = "topicgate-language"

export let language = localStorage.getItem(kept) ??
  (navigator.languages.find(one => /^(zh|en)\b/i.test(one)) ?? "en").slice(0, 2).toLowerCase()

// t is a text; {name} in it is what values say.
export function t(key, values = {}) {
  return table[key][language].replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all)
}

// speak switches the language, if to one is given, and writes what the page says itself.
export function speak(to = language) {
  if (to !== language) localStorage.setItem(kept, to)
  language = to
  document.documentElement.lang = to === "zh" ? "zh-CN" : "en"
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t)
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", t(element.dataset.label))
  for (const element of document.querySelectorAll("[data-title]")) element.title = t(element.dataset.title)
}

export const number = n => n.toLocaleString(document.documentElement.lang)
export const when = text => new Date(text).toLocaleString(document.documentElement.lang, {dateStyle: "medium", timeStyle: "short"})
