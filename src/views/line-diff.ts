/** One line of a difference: it goes, or it comes. */
export interface ChangedLine {
  readonly sign: '-' | '+'
  readonly text: string
}

/** Beyond this many comparisons the shortest difference is not looked for: everything between the first and the last change goes and comes. */
const maxComparisons = 1_000_000

/** The lines that change between two texts, in order: a shortest difference. */
export function changedLines(from: string, to: string): readonly ChangedLine[] {
  const [before, after] = trimmed(from.split('\n'), to.split('\n'))
  if (before.length * after.length > maxComparisons) return [...signed('-', before), ...signed('+', after)]
  const lengths = commonLengths(before, after)
  const columns = after.length + 1
  const changes: ChangedLine[] = []
  let [row, column] = [0, 0]
  while (row < before.length || column < after.length) {
    const [gone, come] = [before[row], after[column]]
    if (gone !== undefined && gone === come) {
      row++
      column++
    } else if (
      gone !== undefined &&
      (come === undefined || at(lengths, (row + 1) * columns + column) >= at(lengths, row * columns + column + 1))
    ) {
      changes.push({ sign: '-', text: gone })
      row++
    } else {
      changes.push({ sign: '+', text: come as string })
      column++
    }
  }
  return changes
}

/** Both without the lines that they begin and end with in common. */
function trimmed(a: readonly string[], b: readonly string[]): readonly [readonly string[], readonly string[]] {
  const shorter = Math.min(a.length, b.length)
  let start = 0
  while (start < shorter && a[start] === b[start]) start++
  let end = 0
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  return [a.slice(start, a.length - end), b.slice(start, b.length - end)]
}

/** For each pair of positions, how many lines the rests have in common, in order. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array {
  const columns = after.length + 1
  const lengths = new Uint32Array((before.length + 1) * columns)
  for (let row = before.length - 1; row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      const index = row * columns + column
      lengths[index] =
        before[row] === after[column]
          ? at(lengths, index + columns + 1) + 1
          : Math.max(at(lengths, index + columns), at(lengths, index + 1))
    }
  }
  return lengths
}

function at(numbers: Uint32Array, index: number): number {
  return numbers[index] ?? 0
}

function signed(sign: ChangedLine['sign'], lines: readonly string[]): readonly ChangedLine[] {
  return lines.map((text) => ({ sign, text }))
}
