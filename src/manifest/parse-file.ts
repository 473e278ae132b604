import { hasCode } from '../model/errors/error.ts'
import type { Problem } from '../model/errors/problem.ts'
import { describeValue } from '../model/errors/problem.ts'
import { isMap } from '../model/json/value.ts'
import type { Json, KubeObject } from '../model/object.ts'
import type { RenderedObject } from '../model/rendered-object.ts'
import { readYaml, type YamlLimits } from '../model/yaml/yaml.ts'
import { checkObject } from './check-object.ts'

/** What one document of a file declares, and what is wrong with it. */
export interface ParsedDocument {
  readonly objects: readonly RenderedObject[]
  readonly problems: readonly Problem[]
}

/** How one manifest is read. */
export interface ParseFileOptions {
  readonly yaml?: YamlLimits | undefined
  /** Whether the objects still hold variables. */
  readonly variables?: boolean | undefined
}

/**
 * The documents of one manifest, one after the other, so that the caller can let others run in between.
 *
 * @param content - bytes of a file, or a text that is none
 * @throws FleetkitError `source/limit`
 */
export function* parseFile(
  path: string,
  content: Uint8Array | string,
  { yaml, variables = false }: ParseFileOptions,
): Generator<ParsedDocument> {
  const text = typeof content === 'string' ? content : decode(content)
  if (text === undefined) {
    yield { objects: [], problems: [{ path, found: 'bytes that are not UTF-8', accepted: 'UTF-8' }] }
    return
  }
  try {
    // kubectl ends every line with a line feed before it reads, the last one too.
    const lines = /\n$/.test(text) ? text : `${text}\n`
    for (const { value, line } of readYaml(lines, { origin: path, limits: yaml })) yield parseDocument(value, `${path}:${line}`, variables)
  } catch (error) {
    if (!hasCode(error, 'model/yaml')) throw error
    const [, position = '', reason = ''] = /^(:[0-9]+:[0-9]+): (.*)$/s.exec(error.message.slice(path.length)) ?? []
    yield { objects: [], problems: [{ path: path + position, found: reason, accepted: 'YAML or JSON that kubectl reads' }] }
  }
}

function decode(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder(encodingOf(content), { fatal: true }).decode(content)
  } catch {
    return undefined
  }
}

function encodingOf([first, second]: Uint8Array): string {
  return first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
}

/** The objects of one document. */
export function parseDocument(value: Json, origin: string, variables = false): ParsedDocument {
  // A list is what kubectl takes for one: by its name and its items. A kind as `AllowList` with a spec is an object.
  if (
    isMap(value) &&
    typeof value.kind === 'string' &&
    value.kind.endsWith('List') &&
    (value.kind === 'List' || Array.isArray(value.items))
  )
    return parseList(value, value.kind, origin, variables)
  const problems = variables ? checkTemplate(value, origin) : checkObject(value, origin)
  return problems.length > 0
    ? { objects: [], problems }
    : { objects: [{ object: withoutNulls(value as unknown as KubeObject), origin }], problems }
}

/** {@link checkObject} for a document whose variables are still to be replaced: of names and labels it is not known yet what they are. */
function checkTemplate(value: Json, origin: string): readonly Problem[] {
  const { apiVersion, kind, metadata } = isMap(value) ? value : {}
  const names = [apiVersion, kind, isMap(metadata) && metadata.name]
  return names.every((name) => typeof name === 'string') ? [] : checkObject(value, origin)
}

function parseList(list: { readonly [field: string]: Json }, kind: string, origin: string, variables: boolean): ParsedDocument {
  const items = list.items ?? []
  if (!Array.isArray(items))
    return { objects: [], problems: [{ path: `${origin} items`, found: describeValue(items), accepted: 'a list of objects' }] }
  // Items of a typed list may leave out what the list says.
  const implied = kind === 'List' ? {} : { apiVersion: list.apiVersion ?? null, kind: kind.slice(0, -'List'.length) }
  const results = items.map((item: Json, index) =>
    parseDocument(isMap(item) && item.kind === undefined ? { ...implied, ...item } : item, `${origin} items[${index}]`, variables),
  )
  return { objects: results.flatMap((result) => result.objects), problems: results.flatMap((result) => result.problems) }
}

/** Generators write `creationTimestamp: null` and templates leave `labels:` empty: null in metadata means absent. */
function withoutNulls(object: KubeObject): KubeObject {
  const given = Object.entries(object.metadata).filter(([, value]) => value !== null)
  return { ...object, metadata: Object.fromEntries(given) as unknown as KubeObject['metadata'] }
}
