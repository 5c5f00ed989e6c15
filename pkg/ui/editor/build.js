// Makes ../assets/codemirror.js, and CODEMIRROR-LICENCES.txt beside it, from the packages that
// package-lock.json pins. The same packages give the same bytes, which CI checks.
import {readFileSync, readdirSync, writeFileSync} from "node:fs"
import {build} from "esbuild"

const assets = new URL("../assets/", import.meta.url)
const result = await build({
  entryPoints: ["entry.js"],
  bundle: true,
  charset: "utf8",
  format: "esm",
  legalComments: "none", // all licences stand in the file beside it
  metafile: true,
  minify: true,
  target: "es2022",
  write: false,
})
const banner = "// CodeMirror 6 and what it needs, MIT: see CODEMIRROR-LICENCES.txt. Made by make ui.\n"
writeFileSync(new URL("codemirror.js", assets), banner + result.outputFiles[0].text)

const packages = new Set()
for (const input of Object.keys(result.metafile.inputs)) {
  const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]
  if (name) packages.add(name)
}
let licences = ""
for (const name of [...packages].sort()) {
  const {version, license} = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"))
  const file = readdirSync(`node_modules/${name}`).find(f => /^licen[cs]e/i.test(f))
  if (!file) throw new Error(`${name} has no licence`)
  licences += `${name} ${version} (${license})\n\n${readFileSync(`node_modules/${name}/${file}`, "utf8").trim()}\n\n\n`
}
writeFileSync(new URL("CODEMIRROR-LICENCES.txt", assets), licences.trimEnd() + "\n")
