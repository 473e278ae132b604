import '../../../manifest/error-codes.ts'
import { setImmediate } from 'node:timers/promises'
import { type ManifestLimits, manifestsOf, objectsOf, type ParseOptions } from '../../../manifest/parse.ts'
import { type ParsedDocument, parseFile } from '../../../manifest/parse-file.ts'
import { throwIfAborted } from '../../../model/errors/abort.ts'
import { hasCode } from '../../../model/errors/error.ts'
import type { RenderedObject } from '../../../model/rendered-object.ts'
import type { CallOptions } from '../../../ports/store.ts'
import type { ReadingThread } from './reading-thread.ts'

/** A file, or the output of a program, and what stands for its path. */
type Manifest = readonly [path: string, content: Uint8Array | string]

/** Up to here manifests are read in place, in less time than a thread takes to start: bytes, nodes after expansion. */
const inPlace = { bytes: 64 * 1024, nodes: 20_000 }

/**
 * What `parseManifests` answers, without holding up the event loop: large manifests are read in a thread of their own, which
 * ends when the signal aborts.
 */
export async function readManifests(
  files: ReadonlyMap<string, Uint8Array>,
  { directory, variables, limits = {}, signal }: ParseOptions & CallOptions,
): Promise<readonly RenderedObject[]> {
  return await read(manifestsOf(files, { directory, limits }), { variables, limits, signal })
}

/** What `parseManifest` answers, in the same way. */
export async function readManifest(
  text: string,
  origin: string,
  { variables, limits = {}, signal }: Omit<ParseOptions, 'directory'> & CallOptions,
): Promise<readonly RenderedObject[]> {
  return await read([[origin, text]], { variables, limits, signal })
}

interface ReadOptions extends CallOptions {
  readonly variables: boolean | undefined
  readonly limits: ManifestLimits
}

async function read(manifests: readonly Manifest[], options: ReadOptions): Promise<readonly RenderedObject[]> {
  return objectsOf(readInPlace(manifests, options) ?? (await readApart(manifests, options)), options.limits)
}

/** `undefined` for manifests that take long, which aliases in a short text can do too. */
function readInPlace(manifests: readonly Manifest[], { variables, limits }: ReadOptions): readonly ParsedDocument[] | undefined {
  if (manifests.reduce((sum, [, { length }]) => sum + length, 0) > inPlace.bytes) return undefined
  const documents: ParsedDocument[] = []
  const { characters = Number.POSITIVE_INFINITY, nodes = Number.POSITIVE_INFINITY, depth } = limits.yaml ?? {}
  const yaml = { characters: Math.min(characters, 2 * inPlace.bytes), nodes: Math.min(nodes, inPlace.nodes), depth }
  try {
    for (const [path, content] of manifests) for (const parsed of parseFile(path, content, { yaml, variables })) documents.push(parsed)
  } catch (error) {
    if (hasCode(error, 'source/limit')) return undefined
    throw error
  }
  return documents
}

async function readApart(
  manifests: readonly Manifest[],
  { variables, limits: { yaml, objects: maxObjects = 50_000 }, signal }: ReadOptions,
): Promise<readonly ParsedDocument[]> {
  await using thread = await startThread(signal)
  const documents: ParsedDocument[] = []
  let objects = 0
  for (const [path, content] of manifests)
    for await (const document of thread?.read({ path, content, yaml, variables }) ??
      inTurns(parseFile(path, content, { yaml, variables }), signal)) {
      documents.push(document)
      objects += document.objects.length
      if (objects > maxObjects) return documents
    }
  return documents
}

// In a function of its own, since the compiler leaves the ending of an import() beside `await using` as it is.
async function startThread(signal: AbortSignal | undefined): Promise<ReadingThread | undefined> {
  return await (await import('./reading-thread.ts')).ReadingThread.start(signal)
}

/** Without a thread, a document at a time. */
async function* inTurns(documents: Iterable<ParsedDocument>, signal: AbortSignal | undefined): AsyncGenerator<ParsedDocument> {
  for (const document of documents) {
    yield document
    await setImmediate()
    throwIfAborted(signal)
  }
}
