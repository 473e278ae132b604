/** Two dollars, or a reference. What is neither stands for itself, as in the `env` of a container. */
const token: RegExp = /\$\$|\$\(([^()]*)\)/g

/** The names that a text refers to, as `$(name)`. `$$` is a `$`. */
export function referencesIn(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(token)].flatMap(([, name]) => (name === undefined ? [] : [name])))
}

/** A text with each `$(name)` replaced by what `lookup` gives. */
export function expandReferences(text: string, lookup: (name: string) => string): string {
  return text.replaceAll(token, (_, name: string | undefined) => (name === undefined ? '$' : lookup(name)))
}
