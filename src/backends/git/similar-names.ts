/** At most `most` of `names`: those that begin and end most like `wanted`, and of equally like ones the last. */
export function similarNames(wanted: string, names: readonly string[], most: number): readonly string[] {
  const best: { readonly name: string; readonly shared: number }[] = []
  // One by one, since a repository can have a million names.
  for (const name of names) {
    const shared = sharedCharacters(wanted, name)
    const index = best.findIndex((other) => shared >= other.shared)
    best.splice(index < 0 ? best.length : index, 0, { name, shared })
    best.length = Math.min(best.length, most)
  }
  return best.map(({ name }) => name)
}

function sharedCharacters(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  let start = 0
  while (start < length && a[start] === b[start]) start++
  let end = 0
  while (end < length - start && a.at(-1 - end) === b.at(-1 - end)) end++
  return start + end
}
