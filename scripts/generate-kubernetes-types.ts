/**
 * Writes the table of the built-in types for the memory cluster, from a running API server.
 *
 *     kubectl proxy --port 8001 &
 *     npm run node -- scripts/generate-kubernetes-types.ts http://127.0.0.1:8001
 *
 * (or `node --conditions=fleetkit:source …`). The server should serve its default APIs and no custom resources. What is kept
 * of each field, and how it is written down, is said in src/backends/cluster/memory/type-table.ts.
 */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'

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

const server = process.argv[2] ?? 'http://127.0.0.1:8001'
const output = path.join(import.meta.dirname, '../src/backends/cluster/memory/kubernetes-types.generated.ts')

async function read<T>(url: string): Promise<T> {
  const response = await fetch(new URL(url, server))
  if (!response.ok) throw new Error(`${url}: ${response.status}`)
  return (await response.json()) as T
}

const schemas: Record<string, Schema> = {}
const kinds: unknown[] = []
const index = await read<{ paths: Readonly<Record<string, { serverRelativeURL: string }>> }>('/openapi/v3')
const { gitVersion } = await read<{ gitVersion: string }>('/version')

for (const [name, { serverRelativeURL }] of Object.entries(index.paths).sort()) {
  const match = /^(?:api|apis\/([^/]+))\/([^/]+)$/.exec(name)
  if (match === null) continue
  const [, group = '', version] = match
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
    kinds.push([apiVersion, resource.kind, resource.name, `${resource.namespaced ? 'n' : ''}${status ? 's' : ''}`, shortName(schema[0])])
  }
}

/** Names of types are unique by their last two parts: `apps.v1.Deployment` of `io.k8s.api.apps.v1.Deployment`. */
function shortName(name: string): string {
  return name.split('.').slice(-3).join('.')
}

const types: Record<string, unknown> = {}

/** What a field is, in the notation of type-table.ts. */
function code(schema: Schema, keyDefault: boolean): string {
  return `${code0(schema)}${keyDefault && schema.default !== undefined ? `=${JSON.stringify(schema.default)}` : ''}`
}

function code0(schema: Schema): string {
  const reference = schema.$ref ?? schema.allOf?.find((part) => part.$ref !== undefined)?.$ref
  if (reference !== undefined) {
    const name = reference.replace('#/components/schemas/', '')
    const target = schemas[name] as Schema
    if (target.properties === undefined) return code0(target)
    const atomic = schema['x-kubernetes-map-type'] === 'atomic' || target['x-kubernetes-map-type'] === 'atomic'
    define(name)
    return `${atomic ? 'A' : ''}@${shortName(name)}`
  }
  if (schema.format === 'int-or-string') return 'x'
  if (Array.isArray(schema.oneOf)) return 'q'
  switch (schema.type) {
    case 'string':
      return 's'
    case 'integer':
      return 'i'
    case 'number':
      return 'f'
    case 'boolean':
      return 'b'
    case 'array':
      return `${list(schema)}${code0(schema.items ?? {})}`
    case 'object': {
      if (typeof schema.additionalProperties !== 'object') return schema['x-kubernetes-map-type'] === 'atomic' ? 'Aa' : 'a'
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

function define(name: string): void {
  const short = shortName(name)
  if (Object.hasOwn(types, short)) return
  types[short] = {}
  const { properties = {}, required = [] } = schemas[name] as Schema
  types[short] = Object.fromEntries(
    Object.entries(properties).map(([field, schema]) => [
      required.includes(field) ? `!${field}` : field,
      code(schema, keyFields.has(`${name}/${field}`)),
    ]),
  )
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
