/**
 * Writes the table of the built-in types, from the OpenAPI documents of an API server that it starts, from the Go
 * types of the same release (`kubernetes-types.go`, which needs Go), and from what that server answers to an example of each kind
 * (`probe-kubernetes.ts`).
 *
 *     npm run node -- scripts/generate-kubernetes-types.ts
 *
 * (or `node --conditions=fleetkit:source …`). What is kept
 * of each field, and how it is written down, is said in src/manifest/types/type-notation.ts.
 */
import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import https from 'node:https'
import path from 'node:path'
import type { JsonObject } from 'fleetkit'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import {
  type OpenApiSchema,
  type OpenApiSchemas,
  referenced,
  shortName,
  type TypeFacts,
  writeEntries,
} from '../src/manifest/types/open-api-notation.ts'
import { startApiServer, startEtcd } from '../test/servers/control-plane.ts'
import { kindOf, type ProbedField, probe, type Value } from './probe-kubernetes.ts'

/** What `kubernetes-types.go` says of a type. */
interface GoFact {
  readonly zero?: Readonly<Record<string, unknown>>
  readonly kept?: readonly string[]
  readonly default?: JsonObject
  readonly depends?: Readonly<Record<string, readonly string[]>>
}
interface Document {
  readonly components?: { readonly schemas?: OpenApiSchemas }
}
interface Resource {
  readonly name: string
  readonly kind: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
  readonly group?: string
  readonly version?: string
}

await using etcd = await startEtcd()
await using server = await startApiServer({ etcd })
const output = path.join(import.meta.dirname, '../src/manifest/types/kubernetes-types.generated.ts')

function read<T>(url: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${server.tokenOf('admin')}` }
    const request = https.get(new URL(url, server.url), { ca: server.ca, headers }, async (response) => {
      const chunks = await Array.fromAsync(response)
      if (response.statusCode === 200) resolve(JSON.parse(Buffer.concat(chunks).toString()) as T)
      else reject(new Error(`${url}: ${response.statusCode}`))
    })
    request.on('error', reject)
  })
}

const schemas: Record<string, OpenApiSchema> = {}
const kinds: [apiVersion: string, kind: string, plural: string, flags: string, type: string, immutable: readonly string[]][] = []
/** The names of the schemas of the kinds. */
const roots = new Map<string, string>()
const index = await read<{ paths: Readonly<Record<string, { serverRelativeURL: string }>> }>('/openapi/v3')
const { gitVersion } = await read<{ gitVersion: string }>('/version')

for (const [name, { serverRelativeURL }] of Object.entries(index.paths).sort()) {
  const match = /^(?:api|apis\/([^/]+))\/([^/]+)$/.exec(name)
  if (match === null) continue
  const [, group = '', version = ''] = match
  Object.assign(schemas, (await read<Document>(serverRelativeURL)).components?.schemas)
  const { resources } = await read<{ resources: readonly Resource[] }>(`/${name}`)
  for (const resource of resources.filter((candidate) => !candidate.name.includes('/') && candidate.verbs.includes('list'))) {
    const status = resources.some((candidate) => candidate.name === `${resource.name}/status`)
    const schema = Object.entries(schemas).find(([, { 'x-kubernetes-group-version-kind': types }]) =>
      (types as readonly Resource[] | undefined)?.some(
        (type) => type.group === group && type.version === version && type.kind === resource.kind,
      ),
    )
    if (schema === undefined) throw new Error(`${name}: no schema of ${resource.kind}`)
    const apiVersion = group === '' ? version : `${group}/${version}`
    kinds.push([
      apiVersion,
      resource.kind,
      resource.name,
      `${resource.namespaced ? 'n' : ''}${status ? 's' : ''}`,
      shortName(schema[0]),
      [],
    ])
    roots.set(kindOf({ apiVersion, kind: resource.kind }), schema[0])
  }
}

/** The name of the schema that a schema refers to, or its items or values do. */
function innerReference(schema: OpenApiSchema): string | undefined {
  const inner = schema.items ?? (typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined)
  return inner === undefined ? referenced(schema) : innerReference(inner)
}

const simple: Readonly<Record<string, Value>> = { boolean: true, integer: 1, string: 'x' }

/**
 * A value of a field: of a structure with its required fields, or with its first one. An empty one would say nothing, since a server leaves it
 * out anyway, nor does an invented kind to refer to: a server looks at which it is.
 */
function sampleOf(schema: OpenApiSchema, depth = 3): Value | undefined {
  if (schema.type !== undefined) return schema.format === undefined ? simple[schema.type] : undefined
  const { properties = {}, required = Object.keys(properties).slice(0, 1) } = schemas[innerReference(schema) ?? ''] ?? {}
  if (depth === 0 || required.length === 0 || required.includes('kind')) return undefined
  const fields = required.map((field) => [field, sampleOf(properties[field] as OpenApiSchema, depth - 1)] as const)
  return fields.some(([, value]) => value === undefined) ? undefined : (Object.fromEntries(fields) as Value)
}

/** The fields of the structure at a path of an object. */
function fieldsAt(
  object: { readonly apiVersion: string; readonly kind: string },
  path: readonly (string | number)[],
): readonly ProbedField[] {
  let name = roots.get(kindOf(object))
  let within: OpenApiSchema | undefined
  for (const key of path) {
    // An item of a list, or a value of a map: the name is that of the items already.
    if (typeof key === 'number') continue
    const property = name === undefined ? undefined : schemas[name]?.properties?.[key]
    if (property === undefined && within?.additionalProperties !== undefined) {
      within = undefined
      continue
    }
    within = property
    name = property === undefined ? undefined : innerReference(property)
  }
  const structure = name === undefined ? undefined : schemas[name]
  if (name === undefined || structure?.properties === undefined || within?.additionalProperties !== undefined) return []
  const owner = name
  return Object.entries(structure.properties).flatMap(([field, schema]): ProbedField[] => [
    ...(structure.required?.includes(field) ? [{ owner, name: field, kind: 'required' as const }] : []),
    schema.type === 'integer'
      ? { owner, name: field, kind: 'integer', sample: 1 }
      : schema.enum === undefined
        ? { owner, name: field, kind: 'other', sample: sampleOf(schema) }
        : { owner, name: field, kind: 'enum', values: schema.enum.filter((value) => value !== '') },
  ])
}

await using cluster = await kubernetesCluster({ kubeconfig: server.kubeconfig })
const probed = await probe(cluster, fieldsAt)
for (const kind of kinds) {
  const key = kindOf({ apiVersion: kind[0], kind: kind[1] })
  kind[3] += probed.flags.get(key) ?? ''
  kind[5] = probed.immutable.get(key) ?? []
}

const goFacts = JSON.parse(
  execFileSync(
    'go',
    ['run', '-C', path.join(import.meta.dirname, '../test/servers/kubernetes'), path.join(import.meta.dirname, 'kubernetes-types.go')],
    {
      env: { ...process.env, CGO_ENABLED: '0' },
      maxBuffer: 2 ** 28,
      encoding: 'utf8',
    },
  ),
) as Readonly<Record<string, GoFact>>

/** Whether a field that is required must be there. Numbers and truth values are there in Go, whatever is given. */
function isDemanded(name: string, field: string, { type }: OpenApiSchema): boolean {
  return probed.refused.get(`${name}/${field}/required`) ?? (type !== 'integer' && type !== 'number' && type !== 'boolean')
}

/** What the documents leave out about a type. */
function factsOf(name: string, { properties = {}, required = [] }: OpenApiSchema): TypeFacts {
  const { zero = {}, kept = [], default: usual = {}, depends = {} } = goFacts[shortName(name)] ?? {}
  return {
    field: (field) => ({
      demanded: required.includes(field) && isDemanded(name, field, properties[field] as OpenApiSchema),
      enforced: ['enum', 'integer'].some((kind) => probed.refused.get(`${name}/${field}/${kind}`)),
      marks: `${Object.hasOwn(zero, field) ? '+' : ''}${kept.includes(field) ? '*' : ''}${probed.refused.get(`${name}/${field}/dropped`) ? '-' : ''}`,
    }),
    usual,
    conditional: Object.keys(depends).sort(),
  }
}

const rootNames = Object.entries(schemas).flatMap(([name, schema]) =>
  kinds.some((kind) => kind[4] === shortName(name)) && schema['x-kubernetes-group-version-kind'] !== undefined ? [name] : [],
)
const types = writeEntries(schemas, rootNames, factsOf)

/** A JSON list or object with a line for each of its elements, so that a change shows in review. */
function lines(value: readonly unknown[] | Readonly<Record<string, unknown>>): string {
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  const elements = Array.isArray(value)
    ? value.map((element) => JSON.stringify(element))
    : Object.entries(value).map(([name, element]) => `${JSON.stringify(name)}:${JSON.stringify(element)}`)
  return `${open}\n${elements.join(',\n')}\n${close}`
}

const json = `{"version":${JSON.stringify(gitVersion)},\n"kinds":${lines(kinds)},\n"types":${lines(types)}}`
if (/`|\$\{/.test(json)) throw new Error('the table cannot be written as a raw template')
const size = `${kinds.length} kinds, ${Object.keys(types).length} types`
await writeFile(
  output,
  `// Written by scripts/generate-kubernetes-types.ts from ${gitVersion}: ${size}.\nexport const kubernetesTypes: string = String.raw\`${json}\`\n`,
)
console.log(`${output}: ${size}, ${json.length} bytes of JSON`)
