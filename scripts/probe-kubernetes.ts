/**
 * Asks a running API server what neither its OpenAPI documents nor its Go types say, by dry-runs of writes to an example of each kind:
 * whose generation is counted and by what, what cannot be changed, and which values are refused.
 */
import { type ClusterApi, FleetkitError, type KubeObject, refOf } from 'fleetkit'
import { exampleOf, examples } from '../test/backends/cluster/memory/examples.ts'

export type Value = null | boolean | number | string | readonly Value[] | { readonly [field: string]: Value }
type Path = readonly (string | number)[]

/** The schema of a field, as far as it is asked about. */
export interface ProbedField {
  /** The name of the type that has the field. */
  readonly owner: string
  readonly name: string
  readonly kind: 'integer' | 'enum' | 'required' | 'other'
  readonly values?: readonly string[]
  /** A value that it can have, if one can be made up. */
  readonly sample?: Value | undefined
}
export type FieldsOf = (object: KubeObject, path: Path) => readonly ProbedField[]

export interface ProbeResult {
  /** By kind, flags: `g` a generation from the start, which counts `c` the content, `a` annotations, `l` labels, `u` no one owns its spec. */
  readonly flags: ReadonlyMap<string, string>
  /** By kind: the paths of fields that cannot be changed. */
  readonly immutable: ReadonlyMap<string, readonly string[]>
  /** By `owner/field/kind`: whether the server refuses that a required field is missing, a negative integer, a value that is not of the enum; whether it has `dropped` the field. */
  readonly refused: ReadonlyMap<string, boolean>
}

const manager = { fieldManager: 'probe' }
export const kindOf = ({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string => `${apiVersion} ${kind}`

export async function probe(cluster: ClusterApi, fieldsOf: FieldsOf): Promise<ProbeResult> {
  const namespace = `probe-${Date.now().toString(36)}`
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  const [flags, immutable, refused] = [new Map<string, string>(), new Map<string, readonly string[]>(), new Map<string, boolean>()]
  for (const example of examples) {
    const type = await cluster.discover(example)
    const at = type?.namespaced ? namespace : undefined
    const stored = await create(cluster, exampleOf(example, `${namespace}-a`, at))
    try {
      const { fixed, counts } = await changesOf(cluster, stored, fieldsOf)
      immutable.set(kindOf(stored), fixed)
      flags.set(kindOf(stored), await flagsOf(cluster, stored, exampleOf(example, `${namespace}-b`, at), counts))
      await askValues(cluster, exampleOf(example, `${namespace}-b`, at), fieldsOf, refused)
    } finally {
      await cluster.delete({ ...stored, name: stored.metadata.name, namespace: at })
    }
  }
  await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace })
  return { flags, immutable, refused }
}

/** Creates an object with its status. */
async function create(cluster: ClusterApi, example: KubeObject): Promise<KubeObject> {
  const stored = await cluster.create(example, manager)
  if (example.status === undefined) return stored
  const { resourceVersion } = (await current(cluster, stored)).metadata
  const object = { ...stored, metadata: { ...stored.metadata, resourceVersion }, status: example.status }
  return cluster.update(object, { ...manager, subresource: 'status' })
}

async function flagsOf(cluster: ClusterApi, stored: KubeObject, example: KubeObject, contentCounts: boolean): Promise<string> {
  const { generation } = stored.metadata
  const [applied] = await cluster.apply([{ ...example, status: undefined }], { fieldManager: 'applier', dryRun: true })
  const owners =
    applied !== undefined && 'object' in applied ? (applied.object.metadata.managedFields ?? []) : [{ fieldsV1: { 'f:spec': {} } }]
  const unowned = example.spec !== undefined && owners.every(({ fieldsV1 }) => fieldsV1?.['f:spec'] === undefined)
  const owner = unowned ? 'u' : ''
  const counts = async (field: 'annotations' | 'labels'): Promise<boolean> => {
    const metadata = { ...stored.metadata, [field]: { ...stored.metadata[field], probed: 'x' } }
    const before = (await current(cluster, stored)).metadata.generation
    return (await updated(cluster, { ...stored, metadata })).metadata.generation !== before
  }
  const started = generation === undefined ? '' : 'g'
  return `${owner}${started}${contentCounts ? 'c' : ''}${(await counts('annotations')) ? 'a' : ''}${(await counts('labels')) ? 'l' : ''}`
}

interface Leaf {
  readonly path: Path
  readonly verdict: 'fixed' | 'free' | 'unknown'
  /** Where the server says that nothing can be changed. */
  readonly at: string
}

/** The topmost fields in which no value that was tried can be changed, and whether the generation counts the changes of the others. */
async function changesOf(
  cluster: ClusterApi,
  stored: KubeObject,
  fieldsOf: FieldsOf,
): Promise<{ readonly fixed: readonly string[]; readonly counts: boolean }> {
  const leaves: Leaf[] = []
  let counts = false
  async function visit(path: Path, value: Value): Promise<void> {
    if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) {
      for (const [key, child] of Object.entries(value)) await visit([...path, Array.isArray(value) ? Number(key) : key], child as Value)
      return
    }
    const others = fieldsOf(stored, path.slice(0, -1)).find(({ name }) => name === path.at(-1))?.values
    let same = false
    const error = await errorOf(async () => {
      const after = await updated(cluster, withValue(stored, path, otherThan(value, others)))
      same = JSON.stringify({ ...after, metadata: {} }) === JSON.stringify({ ...stored, metadata: {} })
      counts ||= after.metadata.generation !== (await current(cluster, stored)).metadata.generation
    })
    // What the server overlooks says nothing.
    if (same) return
    const said = error?.problems.find((problem) => saysImmutable(problem.accepted) && isWithin(pathText(path), problem.path))
    // What admission forbids was not judged by the kind.
    const free = error === undefined || !/invalid|immutable/.test(error.code)
    leaves.push({ path, verdict: free ? 'free' : said === undefined ? 'unknown' : 'fixed', at: said?.path ?? '' })
  }
  const { apiVersion: _, kind: _kind, metadata: _metadata, status: _status, ...content } = stored as unknown as Record<string, Value>
  for (const [name, value] of Object.entries(content)) await visit([name], value)
  const isFixed = (node: string): boolean => {
    const below = leaves.filter(({ path }) => isWithin(pathText(path), node))
    const whole = below.every(
      ({ verdict, at }) =>
        verdict === 'fixed' || (verdict === 'unknown' && below.some((leaf) => leaf.at !== '' && isWithin(node, leaf.at) && at === '')),
    )
    return whole && below.some(({ verdict }) => verdict === 'fixed')
  }
  // A field of an item of a list has no path of its own.
  const nodes = leaves.flatMap(({ path }) =>
    path.map((_, index) => path.slice(0, index + 1)).filter((node) => node.every((key) => typeof key === 'string')),
  )
  const fixed = [...new Set(nodes.map(pathText))].filter(isFixed)
  return { fixed: fixed.filter((node) => !fixed.some((outer) => outer !== node && isWithin(node, outer))).sort(), counts }
}

function isWithin(path: string, outer: string): boolean {
  return path === outer || (path.startsWith(outer) && /^[.[]/.test(path.slice(outer.length)))
}

function saysImmutable(rule: string): boolean {
  return /immutable|may not (be )?changed?\b|cannot (be )?changed?\b|updates to .* (is|are) forbidden|may not change fields/i.test(rule)
}

/** Tries values that a server may refuse in every structure of the example. */
async function askValues(cluster: ClusterApi, example: KubeObject, fieldsOf: FieldsOf, refused: Map<string, boolean>): Promise<void> {
  /** A field that the server accepts and leaves out wherever it stands is one that it drops. */
  async function askKept(path: Path, owner: string, name: string, value: Value | undefined): Promise<void> {
    if (value === undefined || (path.length === 0 && ['apiVersion', 'kind', 'metadata', 'status'].includes(name))) return
    let answer: KubeObject | undefined
    await errorOf(async () => {
      answer = await cluster.create(withValue(example, [...path, name], value), { ...manager, dryRun: true })
    })
    if (answer === undefined) return
    const there = [...path, name].reduce<unknown>((node, key) => (node as Record<string | number, unknown> | undefined)?.[key], answer)
    const key = `${owner}/${name}/dropped`
    refused.set(key, (refused.get(key) ?? true) && there === undefined)
  }
  async function visit(path: Path, value: Value): Promise<void> {
    if (typeof value !== 'object' || value === null) return
    for (const { owner, name, kind, values, sample } of Array.isArray(value) ? [] : fieldsOf(example, path)) {
      if (!Object.hasOwn(value, name)) await askKept(path, owner, name, kind === 'enum' ? values?.[0] : sample)
      const key = `${owner}/${name}/${kind}`
      if (kind === 'other' || name === 'status' || name === 'metadata' || (kind === 'required' && !Object.hasOwn(value, name))) continue
      const bad = kind === 'integer' ? -1 : kind === 'enum' ? `${values?.[0]}-none` : undefined
      const error = await errorOf(() => cluster.create(withValue(example, [...path, name], bad), { ...manager, dryRun: true }))
      const named = error?.problems.some((problem) => problem.path === pathText([...path, name])) ?? false
      refused.set(key, (refused.get(key) ?? false) || named)
    }
    for (const [key, child] of Object.entries(value))
      if (path.length > 0 || !['apiVersion', 'kind', 'metadata', 'status'].includes(key))
        await visit([...path, Array.isArray(value) ? Number(key) : key], child as Value)
  }
  await visit([], example as unknown as Value)
}

/** What an update would make of an object, whatever the server itself wrote into it since. */
async function updated(cluster: ClusterApi, object: KubeObject): Promise<KubeObject> {
  for (;;) {
    const { resourceVersion } = (await current(cluster, object)).metadata
    try {
      return await cluster.update({ ...object, metadata: { ...object.metadata, resourceVersion } }, { ...manager, dryRun: true })
    } catch (error) {
      if (!(error instanceof FleetkitError) || error.code !== 'store/conflict') throw error
    }
  }
}

async function current(cluster: ClusterApi, object: KubeObject): Promise<KubeObject> {
  return (await cluster.get(refOf(object))) as KubeObject
}

async function errorOf(call: () => Promise<unknown>): Promise<FleetkitError | undefined> {
  try {
    await call()
    return undefined
  } catch (error) {
    if (error instanceof FleetkitError && /^(cluster\/(invalid|immutable|admission|forbidden)|model\/)/.test(error.code)) return error
    throw error
  }
}

function withValue(object: KubeObject, path: Path, value: Value | undefined): KubeObject {
  const copy = structuredClone(object) as unknown as Record<string | number, unknown>
  const parent = path.slice(0, -1).reduce((node, key) => node[key] as Record<string | number, unknown>, copy)
  if (value === undefined) delete parent[path.at(-1) as string]
  else parent[path.at(-1) as string] = value
  return copy as unknown as KubeObject
}

function otherThan(value: Value, values: readonly string[] | undefined): Value {
  if (typeof value === 'number') return value + 1
  if (typeof value === 'boolean') return !value
  if (typeof value !== 'string') return 'x'
  const address = /^(\d+\.\d+\.\d+\.)(\d+)$/.exec(value)
  if (address !== null) return `${address[1]}${(Number(address[2]) % 250) + 1}`
  const other = values?.find((candidate) => candidate !== value)
  return other ?? (/^\d+(\.\d+)?([EPTGMKk]i?|m)?$/.test(value) ? '7Gi' : `${value}x`)
}

function pathText(path: Path): string {
  return path.map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${key}`)).join('')
}
