const compared = 500
const comparedCharacters = 64

/** Some of `names`, those most like `wanted` first; of equally like ones, the later. A repository can have a million names. */
export function similarNames(wanted: string, names: readonly string[], most: number): readonly string[] {
  const bySharedStart: string[][] = []
  for (const name of names) {
    const shared = sharedStart(wanted, name)
    bySharedStart[shared] ??= []
    bySharedStart[shared].push(name)
  }
  const candidates: string[] = []
  for (let shared = bySharedStart.length - 1; shared >= 0 && candidates.length < compared; shared--)
    candidates.push(...(bySharedStart[shared] ?? []).slice(-compared).reverse())
  return candidates
    .slice(0, compared)
    .map((name) => ({ name, distance: distance(wanted.slice(0, comparedCharacters), name.slice(0, comparedCharacters)) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ name }) => name)
}

function sharedStart(a: string, b: string): number {
  let at = 0
  while (at < comparedCharacters && at < a.length && a[at] === b[at]) at++
  return at
}

/** How many characters are to be added, left out or changed (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const above = row
    row = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = (above[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row[j] = Math.min(changed, (above[j] as number) + 1, (row[j - 1] as number) + 1)
    }
  }
  return row[b.length] as number
}
