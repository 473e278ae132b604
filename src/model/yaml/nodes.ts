import type { State } from 'js-yaml'
import { Float, mergeTag } from './schema.ts'

/** What js-yaml shows its listener, in the fields used here (its types lack some of them). */
export type YamlNode = State & { tag: string | null; anchor: string | null; anchorMap: Record<string, unknown>; readonly depth: number }

/** What stands before a text for a merge key; see {@link escapeText}. */
const mergeMark = '\0<'

/**
 * Follows js-yaml: as each node ends it makes the few corrections between js-yaml and the reader of kubectl, and refuses
 * what would lose data.
 */
export class NodeListener {
  readonly #fail: (line: number, column: number, reason: string) => Error
  readonly #unterminated: boolean
  /** By depth: where the node begins. */
  readonly #opened: number[] = []
  /** By depth: whether the node is a flow collection, once that was asked. */
  readonly #flow: (boolean | undefined)[] = []
  #deepest = 0
  #merges = 0
  #last: unknown

  /**
   * @param fail - an error at a line and a column, counted from 0
   * @param unterminated - the text ends without a line break
   */
  constructor(fail: (line: number, column: number, reason: string) => Error, unterminated: boolean) {
    this.#fail = fail
    this.#unterminated = unterminated
  }

  open(node: YamlNode): void {
    this.#deepest = node.depth
    this.#opened[node.depth] = node.position
    this.#flow[node.depth] = undefined
  }

  close(node: YamlNode): void {
    // A scalar that is tried as the key of a mapping first ends twice.
    if (this.#deepest > node.depth && typeof node.result === 'string' && node.result === this.#last) return
    const first = firstOfNode(node.input, this.#opened[node.depth] ?? node.position)
    if (node.kind === 'scalar') this.#correctScalar(node, first)
    if (typeof node.result === 'string') {
      node.result = node.tag === mergeTag ? `${mergeMark}${this.#merges++}` : escapeText(node.result)
      this.#last = node.result
      return
    }
    const problem = problemOf(node, first)
    if (problem !== undefined) throw this.#fail(node.line, Math.max(first - node.lineStart, 0), problem)
  }

  #correctScalar(node: YamlNode, first: number): void {
    const { input, position, result } = node
    const style = input[first] ?? ''
    if (style === '|' || style === '>') {
      if (this.#unterminated && position === input.length - 1 && result.endsWith('\n')) replaceResult(node, result.slice(0, -1))
    } else if (style !== '"' && style !== "'") {
      const raw = input.slice(first, position)
      if (/^[?:]|\?[ \t\r\n]/.test(raw) && this.#inFlow(input, node.depth - 1))
        throw this.#fail(node.line, first - node.lineStart, 'a text with ? or : here is a key for kubectl: quote it')
      if (input[position] === ':' && /[,[\]{}]/.test(input[position + 1] ?? '')) {
        node.position++
        node.tag = '?'
        replaceResult(node, foldLines(`${raw}:`))
      }
    }
  }

  #inFlow(input: string, depth: number): boolean {
    this.#flow[depth] ??= /[[{]/.test(input[firstOfNode(input, this.#opened[depth] ?? 0)] ?? '')
    return this.#flow[depth]
  }
}

function problemOf(node: YamlNode, first: number): string | undefined {
  const { result } = node
  if (result instanceof Float) return Number.isFinite(result.value) || isKey(node) ? undefined : 'infinity and not-a-number are not JSON'
  if (typeof result === 'bigint' && result > 2n ** 63n - 1n && isKey(node)) return 'an integer beyond 64 bits cannot be a key: quote it'
  if (typeof result !== 'object') return undefined
  if (result !== null && Object.hasOwn(result, '__proto__')) return 'the mapping before here has the key __proto__'
  if (Array.isArray(result) && result.includes(null) && hasOuterEntry(node, first))
    return 'js-yaml misreads the empty entry at the end of a list in a list: write null'
  // js-yaml makes a string of every key: a mapping as the only thing in braces, `{{ .Values.name }}`, becomes this one.
  return isKey(node) || (result !== null && Object.hasOwn(result, '[object Object]'))
    ? 'a mapping, a sequence or null cannot be a key (is this a template that nothing filled in?)'
    : undefined
}

/** Whether a key, as the listener leaves it, is a merge key `<<`. */
export function isMergeKey(key: string): boolean {
  return key.startsWith(mergeMark)
}

/** The text that the listener left as `text`. */
export function unescapeText(text: string): string {
  return isMergeKey(text) ? '<<' : text.startsWith('\0') ? text.slice(1) : text
}

/** No text may look like a merge key: one that begins with U+0000 gets another. */
function escapeText(text: string): string {
  return text.startsWith('\0') ? `\0${text}` : text
}

function replaceResult(node: YamlNode, text: string): void {
  node.result = text
  if (node.anchor !== null) node.anchorMap[node.anchor] = text
}

/** The index of the first character of a node, after white space, comments, its tag and its anchor. */
function firstOfNode(input: string, start: number): number {
  let at = start
  for (;;) {
    while (/[ \t\r\n]/.test(input[at] ?? '')) at++ // not \s: a byte order mark is text
    const char = input[at]
    if (char !== '#' && char !== '!' && char !== '&') return at
    const end = char === '#' ? /[\r\n\0]/ : /[ \t\r\n\0]/
    while (!end.test(input[at] ?? '\0')) at++
  }
}

/** Whether js-yaml took entries of the list around it for entries of a block list: a line that begins further left. */
function hasOuterEntry({ input, position }: YamlNode, first: number): boolean {
  const indent = first - input.lastIndexOf('\n', first) - 1
  if (input[first] !== '-') return false
  for (let at = input.indexOf('\n', first) + 1; at > 0 && at < position; at = input.indexOf('\n', at) + 1) {
    let dash = at
    while (input[dash] === ' ') dash++
    if (dash < position && dash - at < indent && input[dash] === '-' && /\s/.test(input[dash + 1] ?? '')) return true
  }
  return false
}

/** The lines of a plain scalar as one text. */
function foldLines(text: string): string {
  const lines = text.split(/\r\n?|\n/)
  if (lines.length === 1) return text
  return lines
    .map((line) => line.trim())
    .join('\n')
    .replace(/\n(\n*)/g, (_, more: string) => more || ' ')
}

/** Whether the node that ended here is a key: a colon follows. */
function isKey({ input, position }: YamlNode): boolean {
  let at = position
  while (input[at] === ' ' || input[at] === '\t' || input[at] === '\n' || input[at] === '\r') at++
  return input[at] === ':' && /[\s\0,[\]{}]/.test(input[at + 1] ?? '\0')
}
