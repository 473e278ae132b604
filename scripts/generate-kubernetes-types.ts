/**
 * Writes the table of the built-in types, from the OpenAPI documents of an API server that it starts, from the Go
 * types of the same release (`kubernetes-types.go`, which needs Go), and from what that server answers to an example of each kind
 * (`probe-kubernetes.ts`).
 *
 *     npm run node -- scripts/generate-kubernetes-types.ts
 *
 * (or `node --conditions=fleetkit:source …`). What is kept
 * of each field, and how it is written down, is said in src/manifest/types/type-table.ts.
 */
import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import https from 'node:https'
import path from 'node:path'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { startApiServer, startEtcd } from '../test/servers/control-plane.ts'
import { kindOf, type ProbedField, probe } from './probe-kubernetes.ts'

type Schema = Readonly<Record<string, unknown>> & {
  readonly type?: string
  readonly format?: string
  readonly $ref?: string
  readonly allOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly required?: readonly string[]
  readonly default?: unknown
  readonly enum?: readonly string[]
}
/** What `kubernetes-types.go` says of a type. */
interface GoFact {
  readonly zero?: Readonly<Record<string, unknown>>
  readonly kept?: readonly string[]
  readonly default?: Readonly<Record<string, unknown>>
  readonly depends?: Readonly<Record<string, readonly string[]>>
}
interface Document {
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> }
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

const schemas: Record<string, Schema> = {}
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

/** Names of types are unique by their last two parts: `apps.v1.Deployment` of `io.k8s.api.apps.v1.Deployment`. */
function shortName(name: string): string {
  return name.split('.').slice(-3).join('.')
}

/** The name of the schema that a schema refers to, and whether it is a list or a map of those. */
function reference(schema: Schema): string | undefined {
  const inner = schema.items ?? (typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined)
  if (inner !== undefined) return reference(inner)
  return (schema.$ref ?? schema.allOf?.find((part) => part.$ref !== undefined)?.$ref)?.replace('#/components/schemas/', '')
}

/** The fields of the structure at a path of an object. */
function fieldsAt(
  object: { readonly apiVersion: string; readonly kind: string },
  path: readonly (string | number)[],
): readonly ProbedField[] {
  let name = roots.get(kindOf(object))
  let within: Schema | undefined
  for (const key of path) {
    // An item of a list, or a value of a map: the name is that of the items already.
    if (typeof key === 'number') continue
    const property = name === undefined ? undefined : schemas[name]?.properties?.[key]
    if (property === undefined && within?.additionalProperties !== undefined) {
      within = undefined
      continue
    }
    within = property
    name = property === undefined ? undefined : reference(property)
  }
  const structure = name === undefined ? undefined : schemas[name]
  if (name === undefined || structure?.properties === undefined || within?.additionalProperties !== undefined) return []
  const owner = name
  return Object.entries(structure.properties).flatMap(([field, schema]): ProbedField[] => [
    ...(structure.required?.includes(field) ? [{ owner, name: field, kind: 'required' as const, type: schema.type }] : []),
    schema.type === 'integer'
      ? { owner, name: field, kind: 'integer', type: schema.type }
      : schema.enum === undefined
        ? { owner, name: field, kind: 'other', type: schema.format === undefined ? schema.type : undefined }
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

const types: Record<string, unknown> = {}
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

/** What a field is, in the notation of type-table.ts. */
function code(schema: Schema, keyDefault: boolean, enforced: boolean): string {
  return `${code0(schema, enforced)}${keyDefault && schema.default !== undefined ? `=${JSON.stringify(schema.default)}` : ''}`
}

function code0(schema: Schema, enforced = false): string {
  const reference = schema.$ref ?? schema.allOf?.find((part) => part.$ref !== undefined)?.$ref
  if (reference !== undefined) {
    const name = reference.replace('#/components/schemas/', '')
    const target = schemas[name] as Schema
    if (name.endsWith('.MicroTime')) return 'T'
    if (target.properties === undefined) return code0(target)
    const atomic = (schema['x-kubernetes-map-type'] ?? target['x-kubernetes-map-type']) === 'atomic'
    define(name)
    return `${atomic ? 'A' : ''}@${shortName(name)}`
  }
  if (schema.format === 'int-or-string') return 'x'
  if (Array.isArray(schema.oneOf)) return 'q'
  switch (schema.type) {
    case 'string':
      if (schema.format === 'byte') return 'y'
      if (schema.format === 'date-time') return 't'
      return enforced && schema.enum !== undefined ? `s(${schema.enum.filter((value) => value !== '').join('|')})` : 's'
    case 'integer':
      return enforced ? 'n' : 'i'
    case 'number':
      return 'f'
    case 'boolean':
      return 'b'
    case 'array':
      return `${list(schema)}${code0(schema.items ?? {})}`
    case 'object': {
      if (typeof schema.additionalProperties !== 'object') return 'r'
      return `${schema['x-kubernetes-map-type'] === 'atomic' ? 'A' : ''}m${code0(schema.additionalProperties)}`
    }
    default:
      return 'a'
  }
}

/** The merge rule of a list: its list type, and without one its patch strategy, as kube-openapi derives it. */
function list(schema: Schema): string {
  const type = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys'] as readonly string[] | undefined
  const mergeKey = schema['x-kubernetes-patch-merge-key']
  const merges = String(schema['x-kubernetes-patch-strategy'] ?? '')
    .split(',')
    .includes('merge')
  if (type === 'map') return `k(${keys?.join(',')})`
  if (type === 'set' || (type === undefined && merges && mergeKey === undefined)) return 'u'
  if (type === undefined && merges) return `k(${mergeKey})`
  return 'l'
}

/** Every key of an associative list of the type `name`: their defaults count. */
const keyFields = new Set<string>()
for (const schema of Object.values(schemas))
  for (const property of Object.values(schema.properties ?? {}))
    for (const key of (property['x-kubernetes-list-map-keys'] as readonly string[] | undefined) ?? []) {
      const item = property.items?.$ref ?? property.items?.allOf?.[0]?.$ref
      if (item !== undefined) keyFields.add(`${item.replace('#/components/schemas/', '')}/${key}`)
    }

/** Whether a field that is required must be there. Numbers and truth values are there in Go, whatever is given. */
function isDemanded(name: string, field: string): boolean {
  const type = schemas[name]?.properties?.[field]?.type
  return probed.refused.get(`${name}/${field}/required`) ?? (type !== 'integer' && type !== 'number' && type !== 'boolean')
}

/** Whether the server holds a field to its enum, or an integer to be none below zero. */
function isEnforced(name: string, field: string): boolean {
  return ['enum', 'integer'].some((kind) => probed.refused.get(`${name}/${field}/${kind}`))
}

function define(name: string): void {
  const short = shortName(name)
  if (Object.hasOwn(types, short)) return
  types[short] = {}
  const { properties = {}, required = [] } = schemas[name] as Schema
  const { zero = {}, kept = [], default: given = {}, depends = {} } = goFacts[short] ?? {}
  const mark = (field: string): string =>
    `${required.includes(field) && isDemanded(name, field) ? '!' : ''}${Object.hasOwn(zero, field) ? '+' : ''}${kept.includes(field) ? '*' : ''}${probed.refused.get(`${name}/${field}/dropped`) ? '-' : ''}${field}`
  const conditional = Object.keys(depends).sort()
  types[short] = {
    ...Object.fromEntries(
      Object.entries(properties).map(([field, schema]) => [
        mark(field),
        code(schema, keyFields.has(`${name}/${field}`), isEnforced(name, field)),
      ]),
    ),
    ...(Object.keys(given).length > 0 && { '=': given }),
    ...(conditional.length > 0 && { '?': conditional }),
  }
}

for (const [name, schema] of Object.entries(schemas))
  if (kinds.some((kind) => (kind as readonly string[])[4] === shortName(name)) && schema['x-kubernetes-group-version-kind'] !== undefined)
    define(name)

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
