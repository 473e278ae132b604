/**
 * Cycles in what refers to what: each from a name back to it, and no name in two of them. For a few names, as the parameters of one object are.
 */
export function cyclesOf(references: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const cycles: (readonly string[])[] = []
  const finished = new Set<string>()
  const visit = (name: string, path: readonly string[]): void => {
    const begin = path.indexOf(name)
    if (begin >= 0) {
      const cycle = path.slice(begin)
      if (!cycles.some((other) => other.some((each) => cycle.includes(each)))) cycles.push([...cycle, name])
    } else if (!finished.has(name)) {
      for (const next of references.get(name) ?? []) visit(next, [...path, name])
      finished.add(name)
    }
  }
  for (const name of references.keys()) visit(name, [])
  return cycles
}
