/** A part of a text that kubectl hands to its YAML reader by itself. */
export interface Piece {
  readonly text: string
  /** The lines before it. */
  readonly line: number
}

/**
 * Cuts a text where kubectl cuts it: between the JSON values that it begins with, then at each line that begins with
 * `---`, in whatever stands there.
 */
export function* splitDocuments(text: string, fail: (line: number, column: number, reason: string) => Error): Generator<Piece> {
  let line = 0
  let start = 0
  const cut = (end: number, next: number): Piece => {
    const piece = { text: text.slice(start, end), line }
    line += text.slice(start, next).match(/\r\n?|\n/g)?.length ?? 0
    start = next
    return piece
  }
  for (let end = endOfJson(text, 0); end > 0; end = endOfJson(text, end)) yield cut(end, end)
  for (;;) {
    const lineBreak = text.indexOf('\n---', start)
    const at = text.startsWith('---', start) ? start : lineBreak < 0 ? text.length : lineBreak + 1
    yield cut(at, at)
    if (at === text.length) return
    const end = text.indexOf('\n', at) + 1 || text.length
    if (!/^(#|$)/.test(text.slice(at + 3, end).trim())) throw fail(line, 3, 'only a comment may follow ---')
    cut(end, end)
  }
}

/** Where the JSON object that comes next ends, when more follows; otherwise 0. */
function endOfJson(text: string, start: number): number {
  const isObject = /[ \t\r\n]*\{/y
  isObject.lastIndex = start
  let depth = isObject.test(text) ? 0 : Number.NaN
  for (let at = start; depth >= 0 && at < text.length; at++) {
    const char = text[at]
    if (char === '"') {
      while (++at < text.length && text[at] !== '"') if (text[at] === '\\') at++
    } else if (char === '{' || char === '[') depth++
    else if ((char === '}' || char === ']') && --depth === 0) {
      const more = /\S/g
      more.lastIndex = at + 1
      return more.test(text) && isJson(text.slice(start, at + 1)) ? at + 1 : 0
    }
  }
  return 0
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
