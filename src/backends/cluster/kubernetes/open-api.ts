import { BoundedCache } from '../../../async/bounded-cache.ts'
import { SingleFlight } from '../../../async/single-flight.ts'
import { nextTurn } from '../../../async/turn.ts'
import { isMap } from '../../../model/json/value.ts'
import type { Json, JsonObject } from '../../../model/object.ts'
import { decode } from './decode.ts'
import { responseError } from './errors.ts'
import { Fields, MalformedError } from './fields.ts'
import { groupVersionPath } from './paths.ts'
import type { Transport } from './transport.ts'

/** The largest document that is read: it is parsed in one piece, at some 100 MB a second. The largest of Kubernetes' own has 2 MB. */
export const maxDocumentBytes: number = 8 * 2 ** 20
/** How much of documents is kept, in bytes as they were sent without descriptions. */
const maxKeptBytes = 32 * 2 ** 20

interface Kept {
  readonly etag: string | undefined
  readonly document: JsonObject
}

/** The OpenAPI documents of API versions. Each is asked for whenever it is wanted; one that is still what is known is not sent again. */
export class OpenApiDocuments {
  readonly #transport: Transport
  readonly #kept = new BoundedCache<Kept>(maxKeptBytes)
  readonly #flights = new SingleFlight<JsonObject | undefined>()

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** The document of an API version, without descriptions and operations; `undefined` when the server has none. */
  get(apiVersion: string, signal: AbortSignal = this.#transport.closed): Promise<JsonObject | undefined> {
    return this.#flights.run(apiVersion, signal, (shared) => this.#ask(apiVersion, shared))
  }

  async #ask(apiVersion: string, signal: AbortSignal): Promise<JsonObject | undefined> {
    const known = this.#kept.get(apiVersion)
    const request = { verb: 'discover', of: `the schemas of ${apiVersion}` } as const
    const response = await this.#transport.request({
      method: 'GET',
      path: `/openapi/v3${groupVersionPath(apiVersion)}`,
      accept: 'application/json',
      ifNoneMatch: known?.etag,
      repeatable: true,
      large: true,
      maxBytes: maxDocumentBytes,
      signal,
      request,
    })
    if (response.status === 304 && known !== undefined) return known.document
    // Servers before 1.24, and API services that publish none.
    if (response.status === 404) return undefined
    if (response.status >= 400) throw responseError(response, request)
    const { document, bytes } = await essential(response.body, apiVersion)
    this.#kept.set(apiVersion, { etag: response.etag, document }, bytes)
    return document
  }
}

/** The names of the paths, and the schemas without their descriptions, which are most of a document. */
async function essential(body: unknown, apiVersion: string): Promise<{ readonly document: JsonObject; readonly bytes: number }> {
  const of = `the schemas of ${apiVersion}`
  const { paths, given } = decode(of, () => {
    const root = new Fields(body)
    return { paths: root.mapping('paths')?.names() ?? [], given: root.mapping('components')?.mapping('schemas') }
  })
  const schemas: Record<string, Json> = {}
  let bytes = 0
  for (const name of given?.names() ?? []) {
    await nextTurn()
    const schema = decode(of, () => withoutDescriptions(given?.requiredMapping(name).json() ?? {}))
    schemas[name] = schema
    bytes += JSON.stringify(schema).length
  }
  return { document: { paths: Object.fromEntries(paths.map((path) => [path, {}])), components: { schemas } }, bytes }
}

/** Fields of a schema that hold values, not schemas. */
const values: ReadonlySet<string> = new Set(['default', 'enum', 'example'])
/** Schemas of Kubernetes' own types refer to each other; those of definitions may not be deeper than their objects. */
const maxDepth = 500

function withoutDescriptions(schema: JsonObject, depth = 0): JsonObject {
  if (depth > maxDepth) throw new MalformedError(`schemas are nested deeper than ${maxDepth}`)
  const kept = Object.entries(schema).filter(([field, value]) => !(field === 'description' && typeof value === 'string'))
  return Object.fromEntries(kept.map(([field, value]) => [field, values.has(field) ? value : withinDescriptions(value, depth)]))
}

function withinDescriptions(value: Json, depth: number): Json {
  if (Array.isArray(value)) return value.map((item) => withinDescriptions(item as Json, depth + 1))
  return isMap(value) ? withoutDescriptions(value, depth + 1) : value
}
