import { dump, type LoadOptions, loadAll, YAMLException } from 'js-yaml'
import { FleetkitError } from '../errors/error.ts'
import { exactInteger, exactNumber } from '../json/exact-integer.ts'
import type { Json, KubeObject } from '../object.ts'
import { splitDocuments } from './documents.ts'
import { isMergeKey, NodeListener, unescapeText, type YamlNode } from './nodes.ts'
import { Float, readSchema, writeSchema } from './schema.ts'

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
 * is 420, `1_000` is 1000, `22:30` and `2026-01-01` are strings, the key `n` is the key `false`, the key `1e6` the key
 * `1e+06`. Empty documents are left out. What kubectl lets pass though data is lost is refused: a key that occurs twice,
 * text after `...`. docs/yaml.md has all of it.
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
export function parseYaml(text: string, options: YamlOptions = {}): readonly YamlDocument[] {
  return [...readYaml(text, options)]
}

/** {@link parseYaml}, one document after the other. */
export function* readYaml(text: string, { origin = 'yaml', limits = {} }: YamlOptions): Generator<YamlDocument> {
  const { characters = 10_000_000, nodes = 1_000_000, depth = 200 } = limits
  const fail = (line: number, column: number, reason: string): FleetkitError =>
    new FleetkitError('model/yaml', `${origin}:${line + 1}:${column + 1}: ${reason}`)
  const tooLarge = (what: string, limit: number): FleetkitError =>
    new FleetkitError('source/limit', `${origin}: more than ${limit} ${what}, counting what aliases expand to`)

  if (text.length > characters) throw tooLarge('characters', characters)
  const expand = expander({ characters, nodes, depth }, tooLarge)
  let seen = 0
  for (const piece of splitDocuments(text, fail)) {
    const lines: number[] = []
    const failAt: typeof fail = (line, ...rest) => fail(piece.line + line, ...rest)
    const nodeListener = new NodeListener(failAt, !/[\r\n]$/.test(piece.text))
    const listener = (event: 'open' | 'close', node: YamlNode): void => {
      if (event === 'close') {
        nodeListener.close(node)
        return
      }
      if (node.depth === 1) lines.push(node.line)
      // js-yaml reads a flow collection a second time when it turns out not to be a key.
      if (++seen > 2 * nodes) throw tooLarge('nodes', nodes)
      nodeListener.open(node)
    }
    const [first = null, ...others] = load(piece.text, depth, listener, failAt)
    const other = others.findIndex((value) => value !== null)
    if (other >= 0) throw failAt(lines[other + 1] ?? 0, 0, 'kubectl drops what follows ... without a line ---')
    const [line = 0] = lines
    if (first !== null) yield { value: expand(first, (reason) => failAt(line, 0, reason)), line: piece.line + line + 1 }
  }
}

function load(
  text: string,
  maxDepth: number,
  listener: (event: 'open' | 'close', node: YamlNode) => void,
  fail: (line: number, column: number, reason: string) => FleetkitError,
): readonly unknown[] {
  try {
    return loadAll(text, null, { schema: readSchema, maxDepth, listener: listener as never } as LoadOptions)
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    const { line, column } = error.mark
    // What js-yaml quotes may be a secret, as a password that begins with * or !. So may the text around the place, which
    // the exception holds: it does not become the cause.
    const reason = error.reason.replace(/^(unidentified alias|unknown tag|undeclared tag handle|tag [^:]*:).*/s, '$1')
    const { code, message } = fail(line, column, reason)
    throw new FleetkitError(reason.includes('exceeded max') ? 'source/limit' : code, message)
  }
}

/** A copier that carries out merges as kubectl does, gives every alias its own copy, and stops at the limits. */
function expander(
  limits: { readonly characters: number; readonly nodes: number; readonly depth: number },
  tooLarge: (what: string, limit: number) => FleetkitError,
): (value: unknown, fail: (reason: string) => FleetkitError) => Json {
  let nodes = 0
  let characters = 0
  const copyText = (text: string): string => {
    characters += text.length
    if (characters > limits.characters) throw tooLarge('characters', limits.characters)
    return unescapeText(text)
  }
  return (document, fail) => {
    const copy = (value: unknown, depth: number): Json => {
      if (++nodes > limits.nodes) throw tooLarge('nodes', limits.nodes)
      if (depth > limits.depth) throw tooLarge('levels', limits.depth) // a cycle ends here too
      if (typeof value === 'string') return copyText(value)
      if (value instanceof Float) return exactNumber(value.value + 0) // makes -0 the 0 that JSON has
      if (typeof value === 'bigint') return exactInteger(value)
      if (value === null || typeof value !== 'object') return value as Json
      if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1))
      const result: Record<string, Json> = {}
      for (const [key, item] of Object.entries(value)) {
        if (isMergeKey(key)) merge(result, value, copy(item, depth + 1))
        else result[copyText(key)] = copy(item, depth + 1)
      }
      return result
    }
    // What comes later wins, as in kubectl; of several mappings in one merge, the first does.
    const merge = (into: Record<string, Json>, own: object, merged: Json): void => {
      for (const source of Array.isArray(merged) ? merged.toReversed() : [merged]) {
        if (source === null || typeof source !== 'object' || Array.isArray(source)) throw fail('<< needs a mapping, or a list of them')
        // An object has its keys that look like indexes first, wherever they stood.
        if (Object.keys(source).some((key) => /^[0-9]+$/.test(key) && Object.hasOwn(own, key)))
          throw fail('a key that is a number is in a mapping and in what << adds to it: leave one out')
        Object.assign(into, source)
      }
    }
    return copy(document, 1)
  }
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
export function formatYaml(value: Json | KubeObject): string {
  try {
    return dump(value, { schema: writeSchema, lineWidth: -1, noRefs: true })
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    throw new FleetkitError('model/invalid', `the value is not JSON: ${error.reason}`)
  }
}
