import './error-codes.ts'
import { compareText } from '../model/compare-text.ts'
import { FleetkitError, hasCode } from '../model/errors/error.ts'
import { invalid } from '../model/errors/invalid.ts'
import type { Problem } from '../model/errors/problem.ts'
import { describeValue } from '../model/errors/problem.ts'
import type { Json, KubeObject } from '../model/object.ts'
import { formatRef, refKey, refOf } from '../model/reference.ts'
import type { RenderedObject } from '../model/rendered-object.ts'
import { parseYaml, type YamlLimits } from '../model/yaml/yaml.ts'
import { checkObject } from './check-object.ts'
import { isMap } from './fields/json.ts'
import { isKustomizationFile } from './kustomization.ts'

/** How much one source may hold. */
export interface ManifestLimits {
  /** Files. 10,000 when absent. */
  readonly files?: number | undefined
  /** Bytes of one file. 10,000,000 when absent. */
  readonly fileBytes?: number | undefined
  /** Bytes of all files. 100,000,000 when absent. */
  readonly bytes?: number | undefined
  /** Objects. 50,000 when absent. */
  readonly objects?: number | undefined
  /** Of the YAML of each file. */
  readonly yaml?: YamlLimits | undefined
}

/** How manifests are read. */
export interface ParseOptions {
  /** The directory that was asked for: only what is hidden below it counts as hidden. The root when absent. */
  readonly directory?: string | undefined
  /** Whether the objects still hold variables, as names do that are `${app}-web`: what is checked once these are replaced. */
  readonly variables?: boolean | undefined
  readonly limits?: ManifestLimits | undefined
}

/**
 * Whether a file is a manifest by its name: `.yaml`, `.yml` or `.json`, and neither it nor a directory above it, below
 * the directory that was asked for, is hidden.
 */
export function isManifest(path: string, directory = ''): boolean {
  return /\.(ya?ml|json)$/.test(path) && !/(^|\/)\./.test(directory === '' ? path : path.slice(directory.length + 1))
}

/**
 * The Kubernetes objects of the manifests among `files`, ordered by path and then by position. Other files, hidden ones
 * and kustomizations are left out. `List`s become their items, empty documents nothing.
 *
 * @throws FleetkitError `source/object-invalid` with every problem of every file in `problems`, each with the file and
 * the line of its document; `source/limit`.
 *
 * @example
 * ```ts
 * import { parseManifests } from 'fleetkit/manifest'
 *
 * const text = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: apps }\n'
 * const [namespace] = parseManifests(new Map([['apps.yaml', new TextEncoder().encode(text)]]))
 * console.log(namespace?.origin) // apps.yaml:1
 * ```
 */
export function parseManifests(
  files: ReadonlyMap<string, Uint8Array>,
  { directory, variables = false, limits = {} }: ParseOptions = {},
): readonly RenderedObject[] {
  const manifests = [...files]
    .filter(([path]) => isManifest(path, directory) && !isKustomizationFile(path))
    .sort(([a], [b]) => compareText(a, b))
  const { files: maxFiles = 10_000, bytes: maxBytes = 100_000_000, fileBytes: maxFileBytes = 10_000_000 } = limits
  if (manifests.length > maxFiles) throw tooMuch(`${manifests.length} files`, maxFiles)
  const tooBig = manifests.find(([, { byteLength }]) => byteLength > maxFileBytes)
  if (tooBig !== undefined) throw tooMuch(`${tooBig[0]} with ${tooBig[1].byteLength} bytes`, maxFileBytes)
  const bytes = manifests.reduce((sum, [, { byteLength }]) => sum + byteLength, 0)
  if (bytes > maxBytes) throw tooMuch(`${bytes} bytes`, maxBytes)

  const results = manifests.map(([path, content]) => parseFile(path, content, limits, variables))
  return conclude(results, limits)
}

/**
 * {@link parseManifests} for one text that is no file, as the output of a renderer.
 *
 * @param origin - what stands for its path
 */
export function parseManifest(
  text: string,
  origin: string,
  { variables = false, limits = {} }: Pick<ParseOptions, 'variables' | 'limits'> = {},
): readonly RenderedObject[] {
  return conclude([parseText(origin, text, limits, variables)], limits)
}

/**
 * Refuses two documents for one object; API versions of one group are the same object.
 *
 * @throws FleetkitError `source/duplicate` with all of them in `problems`, both origins each.
 */
export function checkDuplicates(objects: readonly RenderedObject[]): void {
  const origins = new Map<string, string>()
  const problems: Problem[] = []
  for (const { object, origin } of objects) {
    const ref = refOf(object)
    const first = origins.get(refKey(ref))
    if (first === undefined) origins.set(refKey(ref), origin)
    else problems.push({ path: origin, found: `${formatRef(ref)}, which is also in ${first}`, accepted: 'one document for each object' })
  }
  if (problems.length > 0) throw invalid(undefined, problems, 'source/duplicate')
}

/** What was read, or why it was not. */
export interface FileResult {
  readonly objects: readonly RenderedObject[]
  readonly problems: readonly Problem[]
}

/** The objects of all results, or one error with all their problems. */
export function conclude(results: readonly FileResult[], { objects: maxObjects = 50_000 }: ManifestLimits = {}): readonly RenderedObject[] {
  const problems = results.flatMap((result) => result.problems)
  if (problems.length > 0) throw invalid(undefined, problems, 'source/object-invalid')
  const objects = results.flatMap((result) => result.objects)
  if (objects.length > maxObjects) throw tooMuch(`${objects.length} objects`, maxObjects)
  return objects
}

function parseFile(path: string, content: Uint8Array, limits: ManifestLimits, variables: boolean): FileResult {
  let text: string
  try {
    text = new TextDecoder(encodingOf(content), { fatal: true }).decode(content)
  } catch {
    return { objects: [], problems: [{ path, found: 'bytes that are not UTF-8', accepted: 'UTF-8' }] }
  }
  return parseText(path, text, limits, variables)
}

function encodingOf([first, second]: Uint8Array): string {
  return first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
}

function parseText(path: string, text: string, limits: ManifestLimits, variables: boolean): FileResult {
  try {
    // kubectl ends every line with a line feed before it reads, the last one too.
    const documents = parseYaml(/\n$/.test(text) ? text : `${text}\n`, { origin: path, limits: limits.yaml })
    const results = documents.map(({ value, line }) => parseDocument(value, `${path}:${line}`, variables))
    return { objects: results.flatMap((result) => result.objects), problems: results.flatMap((result) => result.problems) }
  } catch (error) {
    if (!hasCode(error, 'model/yaml')) throw error
    const [, position = '', reason = ''] = /^(:[0-9]+:[0-9]+): (.*)$/s.exec(error.message.slice(path.length)) ?? []
    return { objects: [], problems: [{ path: path + position, found: reason, accepted: 'YAML or JSON that kubectl reads' }] }
  }
}

/** The object of a document, or those of a list. */
export function parseDocument(value: Json, origin: string, variables = false): FileResult {
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

function parseList(list: { readonly [field: string]: Json }, kind: string, origin: string, variables: boolean): FileResult {
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

function tooMuch(found: string, limit: number): FleetkitError {
  return new FleetkitError('source/limit', `found ${found}, accepted at most ${limit}`)
}
