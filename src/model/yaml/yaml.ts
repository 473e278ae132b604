import { dump, loadAll, type State, YAMLException } from 'js-yaml'
import { FleetkitError } from '../errors/error.ts'
import type { Json } from '../object.ts'
import { intTag, readSchema, writeSchema } from './schema.ts'

/**
 * How much one text may hold. Aliases count with everything that they stand for.
 *
 * @category Objects
 */
export interface YamlLimits {
  /** Characters of the text, and again of all strings and keys after aliases are expanded. 10,000,000 when absent. */
  readonly characters?: number | undefined
  /** Scalars, sequences and mappings, after aliases are expanded. 1,000,000 when absent. */
  readonly nodes?: number | undefined
  /** Levels of nesting. 200 when absent. */
  readonly depth?: number | undefined
}

/**
 * How a text is read.
 *
 * @category Objects
 */
export interface YamlOptions {
  /** Where the text is from, for errors: a path. `yaml` when absent. */
  readonly origin?: string | undefined
  readonly limits?: YamlLimits | undefined
}

/**
 * One document of a text.
 *
 * @category Objects
 */
export interface YamlDocument {
  /** Plain JSON: no dates, no shared parts, nothing but own properties. */
  readonly value: Json
  /** The line of the first content, counted from 1. */
  readonly line: number
}

/**
 * Reads the documents of a YAML or JSON text as kubectl reads them (YAML 1.1, sigs.k8s.io/yaml): `on` is `true`, `0644`
 * is 420, `1_000` is 1000, `22:30` and `2026-01-01` are strings, the key `n` is the key `false`. Empty documents are left
 * out. Two things that kubectl lets pass are refused, because data would be lost without a word: a key that occurs
 * twice, and an integer that a double cannot hold (quote it, or write it as a float).
 *
 * @throws FleetkitError `model/yaml`, with a message that starts `origin:line:column: `; `source/limit` when it is too
 * large or too deep, or expands to that. The messages never hold values of the text.
 *
 * @example
 * ```ts
 * import { parseYaml } from 'fleetkit'
 *
 * const [first] = parseYaml('# the first\nmode: 0644\n---\non: 1_000\n', { origin: 'modes.yaml' })
 * console.log(first) // { value: { mode: 420 }, line: 2 }
 * ```
 *
 * @category Objects
 */
export function parseYaml(text: string, { origin = 'yaml', limits = {} }: YamlOptions = {}): readonly YamlDocument[] {
  const { characters = 10_000_000, nodes = 1_000_000, depth = 200 } = limits
  const lines: number[] = []
  let seen = 0

  const fail = (line: number, column: number, reason: string): FleetkitError =>
    new FleetkitError('model/yaml', `${origin}:${line + 1}:${column + 1}: ${reason}`)
  const tooLarge = (what: string, limit: number): FleetkitError =>
    new FleetkitError('source/limit', `${origin}: more than ${limit} ${what}, counting what aliases expand to`)

  function onNode(event: 'open' | 'close', node: Node): void {
    if (event === 'open') {
      if (node.depth === 1) lines.push(node.line + 1)
      // js-yaml reads a flow collection a second time when it turns out not to be a key.
      if (++seen > 2 * nodes) throw tooLarge('nodes', nodes)
      return
    }
    const { result } = node
    if (typeof result === 'number') {
      // Only a plain or tagged scalar is a number, so its text ends where the reader is now.
      const problem = !Number.isFinite(result)
        ? 'infinity and not-a-number are not JSON'
        : node.tag === intTag && !Number.isSafeInteger(result)
          ? `an integer outside ±${Number.MAX_SAFE_INTEGER} loses digits: quote it, or write it as a float`
          : undefined
      if (problem !== undefined) throw fail(node.line, startOfWord(node), problem)
    } else if (typeof result === 'object') {
      if (result !== null && Object.hasOwn(result, '__proto__')) throw fail(node.line, 0, 'the mapping before here has the key __proto__')
      // js-yaml makes a string of every key: a mapping as the only thing in braces, `{{ .Values.name }}`, becomes this one.
      if (isKey(node) || (result !== null && Object.hasOwn(result, '[object Object]')))
        throw fail(
          node.line,
          startOfWord(node),
          'a mapping, a sequence or null cannot be a key (is this a template that nothing filled in?)',
        )
    }
  }

  if (text.length > characters) throw tooLarge('characters', characters)
  let values: readonly unknown[]
  try {
    const options = { schema: readSchema, maxDepth: depth, maxTotalMergeKeys: nodes, listener: onNode as never }
    values = loadAll(text, null, options)
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    const { line, column } = error.mark
    const { code, message } = fail(line, column, error.reason)
    // The exception quotes the text around the place, which may be a secret: it does not become the cause.
    throw new FleetkitError(error.reason.includes('exceeded max') ? 'source/limit' : code, message)
  }
  const expand = expander({ characters, nodes, depth }, tooLarge)
  return values.flatMap((value, index) => (value === null ? [] : [{ value: expand(value as Json), line: lines[index] ?? 1 }]))
}

/** What js-yaml shows its listener, in the fields used here (its types lack some of them). */
type Node = State & { readonly tag: string | null; readonly depth: number }

/** Whether the node that ended here is a key: a colon follows. */
function isKey({ input, position }: Node): boolean {
  let at = position
  while (input[at] === ' ' || input[at] === '\t' || input[at] === '\n' || input[at] === '\r') at++
  return input[at] === ':' && /[\s\0,[\]{}]/.test(input[at + 1] ?? '\0')
}

function startOfWord({ input, position, lineStart }: Node): number {
  const before = input.slice(lineStart, position).trimEnd()
  return Math.max(before.length - (/[^\s,[\]{}]*$/.exec(before)?.[0].length ?? 0), 0)
}

/** A copier that gives every alias its own copy, and stops at the limits. */
function expander(
  limits: { readonly characters: number; readonly nodes: number; readonly depth: number },
  tooLarge: (what: string, limit: number) => FleetkitError,
): (value: Json) => Json {
  let nodes = 0
  let characters = 0
  const countText = (text: string): void => {
    characters += text.length
    if (characters > limits.characters) throw tooLarge('characters', limits.characters)
  }
  const copy = (value: Json, depth: number): Json => {
    if (++nodes > limits.nodes) throw tooLarge('nodes', limits.nodes)
    if (depth > limits.depth) throw tooLarge('levels', limits.depth) // a cycle ends here too
    if (typeof value === 'string') countText(value)
    if (value === null || typeof value !== 'object') return value
    if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1))
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        countText(key)
        return [key, copy(item, depth + 1)]
      }),
    )
  }
  return (value) => copy(value, 1)
}

/**
 * A value as YAML, with the keys in their order. Every string that some reader of YAML would take for something else is
 * quoted (`on`, `0644`, `1_000`, `22:30`, `2026-01-01`, `null`, the empty one), so that {@link parseYaml}, kubectl and
 * kustomize all read back the same.
 *
 * @throws FleetkitError `model/invalid` for what is not JSON: infinities, functions.
 *
 * @category Objects
 */
export function formatYaml(value: Json): string {
  try {
    return dump(value, { schema: writeSchema, lineWidth: -1, noRefs: true })
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    throw new FleetkitError('model/invalid', `the value is not JSON: ${error.reason}`)
  }
}
