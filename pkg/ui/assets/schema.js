// Completion and hover from the schema that topicgate makes of its own language.
import {hoverTooltip} from "./codemirror.js"
import {contextAt} from "./context.js"
import {h} from "./dom.js"

// A Schema answers what may stand where.
class Schema {
  constructor(root) { this.root = root }

  // plain are the alternatives of a schema without references.
  plain(schema) {
    if (!schema || typeof schema !== "object") return []
    if (schema.$ref) {
      const {$ref, ...beside} = schema
      const target = $ref.split("/").slice(1).reduce((at, key) => at?.[key], this.root)
      return this.plain({...target, ...(beside.description && {description: beside.description})})
    }
    const inner = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].filter(one => !("required" in one && Object.keys(one).length <= 2 && !one.type))
    return [schema, ...inner.flatMap(one => this.plain(one))]
  }

  at(path) {
    let all = this.plain(this.root)
    for (const key of path) {
      all = all.flatMap(one => key === null ? this.plain(one.items) :
        this.plain(one.properties?.[key] ?? (typeof one.additionalProperties === "object" ? one.additionalProperties : undefined)))
    }
    return all
  }

  about(path) { return this.at(path).find(one => one.description)?.description }

  keys(path) {
    const keys = new Map()
    for (const one of this.at(path)) {
      for (const [key, value] of Object.entries(one.properties ?? {})) {
        if (!keys.has(key)) keys.set(key, value.description ?? this.plain(value).find(v => v.description)?.description)
      }
    }
    return keys
  }

  values(path) {
    const values = new Set()
    for (const one of this.at(path)) {
      for (const value of one.enum ?? []) values.add(String(value))
      if ("const" in one) values.add(String(one.const))
      if (one.type === "boolean") values.add("true").add("false")
      for (const value of one.examples ?? []) values.add(String(value))
    }
    return [...values]
  }

  // takesList reports whether the name of a list may stand here.
  takesList(path) { return this.at(path).some(one => one.description === this.root.$defs?.list?.anyOf?.[0]?.description) }
}

const listNames = text => {
  const lists = /^lists:[ \t]*(?:#.*)?\r?\n((?:[ \t]+.*(?:\r?\n|$)|[ \t]*(?:#.*)?\r?\n)*)/m.exec(text)?.[1] ?? ""
  return [...lists.matchAll(/^ {1,8}([\p{L}\p{N}_-]+):/gmu)].map(one => one[1])
}

// completions offers the keys that may stand here and do not yet, or the values.
export function completions(root) {
  const schema = new Schema(root)
  return context => {
    const at = contextAt(context.state.sliceDoc(0, context.pos))
    if (!at) return null
    const word = /[\p{L}\p{N}_-]*$/u.exec(at.word)[0]
    if (word === "" && !context.explicit && at.kind === "key" && at.path.length === 0) return null
    if (/["']/.test(at.word)) return null
    let options
    if (at.kind === "key") {
      options = [...schema.keys(at.path)].filter(([key]) => !at.siblings.includes(key) || key === word)
        .map(([key, info]) => ({label: key, apply: key + ": ", type: "property", info}))
    } else {
      options = schema.values(at.path).map(value => ({label: value, type: "enum", apply: /^[\w.-]+$/.test(value) ? value : JSON.stringify(value)}))
      if (schema.takesList(at.path)) options.push(...listNames(context.state.doc.toString()).map(label => ({label, type: "variable"})))
    }
    return options.length ? {from: context.pos - word.length, options, validFor: /^[\p{L}\p{N}_-]*$/u} : null
  }
}

// hover tells of the key below the pointer.
export function hover(root) {
  const schema = new Schema(root)
  return hoverTooltip((view, pos) => {
    const line = view.state.doc.lineAt(pos)
    let from = pos, to = pos
    while (from > line.from && /[\w-]/.test(line.text[from - line.from - 1])) from--
    while (to < line.to && /[\w-]/.test(line.text[to - line.from])) to++
    const word = line.text.slice(from - line.from, to - line.from)
    if (!word || !/^\s*:/.test(line.text.slice(to - line.from))) return null
    const at = contextAt(view.state.sliceDoc(0, to))
    const about = at?.kind === "key" && schema.about([...at.path, word])
    return about ? {pos: from, end: to, above: true, create: () => ({dom: h("div", {class: "about"}, h("strong", {}, word), " ", about)})} : null
  })
}
