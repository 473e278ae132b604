import './error-codes.ts'
import { compareText } from '../model/compare-text.ts'
import { FleetkitError } from '../model/errors/error.ts'
import { invalid } from '../model/errors/invalid.ts'
import type { Problem } from '../model/errors/problem.ts'
import { jsonCopy } from '../model/json/parse-json.ts'
import type { Json } from '../model/object.ts'
import { printable } from '../model/printable.ts'
import { formatRef, refKey, refOf } from '../model/reference.ts'
import type { RenderedObject } from '../model/rendered-object.ts'
import { jsonProblems } from '../model/schema/json-problems.ts'
import type { YamlLimits } from '../model/yaml/yaml.ts'
import { isKustomizationFile } from './kustomization.ts'
import { type ParsedDocument, parseDocument, parseFile } from './parse-file.ts'

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
  const manifests = manifestsOf(files, { directory, limits })
  const documents = manifests.values().flatMap(([path, content]) => parseFile(path, content, { yaml: limits.yaml, variables }))
  return objectsOf(documents, limits)
}

/**
 * {@link parseManifests} for one text that is no file, as the output of a renderer.
 *
 * @param origin - what stands for its path
 */
export function parseManifest(
  text: string,
  origin: string,
  { variables, limits = {} }: Pick<ParseOptions, 'variables' | 'limits'> = {},
): readonly RenderedObject[] {
  return objectsOf(parseFile(origin, text, { yaml: limits.yaml, variables }), limits)
}

/**
 * {@link parseManifests} for values that are objects already, as a program makes them: `List`s become their items.
 *
 * @throws FleetkitError `source/object-invalid` with every problem in `problems`; `source/limit`.
 */
export function readObjects(values: readonly unknown[], { limits = {} }: Pick<ParseOptions, 'limits'> = {}): readonly RenderedObject[] {
  const results = values.map((value, index) => {
    const origin = `objects[${index}]`
    const problems = jsonProblems(value, origin)
    // A copy: what a program changes later is not what was planned.
    return problems.length > 0 ? { objects: [], problems } : parseDocument(jsonCopy(value as Json), origin)
  })
  return objectsOf(results, limits)
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

/**
 * The manifests among `files`, in the order in which they are read.
 *
 * @throws FleetkitError `source/limit`
 */
export function manifestsOf(
  files: ReadonlyMap<string, Uint8Array>,
  { directory, limits = {} }: ParseOptions,
): readonly (readonly [path: string, content: Uint8Array])[] {
  const manifests = [...files]
    .filter(([path]) => isManifest(path, directory) && !isKustomizationFile(path))
    .sort(([a], [b]) => compareText(a, b))
    // Names of files are shown: one with a line feed must not pass for other lines.
    .map(([path, content]) => [printable(path), content] as const)
  const { files: maxFiles = 10_000, bytes: maxBytes = 100_000_000, fileBytes: maxFileBytes = 10_000_000 } = limits
  if (manifests.length > maxFiles) throw tooMuch(`${manifests.length} files`, maxFiles)
  const tooBig = manifests.find(([, { byteLength }]) => byteLength > maxFileBytes)
  if (tooBig !== undefined) throw tooMuch(`${tooBig[0]} with ${tooBig[1].byteLength} bytes`, maxFileBytes)
  const bytes = manifests.reduce((sum, [, { byteLength }]) => sum + byteLength, 0)
  if (bytes > maxBytes) throw tooMuch(`${bytes} bytes`, maxBytes)
  return manifests
}

/** The objects of all documents, unless there are problems, or too many objects. */
export function objectsOf(
  documents: Iterable<ParsedDocument>,
  { objects: maxObjects = 50_000 }: ManifestLimits,
): readonly RenderedObject[] {
  const objects: RenderedObject[] = []
  const problems: Problem[] = []
  for (const document of documents) {
    for (const object of document.objects) objects.push(object)
    for (const problem of document.problems) problems.push(problem)
    if (objects.length > maxObjects) throw tooMuch(`more than ${maxObjects} objects`, maxObjects)
  }
  if (problems.length > 0) throw invalid(undefined, problems, 'source/object-invalid')
  return objects
}

function tooMuch(found: string, limit: number): FleetkitError {
  return new FleetkitError('source/limit', `found ${found}, accepted at most ${limit}`)
}
