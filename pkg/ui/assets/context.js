// Where in a text of YAML a place is: by which keys it is reached, and whether a key or a
// value is written there. It reads by indentation and brackets, since a text that is being
// written is rarely whole.

const quoted = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/
const blockKey = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#,[\]{}&*!|>%@`"'-][^#]*?|-[^\s#:][^#]*?)\s*:(?=\s|$)/

const bare = key => /^["']/.test(key) ? key.slice(1, -1) : key.trim()

// contextAt is {path, kind, word, siblings}: of the place at the end of the text before it.
// The path is of keys, and null for an item of a list; word is what stands there already.
export function contextAt(before) {
  const block = [] // {indent, key}, key null for an item
  const seen = new Map() // keys by the path of their mapping
  const note = (path, key) => {
    const at = JSON.stringify(path)
    seen.set(at, [...(seen.get(at) ?? []), key])
  }
  let flow = [] // {open, key, path}
  let literal = -1 // the indent of what a literal block belongs to
  let kind = "key", word = ""
  const blockPath = () => block.map(one => one.key)
  const flowPath = () => {
    const path = blockPath()
    for (const one of flow) path.push(one.open === "[" ? null : one.key)
    return path
  }

  // flowScan reads what may be in brackets, and returns what is left unread of it.
  const flowScan = text => {
    word = ""
    let i = 0
    while (i < text.length) {
      const c = text[i], top = flow[flow.length - 1]
      if (c === "#" && (i === 0 || /\s/.test(text[i - 1]))) return
      if (c === "{" || c === "[") {
        flow.push({open: c, key: undefined})
        seen.delete(JSON.stringify(flowPath().slice(0, -1)))
        word = ""
      } else if (c === "}" || c === "]") {
        flow.pop()
        word = ""
      } else if (c === "," && top) {
        top.key = undefined
        word = ""
      } else if (c === ":" && top?.open === "{" && /[\s,[\]{}"']|^$/.test(text[i + 1] ?? "") && top.key === undefined) {
        top.key = bare(word)
        note(flowPath().slice(0, -1), top.key)
        word = ""
      } else if ((c === '"' || c === "'") && word.trim() === "") {
        const whole = quoted.exec(text.slice(i))
        word = whole ? whole[0] : text.slice(i)
        i += word.length
        continue
      } else word += c
      i++
    }
  }

  const lines = before.split(/\r?\n/)
  lines.forEach((line, n) => {
    const last = n === lines.length - 1
    if (flow.length > 0) {
      flowScan(line)
      return
    }
    const indent = line.length - line.trimStart().length
    if (line.trim() === "" && !last || /^\s*#/.test(line)) {
      if (last) kind = "comment"
      return
    }
    if (literal >= 0 && indent > literal) {
      if (last) kind = "literal"
      return
    }
    literal = -1
    let at = indent, rest = line.slice(indent)
    while (block.length && block[block.length - 1].indent > at) block.pop()
    for (let dash; (dash = /^-(\s+|$)/.exec(rest)); ) {
      while (block.length && (block[block.length - 1].indent > at || block[block.length - 1].indent === at && block[block.length - 1].key === null)) block.pop()
      block.push({indent: at, key: null})
      seen.delete(JSON.stringify(blockPath()))
      at += dash[0].length
      rest = rest.slice(dash[0].length)
    }
    const key = blockKey.exec(rest)
    // A key replaces the one before it at its place, and a list may stand as far left as its key.
    while (block.length && (block[block.length - 1].indent > at || block[block.length - 1].indent === at && (key || last))) block.pop()
    if (!key) {
      kind = "key"
      if (/^[[{]/.test(rest)) flowScan(rest)
      else word = rest
      if (last && flow.length === 0 && block[block.length - 1]?.key === null && word.startsWith(" ")) kind = "value"
      return
    }
    note(blockPath(), bare(key[1]))
    block.push({indent: at, key: bare(key[1])})
    const value = rest.slice(key[0].length)
    if (/^\s*[|>][-+0-9]*\s*(#.*)?$/.test(value)) literal = at
    kind = "value"
    flowScan(value)
    if (!last) word = ""
  })
  if (kind === "comment" || kind === "literal") return null
  const path = flow.length ? flowPath() : blockPath()
  if (flow.length) {
    const top = flow[flow.length - 1]
    kind = top.open === "[" || top.key !== undefined ? "value" : "key"
    if (kind === "key") path.pop()
  }
  word = word.trimStart()
  if (/\s#/.test(word)) return null
  return {path, kind, word, siblings: seen.get(JSON.stringify(path)) ?? []}
}
