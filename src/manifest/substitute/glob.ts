/** One character of a pattern: itself, any, or one of a class. */
type Element = string | null | { readonly negated: boolean; readonly ranges: readonly (readonly [from: string, to: string])[] }

/** A pattern between its stars: the parts that have to be found, one after the other. */
interface Glob {
  /** Whether anything may stand before the first part. */
  readonly openStart: boolean
  readonly parts: readonly (readonly Element[])[]
  /** Whether anything may stand after the last part. */
  readonly openEnd: boolean
}

/**
 * How many characters of a text its shortest or longest beginning has that a pattern matches, at least one; `undefined` when there
 * is none. A pattern has `*`, `?`, `[a-z]`, `[^a-z]` and `\`, as those of Go's `path.Match`, and `*` takes a `/` too. A malformed
 * one matches nothing.
 *
 * @param text - the characters of the text
 * @param pattern - the characters of the pattern
 */
export function matchingPrefix(text: readonly string[], pattern: readonly string[], longest: boolean): number | undefined {
  const glob = parseGlob(pattern)
  if (glob === undefined || text.length === 0) return undefined
  let begin = 0
  for (const [index, part] of glob.parts.entries()) {
    const last = index === glob.parts.length - 1 && !glob.openEnd
    const lastBegin = text.length - part.length
    if (index === 0 && !glob.openStart) {
      if (!matchesAt(part, text, 0)) return undefined
      begin = part.length
    } else {
      const found = last && longest ? lastMatch(part, text, begin, lastBegin) : firstMatch(part, text, begin, lastBegin)
      if (found === undefined) return undefined
      begin = found + part.length
    }
  }
  if (!glob.openEnd) return begin === 0 ? undefined : begin
  return longest ? text.length : Math.max(begin, 1)
}

function firstMatch(part: readonly Element[], text: readonly string[], from: number, to: number): number | undefined {
  for (let at = from; at <= to; at++) if (matchesAt(part, text, at)) return at
  return undefined
}

function lastMatch(part: readonly Element[], text: readonly string[], from: number, to: number): number | undefined {
  for (let at = to; at >= from; at--) if (matchesAt(part, text, at)) return at
  return undefined
}

function matchesAt(part: readonly Element[], text: readonly string[], at: number): boolean {
  return at + part.length <= text.length && part.every((element, index) => matches(element, text[at + index] as string))
}

function matches(element: Element, char: string): boolean {
  if (element === null || typeof element === 'string') return element === null || element === char
  const point = char.codePointAt(0) as number
  return (
    element.negated !==
    element.ranges.some(([from, to]) => (from.codePointAt(0) as number) <= point && point <= (to.codePointAt(0) as number))
  )
}

function parseGlob(pattern: readonly string[]): Glob | undefined {
  const parts: (readonly Element[])[] = []
  let at = 0
  let star = false
  const openStart = pattern[0] === '*'
  while (at < pattern.length) {
    for (star = false; pattern[at] === '*'; at++) star = true
    const end = partEnd(pattern, at)
    if (end > at) {
      const part = parsePart(pattern.slice(at, end))
      if (part === undefined) return undefined
      parts.push(part)
      star = false
    }
    at = end
  }
  return { openStart, parts, openEnd: star }
}

/** Where the next star is that stands in no class. */
function partEnd(pattern: readonly string[], begin: number): number {
  let inClass = false
  let at = begin
  for (; at < pattern.length; at++) {
    const char = pattern[at]
    if (char === '\\') at++
    else if (char === '[') inClass = true
    else if (char === ']') inClass = false
    else if (char === '*' && !inClass) break
  }
  return Math.min(at, pattern.length)
}

function parsePart(part: readonly string[]): readonly Element[] | undefined {
  const elements: Element[] = []
  for (let at = 0; at < part.length; at++) {
    const char = part[at] as string
    if (char === '[') {
      const found = parseClass(part, at + 1)
      if (found === undefined) return undefined
      elements.push(found.element)
      at = found.end - 1
    } else if (char === '\\') {
      const escaped = part[++at]
      if (escaped === undefined) return undefined
      elements.push(escaped)
    } else elements.push(char === '?' ? null : char)
  }
  return elements
}

function parseClass(part: readonly string[], begin: number): { readonly element: Element; readonly end: number } | undefined {
  const negated = part[begin] === '^'
  const ranges: (readonly [string, string])[] = []
  let at = negated ? begin + 1 : begin
  const bound = (): string | undefined => {
    if (part[at] === '-' || part[at] === ']') return undefined
    if (part[at] === '\\') at++
    const char = part[at++]
    // A class is closed by a bracket.
    return at < part.length ? char : undefined
  }
  while (part[at] !== ']' || ranges.length === 0) {
    const from = bound()
    if (from === undefined) return undefined
    if (part[at] === '-') at++
    else {
      ranges.push([from, from])
      continue
    }
    const to = bound()
    if (to === undefined) return undefined
    ranges.push([from, to])
  }
  return { element: { negated, ranges }, end: at + 1 }
}
