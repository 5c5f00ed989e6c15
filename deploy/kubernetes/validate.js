// Holds Kubernetes objects, as a JSON array on standard input, to the API's own schemas in
// the package kubernetes-models, and prints what is wrong, a line each. Run by the tests.
const path = require("path");

// The schemas let unknown fields pass, as the API does without a warning; but a validator
// reads every field that it knows. What it has not read nobody knows.
function watched(value, where, unread) {
  if (value === null || typeof value !== "object") return value;
  for (const key of Object.keys(value)) unread.add(where + "/" + key);
  return new Proxy(value, {
    get(target, key) {
      if (typeof key === "symbol" || !Object.hasOwn(target, key)) return target[key];
      unread.delete(where + "/" + key);
      return watched(target[key], where + "/" + key, unread);
    },
  });
}

const capital = (word) => word[0].toUpperCase() + word.slice(1);

for (const object of JSON.parse(require("fs").readFileSync(0, "utf8"))) {
  const [version, group = "core"] = object.apiVersion.split("/").reverse();
  const name = "IoK8sApi" + capital(group.split(".")[0]) + capital(version) + object.kind;
  const what = object.kind + " " + object.metadata.name;
  const root = path.dirname(require.resolve("kubernetes-models/package.json"));
  let validate;
  try {
    ({ validate } = require(path.join(root, "_schemas", name + ".js")));
  } catch {
    console.log(what + ": no such kind: " + object.apiVersion);
    continue;
  }
  const unread = new Set();
  if (!validate(watched(object, "", unread))) {
    for (const e of validate.errors) console.log(what + ": " + e.instancePath + ": " + e.keyword + " " + JSON.stringify(e.params));
    continue;
  }
  // Of an unknown object each of its fields is unread, too.
  for (const field of unread) if (!unread.has(path.dirname(field))) console.log(what + ": " + field + ": unknown field");
}
