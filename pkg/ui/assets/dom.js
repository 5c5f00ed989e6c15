// What people sent gets into the page as text, by this file, and never as HTML.
import {t} from "./texts.js"

export const $ = id => document.getElementById(id)

// h makes an element: h("p", {class: "quiet", onclick: …}, "text", another, …).
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === false) continue
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value)
    else element.setAttribute(name, value === true ? "" : value)
  }
  element.append(...children.flat().filter(child => child !== undefined && child !== false))
  return element
}

export const fill = (element, ...children) => element.replaceChildren(...children.flat().filter(child => child !== undefined && child !== false))

// nameOf shows a name: what was found in it is marked, and what shows nothing has a code.
export function nameOf(parts) {
  return h("bdi", {class: "name"}, parts.map(part => {
    if (part.hidden) return h("span", {class: "hidden-char", title: t("hidden")}, part.text)
    return part.found ? h("mark", {}, part.text) : part.text
  }))
}

// say tells who sees and who hears.
export function say(text) {
  $("status").textContent = text
  const toast = h("p", {class: "toast"}, text)
  document.querySelector(".toast")?.remove()
  document.body.append(toast)
  setTimeout(() => toast.remove(), 4000)
}
